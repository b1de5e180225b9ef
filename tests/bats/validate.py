#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Validate each NDJSON line of standard input by the schema of its kind.

usage: validate.py SCHEMA-DIRECTORY [KIND...]

KINDs named must occur. Exits 0, 1 with a message for each bad line, 77 where
python3-jsonschema is missing.
"""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema not found")
    sys.exit(77)


def validators(directory):
    found = {}
    for path in sorted(pathlib.Path(directory).glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        found[path.stem] = jsonschema.Draft202012Validator(schema)
    return found


def main():
    known = validators(sys.argv[1])
    missing = set(sys.argv[2:])
    bad = lines = 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        lines += 1
        record = json.loads(line)
        kind = record.get("kind")
        missing.discard(kind)
        if kind not in known:
            print(f"line {number}: no schema for kind {kind!r}")
            bad += 1
            continue
        for error in known[kind].iter_errors(record):
            where = "/".join(str(step) for step in error.absolute_path)
            print(f"line {number}: {kind}: {where or '.'}: {error.message}")
            bad += 1
    for kind in sorted(missing):
        print(f"no record of kind {kind}")
    if not lines:
        print("no records")
    return 1 if bad or missing or not lines else 0


sys.exit(main())
