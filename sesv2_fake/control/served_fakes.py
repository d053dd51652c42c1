"""The fakes that one server answers for, and what the control API keeps beside each."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from ..counting import timestamps

if TYPE_CHECKING:
    from ..account import Account
    from ..fake import FakeSESv2
    from ..operations.faults import Fault
    from ..untyped import Members

#: Limits: fakes of one server at once; faults, and answers of the test's own, of one fake at once.
MAX_FAKES = 1_000
MAX_FAULTS = 1_000
MAX_ANSWERS = 1_000


class LimitReached(Exception):
    """There can be no more fakes, faults or answers."""


class NotFound(Exception):
    """Nothing has this id; the text says what was looked for."""


class ServedFake:
    """A fake with what only HTTP needs: its own clock, and an id for each fault."""

    def __init__(self, fake: FakeSESv2) -> None:
        self.fake = fake
        #: The moment at which its clock is stopped for what comes over HTTP; None if it runs.
        self.stopped_at: int | None = None
        #: Held while a request changes options, settings or faults.
        self.lock = threading.RLock()
        self._fault_ids: WeakKeyDictionary[Fault, str] = WeakKeyDictionary()
        self._numbers = count(1)

    @property
    def account(self) -> Account:
        """The fake's account: a new one after each reset."""
        return self.fake._account

    @contextmanager
    def using_its_clock(self) -> Iterator[None]:
        """Within the block, this thread goes by the clock of this fake."""
        token = timestamps.stopped_at.set(self.stopped_at)
        try:
            yield
        finally:
            timestamps.stopped_at.reset(token)

    def faults(self) -> dict[str, Fault]:
        """The faults that were not cancelled, by id, in the order they were set up."""
        with self.lock:
            found = [fault for fault in self.account.faults if not fault._cancelled]
            for fault in found:
                if fault not in self._fault_ids:
                    self._fault_ids[fault] = str(next(self._numbers))
            return {self._fault_ids[fault]: fault for fault in found}


class Registry:
    """Fakes that clients made beside the server's first one, each with an endpoint of its own."""

    def __init__(self, first: FakeSESv2) -> None:
        self._first = first
        self._fakes: dict[str, ServedFake] = {}
        self._lock = threading.Lock()

    def add(self, options: Members) -> str:
        """Make a fake and return its id.

        Raises TypeError or ValueError as `mock_sesv2` does, and LimitReached.
        """
        served = ServedFake(self._first._beside(options))
        with self._lock:
            if len(self._fakes) >= MAX_FAKES:
                raise LimitReached(f"{MAX_FAKES} fakes are open; DELETE those that are done")
            id = secrets.token_hex(8)
            self._fakes[id] = served
        return id

    def get(self, id: str) -> ServedFake:
        """The fake with this id; NotFound if there is none."""
        served = self._fakes.get(id)
        if served is None:
            raise NotFound(f"no fake {id!r}")
        return served

    def remove(self, id: str) -> ServedFake:
        """Forget a fake and return it; NotFound if there is none."""
        with self._lock:
            served = self.get(id)
            del self._fakes[id]
        return served

    def all(self) -> dict[str, ServedFake]:
        """All of them, by id."""
        with self._lock:
            return dict(self._fakes)


class Server(NamedTuple):
    """What the endpoints get that are about no single fake."""

    registry: Registry
    #: The URL of the control API, by the host that the client named.
    url: str

    def url_of(self, id: str) -> str:
        """The endpoint of a fake, for any SDK."""
        return f"{self.url}/fakes/{id}"
