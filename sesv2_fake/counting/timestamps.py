"""Points in time, as the whole package counts them: whole microseconds since the epoch, UTC."""

from __future__ import annotations

import datetime as dt
import re
from contextvars import ContextVar
from functools import lru_cache
from typing import TypedDict

#: A time as a test may write it: see `checked`.
Time = dt.datetime | dt.date | str


class Duration(TypedDict, total=False):
    """What `datetime.timedelta` takes."""

    days: float
    seconds: float
    microseconds: float
    milliseconds: float
    minutes: float
    hours: float
    weeks: float


SECOND = 1_000_000
DAY = 86_400 * SECOND

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)

#: All that a datetime in UTC can show: the years 1 to 9999.
FIRST = (dt.date.min.toordinal() - _EPOCH.toordinal()) * DAY
LAST = (dt.date.max.toordinal() - _EPOCH.toordinal() + 1) * DAY - 1

_AWARE = "datetime(2026, 1, 5, 9, 30, tzinfo=timezone.utc)"
_TEXT = "'2026-01-05T09:30'"

#: ISO 8601 as AWS writes it and its SDKs send it; the offset is optional.
_ISO_8601 = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,6})0*)?([Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)

#: The form that SES writes in every event record: a minute, and the rest of it.
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d", re.ASCII)
_WITHIN_MINUTE = re.compile(r":([0-5]\d)\.(\d{3})Z", re.ASCII)


def from_datetime(value: dt.datetime) -> int:
    """The moment of an aware datetime."""
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def to_datetime(moment: int) -> dt.datetime:
    """The moment as an aware datetime in UTC."""
    return _EPOCH + dt.timedelta(0, 0, moment)


#: The moment at which the clock of a served fake stands, while that fake answers a request.
stopped_at: ContextVar[int | None] = ContextVar("sesv2_fake_stopped_at", default=None)


def now() -> int:
    """This moment, by the clock that freezegun and time-machine set."""
    stopped = stopped_at.get()
    return from_datetime(dt.datetime.now(dt.timezone.utc)) if stopped is None else stopped


def checked(value: object, name: str) -> int:
    """The moment of a time that a test handed in as `name`.

    An aware datetime, a date (its midnight UTC), or ISO 8601 text (UTC if it has no offset).
    Raises TypeError for anything else. Raises ValueError for other text, for a time outside the
    years 1 to 9999 in UTC, and for a naive datetime: SES counts UTC days, and local time taken
    for UTC is the commonest bug.
    """
    if isinstance(value, dt.datetime):
        if value.utcoffset() is None:
            raise ValueError(
                f"{name}: {value!r} is naive, and SES counts UTC days; "
                f"give it a time zone, such as {_AWARE}"
            )
        moment = from_datetime(value)
    elif isinstance(value, str):
        parsed = _parsed(value)
        if parsed is None:
            raise ValueError(f"{name}: expected ISO 8601 such as {_TEXT}, got {value!r}")
        moment = parsed[0]
    elif isinstance(value, dt.date):
        return first_moment_of(value)
    else:
        raise TypeError(
            f"{name}: expected an aware datetime such as {_AWARE}, a date, or ISO 8601 text "
            f"such as {_TEXT}, got {value!r} ({type(value).__name__})"
        )
    if not FIRST <= moment <= LAST:
        raise ValueError(f"{name}: expected a time in the years 1 to 9999 in UTC, got {value!r}")
    return moment


def now_or(value: object, name: str) -> int:
    """The moment of `value`, or now if it is None."""
    return now() if value is None else checked(value, name)


def parse_iso_8601(text: str) -> tuple[int, bool] | None:
    """The moment that `text` names, and whether it named an offset (it is UTC if not).

    None if `text` is no ISO 8601 date or time, or names one outside the years 1 to 9999 in UTC.
    """
    parsed = _parsed(text)
    return parsed if parsed is not None and FIRST <= parsed[0] <= LAST else None


def _parsed(text: str) -> tuple[int, bool] | None:
    """As `parse_iso_8601`; with an offset, the moment may lie up to a day outside these years."""
    try:
        match = _ISO_8601.fullmatch(text)
        if match is None:
            return None
        day, minutes, seconds, fraction, offset = match.groups()
        zone = "+00:00" if offset in (None, "Z", "z") else f"{offset[:3]}:{offset[-2:]}"
        clock = f"{minutes or '00:00'}{seconds or ':00'}.{(fraction or '0').ljust(6, '0')}"
        return from_datetime(dt.datetime.fromisoformat(f"{day}T{clock}{zone}")), offset is not None
    except ValueError:
        return None


def of_event_record(text: str) -> int | None:
    """The moment of a time in the one form that SES writes in records; None for any other form.

    Quicker than `parse_iso_8601`, and there may be millions.
    """
    minute, rest = _minute(text[:16]), _within_minute(text[16:])
    return None if minute is None or rest is None else minute + rest


@lru_cache(maxsize=4096)
def _minute(text: str) -> int | None:
    """The moment at which a minute begins; records of one minute mostly come together."""
    parsed = _parsed(text) if _MINUTE.fullmatch(text) else None
    return None if parsed is None else parsed[0]


@lru_cache(maxsize=60_000)  # all that there are
def _within_minute(text: str) -> int | None:
    found = _WITHIN_MINUTE.fullmatch(text)
    return None if found is None else int(found[1] + found[2]) * 1000


def day_of(moment: int) -> int:
    """The UTC day of a moment, as a count of days since the epoch."""
    return moment // DAY


def date_of(day: int) -> dt.date:
    """The calendar date of a day; a real one, also while freezegun stops the clock."""
    return (_EPOCH + dt.timedelta(day)).date()


def first_moment_of(date: dt.date) -> int:
    """Midnight UTC of a calendar date."""
    return (date.toordinal() - _EPOCH.toordinal()) * DAY


def shortest(moment: int) -> str:
    """The moment in UTC; only the date if it is midnight."""
    return iso_8601(moment).removesuffix("+00:00").removesuffix("T00:00:00")


def iso_8601(moment: int) -> str:
    """The moment as people write it: `2026-01-05T09:30:00+00:00`."""
    return to_datetime(moment).isoformat()
