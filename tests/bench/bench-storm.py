#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A storm of faults on a large graph: what sh-diagnose of the build tree costs, a fault.

ENTITIES services call ten others each, most of them further down, some of them back up;
each has three metrics over the last half hour. One at the bottom gets slow, then those
that need it, nearest first; so many of them as there are faults are told, each with an
onset of its own. The past is in the state; the run with the faults and one without are
measured, on one core: BENCH_STORM sets how many entities (default 10000), a twentieth of
them faults; a tenth of both is run too, for the growth."""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

START, STEP, SAMPLES = 1795220000, 60, 30
ONSET = START + STEP * (SAMPLES - 5)
RUNS = 3


def name(i):
    return f"service:s{i:05d}"


def text_of(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(seconds))


def edges(n, rng):
    """Who needs whom; every hundredth edge leads back up."""
    for i in range(n):
        for _ in range(10):
            low = i + 1 if i + 1 < n and rng.random() > 0.01 else 0
            j = rng.randrange(low, min(n, low + n // 5 + 1))
            if j != i:
                yield i, j


def upstream(n, links, root, most):
    """Those that need the root, nearest first, with their distance."""
    callers = [[] for _ in range(n)]
    for i, j in links:
        callers[j].append(i)
    far, queue = {root: 0}, [root]
    for at in queue:
        for i in callers[at]:
            if i not in far and len(queue) < most:
                far[i] = far[at] + 1
                queue.append(i)
    return far


def write_history(path, n, links, far, rng):
    """Samples of a minute each, every entity at a second of its own."""
    with open(path, "w", encoding="utf-8") as out:
        for i, j in links:
            out.write(f'{{"kind":"edge","time":{START},"host":"h{i % 1000}","type":"depends_on",'
                      f'"from":"{name(i)}","to":"{name(j)}"}}\n')
        for k in range(SAMPLES):
            for i in range(n):
                at = START + STEP * k + i % STEP
                slow = i in far and at >= ONSET + 5 * far[i]
                latency = rng.uniform(18, 22) * (20 if slow else 1)
                out.write(f'{{"kind":"sample","time":{at},"host":"h{i % 1000}","entity":"{name(i)}",'
                          f'"metrics":{{"http":{{"latency_p90":{latency:.2f},'
                          f'"errors":{rng.randrange(3)}}},'
                          f'"cpu":{{"usage":{rng.uniform(20, 40):.2f}}}}}}}\n')


def write_faults(path, far):
    with open(path, "w", encoding="utf-8") as out:
        for k, i in enumerate(far):
            since = next(t for t in range(START + i % STEP, 2**31, STEP) if t >= ONSET + 5 * far[i])
            out.write(json.dumps({
                "kind": "fault", "time": text_of(START + STEP * SAMPLES + 1), "host": f"h{i % 1000}",
                "entity": name(i), "id": f"f-{k:032x}", "fingerprint": f"f-{k:032x}",
                "status": "open", "fault_type": "latency_high", "rule_id": "latency",
                "severity": "high", "affected_metrics": ["http.latency_p90"],
                "evidence": {"since": text_of(since)}}) + "\n")


def run(state, source, out):
    """CPU seconds and peak KiB of a run on the file SOURCE."""
    pin = ["taskset", "-c", str(os.cpu_count() - 1)]
    program = os.path.join(os.environ["abs_top_builddir"], "bin/sh-diagnose")
    with open(source, "rb") as given, open(out, "wb") as told:
        child = subprocess.Popen([*pin, program, "--state", state], stdin=given, stdout=told)
        _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"bench-storm: sh-diagnose failed with status {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def storm(scratch, n):
    """Returns seconds and KiB of a storm in a world of N entities, and those without a fault."""
    rng = random.Random(n)
    paths = {k: os.path.join(scratch, f"{k}{n}") for k in ("state", "past", "faults", "out", "none")}
    links = list(edges(n, rng))
    root = n - 1 - n // 50
    far = upstream(n, links, root, n // 20)
    write_history(paths["past"], n, links, far, rng)
    write_faults(paths["faults"], far)
    open(paths["none"], "wb").close()
    run(paths["state"], paths["past"], paths["out"])
    os.unlink(paths["past"])
    quiet = min(run(paths["state"], paths["none"], paths["out"]) for _ in range(RUNS))
    busy = min(run(paths["state"], paths["faults"], paths["out"]) for _ in range(RUNS))
    with open(paths["out"], encoding="utf-8") as lines:
        told = [json.loads(line)["ranking"][0].get("entity") for line in lines]
    right = sum(t == name(root) for t in told) / len(far)
    print(f"{n:6d} entities, {len(links):7d} edges, {len(far):4d} faults: "
          f"{busy[0]:.2f} s, {busy[0] - quiet[0]:.2f} s of them for the faults, "
          f"{(busy[0] - quiet[0]) / len(far) * 1e3:.2f} ms a fault, {busy[1] / 1024:.0f} MiB, "
          f"{right:.0%} name the one at the bottom first")
    return busy[0] - quiet[0], busy, (busy[0] - quiet[0]) / len(far)


def figure(what, value, bar=None):
    verdict = f" <= {bar} {'met' if value <= bar else 'missed'}" if bar else ""
    print(f"figure storm-{what} {value:.3f}{verdict}")


def main():
    most = int(os.environ.get("BENCH_STORM", "10000"))
    with tempfile.TemporaryDirectory() as scratch:
        _, _, few = storm(scratch, most // 10)
        faults, whole, each = storm(scratch, most)
    print(f"a fault costs {each / few:.1f} times as much in a world 10 times as large")
    figure("growth-of-a-fault", each / few)
    figure("seconds", faults, 1)
    figure("seconds-with-state", whole[0])
    figure("MB", whole[1] * 1024 / 1e6, 200)


if __name__ == "__main__":
    main()
