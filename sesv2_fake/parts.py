"""What the parts of a fake share."""

from __future__ import annotations

from .api.batch_get_metric_data import Service
from .counting.store import MetricStore
from .emails.message import MessageLedger
from .options import Options


class Part:
    """A part of a fake: it works on what the fake holds from its start to its end."""

    __slots__ = ("_ledger", "_options", "_service", "_store")

    _options: Options
    _store: MetricStore
    _ledger: MessageLedger
    _service: Service

    def _check_active(self) -> None:
        if self._store.closed is not None:
            raise RuntimeError(self._store.closed)
