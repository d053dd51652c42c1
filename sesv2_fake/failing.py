"""What a test says goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import checks
from .api.faults import DROPS, ConnectionFault, Fault, QueryFault, RequestFault
from .api.wire import Query
from .parts import Part


class Failing(Part):
    """Faults: of single queries, of whole calls, of the connection."""

    __slots__ = ()

    def fail_queries(
        self,
        code: str = "ACCESS_DENIED",
        message: str | None = None,
        *,
        id: str | None = None,
        metric: str | None = None,
        dimensions: Mapping[str, str] | None = None,
        where: Callable[[Query], bool] | None = None,
        times: int | None = None,
    ) -> Fault:
        """Fail each query that matches all that is given, the others of its call are answered.

        `code` is `ACCESS_DENIED` or `INTERNAL_FAILURE`, the message SES's description of it unless
        given. `dimensions` matches the queries that have these values among theirs; `where` is a
        function of the query. `times` is how many queries to fail, always unless given. Of
        several faults the first set up that has strikes left wins.

        Raises TypeError or ValueError for what no query can have.
        """
        self._check_active()
        return self._set_up(
            QueryFault(
                code,
                message,
                id=id,
                metric=metric,
                dimensions=dimensions,
                where=where,
                times=times,
                contract=self._options["contract"],
            )
        )

    def deny(
        self,
        *,
        message: str | None = None,
        id: str | None = None,
        metric: str | None = None,
        dimensions: Mapping[str, str] | None = None,
        where: Callable[[Query], bool] | None = None,
        times: int | None = None,
    ) -> Fault:
        """Fail queries with `ACCESS_DENIED`: `fail_queries` for short."""
        return self.fail_queries(
            "ACCESS_DENIED",
            message,
            id=id,
            metric=metric,
            dimensions=dimensions,
            where=where,
            times=times,
        )

    def fail_requests(
        self,
        error: str = "TooManyRequestsException",
        message: str | None = None,
        *,
        times: int | None = 1,
    ) -> Fault:
        """Refuse whole calls, `times` attempts of them (None: always), retries among them.

        `error` is one of the operation's exceptions or `AccessDeniedException`; it has SES's
        HTTP status, so that clients retry what they would retry.

        Raises TypeError or ValueError for another error, or `times` below 1.
        """
        self._check_active()
        return self._set_up(RequestFault(error, message, times))

    def throttle(self, times: int | None = 1) -> Fault:
        """Refuse whole calls with `TooManyRequestsException`: `fail_requests` for short."""
        return self.fail_requests("TooManyRequestsException", times=times)

    def drop_connections(self, error: object = None, *, times: int | None = 1) -> Fault:
        """Break the connection of `times` attempts (None: always).

        The client sees botocore's `EndpointConnectionError`, its timeouts for `"read-timeout"`
        and `"connect-timeout"`, or the botocore exception (an instance or a class) handed in.

        Raises TypeError or ValueError for anything else.
        """
        self._check_active()
        return self._set_up(ConnectionFault(_checked_drop(error), times))

    def _set_up(self, fault: Fault) -> Fault:
        self._service.faults.add(fault)
        return fault


def _checked_drop(error: object) -> object:
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
                f"error: {error.__name__} needs {missing} too; hand in an instance"
            ) from None
        return error
    if isinstance(error, str):
        return checks.one_of(error, DROPS, "error")
    raise TypeError(
        f"error: expected one of {', '.join(DROPS)}, or an exception of botocore, got {error!r}"
    )
