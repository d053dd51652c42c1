"""Why a query counts what it counts, and above all why it counts nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from . import moments
from .metrics import DEFINITIONS, Dimension, Event
from .store import MetricStore, Question, Segment

_DIMENSIONS: dict[Dimension, str] = {
    Dimension.EMAIL_IDENTITY: "identity",
    Dimension.CONFIGURATION_SET: "configuration set",
    Dimension.ISP: "ISP",
    Dimension.TENANT_NAME: "tenant",
}
_PLURALS = {
    event: f"{event.value[:-1]}ies" if event.value.endswith("y") else f"{event.value}s"
    for event in Event
}
_SHOWN = 4

#: What stood against an event, and the value that it had there.
_Reason = tuple[str, str]


def explain(store: MetricStore, asked: Question) -> list[str]:
    """What was seeded for the metric, how much of it counts, and what stands against the rest.

    An event that several things stand against is told of under each.
    """
    definition = DEFINITIONS[asked.metric]
    total = counted = 0
    against: Counter[str] = Counter()
    values: dict[str, set[str]] = defaultdict(set)
    for segment, what, day, count in store.rows():
        if what not in (definition.event, asked.metric):
            continue
        total += count
        reasons = list(_reasons(segment, day, asked))
        counted += 0 if reasons else count
        for reason, value in reasons:
            against[reason] += count
            values[reason].add(value)
    noun = _PLURALS[definition.event]
    if not total:
        return [f"no {noun} were seeded"]
    return [
        f"{counted} of {total} {noun} count",
        *(f"{n} {reason}{_listed(values[reason])}" for reason, n in against.most_common()),
    ]


def _reasons(segment: Segment, day: int, asked: Question) -> Iterator[_Reason]:
    if segment.region not in (None, asked.region):
        yield f"not of region {asked.region}, but of", str(segment.region)
    for dimension, accepted in asked.filters:
        has = [value for label, value in segment.labels if label is dimension]
        if not has:
            yield f"without {_DIMENSIONS[dimension]}", ""
        elif accepted is not None and accepted.isdisjoint(has):
            yield f"of another {_DIMENSIONS[dimension]}:", has[0]
    for trait in sorted(DEFINITIONS[asked.metric].leaves_out.intersection(segment.traits)):
        yield f"left out by the metric: {trait.value}", ""
    if not moments.day_of(asked.start) <= day <= moments.day_of(asked.end - 1):
        yield "outside the interval, on", str(moments.date_of(day))


def _listed(values: Iterable[str]) -> str:
    known = sorted(filter(None, values))
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f" {', '.join(known[:_SHOWN])}{more}" if known else ""
