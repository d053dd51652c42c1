"""The tables of the documents go by the order of checks in the code."""

import re
from pathlib import Path

import pytest

from sesv2_fake.operations import validation

ROOT = Path(__file__).parents[2]


def rows(path, heading):
    """The first cells of the first table below a heading of a document."""
    text = (ROOT / path).read_text("utf-8").partition(f"\n{heading}\n")[2]
    lines = re.search(r"(?:^\|.*\n)+", text, re.M)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("reference/service.md", "## Refusals, in the order the service checks"),
        ("docs/contracts.md", "## What is refused, in SES's order"),
    ],
)
def test_the_order_of_checks_is_that_of_the_documents(path, heading):
    told = rows(path, heading)

    assert [row[0] for row in told] == [str(number) for number in range(len(validation.ORDER))]
    for row, step in zip(told, validation.ORDER, strict=True):
        assert re.match(rf"{re.escape(step.refuses)}(?:[,;:]| \(|$)", row[1])


def test_which_contract_refuses_is_that_of_the_documents():
    for row, step in zip(
        rows("docs/contracts.md", "## What is refused, in SES's order"),
        validation.ORDER,
        strict=True,
    ):
        refuses = {"documented": row[2][:3] in ("400", "404"), "live": row[3] == "the same"}
        refuses["live"] |= row[3][:3] == "400"
        if step.checks:
            assert [name for name, is_so in refuses.items() if is_so] == list(step.checks)
        is_same = len(set(map(step.checks.get, validation.CONTRACTS))) == 1
        assert (row[3] == "the same") == is_same
