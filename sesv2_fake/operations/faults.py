"""Failures that a test set up: of single queries, of whole calls, of the connection."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Collection, Mapping
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, TypedDict, TypeVar

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError

from .. import checks
from ..account import Account
from ..counting import metrics
from ..counting.metrics import (
    DIMENSIONS,
    Dimension,
    Metric,
    MetricName,
)
from .errors import OperationError, Refusal, errors_of
from .metric_checks import MAX_DIMENSIONS, MAX_ID_LENGTH, values_step
from .metric_queries import Query

_Default = TypeVar("_Default", str, None)

#: An operation by its service and name.
Operation = tuple[str, str]

#: What stands for every operation.
ANY_OPERATION = "*"

#: `Code` of a query that failed, and SES's description of it. [doc]
QUERY_CODES: dict[str, str] = {
    "ACCESS_DENIED": "You have insufficient access to retrieve metrics based on the given query.",
    "INTERNAL_FAILURE": "Amazon SES has failed to process one of the queries.",
}

#: How a connection can break, by the name of botocore's exception for it.
DROPS: dict[str, str] = {
    "no-connection": "EndpointConnectionError",
    "read-timeout": "ReadTimeoutError",
    "connect-timeout": "ConnectTimeoutError",
}


#: How a connection breaks: one of `DROPS`, or an exception of botocore's.
Drop: TypeAlias = "str | BotoCoreError | type[BotoCoreError]"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


class Planned:
    """What a test sets up for calls to come."""

    #: What its repr calls it, and what it does.
    _noun = "Fault"
    _verb = "triggered"

    def __init__(self, what: str, times: int | None, *, optional: bool) -> None:
        self.hits = 0
        self.times = None if times is None else checks.count(times, "times", 1)
        self.optional = checks.flag(optional, "optional")
        self._what = what
        self._site = checks.users_line()
        self._cancelled = False

    @property
    def _is_missed(self) -> bool:
        """Whether there were fewer calls for it than `times`, or none."""
        return not self._cancelled and not self.optional and self.hits < (self.times or 1)

    @property
    def _is_spent(self) -> bool:
        return self._cancelled or (self.times is not None and self.hits >= self.times)

    def _trigger(self, lock: threading.Lock) -> bool:
        """Trigger, unless it is spent; whether it was."""
        with lock:
            if self._is_spent:
                return False
            self.hits += 1
            return True

    def __repr__(self) -> str:
        planned = "always" if self.times is None else _times(self.times)
        hits = f"{self._verb} {_times(self.hits)}" if self.hits else f"never {self._verb}"
        ended = ", cancelled" if self._cancelled else ""
        optional = ", optional" if self.optional else ""
        state = f"{planned}{optional}: {hits}{ended}"
        return f"<{self._noun}: {self._what}, {state}; created at {self._site}>"


class Fault(Planned):
    """A failure that a test set up.

    `hits` is how often it was triggered, `times` how often it is to be (None: always), and
    `optional` whether it may stay untriggered.
    """

    def cancel(self) -> None:
        """End the fault. It is not reported as unused."""
        self._cancelled = True


class QueryFaultOptions(TypedDict, total=False):
    """Which queries a fault fails, and how often."""

    id: str | None
    metric: Metric | MetricName | None
    dimensions: Mapping[str, str] | None
    where: Callable[[Query], bool] | None
    times: int | None
    optional: bool


class QueryFault(Fault):
    """Fails the queries it matches, each for itself."""

    def __init__(
        self,
        code: str,
        message: str | None,
        *,
        id: str | None = None,
        metric: str | None = None,
        dimensions: Mapping[str, str] | None = None,
        where: Callable[[Query], bool] | None = None,
        times: int | None = None,
        optional: bool,
        contract: str = "documented",
    ) -> None:
        self._code = checks.one_of(code, QUERY_CODES, "code")
        self._message = _checked_message(message, QUERY_CODES[self._code])
        self._id = None if id is None else _checked_id(id)
        self._metric = None if metric is None else checks.choice(metric, Metric, "metric")
        self._dimensions = None if dimensions is None else _checked_filters(dimensions, contract)
        if where is not None and not callable(where):
            raise TypeError(f"where: expected a function of a query, got {where!r}")
        self._where = where
        given = {"id": id, "metric": metric, "dimensions": dimensions, "where": where}
        matching = ", ".join(f"{name}={v!r}" for name, v in given.items() if v is not None)
        super().__init__(f"{self._code} for {matching or 'every query'}", times, optional=optional)

    def _matches(self, query: Query) -> bool:
        """Whether all that was given matches the query."""
        return (
            not self._is_spent
            and (self._id is None or self._id == query.id)
            and (self._metric is None or self._metric is query.metric)
            and (
                self._dimensions is None
                or self._dimensions.items() <= _compared(query.dimensions).items()
            )
            and (self._where is None or bool(self._where(query)))
        )


class RequestFaultOptions(TypedDict, total=False):
    """Which calls a fault fails."""

    #: `BatchGetMetricData` unless given; `*` for any.
    operation: str
    optional: bool


class CallFault(Fault):
    """Fails whole calls of one operation, or of any."""

    def __init__(
        self,
        error: str,
        operation: str,
        keys: Collection[Operation],
        times: int | None,
        *,
        optional: bool,
    ) -> None:
        #: None for any that is answered.
        self._keys = None if operation == ANY_OPERATION else frozenset(keys)
        super().__init__(f"{error} for {operation}", times, optional=optional)

    def _is_for(self, key: Operation) -> bool:
        """Whether it names the operation itself, so that it has an answer here."""
        return self._keys is not None and key in self._keys and self._can_fail(key)

    def _can_fail(self, key: Operation) -> bool:
        return self._keys is None or key in self._keys


class RequestFault(CallFault):
    """Refuses whole calls of those of the operations that can end in the error."""

    def __init__(
        self,
        error: str,
        message: str | None,
        operation: str,
        keys: Collection[Operation],
        times: int | None,
        *,
        optional: bool,
    ) -> None:
        known = [errors_of(*key) for key in keys]
        self._name = name = checks.one_of(error, dict.fromkeys(chain(*known)), "error")
        self._message = _checked_message(message, None)
        statuses = sorted({errors[name].status for errors in known if name in errors})
        status = " or ".join(map(str, statuses))
        super().__init__(f"{name} ({status})", operation, keys, times, optional=optional)

    def _can_fail(self, key: Operation) -> bool:
        return super()._can_fail(key) and self._name in errors_of(*key)

    def _refusal(self, key: Operation) -> Refusal:
        """The refusal, made anew for each call."""
        error: OperationError = errors_of(*key)[self._name]
        message = error.message if self._message is None else self._message
        return Refusal(error.code, message, status=error.status)


class ConnectionFault(CallFault):
    """Breaks the connection: in one of the ways of `DROPS`, or with a transport's own exception."""

    def __init__(
        self,
        error: object,
        operation: str,
        keys: Collection[Operation],
        times: int | None,
        *,
        optional: bool,
    ) -> None:
        self._drop = drop = _checked_drop(error)
        self._error = DROPS[drop] if isinstance(drop, str) else _exception_name(drop)
        super().__init__(self._error, operation, keys, times, optional=optional)


def triggered_by_call(
    account: Account, operation: Operation
) -> RequestFault | ConnectionFault | None:
    """The first fault of whole calls of the operation that is not spent; it was triggered."""
    for fault in account.faults:
        if (
            isinstance(fault, (RequestFault, ConnectionFault))
            and fault._can_fail(operation)
            and fault._trigger(account.faults_lock)
        ):
            return fault
    return None


def triggered_by_query(account: Account, query: Query) -> QueryFault | None:
    """The first fault that matches the query and is not spent; it was triggered."""
    for fault in account.faults:
        if (
            isinstance(fault, QueryFault)
            and fault._matches(query)
            and fault._trigger(account.faults_lock)
        ):
            return fault
    return None


def unused(account: Account) -> list[Planned]:
    """The faults and answers that there were fewer calls for than they were set up for."""
    return [planned for planned in (*account.faults, *account.answers) if planned._is_missed]


def report_unused(account: Account) -> None:
    """Raise AssertionError or warn, as the option says, if something was used too few times."""
    missed = unused(account)
    if not missed or account.options["unused_faults"] == "ignore":
        return
    kinds = [
        f"{_number(len(found), noun)} not {verb}"
        for noun, verb in (("fault", "triggered"), ("answer", "used"))
        if (found := [planned for planned in missed if planned._verb == verb])
    ]
    message = f"{' and '.join(kinds)} as often as set up:\n" + "\n".join(
        f"  {planned!r}" for planned in missed
    )
    if account.options["unused_faults"] == "error":
        raise AssertionError(message)
    warnings.warn(message, stacklevel=checks.levels_to_user())


def _number(number: int, noun: str) -> str:
    return f"1 {noun} was" if number == 1 else f"{number} {noun}s were"


def _checked_drop(error: object) -> Drop:
    from botocore.exceptions import BotoCoreError

    if error is None:
        return "no-connection"
    if isinstance(error, BotoCoreError):
        return error
    if isinstance(error, type) and issubclass(error, BotoCoreError):
        try:
            error(endpoint_url="", error="")
        except KeyError as missing:
            raise ValueError(
                f"error: {error.__name__} needs {missing} too; give an instance of it"
            ) from None
        return error
    if isinstance(error, str):
        return checks.one_of(error, DROPS, "error")
    raise TypeError(
        f"error: expected one of {', '.join(DROPS)}, or an exception of botocore, got {error!r}"
    )


def _exception_name(drop: BotoCoreError | type[BotoCoreError]) -> str:
    return (drop if isinstance(drop, type) else type(drop)).__name__


def _checked_message(message: object, default: _Default) -> str | _Default:
    if message is not None and not isinstance(message, str):
        raise TypeError(f"message: expected text, got {message!r}")
    return default if message is None else message


def _checked_id(id: object) -> str:
    if not isinstance(id, str):
        raise TypeError(f"id: expected text, got {id!r}")
    if not 1 <= len(id) <= MAX_ID_LENGTH:
        raise ValueError(
            f"id: no query can match, an Id has 1 to {MAX_ID_LENGTH} characters, got {len(id)}"
        )
    return id


def _checked_filters(dimensions: Mapping[str, str], contract: str) -> dict[str, str]:
    if not isinstance(dimensions, Mapping):
        raise TypeError(f"dimensions: expected names and values, got {dimensions!r}")
    if not 1 <= len(dimensions) <= MAX_DIMENSIONS:
        raise ValueError(
            f"dimensions: no query can match, a query has 1 to {MAX_DIMENSIONS}, "
            f"got {len(dimensions)}"
        )
    for name, value in dimensions.items():
        checks.choice(name, Dimension, "dimensions")
        if not isinstance(value, str):
            raise TypeError(f"dimensions[{name}]: expected text, got {value!r}")
    named = {str(name): value for name, value in dimensions.items()}
    for refusal in values_step(contract)([Query("", "VDM", Metric.SEND, named, 0, 1)]):
        raise ValueError(f"dimensions: no query can match {named!r}: {refusal.message}")
    return _compared(named)


def _compared(dimensions: Mapping[str, str]) -> dict[str, str]:
    return {
        str(name): metrics.normalized(DIMENSIONS[name], value) for name, value in dimensions.items()
    }
