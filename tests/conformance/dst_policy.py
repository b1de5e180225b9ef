#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dst_policy.py FILE - each job over each change of clocks, under each policy, through sh-schedule explain."""
import datetime
import json
import subprocess
import sys

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def times(row, policy):
    now = EPOCH + datetime.timedelta(seconds=row["from"])
    out = subprocess.run(
        ["sh-schedule", "explain", row["expr5"], "--as", "cron", "--timezone", row["tz"], "-o", "ndjson",
         "--now", now.strftime("%Y-%m-%dT%H:%M:%SZ"), "--count", "400",
         "--dst", policy.replace("at_transition", "at_change")],
        check=True, capture_output=True, text=True).stdout
    due = [json.loads(line)["due"] for line in out.splitlines()]
    epochs = [int((datetime.datetime.strptime(d, "%Y-%m-%dT%H:%M:%S.%f%z") - EPOCH).total_seconds()) for d in due]
    return [e for e in epochs if e <= row["until"]]


bad = checked = 0
with open(sys.argv[1], encoding="ascii") as rows:
    for line in rows:
        row = json.loads(line)
        for runs in row["runs"]:
            for policy in runs["policies"]:
                got = times(row, policy)
                checked += 1
                # Whether the end itself belongs to the time is the set's affair.
                if runs["epochs"] not in (got, got[:-1]):
                    bad += 1
                    print(row["id"], policy, "wanted", runs["epochs"][:8], "got", got[:8])
print(f"{checked - bad} of {checked}")
sys.exit(1 if bad or not checked else 0)
