"""What JSON Schema cannot say of a body, made true of whatever schemathesis makes up.

Text is in normalisation form C, and a whole number is written without a fraction: `1.0` is an
integer to JSON Schema, and refused by the ledger, which records what was written. Characters that
nobody can see stand in the patterns as far as every reader of patterns can read them: to 16 bits.
Code points that no character has yet (general category Cn) stand in no pattern: which they are
depends on the version of Unicode, and a younger one than Python's takes more of them.
"""

import re
import unicodedata

import schemathesis


UNSEEN = re.compile("[\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")


def shown(text):
    seen = UNSEEN.sub("x", text)
    return "".join("x" if unicodedata.category(c) == "Cn" else c for c in seen)


def written(value):
    if isinstance(value, str):
        return unicodedata.normalize("NFC", shown(value))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [written(item) for item in value]
    if isinstance(value, dict):
        return {written(key): written(member) for key, member in value.items()}
    return value


@schemathesis.hook
def map_body(context, body):
    return written(body)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return written(path_parameters)


def kept(value):
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, list):
        return [kept(item) for item in value]
    if isinstance(value, dict):
        return {kept(key): kept(member) for key, member in value.items()}
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    # The phase that walks through the schema maps no bodies. What it makes up wrong on purpose stays
    # wrong: neither length nor what a pattern can say changes.
    case.body = kept(case.body)
