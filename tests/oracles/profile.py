#!/usr/bin/env python3
"""Checks PDFs clause by clause against PDF/A-3a and PDF/UA-1.

    profile.py FILE              prints how the file does on every clause; ends with 1 if it breaks one
    profile.py --table FILE…     prints the table of tests/oracles/PROFILE.md: a clause is ticked if all files keep it
    profile.py --mutations FILE  breaks every clause in copies of a sound file; ends with 1 if a fault goes unseen
"""

import argparse
import sys
from pathlib import Path

from clauses import file, lettering, metadata, painting, parts, structure  # noqa: F401 (enter their clauses)
from clauses import mutations_form, mutations_meaning  # noqa: F401 (enter their mutations)
from clauses.document import Document
from clauses.mutating import MUTATIONS
from clauses.table import CHOKED, in_order, judged, row

INTRODUCTION = """# PDF/A-3a and PDF/UA-1, clause by clause

What `profile.py` checks on every document of the tests; ✓ kept, – nothing in our documents that the clause speaks of.
For each line there is a fault, put into a sound document, that it is seen to catch (`profile.py --mutations`). The
second column has the checkpoints of the Matterhorn Protocol 1.02. What only a person can judge – whether a text stands
for its figure, whether an order makes sense – is not here. The file is written by the tests (`UPDATE_GOLDEN=1`).
"""
SIGNS = {"ok": "✓", "fail": "✗", "n/a": "–"}


def show(data):
    """Prints every row; gives whether one fails."""
    rows = judged(Document(data))
    for one in rows:
        about = one.clause
        print(f"{one.result:4}  {about.standard} {about.number:11} {about.checked}{': ' + one.detail if one.detail else ''}")
    return any(one.result == "fail" for one in rows)


def table(files):
    """Prints the rows of the table over several files."""
    results = {}
    for data in files:
        for one in judged(Document(data)):
            results.setdefault(one.clause, set()).add(one.result)
    print(INTRODUCTION + "\n| clause | Matterhorn | checked | |\n|---|---|---|---|")
    for clause, seen in results.items():
        worst = next(result for result in ("fail", "ok", "n/a") if result in seen)
        print(f"| {clause.standard}, {clause.number} | {clause.matterhorn or '–'} | {clause.checked} | {SIGNS[worst]} |")


def mutated(data):
    """Prints the faults that go unseen, and the clauses that nothing breaks; gives whether there are any."""
    clauses = {clause.key: clause for clause in in_order()}
    sound = {key: row(clause, Document(data)).result for key, clause in clauses.items()}
    unseen = [f"{key} fails on the sound file" for key, result in sound.items() if result == "fail"]
    broken = set()
    for name, keys, change in MUTATIONS:
        document = change(data)
        for key in keys:
            broken.add(key)
            seen = row(clauses[key], document)
            if seen.result != "fail" or seen.detail.startswith(CHOKED):
                unseen.append(f"{key} does not see {name}: {seen.result} {seen.detail}")
    unseen += [f"no mutation breaks {key}" for key in clauses if key not in broken]
    print("\n".join(unseen) or f"{len(MUTATIONS)} faults seen by {len(clauses)} checks")
    return bool(unseen)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--mutations", action="store_true")
    parser.add_argument("files", type=Path, nargs="+")
    asked = parser.parse_args()
    files = [path.read_bytes() for path in asked.files]
    if asked.table:
        table(files)
    else:
        sys.exit((mutated if asked.mutations else show)(files[0]))


if __name__ == "__main__":
    main()
