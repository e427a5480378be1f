"""A whole log, judged after docs/formats/log.md: for infra/judges/second-verifier.py."""
import base64, os, re

from second_verifier_ed25519 import signed_by
from second_verifier_formats import (Malformed, jcs, judge_checkpoint, leaf_hash, need,
                                     read_checkpoint, read_entry, read_policy, root_of, verifier_key)


def tile_path(level, index, width):
    digits = str(index)
    groups = re.findall("...", digits.zfill((len(digits) + 2) // 3 * 3))
    place = "/".join(["x" + one for one in groups[:-1]] + groups[-1:])
    return "tile/%s/%s%s" % (level, place, "" if width == 256 else ".p/%d" % width)


def bundle_of(entries):
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


class Keys:
    """The keys of the log, as its entries tell: each a (name, key ID, public key)."""

    def __init__(self):
        self.origin, self.name, self.active, self.retired = None, None, [], []

    def take(self, entry):
        """What is a fault changes nothing."""
        verb = re.fullmatch(r"log\.(opened|key-added|key-retired)\.v1", entry["type"])
        if entry["stream"] != "log-keys":
            return ["log/keys-event"] if verb else []
        try:
            self.apply(verb and verb.group(1), entry["data"])
        except (Malformed, KeyError, AttributeError, TypeError):
            return ["log/keys-event"]
        return []

    def apply(self, verb, data):
        key = verifier_key(data["key"], 1)
        if verb == "opened":
            need(self.origin is None and isinstance(data["origin"], str), "an opening")
            self.origin, self.name = data["origin"], key[0]
            self.active.append(key)
        elif verb == "key-added":
            need(self.origin is not None and key[0] == self.name, "a key of this log")
            need(key not in self.active + self.retired, "a new key")
            self.active.append(key)
        else:
            need(verb == "key-retired" and key in self.active and len(self.active) > 1, "a key")
            self.active.remove(key)
            self.retired.append(key)

    def judge(self, checkpoint, anchor):
        """Step 7, for the checkpoint over all entries; `anchor` is the policy's key."""
        text, lines, (origin, _, _) = checkpoint
        faults = []
        if self.origin is None:
            return ["log/opening-missing"]
        if not origin == self.origin == self.name:
            faults.append("log/opening-differs")
        if anchor not in self.active + self.retired:
            faults.append("log/key-unrecorded")
        for key in self.active:
            theirs = [line[2] for line in lines if line[:2] == key[:2]]
            if key != anchor and not all(signed_by(key[2], text.encode(), one) for one in theirs):
                faults.append("log/signature-invalid")
        if any(line[:2] == key[:2] for line in lines for key in self.retired):
            faults.append("log/signature-retired")
        return faults


class Log:
    """A folder of tiles, and what is wrong with it."""

    def __init__(self, folder):
        self.folder, self.faults = folder, []

    def read(self, path):
        try:
            with open(os.path.join(self.folder, path), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def judge(self, policy, since):
        data = self.read("checkpoint")
        if data is None:
            return ["log/checkpoint-missing"]
        try:
            policy = read_policy(policy)
        except Malformed:
            return ["policy/malformed"]
        checkpoint, fault = read_checkpoint(data)
        if fault:
            return [fault]
        self.faults = judge_checkpoint(checkpoint, policy)
        _, _, (_, size, root) = checkpoint
        entries = self.entries(size)
        leaves = [leaf_hash(one) for one in entries]
        self.tiles(leaves, size, root)
        self.others(size)
        self.history(entries, checkpoint, policy[0], len(entries) == size)
        if since is not None:
            self.since(since, policy, leaves, size)
        return self.faults

    def entries(self, size):
        """Steps 2: the entries up to the first bundle that cannot be read."""
        entries = []
        for index in range(0, -(-size // 256)):
            width = min(256, size - index * 256)
            found = self.bundle(tile_path("entries", index, width), width)
            if found is None and width < 256:
                found = self.bundle(tile_path("entries", index, 256), 256)
            if found is None or len(found) < width:
                self.faults.append("log/bundle-missing" if found is None else "log/bundle-malformed")
                break
            entries += found[:width]
        return entries

    def bundle(self, path, width):
        data, entries, at = self.read(path), [], 0
        if data is None:
            return None
        while at + 2 <= len(data):
            end = at + 2 + int.from_bytes(data[at:at + 2], "big")
            if end > len(data):
                break
            entries.append(data[at + 2:end])
            at = end
        return entries if at == len(data) and len(entries) == width else []

    def tile(self, level, index, width):
        data = self.read(tile_path(level, index, width))
        if data is not None:
            return data
        full = self.read(tile_path(level, index, 256))
        return full if full is None else full[:width * 32]

    def tiles(self, leaves, size, root):
        """Steps 3 and 4."""
        whole = len(leaves) == size and root_of(leaves) == root
        hashes, level = leaves, 0
        if not whole:
            parts = [self.tile(0, i, min(256, size - i * 256)) or b"" for i in range(-(-size // 256))]
            low = b"".join(parts)
            hashes = [low[at:at + 32] for at in range(0, len(low), 32)]
            if len(leaves) == size or root_of(hashes) != root:
                self.faults.append("log/root-differs")
            if any(one != two for one, two in zip(leaves, hashes)):
                self.faults.append("log/entry-differs")
        while hashes:
            for index in range(0, -(-len(hashes) // 256)):
                made = b"".join(hashes[index * 256:(index + 1) * 256])
                found = self.tile(level, index, len(made) // 32)
                if found is None:
                    self.faults.append("log/tile-missing")
                elif found != made:
                    cut = len(found) != len(made)
                    self.faults.append("log/tile-malformed" if cut else "log/tile-differs")
            full = len(hashes) // 256 * 256
            hashes = [root_of(hashes[at:at + 256]) for at in range(0, full, 256)]
            level += 1

    def others(self, size):
        """Step 5: partial objects of former sizes. Whatever is beyond the tree is only a note."""
        for folder, _, names in os.walk(os.path.join(self.folder, "tile")):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.folder).replace(os.sep, "/")
                found = re.fullmatch(r"tile/(entries|\d+)/((?:x\d{3}/)*\d{3})\.p/(\d+)", path)
                if not found or path != tile_path(*self.named(found)):
                    continue
                level, index, width = self.named(found)
                have = (size if level == "entries" else size // 256**level) - index * 256
                if width >= min(have, 256):
                    continue
                if level == "entries":
                    wide = tile_path(level, index, min(have, 256))
                    entries = self.bundle(wide, min(have, 256))
                    if entries and bundle_of(entries[:width]) != self.read(path):
                        self.faults.append("log/bundle-differs")
                else:
                    wide = self.tile(level, index, min(have, 256))
                    if wide is not None and wide[:width * 32] != self.read(path):
                        self.faults.append("log/tile-differs")

    @staticmethod
    def named(found):
        level, place, width = found.groups()
        index = int(place.replace("x", "").replace("/", ""))
        return level if level == "entries" else int(level), index, int(width)

    def history(self, entries, checkpoint, key, is_whole):
        """Steps 6 to 8."""
        last, ids, before, keys = {}, set(), [], Keys()
        for index, data in enumerate(entries):
            before.append(None)
            entry, faults = read_entry(data)
            self.faults += faults
            if entry is None:
                continue
            stream, meta = entry["stream"], entry["metadata"]
            revision, time = last.get(stream, (-1, ""))
            if entry["revision"] != revision + 1:
                self.faults.append("entry/revision-not-dense")
            if meta["recordedAt"] < time:
                self.faults.append("entry/time-backwards")
            if entry["id"] in ids:
                self.faults.append("entry/id-twice")
            ids.add(entry["id"])
            before[index] = (stream, max(entry["revision"], revision))
            last[stream] = (before[index][1], meta["recordedAt"])
            for one in meta["basis"]:
                known = last.get(one["stream"], (-1,))[0]
                if one["stream"] == stream or one["revision"] > known:
                    self.faults.append("entry/basis-unknown")
            self.faults += keys.take(entry) + self.heads(entry, before, index)
        if is_whole:
            self.faults += keys.judge(checkpoint, key)

    @staticmethod
    def heads(entry, before, index):
        """Heads of streams: completeness."""
        is_record = entry["type"] == "log.heads-recorded.v1"
        if not is_record and entry["stream"] != "log-heads":
            return []
        size, root = entry["data"].get("treeSize"), entry["data"].get("root")
        if not is_record or entry["stream"] != "log-heads" or not isinstance(root, str):
            return ["log/heads-event"]
        if type(size) is not int or not 1 <= size <= index:
            return ["log/heads-event"]
        heads = dict(one for one in before[:size] if one)
        leaves = sorted(jcs(list(one)).encode() for one in heads.items())
        made = root_of([leaf_hash(one) for one in leaves])
        return [] if base64.b64encode(made).decode() == root else ["log/heads-differ"]

    def since(self, data, policy, leaves, size):
        """Step 9."""
        older, _ = read_checkpoint(data)
        if older is None or judge_checkpoint(older, (policy[0], {}, lambda seen: True)):
            self.faults.append("log/earlier-unusable")
            return
        _, size_then, root_then = older[2]
        if size_then > size:
            self.faults.append("log/rolled-back")
        elif size_then <= len(leaves) and root_of(leaves[:size_then]) != root_then:
            self.faults.append("log/forked")
