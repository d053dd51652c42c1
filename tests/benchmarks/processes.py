"""What the fake costs a process: to import, to start and stop, to have as a plugin."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
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

    own, moto = best_times(Action(ours), Action(motos), rounds=25, calls=20)
    yield against("start and stop", own, "moto", moto, "0.02")

    # A fake puts its handlers on every SES v2 client there is, and takes them off again.
    made = client()

    def stubbers() -> None:
        with Stubber(made):
            pass

    def patches() -> None:
        with patch.object(BaseClient, "_make_api_call"):
            pass

    own, *theirs = best_times(*map(Action, (ours, motos, stubbers, patches)), rounds=25, calls=20)
    for name, peer, goal in zip(("moto", "Stubber", "mock.patch"), theirs, ("0.02", "", "")):
        yield against("start and stop, one client there", own, name, peer, goal)

    nine_more = [client() for _ in range(9)]
    own, moto = best_times(Action(ours), Action(motos), rounds=25, calls=20)
    yield against(f"start and stop, {len(nine_more) + 1} clients there", own, "moto", moto)


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
        rounds=15,
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
        unused, bare = best_times(run("unused", UNUSED, plugin), run("bare", UNUSED), rounds=60)
        yield against("pytest with the plugin, unused", unused, "without", bare, "1.06")
        ours, motos = best_times(run("ours", OURS, plugin), run("motos", MOTOS), rounds=7)
        yield against("pytest with one test that uses it", ours, "moto", motos, "0.6")


def rows() -> Iterator[Row]:
    """All of them."""
    yield from starting_and_stopping()
    yield from importing()
    yield from pytest_runs()
