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


#: The ini options, each for the option of `mock_sesv2` that it sets for a whole run.
_INI = {
    "contract": 'The contract of the sesv2_fake fixture: "documented" (default) or "live".',
    "unused_faults": (
        "What a fault that did not strike as often as it was to is, when a test ends: "
        '"error" (default), "warn" or "ignore".'
    ),
}

_HAS_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    for option, help_text in _INI.items():
        parser.addini(f"sesv2_fake_{option}", help_text, default=None)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER_HELP)


@pytest.fixture
def sesv2_fake(request: pytest.FixtureRequest) -> Iterator[FakeSESv2]:
    """Amazon SES v2's `BatchGetMetricData`, answered from what this test seeds."""
    ini = {option: request.config.getini(f"sesv2_fake_{option}") for option in _INI}
    options: dict[str, Any] = {option: value for option, value in ini.items() if value}
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            raise TypeError('the sesv2_fake marker takes keywords alone, such as contract="live"')
        options.update(marker.kwargs)
    with FakeSESv2(**options) as fake:
        yield fake
        fake.has_failed = request.node.stash.get(_HAS_FAILED, False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    if call.excinfo is not None:
        item.stash[_HAS_FAILED] = True
    yield


@pytest.fixture
def sesv2_client(sesv2_fake: FakeSESv2) -> SESV2Client:
    """An SES v2 client of us-east-1 that needs no credentials and no environment."""
    import botocore.session

    # Without credentials of its own it would look for some, on the network too.
    client = botocore.session.Session().create_client(
        "sesv2",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106  # that is the point of it
    )
    return cast("SESV2Client", client)
