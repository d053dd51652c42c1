"""What a type checker says of tests that use the fake: for the tox environment `types`."""

import re
import subprocess
import sys

SAMPLE = """
from __future__ import annotations

from datetime import datetime, timezone

from sesv2_fake import Call, Email, FakeSESv2, Fault, Metric, mock_sesv2

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)


def test_fixture(sesv2_fake: FakeSESv2) -> None:
    email: Email = sesv2_fake.send("a@example.com", ["b@example.com"], at=MONDAY).deliver().open()
    fault: Fault = sesv2_fake.deny(metric=Metric.SEND, where=lambda query: query.id == "a")
    calls: list[Call] = sesv2_fake.calls
    reveal_type(email.bounce())
    reveal_type(fault.hits)
    reveal_type([result.values for call in calls for result in call.results])


@mock_sesv2
def decorated(count: int, sesv2_fake: FakeSESv2) -> str:
    return str(count)


@mock_sesv2(contract="live", unused_faults="warn")
async def coroutine(sesv2_fake: FakeSESv2) -> int:
    with mock_sesv2() as inner, inner.serve() as url:
        reveal_type(inner)
        reveal_type(url)
    return 1


reveal_type(decorated)
reveal_type(coroutine)
"""


def mypy(path):
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_users_tests_see_exact_types(tmp_path):
    (tmp_path / "test_sample.py").write_text(SAMPLE)

    done = mypy(tmp_path)

    told = done.stdout
    revealed = re.findall(r'Revealed type is "(.*)"', told)
    assert (done.stderr, done.returncode) == ("", 0), told
    expected = [
        r"sesv2_fake\.emails\.email\.Email",
        r"(builtins\.)?int",
        r"(builtins\.)?list\[(builtins\.)?list\[(builtins\.)?int\]\]",
        r"sesv2_fake\.fake\.FakeSESv2",
        r"(builtins\.)?str",
        r"def \(count: (builtins\.)?int, sesv2_fake: sesv2_fake\.fake\.FakeSESv2\) -> .*str",
        r"def \(sesv2_fake: sesv2_fake\.fake\.FakeSESv2\) -> .*Coroutine\[.*int\]",
    ]
    assert len(revealed) == len(expected)
    for type_, pattern in zip(revealed, expected, strict=True):
        assert re.fullmatch(pattern, type_)


WRONG = {
    "mock_sesv2(contract='lived')": "call-overload",
    "mock_sesv2(vdm=False)": "call-overload",
    "FakeSESv2(vdm_enabled='no')": "arg-type",
    "FakeSESv2().record('OPNS', 1)": "arg-type",
    "FakeSESv2().deny(metric='opens')": "arg-type",
    "sesv2_fake.mock_ses()": "attr-defined",
}


def test_wrong_names_and_options_are_type_errors(tmp_path):
    sample = tmp_path / "sample.py"
    lines = ["import sesv2_fake", "from sesv2_fake import FakeSESv2, mock_sesv2", *WRONG]
    sample.write_text("\n".join(lines))

    told = mypy(sample).stdout

    errors = dict(re.findall(r"sample\.py:(\d+): error: .*\[([\w-]+)\]$", told, re.M))
    assert errors == {str(line): code for line, code in enumerate(WRONG.values(), start=3)}
