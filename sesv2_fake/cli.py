"""The command line: ask files of event records, serve a fake, verify it against SES."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import os
import shutil
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

from . import __version__, checks
from .counting.metrics import Dimension, Metric
from .fake import FakeSESv2, mock_sesv2
from .intercept.interceptor import LiveDivergenceWarning
from .operations import metric_checks
from .operations.calls import NEWEST_KEPT
from .options import described
from .regions import DEFAULT_REGION
from .untyped import JSONObject, Untyped

#: The `--events` that are read from stdin.
STDIN = "-"


class Unusable(Exception):
    """What the user asked for cannot be done; the text says why."""


def query(fake: FakeSESv2, options: argparse.Namespace) -> None:
    """Ask through a real client and print the answer; on stderr, why a query counts nothing."""
    from .intercept.botocore import new_client

    request = _request_of_file(options) if options.cli_input_json else _request(options, fake)
    client: Untyped = new_client(DEFAULT_REGION)
    if options.output == "chart":
        checks.needs("plotille", extra="chart", what="--chart")
    try:
        response = client.batch_get_metric_data(**request)
    except RuntimeError as error:  # of a day that botocore cannot write in the local time zone
        raise Unusable(str(error)) from None
    print(_WRITERS[options.output](request, response))
    nothing = {result["Id"] for result in response["Results"] if not result["Values"]}
    for asked in request["Queries"]:
        if asked["Id"] in nothing:
            print(f"sesv2-fake: {fake.explain(asked)}", file=sys.stderr)


#: The days that clients can name and read in every time zone.
_FIRST_DAY = dt.date.min + dt.timedelta(days=1)
_LAST_DAY = dt.date.max - dt.timedelta(days=1)


def midnight(day: dt.date) -> dt.datetime:
    """The start of a day in UTC."""
    return dt.datetime.combine(day, dt.time(), dt.timezone.utc)


def _request(options: argparse.Namespace, fake: FakeSESv2) -> JSONObject:
    if len(dict(options.dimension)) < len(options.dimension):
        raise Unusable("--dimension: one value of each name; a list is NAME=VALUE,VALUE")
    start, end = options.start, options.end
    names = ", ".join("stdin" if name == STDIN else name for name in options.events)
    if start is None or end is None:
        days = fake.seeded_days()
        if not days:
            raise Unusable(f"{names}: no event in it counts for any metric")
        if (start is None and days[0] < _FIRST_DAY) or (end is None and days[-1] > _LAST_DAY):
            raise Unusable(
                f"{names}: events from {days[0]} to {days[-1]}: give --start and --end, "
                f"from {_FIRST_DAY} to {_LAST_DAY}"
            )
        start = start or midnight(days[0])
        end = end or midnight(days[-1]) + dt.timedelta(days=1)
        if (end - start).days > metric_checks.MAX_DAYS:
            raise Unusable(
                f"{names}: events from {days[0]} to {days[-1]}, and SES "
                f"answers for at most {metric_checks.MAX_DAYS} days: give --start and --end"
            )
    return {
        "Queries": [
            {
                "Id": metric,
                "Namespace": "VDM",
                "Metric": metric,
                "StartDate": start,
                "EndDate": end,
                **({"Dimensions": dict(options.dimension)} if options.dimension else {}),
            }
            for metric in dict.fromkeys(options.metric or Metric.__members__)
        ]
    }


def _request_of_file(options: argparse.Namespace) -> JSONObject:
    if options.metric or options.start or options.end or options.dimension:
        raise Unusable("--cli-input-json says all of the request; leave out the other options")
    name = options.cli_input_json
    try:
        request = json.loads(Path(name.removeprefix("file://")).read_text("utf-8"))
    except ValueError as error:
        raise Unusable(f"{name}: expected JSON: {error}") from None
    if not isinstance(request, dict):
        raise Unusable(f"{name}: expected an object with Queries, got {type(request).__name__}")
    return request


def _as_json(_request: JSONObject, response: JSONObject) -> str:
    """What `aws sesv2 batch-get-metric-data` prints."""
    answer = {name: response[name] for name in ("Results", "Errors")}
    return json.dumps(
        answer, indent=4, default=lambda time: time.astimezone(dt.timezone.utc).isoformat()
    )


def _series(
    request: JSONObject, response: JSONObject
) -> tuple[list[str], dict[str, dict[dt.date, int]]]:
    """The ids in the order asked, and the counts of each by day."""
    counts = {
        result["Id"]: {
            time.astimezone(dt.timezone.utc).date(): value
            for time, value in zip(result["Timestamps"], result["Values"])
        }
        for result in response["Results"]
    }
    return [query["Id"] for query in request["Queries"]], counts


#: Lines of a chart; its axes and the numbers beside them take the rest of the terminal.
_CHART_HEIGHT = 6
_BESIDE_CHART = 24


def _as_charts(request: JSONObject, response: JSONObject) -> str:
    """A chart for each query that counts something, one above the other, over the same days."""
    import plotille

    ids, counts = _series(request, response)
    days = [day.toordinal() for series in counts.values() for day in series]
    charts = []
    for id in ids:
        series = counts.get(id)
        if not series:
            continue
        figure = plotille.Figure()
        figure.width = max(shutil.get_terminal_size().columns - _BESIDE_CHART, 20)
        figure.height = _CHART_HEIGHT
        figure.x_label, figure.y_label = "day", "count"
        figure.x_ticks_fkt = lambda day, _: dt.date.fromordinal(round(day)).strftime("%m-%d")
        figure.y_ticks_fkt = lambda count, _: f"{count:,.0f}"
        figure.set_x_limits(min(days), max(*days, min(days) + 1))
        figure.set_y_limits(0, 1.1 * max(series.values()))
        every = range(min(days), max(days) + 1)
        figure.plot(every, [series.get(dt.date.fromordinal(day), 0) for day in every])
        charts.append(f"{id}, {sum(series.values()):,} in all\n{figure.show()}")
    return "\n\n".join(charts) or "no query counts anything"


def _as_table(request: JSONObject, response: JSONObject) -> str:
    """A row a day, a column a query in the order asked, and the totals."""
    ids, counts = _series(request, response)
    days = sorted({day for series in counts.values() for day in series})
    rows = [["day (UTC)", *ids]]
    rows += [[str(day), *(str(counts[id].get(day, "-")) for id in ids)] for day in days]
    rows.append(["total", *(str(sum(counts[id].values())) for id in ids)])
    return "\n".join(_aligned(rows))


_WRITERS = {"table": _as_table, "json": _as_json, "chart": _as_charts}


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        yield "  ".join([row[0].ljust(widths[0]), *cells[1:]])


#: Addresses that nobody else can reach.
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

#: Options of what happens in this process alone, or at the end of a test.
_NOT_HERE = ("instant_retries", "intercept_requests", "other_operations", "unused_faults")


def add_options(command: argparse.ArgumentParser) -> None:
    """The command's options: the fake's own, and those of the server."""
    for name, option in described().items():
        if name not in _NOT_HERE:
            flag = f"--{name.replace('_', '-')}"
            add = partial(command.add_argument, flag, dest=name, default=argparse.SUPPRESS)
            if option.check in (checks.flag, checks.flag_or_none):
                # No flag says None.
                words = option.help.partition("; None")[0]
                add(help=words, action=argparse.BooleanOptionalAction)
            elif option.ini_type == "args":
                add(help=option.help, metavar="NAME", action="append")
            else:
                add(help=option.help, metavar="NAME")
    command.add_argument(
        "--vdm-disabled",
        dest="vdm_enabled",
        action="store_false",
        default=argparse.SUPPRESS,
        help="the same as --no-vdm-enabled",
    )
    command.add_argument(
        "--events",
        action="extend",
        nargs="+",
        default=[],
        metavar="PATH",
        help="SES event records to begin with: files, folders, or - for stdin",
    )
    command.add_argument(
        "--answers",
        metavar="FILE",
        help="answers to operations: a JSON object of PUT answers' bodies by operation",
    )
    command.add_argument(
        "--traffic",
        nargs="?",
        const="news@example.com",
        metavar="SENDER",
        help="two months of made-up mail to begin with, with a bad day, for pages and demos",
    )
    command.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port (default: a free one)"
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to listen at (default: 127.0.0.1); any but loopback needs --allow-host",
    )
    command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that clients may call it by, beside those of loopback; may be repeated",
    )
    command.add_argument("--verbose", action="store_true", help="an access log on stderr")
    command.add_argument(
        "--output",
        choices=("text", "json"),
        default="text",
        help="the line that says where it answers, as text (default) or JSON",
    )


def run(options: argparse.Namespace, load: Callable[[FakeSESv2], int]) -> int:
    """Serve until interrupted or terminated; `load` seeds the fake and gives how many events."""
    checks.needs("werkzeug", extra="server", what="serve")
    from .control.server import Control
    from .intercept.http_application import LOOPBACK
    from .intercept.http_server import HttpServer

    if options.host not in _LOOPBACK and not options.allow_host:
        raise Unusable(
            f"--host {options.host}: others can reach it there. List permitted host names with "
            "--allow-host, such as --allow-host sesv2-fake"
        )
    checks.port(options.port, "--port")
    of_fake = {name: value for name, value in vars(options).items() if name in described()}
    with mock_sesv2(**of_fake, unused_faults="ignore") as fake:
        fake._account.kept = NEWEST_KEPT
        events = load(fake)
        if options.answers:
            _load_answers(fake, options.answers)
        server = HttpServer(
            Control(fake, _tell),
            options.port,
            host=options.host,
            allowed_hosts=[*LOOPBACK, *options.allow_host],
        )
        try:
            if options.host not in _LOOPBACK:
                _warn(server.url, options)
            ready = {"url": server.url, "events": events}
            loaded = f"{events} events, " if options.events else ""
            text = f"{loaded}answering at {server.url}"
            with _ending() as ended, _access_log() if options.verbose else nullcontext():
                print(json.dumps(ready) if options.output == "json" else text, flush=True)
                ended.wait()
        finally:
            server.stop()
    return 0


def _load_answers(fake: FakeSESv2, name: str) -> None:
    """Give the answers of a file, as `--answers` has it."""
    try:
        by_operation = json.loads(Path(name).read_text("utf-8"))
    except ValueError as error:
        raise Unusable(f"{name}: expected JSON: {error}") from None
    if not isinstance(by_operation, dict):
        raise Unusable(f"{name}: expected an object by operation, got {by_operation!r:.60}")
    known = ("response", "error", "message", "times", "optional")
    for operation, members in by_operation.items():
        if not isinstance(members, dict) or not members.keys() <= set(known):
            raise Unusable(
                f"{name}: {operation}: expected an object with {', '.join(known)}, "
                f"got {members!r:.60}"
            )
        fake.answer(operation, **{"optional": True, **members})


def _warn(url: str, options: argparse.Namespace) -> None:
    print(
        f"sesv2-fake: anybody who can reach {options.host} can read and change what this fake "
        f"holds; it answers to {', '.join(options.allow_host)} and to {url}",
        file=sys.stderr,
    )


@contextmanager
def _access_log() -> Iterator[None]:
    """A line for each answer on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("sesv2_fake.http")
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """What is set by the signal that ends a container; Ctrl-C ends the block too."""
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        with suppress(KeyboardInterrupt):
            yield ended
    finally:
        signal.signal(signal.SIGTERM, before)


#: What a shell says of a command that Ctrl-C or a closed pipe ended: 128 and the signal's number.
_INTERRUPTED = 128 + 2
_PIPE_CLOSED = 128 + 13


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    0: answered, or all holds. 1: SES refuses, or something differs. 2: it cannot be done.
    """
    options = _parser().parse_args(arguments)
    try:
        status = _run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _show_line("")
        return _INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at its end; that must not fail too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    return status


def _run(options: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    from .verify.service import CannotVerify

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", LiveDivergenceWarning)
            warnings.showwarning = _tell
            return int(options.run(options))
    except BrokenPipeError:
        raise
    except (
        Unusable,
        CannotVerify,
        ImportError,
        OSError,
        ValueError,
        TypeError,
        # Of older botocores, for a day that no clock of this time zone shows.
        OverflowError,
        BotoCoreError,
    ) as error:
        print(f"sesv2-fake: {error}", file=sys.stderr)
        return 2
    except ClientError as error:
        print(f"sesv2-fake: {error}", file=sys.stderr)
        return 1


def _tell(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning as one line: no line of the user's own code is to blame here."""
    print(f"sesv2-fake: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sesv2-fake", description=__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    asks = commands.add_parser(
        "query",
        help="ask for metrics of a file of event records",
        description="Seed a fake from a file of SES event records, ask it for metrics through a "
        "real botocore client, and print the answer.",
    )
    asks.set_defaults(run=_query)
    _add_fake_options(asks)
    asks.add_argument(
        "--metric",
        action="append",
        choices=list(Metric.__members__),
        metavar="METRIC",
        help=f"a metric, may be repeated (default: all): {', '.join(Metric.__members__)}",
    )
    asks.add_argument(
        "--start", type=_day, metavar="DATE", help="the first day (default: the events' first)"
    )
    asks.add_argument(
        "--end", type=_day, metavar="DATE", help="the day after the last (default: the events')"
    )
    asks.add_argument(
        "--dimension",
        action="append",
        default=[],
        type=_dimension,
        metavar="NAME=VALUE",
        help=f"a filter, one of each name: {', '.join(Dimension.__members__)}",
    )
    asks.add_argument(
        "--cli-input-json",
        metavar="FILE",
        help="the AWS CLI's own input file, instead of the options above",
    )
    asks.add_argument(
        "--output",
        choices=tuple(_WRITERS),
        default="table",
        help="a table of days and metrics (default), what the AWS CLI would print, or a chart each",
    )
    asks.add_argument(
        "--chart",
        dest="output",
        action="store_const",
        const="chart",
        help="draw the days of each metric in the terminal; the same as --output chart",
    )

    serve = commands.add_parser(
        "serve",
        help="answer any SDK over HTTP on loopback",
        description="Answer any SDK over HTTP, on loopback unless asked otherwise, until "
        "interrupted. SDKs find it by endpoint_url or AWS_ENDPOINT_URL_SESV2. The page at / shows "
        "what it holds, and the control API under /_sesv2_fake/ seeds it.",
    )
    serve.set_defaults(run=_serve)
    add_options(serve)

    verify = commands.add_parser(
        "verify",
        help="ask the real service whether it answers as the fake does",
        description="Ask SES, in an account of yours, for the answers that the fake expects, "
        "and print each difference. It only reads (BatchGetMetricData, GetAccount, and a few "
        "calls of the suppression list, export jobs and insights that are refused), and prints "
        "nothing about the account.",
    )
    verify.set_defaults(run=_verify)
    verify.add_argument("--profile", metavar="P", help="the AWS profile (default: the usual one)")
    verify.add_argument("--region", metavar="R", help="the region (default: the profile's)")
    verify.add_argument(
        "--endpoint-url", metavar="URL", help="ask an emulator at this URL instead of SES"
    )
    verify.add_argument(
        "--identity",
        metavar="IDENTITY",
        help="also ask for the metrics of this address or domain, which sends mail",
    )
    verify.add_argument(
        "--output",
        choices=("table", "json"),
        default="table",
        help="what differs (default), or every probe as JSON",
    )
    verify.add_argument("--report", metavar="FILE", help="also write all of it as Markdown")
    return parser


def _add_fake_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--events",
        required=True,
        action="extend",
        nargs="+",
        metavar="PATH",
        help="a file of SES event records, plain or gzip, a folder of such, or - for stdin",
    )
    command.add_argument(
        "--contract",
        choices=metric_checks.CONTRACTS,
        default="documented",
        help="refuse what the reference does not allow (default), or all that SES refuses",
    )


def _day(text: str) -> dt.datetime:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = dt.date.min
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise argparse.ArgumentTypeError(f"expected a date such as 2026-01-05, got {text!r}")
    return midnight(day)


def _dimension(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or name not in Dimension.__members__:
        known = ", ".join(Dimension.__members__)
        raise argparse.ArgumentTypeError(
            f"expected NAME=VALUE with a name of {known}, got {text!r}"
        )
    return name, value


def _verify(options: argparse.Namespace) -> int:
    from .verify import command

    return command.run(options, _show_line)


def _query(options: argparse.Namespace) -> int:
    with mock_sesv2(contract=options.contract) as fake:
        _load(fake, options.events)
        query(fake, options)
    return 0


def _load(fake: FakeSESv2, names: Sequence[str]) -> int:
    """Load all files, and count the events in them."""
    if names.count(STDIN) > 1:
        raise Unusable("--events -: stdin can be read once")
    events = 0
    try:
        for name in names:
            _show_line(f"loading {name}")
            source = sys.stdin.buffer if name == STDIN else name
            show = partial(_show_progress, name)
            events += sum(fake.load_events(source, progress=show).taken.values())
    finally:
        _show_line("")
    return events


def _show_line(text: str) -> None:
    """Replace the progress line, on stderr if that is a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def _show_progress(name: str, records: int, share: float | None) -> None:
    percent = "" if share is None else f", {share:.0%}"
    _show_line(f"loading {name}: {records:,} records{percent}")


#: What `--traffic` sends: enough to fill the page, up to yesterday, with one bad day.
_TRAFFIC_DAYS, _PER_DAY, _BAD_DAY = 60, 10_000, 10


def _serve(options: argparse.Namespace) -> int:
    def seed(fake: FakeSESv2) -> int:
        if options.traffic:
            today = dt.datetime.now(dt.timezone.utc).date()
            fake.send_traffic(
                options.traffic,
                start=today - dt.timedelta(_TRAFFIC_DAYS),
                days=_TRAFFIC_DAYS,
                per_day=_PER_DAY,
                incidents={today - dt.timedelta(_BAD_DAY): {"bounce_rate": 0.12}},
            )
        return _load(fake, options.events)

    return run(options, seed)
