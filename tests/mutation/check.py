"""After `mutmut run`: at least 90 % of the mutants are killed, and the others are listed.

`survivors.md` beside this file lists the functions that have survivors, each with the reason.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

LEAST_KILLED = 0.9
LISTED = Path(__file__).with_name("survivors.md").read_text("utf-8")

#: As mutmut tells of a mutant: `sesv2_fake.metrics.store.xǁ_Dayǁadd__mutmut_3: survived`.
MUTANT = re.compile(
    r"\s*sesv2_fake\.(?P<module>[\w.]+)\.x(?P<name>[_ǁ]\S+)__mutmut_\d+: (?P<fate>.+)"
)


def main() -> None:
    """Print the share, and what is not listed; exit with 1 where either is wrong."""
    told = subprocess.run(
        ["mutmut", "results", "--all", "true"], capture_output=True, check=True, encoding="utf-8"
    )
    mutants = [match for line in told.stdout.splitlines() if (match := MUTANT.fullmatch(line))]
    killed = sum(mutant["fate"] == "killed" for mutant in mutants)
    survivors = Counter(_function(mutant) for mutant in mutants if mutant["fate"] != "killed")
    print(f"{killed} of {len(mutants)} mutants killed: {killed / len(mutants):.1%}")
    not_listed = [function for function in survivors if f"`{function}`" not in LISTED]
    for function in not_listed:
        print(f"{survivors[function]} survived in {function}, which survivors.md does not list")
    sys.exit(1 if not_listed or killed < LEAST_KILLED * len(mutants) else 0)


def _function(mutant: re.Match[str]) -> str:
    """`store._Day.add` of mutmut's `store.xǁ_Dayǁadd`."""
    name = mutant["name"]
    return f"{mutant['module']}.{name[1:].replace('ǁ', '.')}"


if __name__ == "__main__":
    main()
