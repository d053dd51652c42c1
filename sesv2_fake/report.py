"""What a test author sees when a test is red: the calls, the seeds, the faults, in plain text."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator

from .account import Account
from .api.batch_get_metric_data import question_of
from .api.calls import Call
from .api.faults import Faults
from .api.wire import Query
from .counting import moments
from .counting.explaining import explain
from .counting.metrics import DEFINITIONS, Metric
from .counting.store import MetricStore

_WIDTH = 80
_MOST_CALL_LINES = 20
_MOST_SEED_LINES = 14
_MOST_FAULT_LINES = 6
_MOST_DAYS = 4
#: Of one line that is too long for one.
_MOST_PARTS = 4


def report(store: MetricStore, calls: list[Call], faults: Faults) -> str:
    """All that happened, in at most 40 lines of 80 columns."""
    lines = [
        *_shortened(_of_calls(store, calls), _MOST_CALL_LINES, "calls"),
        *_shortened(_of_seeds(store), _MOST_SEED_LINES, "seeds"),
        *_shortened(_of_faults(faults), _MOST_FAULT_LINES, "faults"),
    ]
    return "\n".join(lines)


def report_of(account: Account, *, verbose: bool = False) -> str:
    """The report of an account."""
    return report(account.state.store, account.calls, account.state.faults)


def totals(store: MetricStore) -> dict[str | None, dict[Metric, dict[int, int]]]:
    """By region, metric and day, what queries without dimensions would count."""
    found: dict[str | None, dict[Metric, dict[int, int]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(int))
    )
    for segment, counted, day, count in store.rows():
        for metric, definition in DEFINITIONS.items():
            of_event = counted is definition.event and definition.leaves_out.isdisjoint(
                segment.traits
            )
            if of_event or counted is metric:
                found[segment.region][metric][day] += count
    return found


def _of_calls(store: MetricStore, calls: list[Call]) -> Iterator[str]:
    yield "1 call" if len(calls) == 1 else f"{len(calls) or 'no'} calls"
    told: list[Query] = []
    # The last call is the likeliest to matter; where there are many, the first go.
    for call in reversed(calls):
        yield f"- {call.in_one_line()}"
        if call.queries != told:  # a retry asks the same again
            told = call.queries
            for query in told:
                yield f"    {query.in_one_line()}"
                yield from (f"      {line}" for line in _of_query(store, call, query))


def _of_query(store: MetricStore, call: Call, query: Query) -> Iterator[str]:
    for error in call.errors:
        if error.id == query.id:
            yield f"{error.code}: {error.message}"
    for result in call.results:
        if result.id == query.id and result.days:
            days = ", ".join(f"{moments.date_of(day)}: {n}" for day, n in result.days.items())
            yield f"total {sum(result.days.values())}: {days}"
        elif result.id == query.id:
            yield f"empty: {'; '.join(explain(store, question_of(query, call.region)))}"


def _of_seeds(store: MetricStore) -> Iterator[str]:
    by_region = totals(store)
    if not by_region:
        yield "nothing seeded that a metric counts"
    for region in sorted(by_region, key=lambda region: region or ""):
        where = "" if list(by_region) == [None] else f", {region or 'every region'}"
        yield f"seeded, by day (UTC){where}"
        yield from _table(by_region[region])


def _table(counts: dict[Metric, dict[int, int]]) -> Iterator[str]:
    days = sorted({day for by_day in counts.values() for day in by_day})
    shown = days[:_MOST_DAYS]
    more = [f"+{len(days) - len(shown)} days"] if len(days) > len(shown) else []
    rows = [["", *(moments.date_of(day).isoformat() for day in shown), *more, "total"]]
    for metric in sorted(counts, key=list(Metric).index):
        by_day = counts[metric]
        total = sum(by_day.values())
        cells = [str(by_day.get(day, "-")) for day in shown]
        rest = [str(total - sum(by_day.get(day, 0) for day in shown))] if more else []
        rows.append([metric.value, *cells, *rest, str(total)])
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths))
        yield f"  {first.strip().ljust(widths[0])} {' '.join(others)}"


def _of_faults(faults: Faults) -> Iterator[str]:
    for fault in faults.all:
        yield repr(fault)


def _shortened(lines: Iterable[str], most: int, what: str) -> list[str]:
    wrapped = [part for line in lines for part in _wrapped(line)]
    if len(wrapped) <= most:
        return wrapped
    return [*wrapped[: most - 1], f"... and {len(wrapped) - most + 1} more lines of {what}"]


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    parts = textwrap.wrap(
        line,
        _WIDTH,
        subsequent_indent=f"{indent}  ",
        max_lines=_MOST_PARTS,
        placeholder=" ...",
        break_on_hyphens=False,
    )
    return parts or [line]
