"""What is set of an SES account beside its mail."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .. import checks


def _number(value: object, name: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name}: expected a number, got {value!r} ({type(value).__name__})")
    # SES itself writes -1 for an account without a daily quota. [doc]
    if not math.isfinite(value) or (value < 0 and value != -1):
        raise ValueError(f"{name}: expected 0 or more, or -1 for no quota, got {value!r}")
    return float(value)


#: Each setting: its default, and the check of what it is set to.
_SETTINGS: dict[str, tuple[Any, Callable[[Any, str], Any]]] = {
    "enforcement_status": (
        "HEALTHY",
        lambda value, name: checks.one_of(value, ("HEALTHY", "PROBATION", "SHUTDOWN"), name),
    ),
    "production_access_enabled": (True, checks.flag),
    "sending_enabled": (True, checks.flag),
    # The usual quotas of an account with production access. [open]
    "max_24_hour_send": (50_000.0, _number),
    "max_send_rate": (14.0, _number),
}


class AccountSettings:
    """What `GetAccount` answers about the account, in every region; each setting can be changed.

    With `sending_enabled = False`, emails that the code under test sends are refused. The quotas
    and the status are only answered: no email is refused because of them.
    """

    __slots__ = tuple(_SETTINGS)

    enforcement_status: str
    production_access_enabled: bool
    sending_enabled: bool
    max_24_hour_send: float
    max_send_rate: float

    def __init__(self) -> None:
        for name, (default, _) in _SETTINGS.items():
            super().__setattr__(name, default)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _SETTINGS:
            near = checks.suggestion(name, _SETTINGS) or f"; there are {', '.join(_SETTINGS)}"
            raise AttributeError(f"no account setting {name!r}{near}")
        super().__setattr__(name, _SETTINGS[name][1](value, name))

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in _SETTINGS)
        return f"<AccountSettings: {settings}>"


@dataclass(frozen=True)
class Vdm:
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
        switched = partial(replace, enabled=enabled)
        self._everywhere = self.latest = switched(self._everywhere)
        self._by_region = {region: switched(vdm) for region, vdm in self._by_region.items()}
