"""Why a query counts what it counts, and above all why it counts nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache

from .. import checks
from . import timestamps
from .metrics import Dimension, Event
from .rule import (
    DEFINITIONS,
    Against,
    Counted,
    Filters,
    Question,
    Reason,
    Trait,
    counted_by,
    reasons_against,
)
from .store import MetricStore, Tally, Totals
from .timestamps import DAY

_PLURALS = {
    event: f"{event.value[:-1]}ies" if event.value.endswith("y") else f"{event.value}s"
    for event in Event
}
_SHOWN = 4
_ALL_TRAITS = frozenset(Trait)

#: Why an event does not count, and whether it has a value there.
_Kind = tuple[Reason | Dimension | Trait, bool]
#: How many emails do not count for a reason, by the value that they have.
_Emails = dict[str, int]


class Explanations:
    """What was seeded for a metric, how much of it a query counts, and why not the rest.

    For several queries of one store, to which nothing is added meanwhile: what they have in
    common is worked out once.
    """

    def __init__(
        self, store: MetricStore, known: Mapping[Dimension, Collection[str]] | None = None
    ) -> None:
        """`known` are the values that a dimension can have, if that is known.

        Others that nothing was seeded for are reported.
        """
        self._store = store
        self._known = known or {}
        self._reasons: dict[tuple[str, Filters], Callable[[Tally], list[Against]]] = {}
        self._left_out: dict[tuple[Counted, str, Filters], dict[_Kind, _Emails]] = {}
        self._outside: dict[tuple[Counted, int, int], Totals] = {}

    def of(self, asked: Question) -> list[str]:
        """The lines about a query.

        An event that does not count for several reasons is named under each.
        """
        with self._store.lock:
            return [*self._unknown_values(asked), *self._explained(asked)]

    def _explained(self, asked: Question) -> list[str]:
        store = self._store
        seeded = sum(sum(store.totals(one).values()) for one in counted_by(asked.metric))
        if not seeded:
            return [f"no {_noun(asked)} were seeded"]
        counted = sum(store.daily_counts(asked).values())
        loaded = sum(
            count
            for day, count in store.loaded(asked.metric, asked.filters).items()
            if asked.start <= day * DAY < asked.end
        )
        of_these = f" ({loaded} from a loaded response)" if loaded else ""
        against: dict[_Kind, int] = defaultdict(int)
        values: dict[_Kind, set[str]] = defaultdict(set)
        for kind, emails in self._kinds(asked):
            against[kind] += sum(emails.values())
            values[kind].update(emails)
        return [
            f"{counted} of {seeded} {_noun(asked)} count{of_these}",
            *(
                f"{n} {_in_words(kind, asked)}{_listed(values[kind])}"
                for kind, n in sorted(against.items(), key=lambda item: -item[1])
            ),
        ]

    def _kinds(self, asked: Question) -> Iterator[tuple[_Kind, _Emails]]:
        """What speaks against emails that the metric could count."""
        leaves_out = DEFINITIONS[asked.metric].leaves_out
        for one in counted_by(asked.metric):
            for kind, emails in self._left_out_of(one, asked.region, asked.filters).items():
                if not isinstance(kind[0], Trait) or kind[0] in leaves_out:
                    yield kind, emails
        for one in counted_by(asked.metric):
            outside = self._outside_of(one, asked.start, asked.end)
            if outside:
                by_date = {str(timestamps.date_of(day)): n for day, n in outside.items()}
                yield (Reason.OTHER_TIME, True), by_date

    def _left_out_of(self, counted: Counted, region: str, filters: Filters) -> dict[_Kind, _Emails]:
        """What may speak against emails, whenever it happened.

        The same for all metrics that count it, but for the traits that they leave out.
        """
        key = counted, region, filters
        found = self._left_out.get(key)
        if found is None:
            reasons_of = self._reasons_of(region, filters)
            by_value: dict[Against, int] = defaultdict(int)
            for tally, series in self._store.happened(counted):
                n = sum(series.totals.values())
                if n:  # not taken back
                    for one in reasons_of(tally):
                        by_value[one] += n
            found = self._left_out[key] = defaultdict(dict)
            for (reason, value), n in by_value.items():
                found[reason, value != ""][value] = n
        return found

    def _reasons_of(self, region: str, filters: Filters) -> Callable[[Tally], list[Against]]:
        key = region, filters
        if key not in self._reasons:
            self._reasons[key] = cache(
                lambda tally: [*reasons_against(tally.segment, region, filters, _ALL_TRAITS)]
            )
        return self._reasons[key]

    def _outside_of(self, counted: Counted, start: int, end: int) -> Totals:
        """How often it happened before `start`, or from `end` on, whether or not it counts."""
        key = counted, start, end
        found = self._outside.get(key)
        if found is None:
            found = self._outside[key] = {}
            for day, total in self._store.totals(counted).items():
                n = total
                begin = day * DAY
                if start <= begin and begin + DAY <= end:
                    continue
                if begin < end and start < begin + DAY:  # cut by the interval
                    happened = self._store.happened(counted)
                    n -= sum(series.between(start, end, day) for _, series in happened)
                if n:
                    found[day] = n
        return found

    def _unknown_values(self, asked: Question) -> Iterator[str]:
        for dimension, accepted in asked.filters:
            if dimension in self._known and accepted is not None:
                known = self._known[dimension]
                for value in sorted(accepted.difference(known, self._store.values(dimension))):
                    near = checks.suggestion(value, known)
                    yield f"unknown {dimension.definition.noun} {value!r}{near}"


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
