"""The command line."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import main

from sesv2_fake import __version__

GUIDE = str(Path(__file__).parent / "data" / "aws_developer_guide.jsonl")
WEEK = str(Path(__file__).parents[1] / "examples" / "newsletter_week.jsonl")
AUGUST = ["--start", "2017-08-01", "--end", "2017-08-31"]


def run(capsys, *arguments):
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_table_of_days_and_metrics(capsys):
    status, out, _ = run(
        capsys, "query", "--events", GUIDE, *AUGUST, "--metric", "OPEN", "--metric", "COMPLAINT"
    )

    assert status == 0
    assert out.splitlines() == [
        "day (UTC)   OPEN  COMPLAINT",
        "2017-08-05     -          1",
        "2017-08-09     1          -",
        "total          1          1",
    ]


def test_all_metrics_over_all_days_of_the_events_by_default(capsys):
    _, out, _ = run(capsys, "query", "--events", WEEK)

    header, *days, totals = (line.split() for line in out.splitlines())
    assert len(header) == 2 + 10
    assert [day[0] for day in days] == [f"2026-01-{day:02}" for day in range(5, 15)]
    assert totals[:2] == ["total", "980"]


def test_several_files_are_one_source(capsys):
    files = ["--events", GUIDE, "--events", WEEK]
    _, out, _ = run(
        capsys, "query", *files, "--metric", "SEND", "--start", "2026-01-05", "--end", "2026-01-12"
    )

    assert out.split()[-1] == "980"


def test_dimensions_filter(capsys):
    arguments = ["query", "--events", WEEK, "--metric", "SEND"]
    totals = [
        int(run(capsys, *arguments, "--dimension", dimension)[1].split()[-1])
        for dimension in ("EMAIL_IDENTITY=example.com", "EMAIL_IDENTITY=billing.example.org")
    ]

    assert sum(totals) == 980
    assert all(totals)


def test_json_is_what_the_aws_cli_prints(capsys):
    _, out, _ = run(
        capsys, "query", "--events", GUIDE, *AUGUST, "--metric", "OPEN", "--output", "json"
    )

    assert json.loads(out) == {
        "Results": [{"Id": "OPEN", "Timestamps": ["2017-08-09T00:00:00+00:00"], "Values": [1]}],
        "Errors": [],
    }
    assert out.startswith('{\n    "Results": [\n        {\n            "Id": "OPEN"')


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_the_aws_clis_own_input_file(capsys, tmp_path, prefix):
    query = {"Id": "q", "Namespace": "VDM", "Metric": "CLICK"}
    dates = {"StartDate": "2017-08-01T00:00:00+00:00", "EndDate": 1504051200}
    path = tmp_path / "input.json"
    path.write_text(json.dumps({"Queries": [{**query, **dates}]}))

    status, out, _ = run(capsys, "query", "--events", GUIDE, "--cli-input-json", f"{prefix}{path}")

    assert (status, out.split()) == (0, ["day", "(UTC)", "q", "2017-08-09", "1", "total", "1"])


def test_a_refusal_of_ses_is_status_1(capsys):
    status, out, err = run(
        capsys, "query", "--events", GUIDE, "--start", "2017-08-31", "--end", "2017-08-01"
    )

    assert (status, out) == (1, "")
    assert "BadRequestException" in err
    assert "Expected start date to be before the end date." in err


def test_the_live_contract(capsys):
    status, _, err = run(
        capsys, "query", "--events", GUIDE, *AUGUST, "--contract", "live", "--dimension", "ISP=*"
    )

    assert status == 1
    assert "Invalid ISP name provided." in err


def test_what_the_live_service_would_refuse_is_told_in_a_line(capsys):
    status, out, err = run(capsys, "query", "--events", GUIDE, *AUGUST, "--dimension", "ISP=*")

    assert status == 0
    assert "total" in out
    assert err.startswith(
        "sesv2-fake: the documentation of SES allows this, but the live service refuses"
    )


def test_a_missing_extra_is_told_in_a_line(capsys, monkeypatch):
    monkeypatch.setattr("sesv2_fake.checks.find_spec", lambda name: None)

    status, _, err = run(capsys, "serve", "--events", GUIDE)

    assert status == 2
    assert err == "sesv2-fake: serve needs werkzeug: pip install 'sesv2-fake[server]'\n"


UNUSABLE = {
    "no such file": (["--events", "none.jsonl"], "No such file"),
    "too long": (["--events", GUIDE], "from 2016-10-14 to 2017-08-09.*give --start and --end"),
    "broken": (["--events", "NO_JSON"], "NO_JSON, line 1: expected JSON, got 'day,sent'"),
    "input and options": (
        ["--events", GUIDE, "--cli-input-json", "x", "--metric", "SEND"],
        "leave out the other options",
    ),
    "input no JSON": (["--events", GUIDE, "--cli-input-json", "NO_JSON"], "expected JSON"),
    "input no object": (["--events", GUIDE, "--cli-input-json", "LIST"], "an object with Queries"),
    "input no request": (
        ["--events", GUIDE, "--cli-input-json", "EMPTY"],
        "missing.*Queries|Queries",
    ),
    "one dimension twice": (
        ["--events", GUIDE, "--dimension", "ISP=Gmail", "--dimension", "ISP=Yahoo"],
        "one value of each name",
    ),
    "stdin twice": (["--events", "-", "--events", "-"], "stdin can be read once"),
    "no events": (["--events", "EMPTY_FILE"], "no event in it counts for any metric"),
}


@pytest.mark.parametrize(("arguments", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_input_is_status_2(capsys, tmp_path, arguments, message):
    for name, text in {
        "LIST": "[]",
        "EMPTY": "{}",
        "EMPTY_FILE": "",
        "NO_JSON": "day,sent\n",
    }.items():
        (tmp_path / name).write_text(text)
        arguments = [str(tmp_path / name) if a == name else a for a in arguments]

    status, out, err = run(capsys, "query", *arguments)

    assert (status, out) == (2, "")
    assert err.startswith("sesv2-fake: ")
    assert re.search(message, err, re.DOTALL)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: COMMAND"),
        (["query"], "required: --events"),
        (["query", "--events", GUIDE, "--start", "1 May"], "expected a date such as 2026-01-05"),
        (["query", "--events", GUIDE, "--metric", "SENT"], "invalid choice: 'SENT'"),
        (["query", "--events", GUIDE, "--dimension", "ISP"], "expected NAME=VALUE"),
        (["query", "--events", GUIDE, "--dimension", "X=Y"], "EMAIL_IDENTITY, CONFIGURATION_SET"),
    ],
)
def test_what_cannot_be_read_is_argparses_error(capsys, arguments, message):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_query_that_counts_nothing_says_why(capsys, output):
    arguments = [*AUGUST, "--metric", "OPEN", "--metric", "COMPLAINT", "--output", output]
    status, out, err = run(
        capsys, "query", "--events", GUIDE, *arguments, "--dimension", "ISP=gmail"
    )

    assert status == 0
    assert "2017" not in out
    asked = "2017-08-01 to 2017-08-31, ISP=gmail, us-east-1"
    assert [line for line in err.splitlines() if line.startswith("sesv2-fake: ")] == [
        f"sesv2-fake: 'OPEN' OPEN {asked}",
        f"sesv2-fake: 'COMPLAINT' COMPLAINT {asked}",
    ]
    assert err.count("1 of another ISP: UNKNOWN_ISP") == 2


def test_a_query_that_counts_says_nothing_more(capsys):
    _, _, err = run(capsys, "query", "--events", GUIDE, *AUGUST, "--metric", "OPEN")

    assert err == ""


def stdin(monkeypatch, path):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path(path).read_bytes())))


def test_events_are_read_from_stdin(capsys, monkeypatch):
    stdin(monkeypatch, WEEK)

    _, out, _ = run(capsys, "query", "--events", "-", "--metric", "SEND")

    assert out.split()[-1] == "980"


def test_stdin_beside_a_file(capsys, monkeypatch):
    stdin(monkeypatch, WEEK)
    dates = ["--start", "2026-01-05", "--end", "2026-01-12"]

    _, out, _ = run(capsys, "query", "--events", GUIDE, "--events", "-", "--metric", "SEND", *dates)

    assert out.split()[-1] == "980"


def test_a_broken_line_of_stdin_is_named():
    command = [sys.executable, "-m", "sesv2_fake", "query", "--events", "-"]
    done = subprocess.run(command, input="\nday\n", capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("sesv2-fake: <stdin>, line 2: expected JSON, got 'day'")


def test_stdin_without_events_is_named(capsys, monkeypatch):
    stdin(monkeypatch, os.devnull)

    _, _, err = run(capsys, "query", "--events", "-")

    assert err == "sesv2-fake: stdin: no event in it counts for any metric\n"


def test_an_error_takes_the_place_of_the_progress_line(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    _, _, err = run(capsys, "query", "--events", "none.jsonl")

    assert "\r\x1b[Kloading none.jsonl\r\x1b[Ksesv2-fake: [Errno 2] No such file" in err


def test_progress_says_how_many_records_were_read(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    events = tmp_path / "events.jsonl"
    events.write_text('{"eventType": "Subscription"}\n' * 10_001)

    _, _, err = run(capsys, "query", "--events", str(events))

    assert f"\r\x1b[Kloading {events}: 10,000 records, 100%" in err


def test_progress_is_shown_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    _, _, err = run(capsys, "query", "--events", GUIDE, *AUGUST, "--metric", "OPEN")

    assert err.startswith(f"\r\x1b[Kloading {GUIDE}")
    assert err.endswith("\r\x1b[K")


@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(sys.platform == "win32", reason="a FIFO and a signal")
def test_ctrl_c_while_loading_ends_it_in_silence(tmp_path):
    fifo = tmp_path / "events.jsonl"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "sesv2_fake", "query", "--events", str(fifo)]
    # In dev mode Python says of the file, which is just being opened, that it was not closed.
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with (
        subprocess.Popen(command, **how, env={**os.environ, "PYTHONDEVMODE": ""}) as running,
        fifo.open("wb"),  # waits until it is read
    ):
        out, err = ended_by(running, signal.SIGINT)

    assert (running.returncode, out, err) == (128 + signal.SIGINT, b"", b"")


def ended_by(running, number):
    """What a process says that is ended by a signal.

    Python may lose one that comes too early, and a second one while it ends shows as its death.
    """
    for _ in range(5):
        running.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return running.communicate(timeout=20)
    pytest.fail("it goes on")


def test_a_reader_that_closes_the_pipe_early_ends_it_in_silence():
    command = [sys.executable, "-m", "sesv2_fake", "query", "--events", WEEK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        err = running.stderr.read()

    assert (running.wait(), err) == (128 + signal.SIGPIPE, b"")


def test_a_reader_that_is_gone_before_the_server_is_ready_ends_it_in_silence():
    command = [sys.executable, "-m", "sesv2_fake", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        err = running.stderr.read()

    assert (running.wait(), err) == (128 + signal.SIGPIPE, b"")


@pytest.mark.parametrize("command", [[sys.executable, "-m", "sesv2_fake"], ["sesv2-fake"]])
def test_the_command_is_installed(command, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))

    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)

    assert done.stdout == f"sesv2-fake {__version__}\n"


def of_day(tmp_path, day):
    file = tmp_path / "events.jsonl"
    noon = f"{day}T12:00:00.000Z"
    mail = {"timestamp": noon, "messageId": "m1", "source": "a@example.com"}
    file.write_text(
        json.dumps(
            {"eventType": "Send", "mail": {**mail, "destination": ["b@gmail.com"]}, "send": {}}
        )
    )
    return str(file)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_clients_cannot_name_is_an_error(capsys, monkeypatch, tmp_path, day, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        asked = run(capsys, "query", "--events", of_day(tmp_path, day))
        monkeypatch.undo()
    finally:
        time.tzset()

    assert asked[0] == 2
    assert f"events from {day} to {day}: give --start and --end" in asked[2]
    with pytest.raises(SystemExit):
        main(["query", "--events", WEEK, "--start", day])


def test_an_input_file_with_such_a_day_is_an_error_too(capsys, monkeypatch, tmp_path):
    query = {"Id": "q", "Namespace": "VDM", "Metric": "SEND"}
    dates = {"StartDate": "0001-01-01", "EndDate": "0001-01-02"}
    file = tmp_path / "input.json"
    file.write_text(json.dumps({"Queries": [{**query, **dates}]}))
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        asked = run(
            capsys,
            "query",
            "--events",
            of_day(tmp_path, "0001-01-01"),
            "--cli-input-json",
            str(file),
        )
        monkeypatch.undo()
    finally:
        time.tzset()

    assert asked[0] == 2
    assert asked[2].startswith("sesv2-fake: ")


class TestChart:
    """`--chart` needs plotille."""

    def test_draws_each_metric_that_counts_something(self, capsys, monkeypatch):
        pytest.importorskip("plotille")
        monkeypatch.setenv("COLUMNS", "60")
        arguments = ["--metric", "OPEN", "--metric", "SEND", "--metric", "COMPLAINT"]

        status, out, _ = run(capsys, "query", "--events", WEEK, *arguments, "--chart")

        assert status == 0
        assert re.findall(r"^([A-Z]+), ([\d,]+) in all$", out, re.MULTILINE) == [
            ("OPEN", "282"),
            ("SEND", "980"),
            ("COMPLAINT", "5"),
        ]
        assert "01-05" in out
        assert max(map(len, out.splitlines())) <= 60

    def test_a_chart_of_nothing_says_so(self, capsys):
        pytest.importorskip("plotille")
        day = ["--start", "2020-01-01", "--end", "2020-01-02"]

        _, out, _ = run(capsys, "query", "--events", WEEK, *day, "--chart")

        assert out == "no query counts anything\n"

    def test_without_plotille_names_the_extra(self, capsys, monkeypatch):
        monkeypatch.setattr("sesv2_fake.checks.find_spec", lambda _: None)

        status, _, err = run(capsys, "query", "--events", WEEK, "--chart")

        assert status == 2
        assert "pip install 'sesv2-fake[chart]'" in err
