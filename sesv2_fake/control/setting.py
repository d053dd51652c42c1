"""What a test sets over HTTP: faults, options, the account's settings, the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .. import checks
from ..account import Vdm, VdmByRegion
from ..counting import timestamps
from ..options import Options, checked
from . import schemas, shown
from .bodies import members, shortened
from .held import Held, NotFound

#: The method of the fake that sets up each kind of fault.
_SET_UP = {"query": "fail_queries", "request": "fail_requests", "connection": "drop_connections"}


def add_fault(held: Held, body: Any) -> dict[str, Any]:
    """Set up a fault of one of the three kinds."""
    if not isinstance(body, dict):
        raise TypeError(f"body: expected an object with a kind, got {shortened(body)}")
    kind = checks.one_of(body.get("kind"), _SET_UP, "kind")
    rest = {name: value for name, value in body.items() if name != "kind"}
    arguments = members(rest, schemas.FAULTS[kind])
    held.check_faults()
    fault = getattr(held.fake, _SET_UP[kind])(**arguments)
    fault._site = "POST faults"
    return next(shown.fault(id, one) for id, one in held.faults().items() if one is fault)


def faults(held: Held) -> list[dict[str, Any]]:
    """The faults that were not cancelled, in the order they were set up."""
    return [shown.fault(id, fault) for id, fault in held.faults().items()]


def cancel_fault(held: Held, id: str) -> None:
    """End a fault. It is not reported as unused."""
    fault = held.faults().get(id)
    if fault is None:
        raise NotFound(f"no fault {id!r}")
    fault.cancel()


#: The options that clients too can change, and the fields of `Vdm` for them.
_OF_VDM = {
    "vdm_enabled": "enabled",
    "engagement_metrics": "engagement_metrics",
    "optimized_shared_delivery": "optimized_shared_delivery",
}


def set_options(held: Held, **given: Any) -> dict[str, Any]:
    """Change options, in all regions; the others stay as they are."""
    account = held.account
    changed = checked(given)
    account.options = Options(**{**account.options, **changed})
    account.options = account.options
    if not _OF_VDM.keys().isdisjoint(changed):
        latest = account.vdm.latest
        now = {field: getattr(latest, field) for field in _OF_VDM.values()}
        now |= {_OF_VDM[name]: value for name, value in changed.items() if name in _OF_VDM}
        account.vdm = VdmByRegion(Vdm(**now))
    return options(held)


def options(held: Held) -> dict[str, Any]:
    """The options that hold."""
    latest = held.account.vdm.latest
    held_now = {
        **held.account.options,
        **{name: getattr(latest, field) for name, field in _OF_VDM.items()},
    }
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in held_now.items()
        if name in schemas.OPTIONS["properties"]
    }


def set_account(held: Held, **given: Any) -> dict[str, Any]:
    """Set what else `GetAccount` says."""
    for name, value in given.items():
        setattr(held.fake.account, name, value)
    return account(held)


def account(held: Held) -> dict[str, Any]:
    """What else `GetAccount` says."""
    return {name: getattr(held.fake.account, name) for name in schemas.ACCOUNT["properties"]}


def set_clock(held: Held, time: Any) -> dict[str, Any]:
    """Stop the clock of this fake for what comes over HTTP, or let it go on."""
    held.stopped_at = None if time is None else timestamps.checked(time, "time")
    return clock(held)


def advance(held: Held, **by: Any) -> dict[str, Any]:
    """Move the stopped clock on."""
    if held.stopped_at is None:
        raise ValueError("advance: the clock is not stopped; PUT clock stops it")
    try:
        step = timedelta(**by) // timedelta(microseconds=1)
    except OverflowError as problem:
        raise ValueError(f"advance: {problem}") from None
    moved = held.stopped_at + step
    if not timestamps.FIRST <= moved <= timestamps.LAST:
        raise ValueError("advance: expected a time in the years 1 to 9999")
    held.stopped_at = moved
    return clock(held)


def clock(held: Held) -> dict[str, Any]:
    """The time by which the fake answers."""
    now = timestamps.now() if held.stopped_at is None else held.stopped_at
    return {"time": timestamps.iso_8601(now), "is_stopped": held.stopped_at is not None}


def reset(held: Held) -> None:
    """Bring everything back to just after the start."""
    held.stopped_at = None
    held.fake.reset()
