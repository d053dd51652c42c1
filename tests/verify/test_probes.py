"""Probes and open points as data, and the tables of the documentation that go by them."""

import re
from collections import Counter
from pathlib import Path

from answers import (
    DATA_PROBES,
    OPEN_POINTS,
    OPERATION_PROBES,
    OPERATIONS_WITHOUT_VDM,
    PROBES,
    WITHOUT_VDM,
)

ROOT = Path(__file__).parents[2]
ALL = (
    *WITHOUT_VDM,
    *OPERATIONS_WITHOUT_VDM,
    *PROBES,
    *OPERATION_PROBES,
    *DATA_PROBES,
)
CLOSING = {
    name: [probe.id for probe in ALL if probe.closes == name]
    for name in {probe.closes for probe in ALL if probe.closes}
}


def table(path, heading):
    """The rows of the first table below a heading, as lists of cells."""
    _, _, text = (ROOT / path).read_text("utf-8").partition(f"\n{heading}\n")
    lines = re.search(r"(?:^\|.*\n)+", text, re.M)[0].splitlines()
    return [re.split(r" ?(?<!\\)\| ?", line)[1:-1] for line in lines[2:]]


def _open_points():
    return table("docs/contracts.md", "## Open points")


def test_each_probe_has_an_id_of_its_own_and_a_grade():
    assert Counter(probe.id for probe in ALL).most_common(1)[0][1] == 1
    assert {probe.grade for probe in ALL} == {"doc", "live", "open"}


def test_what_is_open_closes_an_open_point():
    assert all(probe.closes for probe in ALL if probe.grade == "open")


def test_each_probe_closes_a_point_that_is_open():
    assert CLOSING.keys() == OPEN_POINTS.keys()


def test_each_row_of_the_table_of_open_points_has_its_probes_or_a_reason_for_having_none():
    rows = _open_points()
    probes = {
        name.strip("`"): ", ".join(f"`{id}`" for id in CLOSING.get(name.strip("`"), ()))
        for name, *_ in rows
    }

    assert len(probes) == len(rows)
    assert probes.keys() >= OPEN_POINTS.keys()
    for name, question, fake, probe in rows:
        assert question
        assert fake
        assert probe == (probes[name.strip("`")] or probe)
        assert probe.startswith(("`", "none: "))


def test_the_questions_of_the_table_are_those_that_verify_prints():
    rows = {name.strip("`"): question for name, question, *_ in _open_points()}

    assert {name: rows[name] for name in OPEN_POINTS} == OPEN_POINTS


def test_each_open_point_of_the_law_is_in_the_table_and_the_other_way_round():
    law = (ROOT / "reference" / "service.md").read_text("utf-8")
    named = set(re.findall(r"\[open: ([a-z0-9-]+)\]", law)) - {"name"}
    rows = {name.strip("`"): probe for name, _, _, probe in _open_points()}
    ours = {name for name, probe in rows.items() if "about the fake" in probe}

    assert named | ours | {"server-paths"} == rows.keys()
    assert "server-paths" not in named


def test_each_live_fact_of_the_law_names_who_saw_it_and_a_probe_that_is_there():
    law = (ROOT / "reference" / "service.md").read_text("utf-8")
    named = re.findall(r"\[live([^]]*)\]", law.partition("## The call on the wire")[2])
    rows = table("reference/service.md", "## Who saw it")
    who = {re.match(r"[\w.]+", name)[0] for name, _, _ in rows} | {"one of them"}

    assert all("](https://" in where for _, where, _ in rows)
    assert [fact for fact in named if not any(name in fact for name in who)] == []
    probes = set(re.findall(r"\bprobe ([\w-]+)", " ".join(named)))
    assert "letter-case" in probes
    assert probes <= {probe.id for probe in ALL}


def test_each_open_point_that_the_code_names_is_in_the_table():
    code = "".join(path.read_text("utf-8") for path in (ROOT / "sesv2_fake").rglob("*.py"))
    named = set(re.findall(r"\[open: ([a-z0-9-]+)\]", code)) - {"name"}

    assert "missing-ids" in named
    assert named <= {name.strip("`") for name, *_ in _open_points()}
