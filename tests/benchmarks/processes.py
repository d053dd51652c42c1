"""What the fake costs a process: to import, to start and stop, to have as a plugin."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.stub import Stubber
from calls import client
from measuring import Action, Row, against, best_times
from moto import mock_aws

from sesv2_fake import mock_sesv2

#: No plugin but those that are named: bare pytest is the strictest peer. Compiled modules are
#: kept between runs, as Python does unless it is told otherwise.
ENVIRONMENT = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)

UNUSED = "def test_it(): pass\n"
CLIENT = """
import boto3

CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}

def client():
    return boto3.client("sesv2", region_name="us-east-1", **CREDENTIALS)
"""
OURS = f"""{CLIENT}
from datetime import datetime, timezone

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
TUESDAY = datetime(2026, 1, 6, tzinfo=timezone.utc)
QUERY = {{
    "Id": "q", "Namespace": "VDM", "Metric": "SEND", "StartDate": MONDAY, "EndDate": TUESDAY
}}

def test_it(sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY)
    (result,) = client().batch_get_metric_data(Queries=[QUERY])["Results"]
    assert result["Values"] == [1]
"""
#: The least that a test with a client of boto3's can cost.
CLIENTS = f"""{CLIENT}
def test_it():
    client()
"""
MOTOS = f"""{CLIENT}
from moto import mock_aws

@mock_aws
def test_it():
    assert client().list_contact_lists()["ContactLists"] == []
"""


def starting_and_stopping() -> Iterator[Row]:
    """A fake that answers nothing, beside those that are at hand otherwise."""

    def ours() -> None:
        with mock_sesv2():
            pass

    def motos() -> None:
        with mock_aws():
            pass

    own, moto = best_times(Action(ours), Action(motos), rounds=15, calls=100)
    yield against("start and stop", own, "moto", moto, "0.018")

    made = client()

    def stubbers() -> None:
        with Stubber(made):
            pass

    def patches() -> None:
        with patch.object(BaseClient, "_make_api_call"):
            pass

    own, *theirs = best_times(*map(Action, (ours, motos, stubbers, patches)), rounds=15, calls=100)
    for name, peer, goal in zip(("moto", "Stubber", "mock.patch"), theirs, ("0.018", "", "")):
        yield against("start and stop, one client there", own, name, peer, goal)

    others: list[Any] = []
    for number in (10, 100):
        others += [client() for _ in range(number - 1 - len(others))]
        own, moto = best_times(Action(ours), Action(motos), rounds=15, calls=100)
        yield against(f"start and stop, {number} clients there", own, "moto", moto, "0.018")

    # 0.1 searched the heap for clients that were made before.
    heap = [[number] for number in range(1_000_000)]
    (full,) = best_times(Action(ours, lambda: closing_over(heap)), rounds=15, calls=100)
    yield against("start and stop, a million objects there", full, "without them", own)


def closing_over(_: object) -> AbstractContextManager[None]:
    """What is there meanwhile: also a client that no fake has met."""
    client()
    return nullcontext()


def python(*arguments: str) -> Action:
    """A process of its own."""
    command = [sys.executable, *arguments]
    return Action(lambda: subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT))


def importing() -> Iterator[Row]:
    """What there is to load, beside its peers; botocore is loaded when a fake starts."""
    peers = {
        "an empty process": "",
        "`import unittest.mock`": "import unittest.mock",
        "`import botocore.stub`": "import botocore.stub",
        "`from moto import mock_aws`": "from moto import mock_aws",
    }
    own, active, moto, *theirs = best_times(
        python("-c", "from sesv2_fake import mock_sesv2"),
        python("-c", "from sesv2_fake import mock_sesv2; mock_sesv2().start()"),
        python("-c", "from moto import mock_aws; mock_aws().start()"),
        *(python("-c", code) for code in peers.values()),
        rounds=10,
    )
    for name, peer in zip(peers, theirs):
        yield against("a process: `from sesv2_fake import mock_sesv2`", own, name, peer)
    yield against("a process that starts a fake", active, "moto", moto)


def pytest_runs() -> Iterator[Row]:
    """A run of pytest with one test."""
    with tempfile.TemporaryDirectory() as folder:

        def run(name: str, test: str, *plugins: str) -> Action:
            path = Path(folder, f"test_{name}.py")
            path.write_text(test)
            options = [option for plugin in plugins for option in ("-p", plugin)]
            return python("-m", "pytest", "-q", f"--rootdir={folder}", *options, str(path))

        plugin = "sesv2_fake.pytest_plugin"
        unused, bare = best_times(run("unused", UNUSED, plugin), run("bare", UNUSED), rounds=30)
        yield against("pytest with the plugin, unused", unused, "without", bare, "1.06")
        ours, motos, clients = best_times(
            run("ours", OURS, plugin), run("motos", MOTOS), run("clients", CLIENTS), rounds=15
        )
        yield against("pytest with one test that uses it", ours, "moto", motos, "0.42")
        yield against("pytest with one test that uses it", ours, "only makes a client", clients)


_TESTS = 600
#: A test of a suite, and what stands above all of its tests.
SUITES = {
    "the fixture and a call": (
        "",
        "def test_it(n, sesv2_fake, sesv2_client):\n    ask(sesv2_client)",
    ),
    "under moto": (
        "from moto import mock_aws\n",
        "@mock_aws\ndef test_it(n):\n    shared.list_contact_lists()",
    ),
    "a Stubber on a shared client": (
        "",
        "def test_it(n):\n    with stubbed(shared):\n        ask(shared)",
    ),
    "the fixture, a client made in the test": (
        "",
        "def test_it(n, sesv2_fake):\n    ask(made())",
    ),
    "a client made in a fixture before the fake": (
        "@pytest.fixture\ndef before():\n    return made()\n",
        "def test_it(n, before, sesv2_fake):\n    ask(before)",
    ),
    "a Stubber on a client made in the test": (
        "",
        "def test_it(n):\n    own = made()\n    with stubbed(own):\n        ask(own)",
    ),
}
SUITE = """
from datetime import datetime, timedelta, timezone
import boto3, pytest
from botocore.stub import Stubber

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
QUERIES = [{"Id": "q", "Namespace": "VDM", "Metric": "SEND", "StartDate": MONDAY,
            "EndDate": MONDAY + timedelta(days=1)}]

def made():
    return boto3.client("sesv2", region_name="us-east-1", aws_access_key_id="a",
                        aws_secret_access_key="b")

shared = made()

def stubbed(client):
    stubber = Stubber(client)
    answer = {"Results": [{"Id": "q", "Timestamps": [], "Values": []}], "Errors": []}
    stubber.add_response("batch_get_metric_data", answer)
    return stubber

def ask(client):
    client.batch_get_metric_data(Queries=QUERIES)

"""
MARK = '@pytest.mark.parametrize("n", range(NUMBER))\n'


def suites() -> Iterator[Row]:
    """What one test costs in a suite: that of so many tests, less that of one."""
    with tempfile.TemporaryDirectory() as folder:

        def run(position: int, number: int) -> Action:
            above, test = list(SUITES.values())[position]
            path = Path(folder, f"test_suite_{position}_{number}.py")
            # moto has to be there before the client that it is to answer.
            begin = above + SUITE if "moto" in above else SUITE + above
            path.write_text(begin + MARK.replace("NUMBER", str(number)) + test)
            return python(
                "-m",
                "pytest",
                "-q",
                f"--rootdir={folder}",
                "-p",
                "sesv2_fake.pytest_plugin",
                str(path),
            )

        of_many = best_times(*(run(n, _TESTS) for n in range(len(SUITES))), rounds=5)
        of_one = best_times(*(run(n, 1) for n in range(len(SUITES))), rounds=5)
    rest = _TESTS - 1
    a_test = dict(zip(SUITES, ((many - one) / rest for many, one in zip(of_many, of_one))))
    for what, peer, goal in (
        ("the fixture and a call", "under moto", "0.17"),
        ("the fixture and a call", "a Stubber on a shared client", "1.7"),
        (
            "the fixture, a client made in the test",
            "a Stubber on a client made in the test",
            "1.3",
        ),
        (
            "a client made in a fixture before the fake",
            "a Stubber on a client made in the test",
            "1.2",
        ),
    ):
        yield against(f"a test of a suite: {what}", a_test[what], peer, a_test[peer], goal)


def rows() -> Iterator[Row]:
    """All of them."""
    yield from suites()
    yield from starting_and_stopping()
    yield from importing()
    yield from pytest_runs()
