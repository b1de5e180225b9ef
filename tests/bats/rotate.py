#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Append numbered lines to app.log, and rotate it in every way, while sh-collect runs and is killed.

rotate.py SECONDS SEED MODE: MODE is kill (runs end by SIGKILL) or end (runs end by
themselves). Prints how many lines were written, lost and repeated; exit 1 when one
was lost, or when one was repeated by runs of which none was killed.
"""
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time

seconds, seed, mode = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rnd = random.Random(seed)
log = os.path.abspath("app.log")
KEEP = 30  # rotated files that are not compressed yet


class Writer:
    def __init__(self):
        self.n = 0
        self.fd = self.open()

    def open(self):
        return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, count):
        for _ in range(count):
            self.n += 1
            text = "line %d %s\n" % (self.n, "x" * rnd.choice((0, 5, 80, 300)))
            if rnd.random() < 0.2:  # in two pieces, as buffered writers do
                cut = rnd.randrange(len(text))
                os.write(self.fd, text[:cut].encode())
                if rnd.random() < 0.3:
                    time.sleep(0.005)
                os.write(self.fd, text[cut:].encode())
            else:
                os.write(self.fd, text.encode())

    def shift(self):
        """app.log.1 becomes app.log.2 and so on; the oldest is compressed."""
        for i in range(KEEP, 0, -1):
            name = "%s.%d" % (log, i)
            if not os.path.exists(name):
                continue
            if i == KEEP:
                with open(name, "rb") as src, gzip.open("%s.%d.gz" % (log, self.n), "wb") as dst:
                    dst.write(src.read())
                os.unlink(name)
            else:
                os.rename(name, "%s.%d" % (log, i + 1))

    def rename(self):
        self.shift()
        os.rename(log, log + ".1")
        if rnd.random() < 0.5:
            self.write(rnd.randrange(30))  # it does not know yet
            time.sleep(rnd.choice((0, 0.02)))
        os.close(self.fd)
        self.fd = self.open()

    def recreate(self):
        """Renamed by date, and the new one is there only later."""
        os.rename(log, "%s-%d" % (log, self.n))
        os.close(self.fd)
        time.sleep(rnd.choice((0, 0.02)))
        self.fd = self.open()

    def copytruncate(self):
        self.shift()
        with open(log, "rb") as src, open(log + ".1", "wb") as dst:
            dst.write(src.read())
            dst.flush()
        time.sleep(rnd.choice((0, 0.01)))
        os.ftruncate(self.fd, 0)

    def reuse(self):
        """Copied away and deleted: the next file may get its inode."""
        self.shift()
        with open(log, "rb") as src, open(log + ".1", "wb") as dst:
            dst.write(src.read())
        os.close(self.fd)
        os.unlink(log)
        self.fd = self.open()


def collect(n):
    """One run, whose records go into a file of their own."""
    out = open("out.%05d" % n, "wb")
    args = ["sh-collect", "-o", "ndjson", "-c", "site.yaml", "--state", "state", "check"]
    if mode == "kill" or rnd.random() < 0.5:
        args += ["-i", "10ms", "-n", "1000" if mode == "kill" else str(rnd.randrange(1, 12))]
    return subprocess.Popen(args, stdout=out)


def read_back():
    seen, killed_tail = {}, 0
    for name in sorted(x for x in os.listdir(".") if x.startswith("out.")):
        for line in open(name, "rb"):
            try:
                record = json.loads(line)
            except ValueError:
                killed_tail += 1
                continue
            if record["kind"] == "notice":
                print("notice:", record["text"])
            if record["kind"] == "log":
                number = int(record["text"].split()[1])
                seen[number] = seen.get(number, 0) + 1
    return seen, killed_tail


def main():
    w, runs = Writer(), 1
    subprocess.run(["sh-collect", "-o", "ndjson", "-c", "site.yaml", "--state", "state", "check"],
                   check=True, stdout=subprocess.DEVNULL)
    child, ends = collect(0), time.time() + seconds
    history = []  # lines before and after, and how it was rotated
    while time.time() < ends:
        w.write(rnd.randrange(60))
        time.sleep(rnd.choice((0, 0, 0.003, 0.02)))
        if rnd.random() < 0.08:
            rotate = rnd.choice((w.rename, w.recreate, w.copytruncate, w.reuse))
            before = w.n
            rotate()
            history.append((before, w.n, rotate.__name__))
        if mode == "kill" and child.poll() is None and rnd.random() < 0.06:
            child.send_signal(signal.SIGKILL)
            child.wait()
        if child.poll() is not None:
            if mode == "end" and child.returncode:
                sys.exit("a run ended with %d" % child.returncode)
            child, runs = collect(runs), runs + 1
    if mode == "kill":
        child.kill()
    child.wait()
    last = subprocess.Popen(["sh-collect", "-o", "ndjson", "-c", "site.yaml", "--state", "state", "check"],
                            stdout=open("out.99999", "wb"))
    last.wait()
    seen, _ = read_back()
    lost = [n for n in range(1, w.n + 1) if n not in seen]
    repeated = sum(c - 1 for c in seen.values())
    print("%d lines, %d runs, %d lost, %d repeated" % (w.n, runs, len(lost), repeated))
    for n in lost[:1]:
        print("lost:", lost[:20], "in:", [h for h in history if n - 200 < h[0] and h[0] < n + 200])
    sys.exit(bool(lost) or (mode == "end" and repeated > 0) or last.returncode != 0)


main()
