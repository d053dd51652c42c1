"""What the operations work on: one SES account's options, settings, counts, emails and faults."""

from __future__ import annotations

from typing import Any

from ..counting.store import MetricStore
from ..emails.email import Email
from ..emails.message import MessageLedger
from ..options import Options
from .faults import Faults
from .rate_limits import RateLimits
from .settings import AccountSettings, Vdm, VdmByRegion


class State:
    """One SES account, as far as the operations read and write it."""

    __slots__ = (
        "faults",
        "ledger",
        "options",
        "outbox",
        "own_ids",
        "rate_limits",
        "settings",
        "store",
        "vdm",
    )

    def __init__(self, options: Options) -> None:
        self.options = options
        self.settings = AccountSettings()
        self.vdm = VdmByRegion(
            Vdm(
                options["vdm_enabled"],
                options["engagement_metrics"],
                options["optimized_shared_delivery"],
            )
        )
        self.store = MetricStore()
        self.ledger = MessageLedger(self.store)
        #: What the code under test sent, in order.
        self.outbox: list[Email] = []
        #: The message ids of those that were answered here.
        self.own_ids: set[str | None] = set()
        self.faults = Faults()
        #: Counted only if the option says that the limits hold.
        self.rate_limits = RateLimits()

    def take_a_call(self, operation: str, region: str) -> None:
        """Count a call of an operation that may not be called often.

        Raises Refusal (`TooManyRequestsException`).
        """
        if self.options["enforce_rate_limits"]:
            self.rate_limits.take(operation, region)

    def locks(self) -> list[Any]:
        """All locks of the account, for a process that forks; no thread holds two of them."""
        return [self.store.lock, self.faults.lock, self.rate_limits.lock]

    def keep_newest_emails(self, number: int) -> None:
        """Let the outbox forget older emails, and their ids too; what was counted stays."""
        ledger = self.ledger
        with ledger.lock:
            for email in self.outbox[:-number]:
                message = email._message
                for known in (ledger.messages[message.segment.region], ledger.captured):
                    # An id that others made up can be that of several emails.
                    if known.get(message.message_id or "") is message:
                        del known[message.message_id or ""]
            del self.outbox[:-number]
