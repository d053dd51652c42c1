"""The fakes that one server answers for, and what the control API keeps beside each."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ..account import Account
from ..counting import timestamps
from ..operations.faults import Fault

#: How many fakes there may be at once, and how many faults each may have.
MOST_FAKES = 1_000
MOST_FAULTS = 1_000


class TooMany(Exception):
    """There are as many as there may be."""


class NotFound(Exception):
    """There is no such thing; the text says which."""


class Held:
    """A fake with what only HTTP knows of it: its own clock, and an id for each fault.

    The fake is a `FakeSESv2`; its class stands above this package, which is why it is not named.
    """

    def __init__(self, fake: Any) -> None:
        self.fake = fake
        #: The moment at which its clock stands for what comes over HTTP; None if it goes on.
        self.stopped_at: int | None = None
        self._ids: WeakKeyDictionary[Fault, str] = WeakKeyDictionary()
        self._numbers = count(1)
        self._lock = threading.Lock()

    @property
    def account(self) -> Account:
        """The account that the fake has now."""
        account: Account = self.fake._account
        return account

    @contextmanager
    def by_its_clock(self) -> Iterator[None]:
        """What happens meanwhile in this thread happens by this fake's clock."""
        token = timestamps.stopped_at.set(self.stopped_at)
        try:
            yield
        finally:
            timestamps.stopped_at.reset(token)

    def faults(self) -> dict[str, Fault]:
        """The faults that were not cancelled, by id."""
        with self._lock:
            found = [fault for fault in self.account.faults if not fault._cancelled]
            for fault in found:
                if fault not in self._ids:
                    self._ids[fault] = str(next(self._numbers))
            return {self._ids[fault]: fault for fault in found}

    def check_faults(self) -> None:
        """Raises TooMany if there may be no more faults."""
        if len(self.account.faults) >= MOST_FAULTS:
            raise TooMany(f"{MOST_FAULTS} faults are set up; POST reset takes them away")


class Fakes:
    """Fakes beside the first one, each with an endpoint of its own."""

    def __init__(self, make: Callable[[Mapping[str, Any]], Any]) -> None:
        self._make = make
        self._fakes: dict[str, Held] = {}
        self._lock = threading.Lock()

    def open(self, options: Mapping[str, Any]) -> tuple[str, Held]:
        """Make one more.

        Raises TypeError or ValueError as `mock_sesv2` does, and TooMany if there are too many.
        """
        held = Held(self._make(options))
        with self._lock:
            if len(self._fakes) >= MOST_FAKES:
                raise TooMany(f"{MOST_FAKES} fakes are open; DELETE those that are done")
            id = secrets.token_hex(8)
            self._fakes[id] = held
        return id, held

    def get(self, id: str) -> Held:
        """The fake with this id; NotFound if there is none."""
        held = self._fakes.get(id)
        if held is None:
            raise NotFound(f"no fake {id!r}")
        return held

    def drop(self, id: str) -> Held:
        """End a fake; NotFound if there is none."""
        with self._lock:
            held = self.get(id)
            del self._fakes[id]
        return held

    def all(self) -> dict[str, Held]:
        """All of them, by id."""
        with self._lock:
            return dict(self._fakes)


class Server(NamedTuple):
    """What those endpoints are about that belong to no fake."""

    fakes: Fakes
    #: The URL of the control API, as who asks writes it.
    url: str

    def url_of(self, id: str) -> str:
        """The endpoint of a fake, for any SDK."""
        return f"{self.url}/fakes/{id}"
