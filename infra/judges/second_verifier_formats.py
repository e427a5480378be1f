"""The forms of docs/formats, read strictly: for infra/judges/second-verifier.py.

Each function follows one page and raises Malformed where that says so.
"""
import base64, datetime, hashlib, json, re, unicodedata

from second_verifier_ed25519 import signed_by

ACTOR = {"actingFor", "agency", "person", "role", "unit"}
METADATA = {"actor", "basis", "causationId", "commandId", "correlationId", "recordedAt",
            "requestDigest", "software"}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
AGENCY = r"[a-z0-9_]{1,64}\.[a-z0-9_]{1,64}"
UNIT = AGENCY + r"(\.[a-z0-9_]{1,64})?"
ROLES = {"officer", "head", "deputy", "checker", "certifier", "auditor", "inspector", "registrar",
         "recipient", "operator", "holder"}


class Malformed(Exception):
    """What was read has not the form that its page gives."""


def need(condition, what="malformed"):
    if not condition:
        raise Malformed(what)


# --- README.md, conventions -------------------------------------------------------------------

def sha256(data):
    return hashlib.sha256(data).digest()


def text_of(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error


def b64(text):
    need(re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text) and len(text) % 4 == 0, "base64")
    data = base64.b64decode(text)
    need(base64.b64encode(data).decode() == text, "base64 in another spelling")
    return data


def count(text):
    need(re.fullmatch(r"0|[1-9][0-9]*", text, re.ASCII) and int(text) < 2**53, "a count")
    return int(text)


def hash_of(text):
    data = b64(text)
    need(len(data) == 32, "a hash")
    return data


# --- witness.md: keys and policy --------------------------------------------------------------

def is_key_name(name):
    white = name.isspace() or any(one.isspace() or unicodedata.category(one) == "Cc" for one in name)
    return name != "" and not white and "+" not in name


def verifier_key(text, kind):
    """(name, key ID, public key) of `name+id+key`."""
    parts = text.split("+", 2)
    need(len(parts) == 3 and is_key_name(parts[0]), "a verifier key")
    name, key_id, key = parts[0], parts[1], b64(parts[2])
    need(len(key) == 33 and key[0] == kind, "a key of its type")
    need(sha256(name.encode() + b"\n" + key)[:4].hex() == key_id, "a key ID")
    return name, bytes.fromhex(key_id), key[1:]


def read_policy(data):
    """The log's key, the witnesses' keys by name, and whether a set of names is a quorum."""
    need(len(data) <= 65536)
    controls = {one for one in text_of(data) if unicodedata.category(one) == "Cc"}
    need(controls <= {"\n", "\t"}, "a control character")
    log, witnesses, named, members, quorum = None, {}, {"none": lambda seen: True}, set(), None
    for line in text_of(data).split("\n"):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if not words or words[0].startswith("#"):
            continue
        verb, words = words[0], words[1:]
        if verb == "log":
            need(log is None and len(words) in (1, 2), "log")
            log = verifier_key(words[0], 1)
        elif verb == "witness":
            need(len(words) in (2, 3) and words[0] not in named, "witness")
            name, key = words[0], verifier_key(words[1], 4)
            need(key[2] not in [other[2] for other in witnesses.values()], "a key twice")
            witnesses[name], named[name] = key, lambda seen, name=name: name in seen
        elif verb == "group":
            need(len(words) >= 3 and words[0] not in named, "group")
            name, k, inner = words[0], words[1], words[2:]
            for one in inner:
                need(one in named and one != "none" and one not in members, "a member")
                members.add(one)
            least = len(inner) if k == "all" else 1 if k == "any" else count(k)
            need(1 <= least <= len(inner), "k")
            tests = [named[one] for one in inner]
            named[name] = lambda seen, t=tests, k=least: sum(one(seen) for one in t) >= k
        else:
            need(verb == "quorum" and quorum is None and len(words) == 1, "quorum")
            need(words[0] in named, "quorum")
            quorum = named[words[0]]
    need(log is not None and quorum is not None, "log and quorum")
    return log, witnesses, quorum


# --- log.md: note and checkpoint --------------------------------------------------------------

def read_checkpoint(data):
    """(signed text, signature lines, (origin, size, root)) and no fault, or None and the fault."""
    try:
        text, lines = read_note(data)
    except Malformed:
        return None, "log/note-malformed"
    rows = text[:-1].split("\n")
    try:
        need(len(rows) >= 3 and is_key_name(rows[0]) and "" not in rows[3:], "a checkpoint")
        return (text, lines, (rows[0], count(rows[1]), hash_of(rows[2]))), None
    except Malformed:
        return None, "log/checkpoint-malformed"


def read_note(data):
    """The signed text, and (name, key ID, signature) of each line."""
    need(len(data) <= 65536 and not any(byte < 0x20 and byte != 10 for byte in data), "a note")
    whole = text_of(data)
    blank = whole.rfind("\n\n")
    need(blank >= 0 and whole.endswith("\n") and blank + 2 < len(whole), "a note")
    text, lines = whole[:blank + 1], []
    for line in whole[blank + 2:-1].split("\n"):
        words = line.split(" ")
        need(len(words) == 3 and words[0] == "\u2014" and is_key_name(words[1]), "a signature")
        signature = b64(words[2])
        need(len(signature) > 4, "a signature")
        lines.append((words[1], signature[:4], signature[4:]))
    need(len(lines) <= 64, "so many signatures")
    return text, lines


def cosigned(key, text, signature):
    if len(signature) != 72 or int.from_bytes(signature[:8], "big") >= 2**63:
        return False
    head = "cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big")
    return signed_by(key, (head + text).encode(), signature[8:])


def judge_checkpoint(checkpoint, policy):
    """receipt.md, steps 4 to 7."""
    (text, lines, (origin, _, _)), (log, witnesses, quorum) = checkpoint, policy
    faults = [] if origin == log[0] else ["log/origin-differs"]
    own = [line[2] for line in lines if line[:2] == log[:2]]
    if not own:
        faults.append("log/signature-missing")
    elif not all(signed_by(log[2], text.encode(), one) for one in own):
        faults.append("log/signature-invalid")
    seen = set()
    for name, key in witnesses.items():
        theirs = [line[2] for line in lines if line[:2] == key[:2]]
        if theirs and all(cosigned(key[2], text, one) for one in theirs):
            seen.add(name)
        elif theirs:
            faults.append("log/witness-signature-invalid")
    return faults if quorum(seen) else faults + ["log/quorum-missing"]


def leaf_hash(data):
    return sha256(b"\0" + data)


def root_of(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"")
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(hashes[:split]) + root_of(hashes[split:]))


def included(leaf, place, size, hashes, root):
    """receipt.md, after RFC 9162 section 2.1.3.2."""
    if place >= size:
        return False
    last = size - 1
    for one in hashes:
        if last == 0:
            return False
        if place & 1 or place == last:
            leaf = sha256(b"\1" + one + leaf)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            leaf = sha256(b"\1" + leaf + one)
        place, last = place >> 1, last >> 1
    return last == 0 and leaf == root


# --- entry.md ---------------------------------------------------------------------------------

def jcs(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(jcs(name) + ":" + jcs(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def parts(value):
    """The value and all that is in it, names of members too."""
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    return [value] + [n for one in (inner if isinstance(value, (dict, list)) else ()) for n in parts(one)]


def is_too_deep(text):
    level, in_string, rest = 0, False, iter(text)
    for one in rest:
        if one == '"':
            in_string = not in_string
        elif in_string and one == "\\":
            next(rest, None)
        elif not in_string and one in "[{":
            level += 1
            if level > 32:
                return True
        elif not in_string and one in "]}":
            level -= 1
    return False


def number(text):
    """Numbers are IEEE 754 doubles, as in RFC 8785; a whole one in range is an int here."""
    double = float(text)
    if double in (float("inf"), float("-inf")):
        raise ValueError("a number beyond doubles")
    return int(double) if double.is_integer() and abs(double) <= 2**53 else double


def no_number(text):
    raise ValueError(text)


def instant(text):
    """The form and the day; Python knows no year 0, which is as long as the year 400 is."""
    need(re.fullmatch(INSTANT, text, re.ASCII), "an instant")
    try:
        datetime.datetime.strptime(("0400" if text[:4] == "0000" else text[:4]) + text[4:],
                                   "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError as error:
        raise Malformed("an instant") from error
    need(text[17:19] < "60", "an instant")


def read_entry(data):
    """The entry, None where it cannot be followed, and what is wrong with it."""
    if len(data) > 65535:
        return None, ["entry/too-long"]
    try:
        text = text_of(data)
    except Malformed:
        return None, ["entry/not-utf8"]
    if is_too_deep(text):
        return None, ["entry/too-deep"]
    try:
        entry = json.loads(text, parse_int=number, parse_float=number, parse_constant=no_number)
        canonical = jcs(entry).encode()
    except ValueError:
        return None, ["entry/not-json"]
    faults = []
    if canonical != data:
        faults.append("entry/not-canonical")
    every = parts(entry)
    if any(isinstance(one, str) and unicodedata.normalize("NFC", one) != one for one in every):
        faults.append("entry/not-nfc")
    if any(type(one) is float or type(one) is int and abs(one) >= 2**53 for one in every):
        faults.append("entry/number-not-whole")
    try:
        check_shape(entry)
    except Malformed:
        return None, faults + ["entry/shape"]
    if entry["stream"] == "log-head" or entry["stream"].startswith("$"):
        faults.append("entry/stream-not-logged")
    return entry, faults


def check_shape(entry):
    need(isinstance(entry, dict))
    need(set(entry) == {"data", "id", "metadata", "revision", "stream", "type"})
    meta = entry["metadata"]
    need(isinstance(meta, dict) and set(meta) == METADATA)
    need(isinstance(meta["actor"], dict) and set(meta["actor"]) == ACTOR)
    texts = [meta[one] for one in METADATA - {"actor", "basis", "causationId"}]
    texts += [meta["actor"][one] for one in ACTOR - {"actingFor"}]
    texts += [entry[one] for one in ("id", "stream", "type")]
    actor = meta["actor"]
    optional = [one for one in (meta["causationId"], actor["actingFor"]) if one is not None]
    need(all(isinstance(one, str) and one for one in texts + optional))
    need(re.fullmatch(UUID, actor["person"]) and re.fullmatch(UUID, actor["actingFor"] or actor["person"]))
    need(re.fullmatch(AGENCY, actor["agency"]) and re.fullmatch(UNIT, actor["unit"]))
    need(actor["role"] in ROLES)
    need(re.fullmatch(UUID, entry["id"]) and re.fullmatch(UUID, meta["commandId"]))
    need(re.fullmatch(r"sha256:[0-9a-f]{64}", meta["requestDigest"]))
    instant(meta["recordedAt"])
    need(re.fullmatch(r"[a-z-]+(\.[a-z-]+)+\.v[1-9][0-9]*", entry["type"]))
    need(isinstance(entry["data"], dict) and len(entry["stream"].encode()) <= 512)
    need(type(entry["revision"]) is int and entry["revision"] >= 0)
    need(isinstance(meta["basis"], list))
    for one in meta["basis"]:
        need(isinstance(one, dict) and set(one) == {"revision", "stream"})
        need(isinstance(one["stream"], str) and one["stream"])
        need(len(one["stream"].encode()) <= 512)
        need(type(one["revision"]) is int and one["revision"] >= 0)
    need(len({one["stream"] for one in meta["basis"]}) == len(meta["basis"]))
