"""`sesv2-fake serve`, as a process and from within."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from asking import WIRE_QUERY, answer_of
from serving import BODY, PATH, send

from sesv2_fake import cli, mock_sesv2

WEEK = str(Path(__file__).parents[1] / "examples" / "newsletter_week.jsonl")


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(ending):
    command = [sys.executable, "-m", "sesv2_fake", "serve", "--events", WEEK, "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            (url,) = re.findall(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
            status, _, payload = send(url)
            running.send_signal(ending)
            _, errors = running.communicate(timeout=10)
        finally:
            running.kill()

    assert (status, payload["Results"][0]["Values"]) == (200, [140])
    assert (running.returncode, errors) == (0, "")


def test_it_needs_a_port_that_is_free(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        assert cli.main(["serve", "--port", port]) == 2
    assert "in use" in capsys.readouterr().err


@pytest.fixture
def while_serving(monkeypatch):
    """Sets what is done instead of waiting; it gets the fake."""
    fakes, todo = [], []

    class Meanwhile:
        def set(self):
            pytest.fail("nobody ends it")

        def wait(self):
            for do in todo:
                do(fakes[0])
            raise KeyboardInterrupt

    def made(**options):
        fakes.append(mock_sesv2(**options))
        return fakes[0]

    monkeypatch.setattr(cli, "mock_sesv2", made)
    monkeypatch.setattr(cli, "threading", SimpleNamespace(Event=Meanwhile))
    return todo.append


def test_it_keeps_the_newest_thousand_calls(while_serving, capsys):
    def ask(fake):
        for attempt in range(1, 1_006):
            answer_of(fake._account, BODY, attempt=attempt)
        assert [call.attempt for call in fake.calls] == list(range(6, 1_006))

    while_serving(ask)

    assert cli.main(["serve", "--events", WEEK]) == 0
    assert "2358 events, answering at http://127.0.0.1:" in capsys.readouterr().out


def test_it_needs_no_events(while_serving, capsys):
    assert cli.main(["serve"]) == 0
    assert re.fullmatch(r"answering at http://127\.0\.0\.1:\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize("sender", [None, "ann@shop.example"])
def test_it_can_begin_with_made_up_mail(while_serving, sender):
    seen = {}
    while_serving(lambda fake: seen.update(days=fake.seeded_days(), report=fake.report()))

    assert cli.main(["serve", "--traffic", *([sender] if sender else [])]) == 0

    assert len(seen["days"]) >= 60
    assert "PERMANENT_BOUNCE" in seen["report"]


def test_the_line_can_be_json(while_serving, capsys):
    assert cli.main(["serve", "--output", "json", "--events", WEEK]) == 0

    ready = json.loads(capsys.readouterr().out)
    assert ready == {"url": ready["url"], "events": 2358}


def test_it_takes_the_fakes_options(while_serving):
    held = {}
    while_serving(lambda fake: held.update(fake._account.options))

    assert (
        cli.main(
            [
                "serve",
                "--vdm-disabled",
                "--enforce-rate-limits",
                *("--contract", "live"),
                *("--isps-without-feedback-loop", "Yahoo"),
                *("--isps-without-feedback-loop", "Hotmail"),
            ]
        )
        == 0
    )
    assert (held["vdm_enabled"], held["enforce_rate_limits"]) == (False, True)
    assert (held["contract"], held["isps_without_feedback_loop"]) == ("live", {"Yahoo", "Hotmail"})


@pytest.mark.parametrize(("flag", "is_on"), [("--vdm-enabled", True), ("--no-vdm-enabled", False)])
def test_an_option_that_is_true_or_false_is_a_flag(while_serving, flag, is_on):
    held = []
    while_serving(lambda fake: held.append(fake.vdm_enabled))

    assert cli.main(["serve", flag]) == 0

    assert held == [is_on]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--contract", "dead"], "contract: expected one of documented, live, got 'dead'"),
        (["--port", "65536"], "--port: expected 0 to 65535, got 65536"),
        (
            ["--host", "0.0.0.0"],
            (
                "--host 0.0.0.0: others can reach it there. List permitted host names with "
                "--allow-host, such as --allow-host sesv2-fake"
            ),
        ),
    ],
)
def test_a_wrong_option_is_an_error_of_one_line(capsys, arguments, error):
    assert cli.main(["serve", *arguments]) == 2
    assert capsys.readouterr().err == f"sesv2-fake: {error}\n"


def test_on_all_addresses_it_says_what_that_means(while_serving, capsys):
    answers = []

    def ask(fake):
        url = re.findall(r"http://127\.0\.0\.1:\d+", capsys.readouterr().out)[0]
        for host in ("FAKE:8025", "localhost", "evil.example"):
            answers.append(send(url, headers={"Host": host})[0])

    while_serving(ask)

    assert cli.main(["serve", "--host", "0.0.0.0", "--allow-host", "fake"]) == 0
    assert answers == [200, 200, 403]


def test_opening_it_to_other_machines_is_a_warning(while_serving, capsys):
    assert cli.main(["serve", "--host", "0.0.0.0", "--allow-host", "fake"]) == 0

    assert re.fullmatch(
        r"sesv2-fake: anybody who can reach 0\.0\.0\.0 can read and change what this fake holds; "
        r"it answers to fake and to http://127\.0\.0\.1:\d+\n",
        capsys.readouterr().err,
    )


def test_the_access_log_is_on_stderr(while_serving, capsys):
    urls = []
    while_serving(lambda fake: urls.append(capsys.readouterr().out.split()[-1]))
    while_serving(lambda fake: send(urls[0]))

    assert cli.main(["serve", "--verbose"]) == 0
    assert f"'POST {PATH} HTTP/1.1' 200\n" in capsys.readouterr().err


@pytest.mark.usefixtures("interruptible")
def test_what_the_live_service_would_refuse_is_told_once_a_kind():
    command = [sys.executable, "-m", "sesv2_fake", "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            (url,) = re.findall(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
            for second in (1, 2):
                query = {**WIRE_QUERY, "StartDate": WIRE_QUERY["StartDate"] + second}
                assert send(url, json.dumps({"Queries": [query]}).encode())[0] == 200
            running.send_signal(signal.SIGTERM)
            _, errors = running.communicate(timeout=10)
        finally:
            running.kill()

    (line,) = errors.splitlines()
    assert line.startswith("sesv2-fake: the documentation of SES allows this, but the live service")
    assert "partial-day timestamps" in line
    assert line.endswith("With --contract live it is refused here too.")


def test_it_takes_answers(while_serving, tmp_path):
    file = tmp_path / "answers.json"
    file.write_text('{"ListContactLists": {"response": {"ContactLists": []}}}')
    given = []
    while_serving(lambda fake: given.extend(fake._account.answers))

    assert cli.main(["serve", "--answers", str(file)]) == 0
    assert len(given) == 1


@pytest.mark.parametrize("text", ["[", "[]", '{"ListContactLists": 5}', '{"ListNothing": {}}'])
def test_answers_that_cannot_be_are_an_error(while_serving, tmp_path, capsys, text):
    file = tmp_path / "answers.json"
    file.write_text(text)

    assert cli.main(["serve", "--answers", str(file)]) == 2
    assert "answers.json: " in capsys.readouterr().err or "ListNothing" in text
