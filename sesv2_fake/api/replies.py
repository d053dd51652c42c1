"""What an operation replies, and what a transport makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..emails.email import Email
from .calls import QueryError, Result
from .errors import HttpAnswer, Refusal
from .wire import Query


@dataclass(slots=True)
class Reply:
    """The answer of an operation to a request that it does not refuse."""

    payload: Any = None
    queries: list[Query] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    errors: list[QueryError] = field(default_factory=list)
    #: The emails that were accepted.
    emails: list[Email] = field(default_factory=list)
    #: What the live service would have refused.
    diverging: list[Refusal] = field(default_factory=list)


def divergences_of(diverging: Iterable[Refusal]) -> tuple[str, ...]:
    """What the live service would have refused, each answer of it once."""
    return tuple(dict.fromkeys(f"{refusal.error}: {refusal.message}" for refusal in diverging))


class Outcome(NamedTuple):
    """What happens to a request."""

    #: None if the connection breaks.
    http: HttpAnswer | None
    #: How it breaks: one of `faults.DROPS`, or an exception of a transport's.
    drop: Any = None
    #: What the live service would have refused.
    diverging: list[Refusal] | tuple[()] = ()
    #: A fault caused it, and a client that tries again need not wait.
    retry_at_once: bool = False
