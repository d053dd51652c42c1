"""A made-up month of mail: weekdays and weekends, ISPs, opens in the days after, a bad day."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from statistics import NormalDist
from typing import NamedTuple

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Event, Metric
from ..counting.rule import DEFINITIONS
from ..counting.store import MetricStore
from .addresses import checked_address
from .seeding import region_or_none
from .segments import checked_isp, checked_values, segment_of


class Rates(NamedTuple):
    """What happens to the emails of a day. The defaults are assumptions, not SES's numbers."""

    #: Emails on a weekday; a Saturday or Sunday has the part `weekend` of them.
    per_day: float
    weekend: float = 0.4
    #: Permanent and transient bounces, of the emails sent.
    bounce_rate: float = 0.004
    transient_bounce_rate: float = 0.006
    #: Of the deliveries; complaints only where the ISP has a feedback loop.
    complaint_rate: float = 0.0004
    open_rate: float = 0.25
    click_rate: float = 0.03


#: The ISPs of a newsletter to people: an assumption.
ISPS: Mapping[str, float] = {
    "Gmail": 50,
    "UNKNOWN_ISP": 16,
    "Hotmail": 12,
    "Yahoo": 10,
    "Icloud": 5,
    "Aol": 2,
    "Gmx": 2,
    "Comcast": 1,
    "Att": 1,
    "Verizon": 1,
}

#: Which parts of what follows an email come on its day and on each of the days after.
_AFTER: dict[Event, tuple[float, ...]] = {
    Event.OPEN: (0.6, 0.2, 0.1, 0.05, 0.03, 0.02),
    Event.CLICK: (0.7, 0.2, 0.1),
    Event.COMPLAINT: (0.5, 0.3, 0.2),
}
#: Above this mean the normal distribution stands for the binomial one, at the same cost for all.
_FEW = 20
_NORMAL = NormalDist()
_SATURDAY = 5

#: By metric and day, what was made.
Traffic = dict[Metric, dict[dt.date, int]]


def send(
    store: MetricStore,
    without_feedback_loop: Collection[str],
    sender: str,
    *,
    start: object,
    days: object,
    isps: Mapping[str, float] | None,
    incidents: object,
    seed: int,
    region: str | None,
    rates: Mapping[str, float | None],
    **dimensions: str | None,
) -> Traffic:
    """Count what `FakeSESv2.send_traffic` is given; how much of each metric that is, by day."""
    address = checked_address(sender, "sender")
    first = timestamps.day_of(timestamps.checked(start, "start"))
    number = checks.count(days, "days", 1)
    if first + number + max(map(len, _AFTER.values())) > timestamps.day_of(timestamps.LAST):
        raise ValueError(f"days: expected an end before the year 10000, got {number}")
    usual = Rates(**{name: _checked(name, v) for name, v in rates.items() if v is not None})
    shares = _checked_shares(ISPS if isps is None else isps)
    _check_bounces(rates)
    bad_days = _checked_incidents(incidents or {}, shares, range(first, first + number))
    segments = {
        isp: segment_of(
            address,
            (f"{isp}.example",),
            region_or_none(region),
            frozenset(without_feedback_loop),
            isp=isp,
            **checked_values(dimensions),
        )
        for isp in shares
    }
    draws = random.Random(checks.count(seed, "seed"))  # noqa: S311
    counts: dict[tuple[Event, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for day in range(first, first + number):
        for isp, share in shares.items():
            rates_of_day = usual
            for only, changes in bad_days.get(day, ()):
                if only in (None, isp):
                    rates_of_day = rates_of_day._replace(**changes)
            has_loop = isp not in without_feedback_loop
            for event, at, happened in _day(draws, day, share, rates_of_day, has_loop=has_loop):
                if happened:
                    counts[event, isp][at] += happened
    made: dict[Metric, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    with store.lock:
        for (event, isp), by_day in counts.items():
            segment = segments[isp]
            store.add_days(event, segment, by_day)
            counted_by = [
                metric
                for metric, definition in DEFINITIONS.items()
                if definition.event is event
                if definition.leaves_out.isdisjoint(segment.traits)
            ]
            for metric in counted_by:
                for day, count in by_day.items():
                    made[metric][day] += count
    return {
        metric: {timestamps.date_of(day): count for day, count in sorted(made[metric].items())}
        for metric in Metric
    }


def _day(
    draws: random.Random, day: int, share: float, rates: Rates, *, has_loop: bool
) -> Iterator[tuple[Event, int, int]]:
    """What happens to the emails of one day to one ISP: the event, its day, and how often.

    As many random numbers for each day, whatever its rates: a bad day changes no other.
    """
    is_weekend = timestamps.date_of(day).weekday() >= _SATURDAY
    mean = rates.per_day * share * (rates.weekend if is_weekend else 1.0)
    sent = round(mean * (0.95 + draws.random() / 10))
    permanent = _drawn(draws, sent, rates.bounce_rate)
    # Both are parts of the emails sent.
    left_over = 1.0 - rates.bounce_rate
    rate = rates.transient_bounce_rate / left_over if left_over else 0.0
    transient = _drawn(draws, sent - permanent, min(rate, 1.0))
    delivered = sent - permanent - transient
    yield Event.SEND, day, sent
    yield Event.PERMANENT_BOUNCE, day, permanent
    yield Event.TRANSIENT_BOUNCE, day, transient
    yield Event.DELIVERY, day, delivered
    for event, rate in (
        (Event.OPEN, rates.open_rate),
        (Event.CLICK, rates.click_rate),
        (Event.COMPLAINT, rates.complaint_rate if has_loop else 0.0),
    ):
        left, rest = _drawn(draws, delivered, rate), 1.0
        for later, part in enumerate(_AFTER[event][:-1]):
            happened = _drawn(draws, left, part / rest)
            yield event, day + later, happened
            left, rest = left - happened, rest - part
        yield event, day + len(_AFTER[event]) - 1, left


def _drawn(draws: random.Random, number: int, rate: float) -> int:
    """How many of `number` emails it happens to, if it happens to each at this rate."""
    draw = draws.random()
    if rate > 0.5:
        return number - _binomial(1 - draw, number, 1 - rate)
    return _binomial(draw, number, rate)


#: A chance too small to matter.
_NONE = 1e-12


def _binomial(draw: float, number: int, rate: float) -> int:
    mean = number * rate
    if mean > _FEW:
        spread = math.sqrt(mean * (1 - rate))
        return min(max(round(mean + spread * _NORMAL.inv_cdf(draw or 0.5)), 0), number)
    # The binomial distribution, summed up to the draw.
    found, chance = 0, (1 - rate) ** number
    below = chance
    while below < draw and found < number and (chance >= _NONE or found <= mean):
        chance *= (number - found) / (found + 1) * rate / (1 - rate)
        found += 1
        below += chance
    return found


def _checked(name: str, value: object) -> float:
    if name not in Rates._fields:
        near = checks.suggestion(name, Rates._fields) or f"; there are {', '.join(Rates._fields)}"
        raise ValueError(f"incidents: no rate {name!r}{near}")
    if name == "per_day":
        return checks.count(value, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: expected a number from 0 to 1, got {value!r}")
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: expected a number from 0 to 1, got {value!r}")
    return float(value)


def _checked_shares(isps: object) -> dict[str, float]:
    """The part of the emails that goes to each ISP."""
    if not isinstance(isps, Mapping) or not isps:
        raise TypeError(f"isps: expected ISPs and their shares, got {isps!r}")
    for share in isps.values():
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < 1e9:
            raise ValueError(f"isps: expected shares of 0 or more, got {share!r}")
    whole = sum(isps.values())
    if not whole:
        raise ValueError("isps: expected a share above 0, got none")
    return {checked_isp(isp, "isps"): share / whole for isp, share in isps.items()}


_TRANSIENT = "transient_bounce_rate"
#: The ISP, or None for all, and the rates that are not as usual.
_Incident = tuple[str | None, dict[str, float]]


def _check_bounces(given: Mapping[str, float | None]) -> None:
    """Raises ValueError if more emails are to bounce than are sent."""
    permanent, transient = (given.get(name) or 0 for name in ("bounce_rate", _TRANSIENT))
    if permanent + transient > 1:
        raise ValueError(
            f"bounce_rate and {_TRANSIENT}: expected at most 1 together, got {permanent} and "
            f"{transient}"
        )


def _checked_incidents(
    incidents: object, shares: Mapping[str, float], days: range
) -> dict[int, list[_Incident]]:
    if not isinstance(incidents, Mapping):
        raise TypeError(f"incidents: expected days and what happens then, got {incidents!r}")
    found: dict[int, list[_Incident]] = {}
    for when, what in incidents.items():
        day, within = divmod(timestamps.checked(when, "incidents"), timestamps.DAY)
        if within or day not in days:
            first, last = timestamps.date_of(days[0]), timestamps.date_of(days[-1])
            raise ValueError(f"incidents: expected a day from {first} to {last}, got {when!r}")
        for one in what if isinstance(what, list) else [what]:
            if not isinstance(one, Mapping):
                raise TypeError(f"incidents: expected rates by their names, got {one!r}")
            changes = dict(one)
            isp = changes.pop("ISP", None)
            if isp is not None and checked_isp(isp, "incidents") not in shares:
                raise ValueError(f"incidents: no mail goes to {isp!r}; isps= names where it goes")
            if not changes:
                raise ValueError(f"incidents: {when!r} says no rate that is not as usual")
            rates = {name: _checked(name, value) for name, value in changes.items()}
            _check_bounces(rates)
            found.setdefault(day, []).append((isp, rates))
    return found
