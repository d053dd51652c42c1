"""A fake of Amazon SES v2's `BatchGetMetricData` for tests that use a real boto3 client."""

from .fake import FakeSESv2, mock_sesv2
from .metrics.definitions import Metric
from .sending.emails import Email
from .service.faults import Fault
from .service.operation import Call
from .transports.divergences import LiveDivergenceWarning

__version__ = "0.1.0"

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
