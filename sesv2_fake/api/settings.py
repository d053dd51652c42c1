"""The settings of an SES account."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from .. import checks


def _number(value: object, name: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name}: expected a number, got {value!r} ({type(value).__name__})")
    # SES itself writes -1 for an account without a daily quota. [doc]
    if not math.isfinite(value) or (value < 0 and value != -1):
        raise ValueError(f"{name}: expected 0 or more, or -1 for no quota, got {value!r}")
    return float(value)


_CHECKS: dict[str, Callable[..., Any]] = {
    "enforcement_status": partial(checks.one_of, choices=("HEALTHY", "PROBATION", "SHUTDOWN")),
    "production_access_enabled": checks.flag,
    "sending_enabled": checks.flag,
    "max_24_hour_send": _number,
    "max_send_rate": _number,
}


class AccountSettings:
    """What `GetAccount` answers about the account, in every region; each setting can be changed.

    With `sending_enabled = False`, emails that the code under test sends are refused. The quotas
    and the status are only answered: no email is refused because of them.
    """

    enforcement_status: str = "HEALTHY"
    production_access_enabled: bool = True
    sending_enabled: bool = True
    # The usual quotas of an account with production access; an account may have others.
    max_24_hour_send: float = 50_000.0
    max_send_rate: float = 14.0

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _CHECKS:
            near = checks.suggestion(name, _CHECKS) or f"; there are {', '.join(_CHECKS)}"
            raise AttributeError(f"no account setting {name!r}{near}")
        super().__setattr__(name, _CHECKS[name](value, name=name))

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in _CHECKS)
        return f"<AccountSettings: {settings}>"


class Vdm(NamedTuple):
    """Virtual Deliverability Manager in one region."""

    #: None if it was never set up there.
    enabled: bool | None
    engagement_metrics: bool
    optimized_shared_delivery: bool


class VdmByRegion:
    """Virtual Deliverability Manager in each region."""

    def __init__(self, everywhere: Vdm) -> None:
        self._everywhere = everywhere
        self._by_region: dict[str, Vdm] = {}
        #: As set last, in whatever region.
        self.latest = everywhere

    def of(self, region: str) -> Vdm:
        """As it is in this region."""
        return self._by_region.get(region, self._everywhere)

    def put(self, region: str, vdm: Vdm) -> None:
        """Set it in one region."""
        self._by_region[region] = self.latest = vdm

    def switch(self, enabled: bool | None) -> None:
        """Set whether it is on, in all regions; what else is set stays."""
        self._everywhere = self.latest = self._everywhere._replace(enabled=enabled)
        for region, vdm in self._by_region.items():
            self._by_region[region] = vdm._replace(enabled=enabled)
