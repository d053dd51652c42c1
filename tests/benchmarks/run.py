"""What the fake costs, beside its peers: `python tests/benchmarks/run.py` prints a table.

Every ratio is of two times taken in this one run, in turns; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import warnings

import page

from sesv2_fake import LiveDivergenceWarning

#: Each a module, loaded when it is measured: an older package may not have what another needs.
GROUPS = ("calls", "fakes", "growth", "processes", "seeding", "sends", "served")


def main() -> None:
    """Print the rows of all groups, or of the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=GROUPS, help="measure this group alone")
    parser.add_argument(
        "--page", action="store_true", help="measure all; write docs/benchmarks.md and its picture"
    )
    parser.add_argument("--against", metavar="REV", help="beside a revision of the package, in git")
    options = parser.parse_args()
    # Some calls ask for parts of days, so that no two are alike.
    warnings.simplefilter("ignore", LiveDivergenceWarning)
    names = [options.only] if options.only else [*GROUPS]
    if options.against:
        compare(names, options.against)
        return
    print("| what | here | beside | ratio | goal |\n|---|---|---|---|---|")
    rows = []
    for name in names:
        for row in importlib.import_module(name).rows():
            print(f"| {' | '.join(row)} |", flush=True)
            rows.append(row)
    if options.page:
        page.write(rows, page.machine())


def compare(names: list[str], revision: str) -> None:
    """Print each ratio of this package beside that of a revision."""
    print(f"| what | beside | ratio here | at {revision} |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        archive = ["git", "archive", revision, "sesv2_fake"]
        packed = subprocess.run(archive, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], check=True, input=packed)
        for name in names:
            here, there = (rows_of(name, path) for path in (None, folder))
            for what, (peer, ratio) in here.items():
                print(
                    f"| {what} | {peer} | {ratio} | {there.get(what, ('', '-'))[1]} |", flush=True
                )


def rows_of(group: str, folder: str | None) -> dict[str, tuple[str, str]]:
    """The rows of a group, measured in a process of its own with the package of that folder.

    Those that an older package cannot run are missing.
    """
    path = {} if folder is None else {"PYTHONPATH": folder}
    command = [sys.executable, __file__, "--only", group]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **path}, check=False
    )
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
    return {f"{row[0]}, {row[2].partition(':')[0]}": (row[2], row[3] or row[1]) for row in rows}


if __name__ == "__main__":
    main()
