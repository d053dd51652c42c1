"""What the operations work on: one SES account's options, counts, emails and faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..counting.store import MetricStore
from ..emails.message import MessageLedger
from ..options import Options
from .faults import Faults
from .rate_limits import RateLimits


@dataclass(slots=True)
class State:
    """One SES account, as far as the operations read and write it."""

    options: Options
    vdm_enabled: bool
    store: MetricStore = field(default_factory=MetricStore)
    ledger: MessageLedger = field(init=False)
    faults: Faults = field(default_factory=Faults)
    #: Of BatchGetMetricData; counted only if the option says that the limits hold.
    rate_limits: RateLimits = field(default_factory=RateLimits)

    def __post_init__(self) -> None:
        self.ledger = MessageLedger(self.store)

    def locks(self) -> list[Any]:
        """All locks of the account, for a process that forks; no thread holds two of them."""
        return [self.store.lock, self.faults.lock, self.rate_limits.lock]
