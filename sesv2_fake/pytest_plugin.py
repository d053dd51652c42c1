"""The pytest side: two fixtures, a marker, ini options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

from .fake import FakeSESv2

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_MARKER = "sesv2_fake"
_MARKER_HELP = "sesv2_fake(**options): options of the sesv2_fake fixture, those of mock_sesv2."


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "sesv2_fake_contract",
        'The contract of sesv2_fake fixtures: "documented" or "live".',
        default="documented",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER_HELP)


@pytest.fixture
def sesv2_fake(request: pytest.FixtureRequest) -> Iterator[FakeSESv2]:
    """Amazon SES v2's `BatchGetMetricData`, answered from what this test seeds."""
    options: dict[str, Any] = {"contract": request.config.getini("sesv2_fake_contract")}
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            raise TypeError('the sesv2_fake marker takes keywords alone, such as contract="live"')
        options.update(marker.kwargs)
    with FakeSESv2(**options) as fake:
        yield fake


@pytest.fixture
def sesv2_client(sesv2_fake: FakeSESv2) -> SESV2Client:
    """An SES v2 client of us-east-1 that needs no credentials and no environment."""
    import botocore.session

    session = botocore.session.Session()
    return cast("SESV2Client", session.create_client("sesv2", region_name="us-east-1"))
