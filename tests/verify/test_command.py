"""`sesv2-fake verify` as it is called from a shell."""

import json
import os
import re
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from answers import (
    NEEDS_EVERY_PROBE,
    OPERATION_PROBES,
    PROBES,
    asking_client,
    command,
    service,
    verified,
    verifying,
)
from asking import has
from commands import main

from sesv2_fake import mock_sesv2

ALL = len(PROBES) + sum(has(probe.operation) for probe in OPERATION_PROBES)
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
NOWHERE = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
SETTINGS = ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", *KEYS)
EAST = ["--region", "us-east-1"]

#: The command in a process of its own, without the pauses.
AT_ONCE = (
    "import sys; from sesv2_fake.verify import service; service.PAUSE = 0; "
    "from sesv2_fake.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """Nobody's own AWS settings, and no pauses."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**NOWHERE, **KEYS}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(service, "PAUSE", 0)


@pytest.fixture
def served(request):
    """The URL of a fake of the contract that a test names."""
    with mock_sesv2(contract=request.param) as fake, fake.serve() as url:
        at = datetime.now(timezone.utc) - timedelta(days=3)
        fake.send("news@example.com", "ann@gmail.com", at=at, count=7919).deliver()
        yield url


def asked(*arguments):
    """Status, stdout and stderr of the command in a process of its own."""
    command = [sys.executable, "-c", AT_ONCE, "verify", *EAST, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("served", ["live"], indirect=True)
@NEEDS_EVERY_PROBE
def test_a_live_fake_over_http_holds(served):
    status, out, err = asked("--endpoint-url", served)

    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == f"{ALL} of {ALL} probes hold"
    assert "this closes: a query that is `null` (null-query: as the fake does)" in out


@pytest.mark.parametrize("served", ["documented"], indirect=True)
@NEEDS_EVERY_PROBE
def test_a_documented_fake_over_http_differs(served, tmp_path):
    report = tmp_path / "report.md"
    arguments = ["--output", "json", "--identity", "example.com", "--report", str(report)]

    status, out, err = asked("--endpoint-url", served, *arguments)

    assert status == 1
    findings = {finding["id"]: finding for finding in json.loads(out)}
    assert findings["any-isp"] == {
        "id": "any-isp",
        "grade": "live",
        "holds": False,
        "expected": "400 BadRequestException: Invalid ISP name provided.",
        "got": "200: one result for each query",
    }
    assert findings["null-query"]["closes"] == "a query that is `null`"
    assert err == "sesv2-fake: today was not judged: the identity's data do not show it\n"
    text = report.read_text("utf-8")
    assert "an endpoint that is not AWS's" in text
    assert "Note: today was not judged" in text
    row = "| any-isp | live | **no** | 400 BadRequestException: Invalid ISP name provided. |"
    assert row in text
    for secret in ("7919", "example.com", "AKIA", "127.0.0.1"):
        assert secret not in out + err + text


@pytest.mark.parametrize("served", ["documented"], indirect=True)
@pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")
def test_differences_are_a_table(monkeypatch, capsys, served):
    monkeypatch.setattr(command, "_client", lambda options: asking_client())

    assert main(["verify", *EAST]) == 1

    out = capsys.readouterr().out
    assert out.startswith(
        "any-identity [live]: `*` of EMAIL_IDENTITY\n"
        "    expected  400 BadRequestException: Invalid email identity provided.\n"
        "    got       200: one result for each query\n"
        "\n"
    )
    assert "    this closes: two dimensions that are both `*`\n" in out
    assert re.search(r"^\d+ of \d+ probes hold$", out, re.M)


@NEEDS_EVERY_PROBE
def test_progress_is_shown_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with mock_sesv2(contract="live"):
        monkeypatch.setattr(command, "_client", lambda options: asking_client())
        main(["verify", *EAST])

    err = capsys.readouterr().err
    assert f"\r\x1b[Kprobe 1 of {ALL}: plain" in err
    assert err.endswith("\r\x1b[K")


@pytest.mark.sesv2_fake(contract="live")
def test_a_report_names_the_region_of_ses(sesv2_fake):
    made = asking_client()

    report = command.as_report(verified(made), command._about(made))

    assert "SES in us-east-1. " in report


def test_a_bar_does_not_break_the_reports_table():
    finding = verifying.Finding("list-bar", "live", "a|b", True, "a|b", "a|b", "")

    assert r"| yes | a\|b | a\|b |" in command.as_report(verifying.Verified([finding]), "about")


def test_without_open_points_there_is_no_list_of_them():
    finding = verifying.Finding("plain", "live", "one query", True, "x", "x", "")

    assert command.as_text(verifying.Verified([finding])) == "1 of 1 probes hold"


class Denying(BaseHTTPRequestHandler):
    """Nobody may do anything."""

    def do_GET(self):
        self.send_response(403)
        self.send_header("x-amzn-ErrorType", "AccessDeniedException")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def denying():
    with HTTPServer(("127.0.0.1", 0), Denying) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def refused(capsys, *arguments):
    """What stderr says of a command that can judge nothing."""
    assert main(["verify", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line.removeprefix("sesv2-fake: ")


def test_without_permission(capsys, denying):
    assert refused(capsys, *EAST, "--endpoint-url", denying) == (
        "no permission: these credentials may not call ses:BatchGetMetricData"
    )


def test_without_credentials(capsys, monkeypatch, denying):
    for name in KEYS:
        monkeypatch.delenv(name)

    line = refused(capsys, *EAST, "--endpoint-url", denying)

    assert line.startswith("no credentials: give --profile, or set AWS_ACCESS_KEY_ID")


def test_without_region(capsys):
    assert refused(capsys) == "no region: give --region, or set AWS_DEFAULT_REGION"


def test_without_network(capsys):
    line = refused(capsys, *EAST, "--endpoint-url", "http://127.0.0.1:1")

    assert line.startswith("no answer from the network: Could not connect")


def test_without_such_a_profile(capsys):
    assert "(nobody) could not be found" in refused(capsys, *EAST, "--profile", "nobody")


@pytest.mark.parametrize("served", ["live"], indirect=True)
def test_a_report_that_cannot_be_written_is_an_error_before_any_probe(
    capsys, monkeypatch, served, tmp_path
):
    monkeypatch.setattr(command, "_client", lambda options: asking_client())

    assert main(["verify", *EAST, "--report", str(tmp_path / "no" / "report.md")]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "No such file" in captured.err
