"""A fake of Amazon SES for tests: its metrics, account and sends, through real boto3 clients."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account import AccountSettings
    from .counting.metrics import Metric, MetricName
    from .counting.timestamps import Time
    from .emails.email import Email
    from .emails.event_types import (
        BounceSubType,
        BounceType,
        ComplaintSubType,
        RecordType,
    )
    from .emails.json_stream import Source
    from .emails.outbox import Outbox
    from .emails.record_reader import LoadedEvents
    from .emails.record_writer import Wrapping
    from .emails.suppression_list import SuppressionReason
    from .fake import FakeSESv2, mock_sesv2
    from .intercept.interceptor import LiveDivergenceWarning
    from .operations.calls import Call, QueryError, Result
    from .operations.custom import CustomAnswer, Response
    from .operations.export_jobs import ExportJob
    from .operations.faults import Fault
    from .operations.metric_queries import Query
    from .options import Options

__version__ = "0.3.0"

__all__ = [
    "AccountSettings",
    "BounceSubType",
    "BounceType",
    "Call",
    "ComplaintSubType",
    "CustomAnswer",
    "Email",
    "ExportJob",
    "FakeSESv2",
    "Fault",
    "LiveDivergenceWarning",
    "LoadedEvents",
    "Metric",
    "MetricName",
    "Options",
    "Outbox",
    "Query",
    "QueryError",
    "RecordType",
    "Response",
    "Result",
    "Source",
    "SuppressionReason",
    "Time",
    "Wrapping",
    "__version__",
    "mock_sesv2",
]

#: Loaded when they are first asked for: pytest imports this package, through its plugin, in every
#: run of everybody who has it installed.
_MODULES = {
    "AccountSettings": "account",
    "BounceSubType": "emails.event_types",
    "BounceType": "emails.event_types",
    "Call": "operations.calls",
    "ComplaintSubType": "emails.event_types",
    "CustomAnswer": "operations.custom",
    "Email": "emails.email",
    "ExportJob": "operations.export_jobs",
    "FakeSESv2": "fake",
    "Fault": "operations.faults",
    "LiveDivergenceWarning": "intercept.interceptor",
    "LoadedEvents": "emails.record_reader",
    "Metric": "counting.metrics",
    "MetricName": "counting.metrics",
    "Options": "options",
    "Outbox": "emails.outbox",
    "Query": "operations.metric_queries",
    "QueryError": "operations.calls",
    "RecordType": "emails.event_types",
    "Response": "operations.custom",
    "Result": "operations.calls",
    "Source": "emails.json_stream",
    "SuppressionReason": "emails.suppression_list",
    "Time": "counting.timestamps",
    "Wrapping": "emails.record_writer",
    "mock_sesv2": "fake",
}


# To a type checker it would say that the package has every name there is.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        return value


def __dir__() -> list[str]:
    return [*__all__]
