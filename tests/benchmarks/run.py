"""What the fake costs, beside its peers: `python tests/benchmarks/run.py` prints a table.

Every ratio is of two times taken in this one run, in turns; nothing here passes or fails.
"""

from __future__ import annotations

import argparse

import calls
import growth
import processes
import seeding
import sends
import served

GROUPS = {
    "calls": calls,
    "growth": growth,
    "processes": processes,
    "seeding": seeding,
    "sends": sends,
    "served": served,
}


def main() -> None:
    """Print the rows of all groups, or of the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=GROUPS, help="measure this group alone")
    only = parser.parse_args().only
    print("| what | here | beside | ratio | goal |\n|---|---|---|---|---|")
    for group in [GROUPS[only]] if only else GROUPS.values():
        for row in group.rows():
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
