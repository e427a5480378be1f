#!/usr/bin/env python3
"""A second verifier of this ledger, written from docs/formats alone. Python 3.9, no packages.

    second-verifier.py receipt FILE.tlog-proof ENTRY POLICY
    second-verifier.py log FOLDER POLICY [OLDER-CHECKPOINT]
    second-verifier.py heads FILE.tlog-proof ENTRY POLICY HEADS-LIST
    second-verifier.py head STREAM LAST-REVISION INDEX LEAVES ROOT [HASH ...]
    second-verifier.py name COMMITMENT SALT AGENCY NAME POSITION
    second-verifier.py batch        a JSON list of such argument lists on stdin, a list of findings out

Prints each fault by its name in docs/formats, then a verdict. Exit 0 sound, 1 unsound, 2 could not
tell, 64 wrong use. It is short, not fast: a whole log is held in memory. The forms are in second_verifier_formats.py, the
judging of a log in second_verifier_log.py.
"""
import base64, json, os, re, sys

# The modules beside this file; nothing is left behind there.
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from second_verifier_formats import (Malformed, count, hash_of, included, jcs, judge_checkpoint,
                                     leaf_hash, need, b64, read_checkpoint, read_entry, read_policy,
                                     root_of, sha256, text_of)
from second_verifier_log import Log

UNDECIDED = {"policy/malformed", "log/checkpoint-missing", "log/earlier-unusable"}


def judge_receipt(proof, data, policy):
    faults = read_entry(data)[1]
    try:
        policy = read_policy(policy)
    except Malformed:
        return faults + ["policy/malformed"]
    try:
        need(len(proof) <= 73728)
        text = text_of(proof)
        head, blank, note = text.partition("\n\n")
        rows = head.split("\n")
        need(blank and rows.pop(0) == "c2sp.org/tlog-proof@v1", "a header")
        if rows and rows[0].startswith("extra "):
            b64(rows.pop(0)[6:])
            faults.append("receipt/extra-line")
        need(rows and rows[0].startswith("index "), "an index")
        place, hashes = count(rows[0][6:]), [hash_of(row) for row in rows[1:]]
        need(len(hashes) <= 63, "so many hashes")
    except Malformed:
        return faults + ["receipt/malformed"]
    checkpoint, fault = read_checkpoint(note.encode())
    if fault:
        return faults + [fault]
    _, lines, (_, size, root) = checkpoint
    faults += judge_checkpoint(checkpoint, policy)
    known = [key[:2] for key in [policy[0], *policy[1].values()]]
    if any(line[:2] not in known and line[0] != policy[0][0] for line in lines):
        faults.append("receipt/signature-unnamed")
    if len({line[:2] for line in lines}) < len(lines):
        faults.append("receipt/signature-twice")
    if not included(leaf_hash(data), place, size, hashes, root):
        faults.append("entry/not-included")
    return faults


def judge_heads(proof, data, policy, listed):
    faults = judge_receipt(proof, data, policy)
    entry, _ = read_entry(data)
    if entry is None or entry["type"] != "log.heads-recorded.v1":
        return faults + ["heads/malformed"]
    lines = listed.split(b"\n")
    try:
        need(lines.pop() == b"" and all(one < two for one, two in zip(lines, lines[1:])))
        heads = [json.loads(text_of(line)) for line in lines]
        need(all(jcs(head).encode() == line for head, line in zip(heads, lines)))
        need(all(isinstance(stream, str) and type(last) is int for stream, last in heads))
        need(len({stream for stream, _ in heads}) == len(heads))
    except (Malformed, ValueError, TypeError):
        return faults + ["heads/malformed"]
    root = base64.b64encode(root_of([leaf_hash(line) for line in lines])).decode()
    return faults if root == entry["data"]["root"] else faults + ["log/heads-differ"]


def judge_head(stream, revision, index, leaves, root, *hashes):
    leaf = leaf_hash(jcs([stream, count(revision)]).encode())
    path = [hash_of(one) for one in hashes]
    held = included(leaf, count(index), count(leaves), path, hash_of(root))
    return [] if held else ["log/heads-differ"]


def judge_name(commitment, salt, agency, name, position):
    need(re.fullmatch("[0-9a-f]{64}", salt), "a salt")
    said = jcs({"agency": agency, "name": name, "position": position}).encode()
    found = "sha256:" + sha256(bytes.fromhex(salt) + said).hex()
    return [] if found == commitment else ["name/differs"]


def judge(verb, *words):
    def file(path):
        with open(path, "rb") as handle:
            return handle.read()
    if verb == "receipt":
        return judge_receipt(*map(file, words))
    if verb == "heads":
        return judge_heads(*map(file, words))
    if verb == "log":
        folder, policy, *since = words
        return Log(folder).judge(file(policy), file(since[0]) if since else None)
    return {"head": judge_head, "name": judge_name}[verb](*words)


def main(words):
    if words == ["batch"]:
        print(json.dumps([judge(*one) for one in json.load(sys.stdin)]))
        return 0
    try:
        faults = judge(*words)
    except (KeyError, TypeError, ValueError):
        print(__doc__, file=sys.stderr)
        return 64
    except (OSError, Malformed) as error:
        print("could not tell: %s" % error, file=sys.stderr)
        return 2
    print("\n".join(faults + ["unsound" if set(faults) - UNDECIDED else "could not tell"])
          if faults else "sound")
    return 0 if not faults else 1 if set(faults) - UNDECIDED else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
