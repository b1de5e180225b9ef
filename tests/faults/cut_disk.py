# SPDX-License-Identifier: MIT
"""What is left of a directory after a power cut.

A log is what tests/faults/powercut.c wrote. A file system has in its memory what
was done since the last sync of each file and directory; of that any part may have
come to the disk by the time the power fails, in any order, the write at hand torn
at the border of a sector. What was synced is there.
"""
import os
import random

SECTOR = 512


class File:
    """The bytes on the disk, and what was done to them since."""

    def __init__(self, directory=False):
        self.directory = directory
        self.data = bytearray()
        self.time = None     # of the last modification, on the disk
        self.pending = []  # ("W", offset, bytes) ("T", length) ("F", length)

    def sync(self):
        for op in self.pending:
            apply(self.data, op)
        self.pending = []


def apply(data, op):
    if op[0] == "W":
        offset, new = op[1], op[2]
        if len(data) < offset:
            data.extend(bytes(offset - len(data)))
        data[offset:offset + len(new)] = new
    elif op[0] == "T":
        if len(data) > op[1]:
            del data[op[1]:]
        else:
            data.extend(bytes(op[1] - len(data)))
    elif len(data) < op[1]:
        data.extend(bytes(op[1] - len(data)))


def tear(op, rnd):
    """Some of the sectors of a write."""
    at, data = op[1], op[2]
    pieces = []
    while data:
        n = min(len(data), SECTOR - at % SECTOR)
        if rnd.random() < 0.5:
            pieces.append(("W", at, data[:n]))
        at, data = at + n, data[n:]
    return pieces


def part_of(file, rnd):
    """The bytes of a file after a cut."""
    data = bytearray(file.data)
    style = rnd.choice(("none", "first", "any", "all"))
    upto = rnd.randrange(len(file.pending) + 1)
    for i, op in enumerate(file.pending):
        if style == "none" or style == "first" and i > upto or style == "any" and rnd.random() < 0.5:
            # A file may have grown, and what was written there not be on the disk yet.
            if op[0] == "W" and rnd.random() < 0.2:
                apply(data, ("F", op[1] + len(op[2])))
        elif op[0] == "W" and (style == "first" and i == upto or style == "any" and rnd.random() < 0.3):
            for piece in tear(op, rnd):
                apply(data, piece)
        else:
            apply(data, op)
    return data


class Disk:
    def __init__(self):
        self.inode = {}      # number -> File: the one that has it now
        self.root = {}       # path -> File, on the disk
        self.live = {}       # path -> File, in memory
        self.pending = []    # (directory, [(path, File or None)...]) in order
        self.top = None      # the number of the root

    def parent(self, path):
        return os.path.dirname(path)

    def change(self, entries):
        self.pending.append((self.parent(entries[-1][0]), entries))
        self.commit(self.live, entries)
        if entries[0][1] is None:
            # The number of what has no name any more may be that of another file soon.
            here = set(self.live.values())
            self.inode = {n: f for n, f in self.inode.items() if f in here}

    def commit(self, table, entries):
        for path, file in entries:
            if file is None:
                table.pop(path, None)
            else:
                table[path] = file

    def sync_directory(self, directory):
        for where, entries in self.pending:
            if where == directory:
                self.commit(self.root, entries)
        self.pending = [p for p in self.pending if p[0] != directory]

    def play(self, line):
        """One line of the log; what is about other files is none of ours."""
        word = line.split(" ")
        op = word[0]
        if op == "R":
            self.top = word[1]
            return False
        if op in "CM":
            self.inode[word[1]] = File(op == "M")
            self.change([(word[2], self.inode[word[1]])])
        elif op == "U":
            self.change([(word[1], None)])
        elif op == "N":
            self.change([(word[1], None), (word[2], self.live[word[1]])])
        elif op == "L":
            self.change([(word[2], self.live[word[1]])])
        elif op == "A":
            for file in set(self.live.values()):
                file.sync()
            for _, entries in self.pending:
                self.commit(self.root, entries)
            self.pending = []
        elif op in "WTFS" and (word[1] in self.inode or word[1] == self.top):
            self.play_file(op, word)
        else:
            return False
        return True

    def play_file(self, op, word):
        file = self.inode.get(word[1])
        if word[1] == self.top:
            self.sync_directory("")
        elif op == "S" and file.directory:
            self.sync_directory(next(p for p, f in self.live.items() if f is file))
        elif op == "S":
            file.sync()
            file.time = int(word[2])
        elif op == "W":
            file.pending.append(("W", int(word[2]), bytes.fromhex(word[3])))
        else:
            file.pending.append((op, int(word[2])))

    def entries(self, rnd):
        """The names after a cut: those of the disk, and some of what was done since.

        Either all up to some moment, or any, but none of a name without what was
        done to that name before."""
        table, held, prefix = dict(self.root), set(), rnd.random() < 0.5
        upto = rnd.randrange(len(self.pending) + 1)
        for i, (_, entries) in enumerate(self.pending):
            names = {path for path, _ in entries}
            if names & held or (i >= upto if prefix else rnd.random() < 0.5):
                held |= names
            else:
                self.commit(table, entries)
        return table

    def image(self, where, rnd):
        """Make the directory WHERE as one may find it after a cut now."""
        os.mkdir(where, 0o700)
        table = self.entries(rnd)
        for path in sorted(table):
            file, name = table[path], os.path.join(where, path)
            if not os.path.isdir(os.path.dirname(name)):
                continue
            if file.directory:
                os.mkdir(name, 0o700)
                continue
            data = part_of(file, rnd)
            with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                if data.count(0) == len(data):
                    out.truncate(len(data))
                else:
                    out.write(data)
            if file.time is not None:
                os.utime(name, ns=(file.time, file.time))


def load(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as log:
        return log.read().split("\n")[:-1]


class Lying(Disk):
    """A disk that says it has synced what it has not, now and then."""

    def __init__(self, rnd):
        super().__init__()
        self.rnd = rnd

    def play(self, line):
        if line[:2] == "S " and self.rnd.random() < 0.5:
            return True
        return super().play(line)


def moments(lines, count, seed, disk):
    """Yield (index, disk, randomness) at COUNT random changes of the log, in order."""
    rnd = random.Random(seed)
    probe = Disk()
    ours = [i for i, line in enumerate(lines) if probe.play(line)]
    chosen = sorted(rnd.choice(ours) for _ in range(count))
    at = 0
    for i in chosen:
        while at <= i:
            disk.play(lines[at])
            at += 1
        yield i, disk, random.Random(rnd.random())
