"""One SES account from a fake's start to its end: the data that the operations work on."""

from __future__ import annotations

import math
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from . import checks
from .counting import timestamps
from .counting.store import MetricStore
from .emails.email import Email
from .emails.message import MessageStore
from .emails.suppression_list import SuppressionList
from .options import Options
from .regions import ByRegion
from .untyped import JSONObject

if TYPE_CHECKING:
    from .operations.calls import Call
    from .operations.custom import CustomAnswer
    from .operations.export_jobs import ExportJob
    from .operations.export_server import ExportServer
    from .operations.faults import Fault


class RateLimits:
    """The calls of the last second, by operation and region."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._recent: dict[tuple[str, str], deque[int]] = defaultdict(deque)

    def take(self, operation: str, region: str, most: int) -> bool:
        """Count a call, unless there were `most` in the last second; whether it was counted."""
        with self.lock:
            now = timestamps.now()
            recent = self._recent[operation, region]
            # A test that freezes the clock may also turn it back.
            while recent and not now - timestamps.SECOND < recent[0] <= now:
                recent.popleft()
            if len(recent) >= most:
                return False
            recent.append(now)
            return True

    def give_back(self, operation: str, region: str) -> None:
        """A call that was counted does not count after all."""
        with self.lock, suppress(IndexError):  # it may be longer than a second ago
            self._recent[operation, region].pop()


def _number(value: object, name: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name}: expected a number, got {value!r} ({type(value).__name__})")
    # SES itself writes -1 for an account without a daily quota. [doc]
    if not math.isfinite(value) or (value < 0 and value != -1):
        raise ValueError(f"{name}: expected 0 or more, or -1 for no quota, got {value!r}")
    return float(value)


_CHECKS: dict[str, Callable[..., object]] = {
    "enforcement_status": partial(checks.one_of, choices=("HEALTHY", "PROBATION", "SHUTDOWN")),
    "production_access_enabled": checks.flag,
    "sending_enabled": checks.flag,
    "max_24_hour_send": _number,
    "max_send_rate": _number,
}


class AccountSettings:
    """What `GetAccount` answers about the account, in every region; each setting can be changed.

    With `sending_enabled = False`, emails that the code under test sends are refused. A client's
    `PutAccountSendingAttributes` sets it in one region; it reads as it was set last. In the
    sandbox (`production_access_enabled = False`) no client can suppress an address, and
    recipients must be verified if the account names identities. Emails are refused with the status
    `SHUTDOWN` too. The quotas are only answered: no email is refused because of them.

    .. versionadded:: 0.2
    """

    enforcement_status: str = "HEALTHY"
    production_access_enabled: bool = True
    sending_enabled: bool = True
    # The usual quotas of an account with production access; an account may have others.
    max_24_hour_send: float = 50_000.0
    max_send_rate: float = 14.0

    def __init__(self) -> None:
        vars(self)["_sending_by_region"] = defaultdict(lambda: True)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _CHECKS:
            near = checks.suggestion(name, _CHECKS) or f"; there are {', '.join(_CHECKS)}"
            raise AttributeError(f"no account setting {name!r}{near}")
        super().__setattr__(name, _CHECKS[name](value, name=name))
        if name == "sending_enabled":
            vars(self)["_sending_by_region"] = defaultdict(lambda: value)

    def _sends_from(self, region: str) -> bool:
        """Whether sending is enabled in a region."""
        found: bool = vars(self)["_sending_by_region"][region]
        return found

    def _put_sending(self, region: str, enabled: bool) -> None:
        """Enable or disable sending in one region."""
        vars(self)["_sending_by_region"][region] = enabled
        vars(self)["sending_enabled"] = enabled

    def _update(self, settings: Mapping[str, object]) -> None:
        """Change several settings, or none if one of them cannot have its value."""
        for changed in (AccountSettings(), self):
            for name, value in settings.items():
                setattr(changed, name, value)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in _CHECKS)
        return f"<AccountSettings: {settings}>"


class Vdm(NamedTuple):
    """Virtual Deliverability Manager in one region, by the names of the options that set it."""

    #: None if it was never set up there.
    vdm_enabled: bool | None
    engagement_metrics: bool
    optimized_shared_delivery: bool

    def with_options(self, options: Options) -> Vdm:
        """The same with those of the options that are about it."""
        return Vdm._make(options.get(name, before) for name, before in self._asdict().items())


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

    def change(self, options: Options) -> None:
        """Set these options in all regions; the others stay as they are in each."""
        self._everywhere = self._everywhere.with_options(options)
        for region, vdm in self._by_region.items():
            self._by_region[region] = vdm.with_options(options)
        self.latest = self.latest.with_options(options)


class Template(NamedTuple):
    """A template that the account has."""

    name: str
    subject: str | None
    text: str | None
    html: str | None
    #: In microseconds since the epoch.
    created: int


class Identity(NamedTuple):
    """An address or a domain that mail is sent from."""

    name: str
    verified: bool
    configuration_set: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    #: A domain with a DKIM key of the caller's own.
    has_own_key: bool = False


class Account:
    """What an account holds: options, settings, counts, emails, faults, and the calls it got."""

    __slots__ = (
        "__weakref__",
        "answers",
        "attributes",
        "calls",
        "calls_before_test",
        "export_jobs",
        "export_server",
        "faults",
        "faults_lock",
        "identities",
        "kept",
        "messages",
        "metrics",
        "options",
        "outbox",
        "own_ids",
        "rate_limits",
        "sends_before_test",
        "settings",
        "suppression",
        "templates",
        "test_has_failed",
        "unanswered",
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
        #: What else of `GetAccount` clients set, by region.
        self.attributes: dict[str, JSONObject] = defaultdict(dict)
        self.export_jobs: list[ExportJob] = []
        #: What has their files, for clients of this process.
        self.export_server: ExportServer | None = None
        #: By name in lower case.
        self.identities: ByRegion[Identity] = ByRegion()
        self.metrics = MetricStore()
        self.suppression = SuppressionList()
        self.messages = MessageStore(self.metrics, self.suppression)
        self.templates: ByRegion[Template] = ByRegion()
        #: What the code under test sent, in order.
        self.outbox: list[Email] = []
        #: The message ids of those that were answered here.
        self.own_ids: set[str | None] = set()
        #: In the order they were set up.
        self.faults: list[Fault] = []
        #: What the test answers itself, in the order it was set up.
        self.answers: list[CustomAnswer] = []
        #: Held while a fault is triggered or an answer is used.
        self.faults_lock = threading.Lock()
        #: Counted only if the option says that the limits hold.
        self.rate_limits = RateLimits()
        self.calls: list[Call] = []
        #: How many of the calls and of the emails are older than the test that runs now.
        self.calls_before_test = self.sends_before_test = 0
        #: How many of the newest calls and emails of the outbox are kept; None for all.
        self.kept: int | None = None
        #: Operations that were refused because nobody answers them, each with the user's line: of
        #: each the first error that no test has caught.
        self.unanswered: dict[str, RuntimeError] = {}
        #: If so, unused faults are not reported: the test did not get as far as using them.
        self.test_has_failed = False

    def locks(self) -> list[threading.Lock | threading.RLock]:
        """All locks of the account, for a process that forks; no thread holds two of them."""
        return [self.metrics.lock, self.faults_lock, self.rate_limits.lock]

    def test_begins(self) -> None:
        """What was called and sent until now is not the test's."""
        self.calls_before_test, self.sends_before_test = len(self.calls), len(self.outbox)

    def forget_older(self) -> None:
        """Keep the newest calls and emails alone, if a number is set; what was counted stays."""
        if self.kept is None:
            return
        del self.calls[: -self.kept]
        messages = self.messages
        with messages.lock:
            for email in self.outbox[: -self.kept]:
                message = email._message
                self.own_ids.discard(message.message_id)
                for known in (messages.by_id[message.segment.region], messages.captured):
                    # An id that others made up can be that of several emails.
                    if known.get(message.message_id or "") is message:
                        del known[message.message_id or ""]
            del self.outbox[: -self.kept]

    def close(self, reason: str) -> None:
        """Emails of this account raise RuntimeError from now on, with this reason."""
        self.metrics.close(reason)
        if self.export_server is not None:
            self.export_server.stop()
