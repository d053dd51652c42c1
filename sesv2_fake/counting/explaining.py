"""Why a query counts what it counts, and above all why it counts nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from .. import checks
from . import timestamps
from .metrics import Dimension, Event
from .rule import (
    DEFINITIONS,
    Against,
    Question,
    Reason,
    Trait,
    reasons_against,
)
from .store import MetricStore

_PLURALS = {
    event: f"{event.value[:-1]}ies" if event.value.endswith("y") else f"{event.value}s"
    for event in Event
}
_SHOWN = 4

#: Why an event does not count, and whether it has a value there.
_Kind = tuple[Reason | Dimension | Trait, bool]


def explain(
    store: MetricStore, asked: Question, known: Mapping[Dimension, Collection[str]] | None = None
) -> list[str]:
    """What was seeded for the metric, how much of it counts, and why the rest does not.

    An event that does not count for several reasons is named under each. `known` are the values
    that a dimension can have, if that is known: others that nothing was seeded for are reported.
    """
    with store.lock:
        lines = _explained(store, asked)
    return [*_unknown_values(store, asked, known or {}), *lines]


def _explained(store: MetricStore, asked: Question) -> list[str]:
    seeded = counted = loaded = 0
    by_value: dict[Against, int] = defaultdict(int)
    outside: dict[int, int] = defaultdict(int)
    start, end = asked.start, asked.end
    first, last = -(-start // timestamps.DAY), end // timestamps.DAY
    for segment, series in store.happened(asked.metric):
        found = inside = 0
        for day, count in series.totals.items():
            found += count
            # Nearly every day is whole, in the interval or not.
            if first <= day < last:
                inside += count
                continue
            n = series.between(start, end, day) if first - 1 <= day <= last else 0
            inside += n
            if n != count:
                outside[day] += count - n
        if not found:  # taken back
            continue
        seeded += found
        counts = True
        for one in reasons_against(segment, asked):
            counts = False
            by_value[one] += found
        if counts:
            counted += inside
            loaded += inside if segment.loaded_for is not None else 0
    if not seeded:
        return [f"no {_noun(asked)} were seeded"]
    against: dict[_Kind, int] = defaultdict(int)
    values: dict[_Kind, set[str]] = defaultdict(set)
    for (reason, value), n in by_value.items():
        kind = reason, value != ""
        against[kind] += n
        values[kind].add(value)
    if outside:
        kind = Reason.OTHER_TIME, True
        against[kind] = sum(outside.values())
        values[kind] = {str(timestamps.date_of(day)) for day in outside}
    of_these = f" ({loaded} from a loaded response)" if loaded else ""
    return [
        f"{counted} of {seeded} {_noun(asked)} count{of_these}",
        *(
            f"{n} {_in_words(kind, asked)}{_listed(values[kind])}"
            for kind, n in sorted(against.items(), key=lambda item: -item[1])
        ),
    ]


def _noun(asked: Question) -> str:
    return _PLURALS[DEFINITIONS[asked.metric].event]


def _in_words(kind: _Kind, asked: Question) -> str:
    reason, has_value = kind
    if isinstance(reason, Dimension):
        name = reason.definition.noun
        return f"of another {name}:" if has_value else f"without {name}"
    if isinstance(reason, Trait):
        return f"left out by the metric: {reason.value}"
    return {
        Reason.OTHER_REGION: f"not of region {asked.region}, but of",
        Reason.OTHER_QUERY: "from a loaded response to queries with other dimensions",
        Reason.OTHER_TIME: "outside the interval, on",
    }[reason]


def _listed(values: Iterable[str]) -> str:
    known = sorted(filter(None, values))
    return f" {checks.listed(known, _SHOWN)}" if known else ""


def _unknown_values(
    store: MetricStore, asked: Question, known: Mapping[Dimension, Collection[str]]
) -> Iterator[str]:
    for dimension, accepted in asked.filters:
        if dimension in known and accepted is not None:
            for value in sorted(accepted.difference(known[dimension], store.values(dimension))):
                near = checks.suggestion(value, known[dimension])
                yield f"unknown {dimension.definition.noun} {value!r}{near}"
