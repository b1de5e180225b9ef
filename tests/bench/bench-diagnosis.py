#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Root causes on the public cases of SH_DATA/rca: a table, and one line a figure.

Each case goes through tests/conformance/rca-adapter to sh-diagnose of the build tree,
with its defaults and the stock configuration, one command line for all sets. AC@k is
the part of cases with a true cause among the first k, Avg@5 their mean for k = 1 to 5.
Also: the onset wrong by a minute, no fault at all, logs or edges taken away."""
import json
import os
import subprocess
import sys
import tempfile

SETS = ("petshop", "sockshop1", "nezha-tt", "nezha-ob")
MISSED = 10**6


def run(split, out, *args):
    """args: options of run_cases.py, '--', options of the adapter. Returns predictions by id."""
    at = args.index("--") if "--" in args else len(args)
    top = os.environ["abs_top_srcdir"]
    command = [sys.executable, os.path.join(DATA, "tools/run_cases.py"), split, out, *args[:at],
               "--", sys.executable, os.path.join(top, "tests/conformance/rca-adapter"),
               *args[at + 1:], os.path.join(os.environ["abs_top_builddir"], "bin/sh-diagnose")]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    with open(out, encoding="utf-8") as lines:
        return {p["id"]: p for p in map(json.loads, lines)}


def entities(prediction):
    """Best first, each once; 'front' shows a symptom and is nobody."""
    return list(dict.fromkeys(c["entity"] for c in prediction["ranked"]
                              if not str(c["entity"]).split("#")[0] == "front"))


def rank(case, prediction):
    found = [i for i, e in enumerate(entities(prediction), 1) if e in case["root"]]
    return found[0] if found else MISSED


def scores(cases, predictions, name):
    ranks = [rank(c, predictions[c["id"]]) for c in cases if c["dataset"] == name]
    at = [sum(r <= k for r in ranks) / len(ranks) for k in range(1, 6)]
    return {"n": len(ranks), "AC@1": at[0], "AC@3": at[2], "AC@5": at[4], "Avg@5": sum(at) / 5,
            "MRR": sum(1 / r for r in ranks) / len(ranks)}


def hits(cases, predictions, name, share):
    total = []
    for case in (c for c in cases if c["dataset"] == name):
        true = set(case["metrics"])
        told = list(dict.fromkeys(predictions[case["id"]]["metrics"]))
        total.append(len(set(told[:int(share * len(true))]) & true) / len(true))
    return sum(total) / len(total)


def confidence(prediction):
    return next((c["confidence"] for c in prediction["ranked"] if c["entity"] != "front"), 0)


def figure(name, value, op=None, bar=None):
    line = f"figure diagnosis-{name} {value:.3f}"
    if op:
        good = value >= bar - 5e-4 if op == ">=" else value <= bar + 5e-4
        line += f" {op} {bar} {'met' if good else 'missed'}"
    print(line)


def show_sets(cases, predictions):
    # Above every published method but the one that was made for the set; DIAGNOSIS 1 and 2.1.
    bars = {"petshop": {"AC@1": 0.655}, "sockshop1": {"AC@1": 1.0},
            "nezha-tt": {"AC@1": 0.201, "AC@3": 0.312, "AC@5": 0.445},
            "nezha-ob": {"AC@1": 0.412, "AC@3": 0.733, "AC@5": 0.929}}
    rows = {name: scores(cases, predictions, name) for name in SETS}
    for name, row in rows.items():
        print(f"{name:12} " + " ".join(f"{k} {v:.3f}" if k != "n" else f"n {v:3d}"
                                       for k, v in row.items()))
    for name, row in rows.items():
        for key in ("AC@1", "AC@3", "AC@5", "Avg@5", "MRR"):
            bar = bars[name].get(key)
            figure(f"{name}-{key}", row[key], ">=" if bar else None, bar)
    figure("macro-AC@1", sum(r["AC@1"] for r in rows.values()) / len(rows), ">=", 0.731)
    figure("macro-Avg@5", sum(r["Avg@5"] for r in rows.values()) / len(rows), ">=", 0.835)


def show_calibration(cases, predictions):
    pairs = [(confidence(predictions[c["id"]]),
              bool(c["root"]) and rank(c, predictions[c["id"]]) == 1)
             for c in cases if c["dataset"] in SETS + ("nofault",)]
    print("confidence of the first   cases   right")
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = [right for said, right in pairs if low <= said < low + 0.2]
        if inside:
            print(f"    {low:.1f} to {low + 0.2:.1f}        {len(inside):6d}   "
                  f"{sum(inside) / len(inside):.2f}")
    figure("brier", sum((said - right) ** 2 for said, right in pairs) / len(pairs), "<=", 0.134)
    quiet = [confidence(predictions[c["id"]]) < 0.5 for c in cases if c["dataset"] == "nofault"]
    figure("nofault-below-half", sum(quiet) / len(quiet), ">=", 0.95)


def main():
    split = os.path.join(DATA, "dev")
    with open(os.path.join(split, "truth.ndjson"), encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as scratch:
        out = os.path.join(scratch, "out")
        plain = run(split, out)
        show_sets(cases, plain)
        show_calibration(cases, plain)
        for name in ("asd", "smd"):
            figure(f"{name}-hit@100", hits(cases, plain, name, 1))
            figure(f"{name}-hit@150", hits(cases, plain, name, 1.5))
        for shift in (-60, 60, 120):
            moved = run(split, out, "--dataset", "sockshop1", "--shift", str(shift))
            bar = (">=", 0.98) if abs(shift) == 60 else ()
            figure(f"sockshop1-onset{shift:+d}s-AC@1",
                   scores(cases, moved, "sockshop1")["AC@1"], *bar)
        failed = sum(p["rc"] != 0 for p in plain.values())
        for lack, names in (("edges", ("petshop", "nezha-tt", "nezha-ob")),
                            ("logs", ("nezha-tt",))):
            for name in names:
                less = run(split, out, "--dataset", name, "--", f"--no-{lack}")
                figure(f"{name}-no-{lack}-AC@1", scores(cases, less, name)["AC@1"])
                failed += sum(p["rc"] != 0 for p in less.values())
        figure("failures", failed, "<=", 0)


if __name__ == "__main__":
    DATA = os.path.join(os.environ.get("SH_DATA", ""), "rca")
    if not os.environ.get("SH_DATA") or not os.path.isdir(DATA):
        print("bench-diagnosis: skipped: SH_DATA is not set, or has no 'rca'")
        sys.exit(0)
    main()
