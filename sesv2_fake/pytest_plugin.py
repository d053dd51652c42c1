"""The pytest side: fixtures, a marker, ini options, and a report of what a failing test saw.

Nothing of the fake is imported before it is needed: this is loaded in every run of pytest.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

    from .fake import FakeSESv2

_NAME = "sesv2_fake"
_MARKER_HELP = "sesv2_fake(**options): options of mock_sesv2, for every fake of the test."

#: The ini options: the option of `mock_sesv2` that each sets for a whole run, its type and help.
_INI: dict[str, tuple[Literal["string", "bool", "args"], str]] = {
    "contract": ("string", 'which rules hold: "documented" (default) or "live"'),
    "vdm_enabled": ("bool", "whether Virtual Deliverability Manager is on (default: true)"),
    "enforce_rate_limits": ("bool", "whether SES's rate limits hold (default: false)"),
    "instant_retries": ("bool", "whether retries after a fault wait for nothing (default: true)"),
    "intercept_requests": ("bool", "whether the requests library is answered (default: false)"),
    "unused_faults": ("string", 'faults that were missed: "error" (default), "warn" or "ignore"'),
    "isps_without_feedback_loop": ("args", "the ISPs that DELIVERY_COMPLAINT leaves out"),
}

_FAKE = pytest.StashKey["FakeSESv2"]()
_OF_TEST = pytest.StashKey[ExitStack]()
_HAS_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    for option, (kind, help_text) in _INI.items():
        parser.addini(f"{_NAME}_{option}", f"sesv2_fake: {help_text}", type=kind, default=None)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER_HELP)
    known = [f"{_NAME}_{option}" for option in _INI]
    for name in _ini_options_of_ours(config):
        if name not in known:
            from . import checks

            near = checks.suggestion(name, known)
            raise pytest.UsageError(f"no ini option {name!r}{near or f'; there are {known}'}")
    of_run = ExitStack()
    config.add_cleanup(of_run.close)
    for option in _INI:
        try:
            value = config.getini(f"{_NAME}_{option}")
            if value not in (None, "", []):
                _hold(of_run, {option: value})
        except (TypeError, ValueError, pytest.UsageError) as error:
            raise pytest.UsageError(f"ini option {_NAME}_{option}: {error}") from None


def _hold(stack: ExitStack, options: Mapping[str, Any]) -> None:
    from .options import holding

    stack.enter_context(holding(cast(Any, options)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load the fake before a test that wants it: what loads under a stopped clock keeps parts."""
    if any(_NAME in getattr(item, "fixturenames", ()) for item in session.items):
        import_module(f"{__package__}.fake")


def _ini_options_of_ours(config: pytest.Config) -> list[str]:
    """The names of ini options that look like ours; pytest has no public list of all."""
    text = config.inipath.read_text("utf-8") if config.inipath else ""
    return re.findall(rf"^\s*({_NAME}_\w+)\s*=", "\n".join([text, *_overrides(config)]), re.M)


def _overrides(config: pytest.Config) -> list[str]:
    return config.getoption("override_ini") or []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with ExitStack() as item.stash[_OF_TEST]:
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in reversed(list(item.iter_markers(_NAME))):
        if marker.args:
            raise TypeError('the sesv2_fake marker takes keywords alone, such as contract="live"')
        _hold(item.stash[_OF_TEST], marker.kwargs)


@pytest.fixture
def sesv2_fake(request: pytest.FixtureRequest) -> Iterator[FakeSESv2]:
    """Amazon SES v2's `BatchGetMetricData`, answered from what this test seeds."""
    from .fake import FakeSESv2

    with FakeSESv2() as fake:
        request.node.stash[_FAKE] = fake
        yield fake
        fake.has_failed = request.node.stash.get(_HAS_FAILED, False)


@pytest.fixture(scope="session")
def _sesv2_clients() -> dict[str, SESV2Client]:
    """The clients of this run, by how they were asked for."""
    return {}


@pytest.fixture
def sesv2_client_factory(
    sesv2_fake: FakeSESv2, _sesv2_clients: dict[str, SESV2Client]
) -> Callable[..., SESV2Client]:
    """A function that gives the client of a region and of what else `create_client` takes.

    The same one for the same arguments in the whole run.
    """
    from .api.wire import DEFAULT_REGION
    from .intercept.botocore_client import new_client

    def client(region_name: str = DEFAULT_REGION, **arguments: Any) -> SESV2Client:
        key = repr((region_name, sorted((name, _plain(v)) for name, v in arguments.items())))
        if key not in _sesv2_clients:
            _sesv2_clients[key] = cast("SESV2Client", new_client(region_name, **arguments))
        return _sesv2_clients[key]

    return client


def _plain(value: object) -> object:
    """A `Config` as what it holds, so that equal ones are one."""
    return vars(value) if hasattr(value, "__dict__") else value


@pytest.fixture
def sesv2_client(sesv2_client_factory: Callable[..., SESV2Client]) -> SESV2Client:
    """An SES v2 client of us-east-1 that needs no credentials and no environment."""
    return sesv2_client_factory()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    report: pytest.TestReport = outcome.get_result()
    # Read after the others: pytest's unittest plugin puts a TestCase's exception there.
    if call.excinfo is None:
        return
    item.stash[_HAS_FAILED] = True
    # Nobody else's failing test loads the fake.
    if report.failed and f"{__package__}.fake" in sys.modules:
        from .fake import FAILED_UNDER

        fakes = [item.stash[_FAKE]] if _FAKE in item.stash else []
        fakes += vars(call.excinfo.value).get(FAILED_UNDER, [])
        for fake in dict.fromkeys(fakes):
            report.sections.append((f"{_NAME} ({call.when})", fake.report()))
