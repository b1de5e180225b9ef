#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""answers.py PROGRAM TREE DIFFERENCES [OPTION...]: what PROGRAM --root says of TREE when one
of the files that it reads is missing, empty, cut in half, garbage or unreadable.

Each collector runs alone first, so that it is known who reads which file (by the
access times). Then for every file and each kind of damage all of them run:
who does not read the file says exactly the same; who does says nothing that it did
not say before of the same thing, but for what DIFFERENCES (lines of patterns for the
file, the kind of damage and the metric, and a reason; by tabs) expects; all lines are JSON and the program ends well. A
file is cut where a line of its first half ends, as the kernel ends a short read: a
number that lost digits is as good a number, and nobody can tell. Prints one line for
each thing that is wrong, and a summary. TREE is changed and put back.
"""
import collections
import functools
import json
import os
import re
import subprocess
import sys

KINDS = ["missing", "empty", "half", "garbage", "unreadable"]
GARBAGE = bytes(range(1, 256)) * 3 + b"\n-1 99999999999999999999999 x:y = z\n\n : \n"
NOBODY = 65534


@functools.lru_cache(maxsize=None)
def understand(line):
    """(collector, what the record says); nearly all of them come again in each run."""
    record = json.loads(line)
    source = record.get("source", {}).get("collector")
    what = (record.get("entity"), json.dumps(record.get("dims"), sort_keys=True))
    if record.get("entity", "").startswith("collector:"):
        source = record["entity"].split(":")[1].split("@")[0]
        return source, [(what, "failure", "")]
    things = [(what, f"{group}.{name}", repr(value))
              for group, members in record.get("metrics", {}).items()
              for name, value in members.items()]
    for name in record.keys() - {"metrics", "kind", "host", "entity", "dims", "source"}:
        things.append((what, name, json.dumps(record[name], sort_keys=True)))
    return source, things


def run(program, tree, options, collectors=()):
    """{collector: multiset of what it says, times left out}, and why it is wrong if it is."""
    argv = [program, "-o", "ndjson", "--no-stock", "--root", tree] + options + list(collectors)
    if os.geteuid() == 0:
        argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] + argv
    env = dict(os.environ, HOME=tree)
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    said = collections.defaultdict(collections.Counter)
    if done.returncode != 0:
        return said, f"ended with {done.returncode}: {done.stderr[-2000:].decode(errors='replace')}"
    for line in done.stdout.decode().splitlines():
        source, things = understand(re.sub('"time":"[^"]*",', "", line, count=1))
        said[source].update(things)
    return said, None


def files_of(tree):
    for top, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(top, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def readers(program, tree, options, collectors):
    """{file: collectors that read it}; relatime shows one read of a file changed after the last."""
    found = collections.defaultdict(set)
    for collector in collectors:
        paths = list(files_of(tree))
        for path in paths:
            os.utime(path, (0, os.stat(path).st_mtime))
        run(program, tree, options, [collector])
        for path in paths:
            if os.stat(path).st_atime != 0:
                found[path].add(collector)
    return found


def damage(path, kind, away):
    with open(path, "rb") as f:
        old = f.read()
    mode = os.stat(path).st_mode
    if kind == "missing":
        os.rename(path, away)
    elif kind == "unreadable":
        os.chmod(path, 0)
    else:
        half = old[:old.rfind(b"\n", 0, len(old) // 2) + 1]
        new = {"empty": b"", "half": half, "garbage": GARBAGE}[kind]
        os.chmod(path, mode | 0o200)
        with open(path, "wb") as f:
            f.write(new)

    def undo():
        if kind == "missing":
            os.rename(away, path)
        elif kind != "unreadable":
            with open(path, "wb") as f:
                f.write(old)
        os.chmod(path, mode)
    return undo


def compare(before, after, touched, fine):
    """A name made of garbage is another thing, and labels choose, they do not measure."""
    for collector in before.keys() | after.keys():
        known = {what for what, _, _ in before[collector]}
        new = after[collector] - before[collector]
        gone = before[collector] - after[collector]
        new = {k: n for k, n in new.items()
               if k[0] in known and k[1] not in ("failure", "error", "labels")}
        if collector in touched:
            gone = {}
            new = {k: n for k, n in new.items() if not any(re.fullmatch(f, k[1]) for f in fine)}
        for key in list(new)[:3]:
            yield f"{collector}: says anew {key}"
        for key in list(gone)[:3]:
            yield f"{collector}: lost {key}"


def main():
    program, tree, listed = sys.argv[1:4]
    options = sys.argv[4:]
    before, wrong = run(program, tree, options)
    if wrong:
        sys.exit(wrong)
    read = readers(program, tree, options, sorted(before))
    if not read:
        print("no access times here: nothing tested")
        sys.exit(77)
    bad = runs = 0
    with open(listed, encoding="utf-8") as f:
        expected = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]
    for path in sorted(read):
        name = os.path.relpath(path, tree)
        for kind in KINDS:
            undo = damage(path, kind, tree.rstrip("/") + ".away")
            try:
                after, wrong = run(program, tree, options)
            finally:
                undo()
            runs += 1
            fine = [e[2] for e in expected if re.search(e[0], name) and re.fullmatch(e[1], kind)]
            problems = [wrong] if wrong else list(compare(before, after, read[path], fine))
            for problem in problems:
                bad += 1
                print(f"{name} {kind}: {problem}")
    print(f"{len(read)} files are read, {runs} runs, {bad} wrong")
    sys.exit(1 if bad else 0)


main()
