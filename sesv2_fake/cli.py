"""The command line: SES's answers for a file of event records."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import threading
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import __version__
from .api import validation
from .api.wire import DEFAULT_REGION
from .counting.metrics import Dimension, Metric
from .fake import FakeSESv2, mock_sesv2
from .intercept.divergences import LiveDivergenceWarning

#: How many of the newest calls `serve` keeps.
_CALLS_KEPT = 1_000


class _Unusable(Exception):
    """What the user asked for cannot be done; the text says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 where it was answered, 1 where SES refuses, 2 where it makes no sense."""
    options = _parser().parse_args(arguments)
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", LiveDivergenceWarning)
            warnings.showwarning = _tell
            return int(options.run(options))
    except (_Unusable, ImportError, OSError, ValueError, TypeError, BotoCoreError) as error:
        print(f"sesv2-fake: {error}", file=sys.stderr)
        return 2
    except ClientError as error:
        print(f"sesv2-fake: {error}", file=sys.stderr)
        return 1


def _tell(message: Warning | str, *_: object, **__: object) -> None:
    """What is told of a warning here, where no line of the user's own is to blame."""
    print(f"sesv2-fake: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sesv2-fake", description=__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    query = commands.add_parser(
        "query",
        help="ask for metrics of a file of event records",
        description="Seed a fake from a file of SES event records, ask it for metrics through a "
        "real botocore client, and print the answer.",
    )
    query.set_defaults(run=_query)
    _add_fake_options(query)
    query.add_argument(
        "--metric",
        action="append",
        choices=list(Metric.__members__),
        metavar="METRIC",
        help=f"a metric, may be repeated (default: all): {', '.join(Metric.__members__)}",
    )
    query.add_argument(
        "--start", type=_day, metavar="DATE", help="the first day (default: the events' first)"
    )
    query.add_argument(
        "--end", type=_day, metavar="DATE", help="the day after the last (default: the events')"
    )
    query.add_argument(
        "--dimension",
        action="append",
        default=[],
        type=_dimension,
        metavar="NAME=VALUE",
        help=f"a filter, one of each name: {', '.join(Dimension.__members__)}",
    )
    query.add_argument(
        "--cli-input-json",
        metavar="FILE",
        help="the AWS CLI's own input file, instead of the options above",
    )
    query.add_argument(
        "--output",
        choices=("table", "json"),
        default="table",
        help="a table of days and metrics (default), or what the AWS CLI would print",
    )

    serve = commands.add_parser(
        "serve",
        help="answer any SDK over HTTP on loopback",
        description="Seed a fake from a file of SES event records and answer any SDK over HTTP on "
        "loopback, until interrupted. SDKs find it by endpoint_url or AWS_ENDPOINT_URL_SESV2.",
    )
    serve.set_defaults(run=_serve)
    _add_fake_options(serve)
    serve.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port (default: a free one)"
    )
    return parser


def _add_fake_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--events",
        required=True,
        action="append",
        metavar="FILE",
        help="SES event records, one JSON object a line; may be repeated",
    )
    command.add_argument("--contract", choices=validation.CONTRACTS, default="documented")


def _day(text: str) -> dt.datetime:
    try:
        return _midnight(dt.date.fromisoformat(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a date such as 2026-01-05, got {text!r}"
        ) from None


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.timezone.utc)


def _dimension(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or name not in Dimension.__members__:
        known = ", ".join(Dimension.__members__)
        raise argparse.ArgumentTypeError(
            f"expected NAME=VALUE with a name of {known}, got {text!r}"
        )
    return name, value


def _query(options: argparse.Namespace) -> int:
    from .intercept.botocore_client import new_client

    with mock_sesv2(contract=options.contract) as fake:
        _load(fake, options.events)
        request = _request_of_file(options) if options.cli_input_json else _request(options, fake)
        client: Any = new_client(DEFAULT_REGION)
        response = client.batch_get_metric_data(**request)
    print(_as_json(response) if options.output == "json" else _as_table(request, response))
    return 0


def _load(fake: FakeSESv2, names: Sequence[str]) -> int:
    """Load all files, and count the events in them."""
    return sum(sum(fake.load_events(name).taken.values()) for name in names)


def _serve(options: argparse.Namespace) -> int:
    with mock_sesv2(contract=options.contract) as fake:
        fake._keep_newest_calls(_CALLS_KEPT)
        events = _load(fake, options.events)
        with fake.serve(options.port) as url:
            print(f"{events} events, answering at {url}", flush=True)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
    return 0


def _request(options: argparse.Namespace, fake: FakeSESv2) -> dict[str, Any]:
    if len(dict(options.dimension)) < len(options.dimension):
        raise _Unusable("--dimension: one value of each name; a list is NAME=VALUE,VALUE")
    start, end = options.start, options.end
    if start is None or end is None:
        days = fake.seeded_days()
        if not days:
            raise _Unusable(f"{', '.join(options.events)}: no event that a metric counts")
        start = start or _midnight(days[0])
        end = end or _midnight(days[-1]) + dt.timedelta(days=1)
        if (end - start).days > validation.MAX_DAYS:
            raise _Unusable(
                f"{', '.join(options.events)}: events from {days[0]} to {days[-1]}, and SES "
                f"answers for at most {validation.MAX_DAYS} days: give --start and --end"
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


def _request_of_file(options: argparse.Namespace) -> dict[str, Any]:
    if options.metric or options.start or options.end or options.dimension:
        raise _Unusable("--cli-input-json says all of the request; leave out the other options")
    name = options.cli_input_json
    try:
        request = json.loads(Path(name.removeprefix("file://")).read_text("utf-8"))
    except ValueError as error:
        raise _Unusable(f"{name}: expected JSON: {error}") from None
    if not isinstance(request, dict):
        raise _Unusable(f"{name}: expected an object with Queries, got {type(request).__name__}")
    return request


def _as_json(response: dict[str, Any]) -> str:
    """What `aws sesv2 batch-get-metric-data` prints."""
    answer = {name: response[name] for name in ("Results", "Errors")}
    return json.dumps(
        answer, indent=4, default=lambda time: time.astimezone(dt.timezone.utc).isoformat()
    )


def _as_table(request: dict[str, Any], response: dict[str, Any]) -> str:
    """A row a day, a column a query in the order asked, and the totals."""
    ids = [query["Id"] for query in request["Queries"]]
    counts = {
        result["Id"]: {
            time.astimezone(dt.timezone.utc).date(): value
            for time, value in zip(result["Timestamps"], result["Values"])
        }
        for result in response["Results"]
    }
    days = sorted({day for series in counts.values() for day in series})
    rows = [["day (UTC)", *ids]]
    rows += [[str(day), *(str(counts[id].get(day, "-")) for id in ids)] for day in days]
    rows.append(["total", *(str(sum(counts[id].values())) for id in ids)])
    return "\n".join(_aligned(rows))


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        yield "  ".join([row[0].ljust(widths[0]), *cells[1:]])
