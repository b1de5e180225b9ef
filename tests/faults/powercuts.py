#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Power cuts at random moments of what the programs do to their state directories.

powercuts.py CUTS SEED [lies] NAME...: so many for each NAME of detect,
diagnose, collect, repair and schedule. One run is noted by tests/faults/powercut.c;
for each cut a directory is made as a disk may hold it then (cut_disk.py), and the
program is started on it. What was acknowledged is there, nothing is done twice, and
nothing is damaged. With "lies" the disk says it synced what it did not: then much
may be lost, but each program starts or says why not, and never crashes.
"""
import contextlib
import json
import math
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import cut_disk

BIN = os.environ["abs_top_builddir"] + "/bin/"
PRELOAD = os.environ["abs_top_builddir"] + "/tests/faults/powercut.so"


class Failed(Exception):
    pass


def check(truth, what, *more):
    if not truth:
        raise Failed(" ".join([what] + [str(m)[-2000:] for m in more]))


class Trial:
    """A directory to be cut off, its log, and the programs that work in it."""

    def __init__(self, where, cuts, seed, lies):
        self.where, self.cuts, self.seed, self.lies = where, cuts, seed, lies
        self.root, self.log = where + "/root", where + "/log"
        os.mkdir(self.root)
        self.env = dict(os.environ, LC_ALL="C", TZ="UTC", SH_HOST="h1", SH_BINDIR=BIN[:-1],
                        XDG_CONFIG_HOME=where)
        self.env.pop("SH_STATE", None)
        self.n = 0
        self.refused = 0

    def run(self, argv, data=b"", noted=False):
        env = dict(self.env)
        if noted:
            env.update(LD_PRELOAD=PRELOAD, POWERCUT_ROOT=self.root, POWERCUT_LOG=self.log)
        got = subprocess.run([BIN + argv[0]] + argv[1:], input=data, env=env, cwd=self.where,
                             capture_output=True, timeout=60, check=False)
        return got.returncode, got.stdout, got.stderr.decode()

    def must(self, argv, data=b"", noted=False):
        rc, out, err = self.run(argv, data, noted)
        check(rc == 0, "%s: exit %d" % (argv[0], rc), err)
        return out

    def start(self, argv, data=b""):
        """After a cut: the output; None where the disk lied and the program said so."""
        rc, out, err = self.run(argv, data)
        if not self.lies:
            check(rc == 0 and "damaged" not in err, "%s after a cut: exit %d" % (argv[0], rc), err)
            return out
        check(rc in (0, 4, 6), "%s on a disk that lied: exit %d" % (argv[0], rc), err)
        check(rc == 0 or err, "%s on a disk that lied says nothing" % argv[0])
        self.refused += rc != 0
        return None

    def images(self):
        """Yield (lines of the log before the cut, state directory)."""
        lines = cut_disk.load(self.log)
        rnd = random.Random(self.seed)
        disk = cut_disk.Lying(rnd) if self.lies else cut_disk.Disk()
        for at, disk, rnd in cut_disk.moments(lines, self.cuts, self.seed, disk):
            where = self.where + "/image"
            disk.image(where, rnd)
            self.n += 1
            yield lines[:at + 1], where + "/state"
            shutil.rmtree(where)


def told(lines, program):
    """What a program had written to its standard output."""
    return bytes.fromhex("".join(line.rsplit(" ", 1)[1] for line in lines if line.startswith("P %s " % program)))


def whole_lines(data):
    return data[:data.rfind(b"\n") + 1].splitlines()


def samples(count):
    for i in range(count):
        yield json.dumps({"kind": "sample", "time": 1795222923 + i, "host": "h%d" % (i % 4),
                          "entity": "filesystem:/v%d@h%d" % (i % 4, i % 4),
                          "metrics": {"storage": {"utilization": round(50 + 49 * math.sin(i / 40), 1)}}}).encode()


def batches(lines):
    """(number -> lines up to its barrier, lines after the last); a batch that comes again is left out."""
    got, now = {}, []
    for line in lines:
        if line.startswith(b'{"kind":"resume"'):
            continue
        if line.startswith(b'{"kind":"barrier"'):
            got.setdefault(json.loads(line)["seq"], now)
            now = []
        else:
            now.append(line)
    return got, now


def feed(records, every, first, acked):
    """RECORDS with a barrier after each so many, those up to FIRST left out."""
    out = []
    for seq in range(first + 1, (len(records) + every - 1) // every + 1):
        out += records[(seq - 1) * every:seq * every]
        out.append(b'{"kind":"barrier","seq":%d,"acked":%d,"time":%d}' % (seq, min(acked, seq), 1795222923 + seq))
    return b"\n".join(out) + b"\n"


def fed(trial, program, records):
    """Each record, fault and diagnosis once, whenever the power fails."""
    every = 10
    state = [program, "--state", trial.root + "/state"]
    # The feeder learns of what came out as it goes: half of it for certain, here.
    half = len(records) // every // 2
    first = b"".join(line + b"\n" for line in feed(records, every, 0, 0).splitlines()[:half * (every + 1)])
    expected, _ = batches(trial.must(state, first, noted=True).splitlines())
    more, tail = batches(trial.must(state, feed(records, every, half, half), noted=True).splitlines())
    check(sum(len(b) for b in list(expected.values()) + list(more.values())) > 20, "hardly anything comes out")
    more.update(expected)
    expected = more
    for lines, image in trial.images():
        had, _ = batches(whole_lines(told(lines, program)))
        last = max(had, default=0)
        out = trial.start([program, "--state", image], feed(records, every, last, last))
        if out is None:
            continue
        got, rest = batches(out.splitlines())
        for seq, batch in expected.items():
            if seq > last:
                check(got.get(seq) == batch, "%s: batch %d of the cut after %d is another" % (program, seq, last))
        check(rest == tail, "%s: its end is another" % program)


def detect(trial):
    fed(trial, "sh-detect", list(samples(400)))


def diagnose(trial):
    faults = trial.must(["sh-detect"], b"\n".join(samples(1200)) + b"\n").splitlines()
    fed(trial, "sh-diagnose", [f for f in faults if b'"kind":"fault"' in f])


def numbers(lines, kind):
    """Those at the end of the texts."""
    out = []
    for line in lines:
        record = json.loads(line)
        if record["kind"] == kind and (kind == "log" or record.get("type") == "deploy"):
            out.append(int(record["text"].split()[-1]))
    return out


def collect(trial):
    """Each line of a log and each mark; never again what a run that had ended has told."""
    with open(trial.where + "/site.yaml", "w", encoding="ascii") as site:
        site.write("checks: {app: {log: %s/app.log, from: start}}\n" % trial.where)
    look = ["sh-collect", "-o", "ndjson", "-c", "site.yaml", "check", "event", "--state"]
    sizes, runs = [], 8

    def write_log(count):
        with open(trial.where + "/app.log", "w", encoding="ascii") as log:
            log.writelines("line %d\n" % i for i in range(1, count + 1))

    write_log(0)
    trial.must(look + [trial.root + "/state"], noted=True)
    for k in range(1, runs + 1):
        sizes.append(100 * k)
        with open(trial.log, "a", encoding="ascii") as log:
            log.write("B %d\n" % k)
        write_log(100 * k)
        trial.must(["sh-collect", "--state", trial.root + "/state", "--mark", "mark %d" % k], noted=True)
        with open(trial.log, "a", encoding="ascii") as log:
            log.write("K %d\n" % k)
        trial.must(look + [trial.root + "/state"], noted=True)
    for lines, image in trial.images():
        collect_after(trial, lines, look + [image], write_log)


def collect_after(trial, lines, look, write_log):
    k = max([int(line[2:]) for line in lines if line.startswith("B ")], default=0)
    marks = max([int(line[2:]) for line in lines if line.startswith("K ")], default=0)
    ended, since = [], []
    for line in lines:
        since.append(line)
        if line == "X sh-collect":
            ended, since = ended + since, []
    write_log(100 * k)
    out = trial.start(look)
    if out is None:
        return
    again = out.splitlines()
    acked, maybe = (whole_lines(told(part, "sh-collect")) for part in (ended, since))
    for kind, count in (("log", 100 * k), ("event", marks)):
        before, perhaps, after = (numbers(part, kind) for part in (acked, maybe, again))
        if not before and not any(line == "X sh-collect" for line in lines):
            continue  # nothing was acknowledged yet: the first look
        check(not set(before) & set(after), "sh-collect: a %s came again" % kind, before[-3:], after[:3])
        have = set(before) | set(perhaps) | set(after)
        check(have >= set(range(1, count + 1)), "sh-collect: a %s of %d is lost" % (kind, count),
              sorted(set(range(1, count + 1)) - have))


STOCK = {
    "rules/r.yaml": """rules: {gone: {on: [file], expr: file.exists == 0, count: 1, severity: high,
  description: "{entity_name} is gone"}}
""",
    "diagnoses/d.yaml": """diagnoses: {d: {faults: [gone], root_cause: thing_gone, confidence: 0.9, title: it is gone,
  recommendation: make it again, because: "{fault.description}"}}
""",
    "playbooks/p.yaml": """playbooks:
  mend:
    for: {causes: [thing_gone]}
    guards: {cooldown: 0s, attempts: 100}
    steps: [{name: make, action: do, timeout: 10s, with: {path: "{site.path}"}}]
    verify: {within: 300ms, hold: 0s}
  work: {steps: [{name: work, action: do, timeout: 10s, with: {path: "{site.settings.path}"}}]}
""",
    "actions/do.yaml": """title: what the trial says
program: do
timeout: 10s
parameters: {path: {type: string, required: true, from: site}}
""",
}

# What it does to the world is there at once; that is noted too.
ACTION = """#!/bin/sh
in=$(cat)
plan=${in#*'"plan":"'} plan=${plan%%'"'*}
path=${in#*'"path":"'} path=${path%%'"'*}
if [ "$1" = run ]; then
	echo "$plan" >>"$path"
	echo "E $plan $path" >>"WHERE/log"
	echo '{"success":true}'
else
	state=not_done
	! grep -qsxF "$plan" "$path" || state=done
	echo '{"success":true,"output":{"state":"'$state'"}}'
fi
"""


def repair_area(trial):
    for name, text in STOCK.items():
        path = trial.where + "/stock/" + name
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
    os.makedirs(trial.where + "/libexec/actions", mode=0o755)
    with open(trial.where + "/libexec/actions/do", "w", encoding="ascii") as out:
        out.write(ACTION.replace("WHERE", trial.where))
    os.chmod(trial.where + "/libexec/actions/do", 0o755)
    trial.env.update(SH_STOCK=trial.where + "/stock", SH_LIBEXEC=trial.where + "/libexec")
    open(trial.log, "a", encoding="ascii").close()


def effects(lines):
    out = {}
    for line in lines:
        if line.startswith("E "):
            _, plan, path = line.split(" ")
            out.setdefault(path, []).append(plan)
    return out


def put_world(trial, directory, world):
    shutil.rmtree(trial.where + directory, ignore_errors=True)
    os.mkdir(trial.where + directory)
    for path, plans in world.items():
        with open(path, "w", encoding="ascii") as out:
            out.writelines(plan + "\n" for plan in plans)


def lines_of(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def repair(trial):
    """Each thing is made once, and what was said to be done is in the history."""
    repair_area(trial)
    things = [trial.where + "/things/%d" % i for i in range(8)]
    with open(trial.where + "/site.yaml", "w", encoding="ascii") as site:
        site.write("services: {app: {pidfile: %s/app.pid, mode: act, files: [%s]}}\n" %
                   (trial.where, ", ".join("{path: %s}" % t for t in things)))
        site.write("limits: {repairs: {per_hour: 100000, per_hour_of_rule: 100000, per_week: 100000, "
                   "failed_targets: 1000}}\n")

    def diagnoses():
        faults = trial.must(["sh-detect", "-c", "site.yaml"], trial.must(["sh-collect", "-c", "site.yaml", "file"]))
        return trial.must(["sh-diagnose", "-c", "site.yaml"], faults)

    put_world(trial, "/things", {})
    mend = ["sh-repair", "-c", "site.yaml", "--apply", "--state"]
    for half in (things[:4], things):
        put_world(trial, "/things", {t: ["nothing"] for t in things if t not in half} |
                  effects(cut_disk.load(trial.log)))
        trial.must(mend + [trial.root + "/state"], diagnoses(), noted=True)
    for lines, image in trial.images():
        world = effects(lines)
        put_world(trial, "/things", world)
        asked = diagnoses()
        trial.start(mend + [image], asked)
        trial.start(mend + [image], asked)
        for t in things if not trial.lies else ():
            check(len(lines_of(t)) == 1, "sh-repair: made %d times: %s" % (len(lines_of(t)), t))
        if not trial.lies:
            repair_history(trial, lines, image)


def repair_history(trial, lines, image):
    trial.must(["sh-ledger", "--state", image, "verify"])
    with contextlib.closing(sqlite3.connect(image + "/ledger.db")) as db:
        known = dict(db.execute("SELECT plan, ended FROM repair"))
        held = db.execute("SELECT count(*) FROM pause").fetchone()[0]
        begun = db.execute("SELECT count(*) FROM intent WHERE state = 'open'").fetchone()[0]
    check(held == 0 and begun == 0 and all(known.values()), "sh-repair: open or held", held, begun, known)
    for line in whole_lines(told(lines, "sh-repair")):
        record = json.loads(line)
        if record["kind"] == "repair":
            check(record["id"] in known, "sh-repair: a repair that was told of is not in the history", record["id"])


def schedule(trial):
    """A task runs once for each minute, or is told of as interrupted."""
    repair_area(trial)
    with open(trial.where + "/tasks.yaml", "w", encoding="ascii") as tasks:
        tasks.write("tasks:\n")
        for t in "abc":
            tasks.write('  %s: {cron: "* * * * *", playbook: work, mode: act, settings: {path: %s/did/%s}}\n' %
                        (t, trial.where, t))
    # Its children get a clean environment: what runs them does the noting.
    os.mkdir(trial.where + "/bin", 0o755)
    for name in ("sh-repair", "sh-collect"):
        with open(trial.where + "/bin/" + name, "w", encoding="ascii") as script:
            script.write("#!/bin/sh\nexport LD_PRELOAD=%s POWERCUT_ROOT=%s POWERCUT_LOG=%s\nexec %s \"$@\"\n" %
                         (PRELOAD, trial.root, trial.log, BIN + name))
        os.chmod(trial.where + "/bin/" + name, 0o755)
    put_world(trial, "/did", {})
    trial.env["SH_BINDIR"] = trial.where + "/bin"
    minutes = 5
    for minute in range(minutes + 1):
        with open(trial.log, "a", encoding="ascii") as log:
            log.write("B %d\n" % minute)
        trial.must(at_minute(minute, trial.root + "/state"), noted=True)
    trial.env["SH_BINDIR"] = BIN[:-1]
    for lines, image in trial.images():
        schedule_after(trial, lines, image, minutes)


def at_minute(minute, state):
    return ["sh-schedule", "-c", "tasks.yaml", "--once", "--now", "2026-11-01T00:%02d:00Z" % minute, "--state", state]


def schedule_after(trial, lines, image, minutes):
    begins = [i for i, line in enumerate(lines) if line.startswith("B ")]
    minute = len(begins) - 1
    now = lines[begins[-1]:]
    put_world(trial, "/did", effects(now))
    done_before = {(r["task"], r["due"]): r for r in
                   map(json.loads, whole_lines(told(lines, "sh-schedule"))) if r["kind"] == "task"}
    for m in range(minute, minutes + 1):
        out = trial.start(at_minute(m, image))
        if out is None:
            return
        records = [r for r in map(json.loads, out.splitlines()) if r["kind"] == "task"]
        due = "2026-11-01T00:%02d:00.000000Z" % m
        for r in records:
            check(r["due"] == due, "sh-schedule: minute %d tells of another" % m, r)
        for t in "abc" if m else ():
            ran = len(lines_of(trial.where + "/did/" + t))
            tells = [r for r in records if r["task"] == t] or [r for r in [done_before.get((t, due))] if r]
            check(ran <= 1, "sh-schedule: %s of minute %d ran %d times" % (t, m, ran))
            check(tells, "sh-schedule: %s of minute %d is not told of" % (t, m))
            check(ran == 1 or tells[0].get("error", "").startswith("interrupted:"),
                  "sh-schedule: %s of minute %d did not run" % (t, m), tells)
        put_world(trial, "/did", {})


TRIALS = {"detect": detect, "diagnose": diagnose, "collect": collect, "repair": repair, "schedule": schedule}


def main():
    cuts, seed, names = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    lies = names[:1] == ["lies"]
    bad = 0
    for name in names[lies:] or TRIALS:
        with tempfile.TemporaryDirectory(prefix="powercut.", dir=os.environ.get("TMPDIR", "/tmp")) as where:
            trial = Trial(os.path.realpath(where), cuts, seed, lies)
            try:
                TRIALS[name](trial)
                print("sh-%s: %d cuts%s" % (name, trial.n, ", the disk lies: %d times that was said" % trial.refused
                                            if lies else ": nothing lost, nothing twice"), flush=True)
            except Failed as e:
                bad += 1
                print("FAILED: sh-%s, cut %d of seed %d: %s" % (name, trial.n, seed, e), flush=True)
                if os.environ.get("TRIALS_KEEP"):
                    shutil.copytree(where, os.environ["TRIALS_KEEP"], symlinks=True)
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
