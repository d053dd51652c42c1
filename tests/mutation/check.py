"""After `mutmut run`: at least 90 % of the mutants are killed, and the others are listed.

`survivors.md` beside this file lists the functions that have survivors, how many, and the reason.
A mutant with which a test never ends is listed there too: on a busy machine, others end too late.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

LEAST_KILLED = 0.9
#: What survivors.md lists.
ALIVE = ("survived", "timeout")
#: Others, such as no test at all, say nothing of the tests' worth.
DECIDED = ("killed", *ALIVE)

#: A row of survivors.md: the function, and the number of its survivors.
ROW = re.compile(r"\| `([\w.]+)` \| (\d+) \|")

#: As mutmut tells of a mutant: `sesv2_fake.counting.store.xǁ_Dayǁadd__mutmut_3: survived`.
MUTANT = re.compile(
    r"\s*sesv2_fake\.(?P<module>[\w.]+)\.x(?P<name>[_ǁ]\S+)__mutmut_\d+: (?P<fate>.+)"
)


def main() -> None:
    """Print the share, and what is not as listed; exit with 1 where either is wrong."""
    told = subprocess.run(
        ["mutmut", "results", "--all", "true"], capture_output=True, check=True, encoding="utf-8"
    )
    mutants = [match for line in told.stdout.splitlines() if (match := MUTANT.fullmatch(line))]
    fates = Counter(mutant["fate"] for mutant in mutants)
    share = fates["killed"] / len(mutants)
    print(f"{fates['killed']} of {len(mutants)} mutants killed: {share:.1%}")
    wrong = [f"{n} mutants: {fate}" for fate, n in fates.items() if fate not in DECIDED]
    survivors = Counter(_function(mutant) for mutant in mutants if mutant["fate"] in ALIVE)
    text = Path(__file__).with_name("survivors.md").read_text("utf-8")
    listed = {function: int(number) for function, number in ROW.findall(text)}
    wrong += [
        f"{function}: {survivors[function]} alive, survivors.md lists {listed.get(function, 0)}"
        for function in sorted({*survivors, *listed})
        if survivors[function] != listed.get(function, 0)
    ]
    for line in wrong:
        print(line)
    sys.exit(1 if wrong or share < LEAST_KILLED else 0)


def _function(mutant: re.Match[str]) -> str:
    """`store._Day.add` of mutmut's `store.xǁ_Dayǁadd`."""
    name = mutant["name"]
    return f"{mutant['module']}.{name[1:].replace('ǁ', '.')}"


if __name__ == "__main__":
    main()
