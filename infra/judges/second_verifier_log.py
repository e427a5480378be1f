"""A whole log, judged after docs/formats/log.md: for infra/judges/second-verifier.py."""
import base64, os, re

from second_verifier_formats import (Malformed, jcs, judge_checkpoint, leaf_hash, read_checkpoint,
                                     read_entry, read_policy, root_of, verifier_key)


def tile_path(level, index, width):
    digits = str(index)
    groups = re.findall("...", digits.zfill((len(digits) + 2) // 3 * 3))
    place = "/".join(["x" + one for one in groups[:-1]] + groups[-1:])
    return "tile/%s/%s%s" % (level, place, "" if width == 256 else ".p/%d" % width)


def bundle_of(entries):
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


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
        _, _, (origin, size, root) = checkpoint
        entries = self.entries(size)
        leaves = [leaf_hash(one) for one in entries]
        self.tiles(leaves, size, root)
        self.others(size)
        self.history(entries, origin, policy[0], size > 0 and len(entries) == size)
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

    def history(self, entries, origin, key, is_whole):
        """Steps 6 to 8."""
        last, ids, before = {}, set(), []
        active, retired, opened = [], [], None
        for index, data in enumerate(entries):
            before.append(None)
            entry, faults = read_entry(data)
            self.faults += faults
            if entry is None:
                continue
            stream, meta, content = entry["stream"], entry["metadata"], entry["data"]
            revision, time = last.get(stream, (-1, ""))
            if entry["revision"] != revision + 1:
                self.faults.append("entry/revision-not-dense")
            if meta["recordedAt"] < time:
                self.faults.append("entry/time-backwards")
            if entry["id"] in ids:
                self.faults.append("entry/id-twice")
            if any(one["revision"] > last.get(one["stream"], (-1,))[0] for one in meta["basis"]):
                self.faults.append("entry/basis-unknown")
            ids.add(entry["id"])
            before[index] = (stream, max(entry["revision"], revision))
            last[stream] = (before[index][1], meta["recordedAt"])
            try:
                if entry["type"] == "log.opened.v1":
                    opened = content["origin"]
                    active.append(verifier_key(content["key"], 1))
                elif entry["type"] == "log.key-added.v1":
                    active.append(verifier_key(content["key"], 1))
                elif entry["type"] == "log.key-retired.v1":
                    retired.append(verifier_key(content["key"], 1))
                    active.remove(retired[-1])
            except (Malformed, KeyError, ValueError):
                self.faults.append("log/keys-event")
            if entry["type"] == "log.heads-recorded.v1" and not self.heads(content, before, index):
                self.faults.append("log/heads-differ")
        if not is_whole:
            return
        if opened is None:
            self.faults.append("log/opening-missing")
        elif opened != origin:
            self.faults.append("log/opening-differs")
        elif key in retired:
            self.faults.append("log/signature-retired")
        elif key not in active:
            self.faults.append("log/key-unrecorded")

    @staticmethod
    def heads(content, before, index):
        size = content.get("treeSize")
        if type(size) is not int or not 0 <= size <= index:
            return False
        heads = dict(one for one in before[:size] if one)
        leaves = sorted(jcs(list(one)).encode() for one in heads.items())
        root = root_of([leaf_hash(one) for one in leaves])
        return base64.b64encode(root).decode() == content.get("root")

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
