"""`sesv2-fake query`: the request of the command's options, and the answer as text."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .api import validation
from .api.wire import DEFAULT_REGION
from .counting.metrics import Metric
from .fake import FakeSESv2

#: The `--events` that are read from stdin.
STDIN = "-"


class Unusable(Exception):
    """What the user asked for cannot be done; the text says why."""


def query(fake: FakeSESv2, options: argparse.Namespace) -> None:
    """Ask through a real client and print the answer; on stderr, why a query counts nothing."""
    from .intercept.botocore_client import new_client

    request = _request_of_file(options) if options.cli_input_json else _request(options, fake)
    client: Any = new_client(DEFAULT_REGION)
    response = client.batch_get_metric_data(**request)
    print(_as_json(response) if options.output == "json" else _as_table(request, response))
    nothing = {result["Id"] for result in response["Results"] if not result["Values"]}
    for asked in request["Queries"]:
        if asked["Id"] in nothing:
            print(f"sesv2-fake: {fake.explain(asked)}", file=sys.stderr)


def midnight(day: dt.date) -> dt.datetime:
    """The start of a day in UTC."""
    return dt.datetime.combine(day, dt.time(), dt.timezone.utc)


def _request(options: argparse.Namespace, fake: FakeSESv2) -> dict[str, Any]:
    if len(dict(options.dimension)) < len(options.dimension):
        raise Unusable("--dimension: one value of each name; a list is NAME=VALUE,VALUE")
    start, end = options.start, options.end
    names = ", ".join("stdin" if name == STDIN else name for name in options.events)
    if start is None or end is None:
        days = fake.seeded_days()
        if not days:
            raise Unusable(f"{names}: no event in it counts for any metric")
        start = start or midnight(days[0])
        end = end or midnight(days[-1]) + dt.timedelta(days=1)
        if (end - start).days > validation.MAX_DAYS:
            raise Unusable(
                f"{names}: events from {days[0]} to {days[-1]}, and SES "
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
        raise Unusable("--cli-input-json says all of the request; leave out the other options")
    name = options.cli_input_json
    try:
        request = json.loads(Path(name.removeprefix("file://")).read_text("utf-8"))
    except ValueError as error:
        raise Unusable(f"{name}: expected JSON: {error}") from None
    if not isinstance(request, dict):
        raise Unusable(f"{name}: expected an object with Queries, got {type(request).__name__}")
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
