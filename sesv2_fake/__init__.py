"""A fake of Amazon SES for tests: its metrics, account and sends, through real boto3 clients."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .counting.metrics import Metric
    from .emails.email import Email
    from .fake import FakeSESv2, mock_sesv2
    from .intercept.interceptor import LiveDivergenceWarning
    from .operations.calls import Call
    from .operations.faults import Fault

__version__ = "0.2.0"

__all__ = [
    "Call",
    "Email",
    "FakeSESv2",
    "Fault",
    "LiveDivergenceWarning",
    "Metric",
    "__version__",
    "mock_sesv2",
]

#: Loaded when they are first asked for: pytest imports this package, through its plugin, in every
#: run of everybody who has it installed.
_MODULES = {
    "Call": "operations.calls",
    "Email": "emails.email",
    "FakeSESv2": "fake",
    "Fault": "operations.faults",
    "LiveDivergenceWarning": "intercept.interceptor",
    "Metric": "counting.metrics",
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
