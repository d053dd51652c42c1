"""The pytest side: fixtures, a marker, ini options, and a report of what a failing test saw.

Nothing of the fake is imported before it is needed: this is loaded in every run of pytest.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, cast

import pytest

from . import checks, options

if TYPE_CHECKING:
    import pluggy
    from mypy_boto3_sesv2 import SESV2Client

    from .fake import FakeSESv2
    from .intercept.interceptor import ActiveFake, Interceptor

_NAME = "sesv2_fake"
_MARKER_HELP = "sesv2_fake(**options): options of mock_sesv2, for every fake of the test."

#: What an ini option is that no file and no command line sets.
_UNSET = object()
#: An ini option that may be None is text, which pytest reads as a flag otherwise.
_FLAGS = {
    **dict.fromkeys(("true", "1", "yes", "y", "t", "on"), True),
    **dict.fromkeys(("false", "0", "no", "n", "f", "off"), False),
    "none": None,
}

#: The options of a test's markers, while they hold.
_MARKERS = pytest.StashKey[ExitStack]()
#: The clients of this run, by how they were asked for.
_CLIENTS = pytest.StashKey["dict[str, SESV2Client]"]()
#: Whether a test is called by now: fixtures that it asks for itself are within its tasks.
_IS_CALLED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, option in options.described().items():
        words = f"sesv2_fake: {option.help} (default: {_in_ini(option.default)})"
        parser.addini(f"{_NAME}_{name}", words, type=option.ini_type, default=_UNSET)


def _in_ini(default: object) -> str:
    """A default as one writes it in an ini file."""
    if isinstance(default, bool):
        return str(default).lower()
    return default if isinstance(default, str) else " ".join(sorted(cast("Iterable[str]", default)))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER_HELP)
    of_run = ExitStack()
    config.add_cleanup(of_run.close)
    for name, option in options.described().items():
        try:
            value = config.getini(f"{_NAME}_{name}")
            if value is _UNSET:
                continue
            if option.check is checks.flag_or_none:
                value = _FLAGS.get(str(value).strip().lower(), value)
            of_run.enter_context(options.holding({name: value}))
        except (TypeError, ValueError, pytest.UsageError) as error:
            raise pytest.UsageError(f"ini option {_NAME}_{name}: {error}") from None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load the fake before a test stops the clock: what loads then would keep parts of it."""
    if any(_NAME in getattr(item, "fixturenames", ()) for item in session.items):
        import_module(f"{__package__}.fake")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with ExitStack() as item.stash[_MARKERS]:
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # A plugin may run the same item again.
    item.stash[_MARKERS].close()
    item.stash[_IS_CALLED] = False
    if (interceptor := _interceptor()) is not None:
        interceptor.recent.clear()
        interceptor.failed.clear()
        for active in interceptor.active:
            active.account.test_begins()
    _hold_markers(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    _step_begins()
    item.stash[_IS_CALLED] = True


def _step_begins() -> None:
    if (interceptor := _interceptor()) is not None:
        interceptor.step_begins()


def _hold_markers(item: pytest.Item) -> None:
    for marker in reversed(list(item.iter_markers(_NAME))):
        if marker.args:
            raise TypeError('the sesv2_fake marker takes only keywords, such as contract="live"')
        item.stash[_MARKERS].enter_context(options.holding(marker.kwargs))


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Iterator[None]:
    """A fixture of a wider scope does not depend on the marker of the first test that uses it."""
    item = getattr(request, "_pyfuncitem", None)
    if item is None or not item.stash.get(_IS_CALLED, False):
        _step_begins()
    if fixturedef.scope == "function" or item is None or _MARKERS not in item.stash:
        yield
        return
    item.stash[_MARKERS].close()
    yield
    _hold_markers(item)


@pytest.fixture
def sesv2_fake(request: pytest.FixtureRequest) -> Iterator[FakeSESv2]:
    """A fake of Amazon SES for this test, a `FakeSESv2`."""
    from .decorator import fake_of_test
    from .fake import FakeSESv2

    with fake_of_test(request.instance, request.function, FakeSESv2) as fake:
        yield fake


@pytest.fixture
def sesv2_client_factory(
    sesv2_fake: FakeSESv2, request: pytest.FixtureRequest
) -> Callable[..., SESV2Client]:
    """A function that makes a client: `sesv2_client_factory("eu-west-1", config=Config(...))`.

    It takes the arguments of botocore's `create_client`. The same arguments give the same client
    in the whole run.
    """
    return _client_factory(request.config)


@pytest.fixture
def sesv2_client(sesv2_fake: FakeSESv2, request: pytest.FixtureRequest) -> SESV2Client:
    """An SES v2 client of us-east-1 that needs no credentials and no environment."""
    # Without the fixture above: pytest takes long for each.
    return _client_factory(request.config)()


def _client_factory(config: pytest.Config) -> Callable[..., SESV2Client]:
    from .intercept.botocore import new_client
    from .regions import DEFAULT_REGION

    made = config.stash.setdefault(_CLIENTS, {})

    def client(region_name: str = DEFAULT_REGION, **arguments: object) -> SESV2Client:
        key = repr((region_name, sorted((name, _plain(v)) for name, v in arguments.items())))
        if key not in made:
            made[key] = cast("SESV2Client", new_client(region_name, **arguments))
        return made[key]

    return client


def _plain(value: object) -> object:
    """A `Config` as what it holds, so that equal ones are one."""
    return vars(value) if hasattr(value, "__dict__") else value


def _interceptor() -> Interceptor | None:
    """What knows the active fakes, if anything has loaded it."""
    module = sys.modules.get(f"{__package__}.intercept.interceptor")
    return None if module is None else cast("Interceptor", module.interceptor)


def _hide_frames() -> None:
    """Let pytest show the user's own line last if an error is about what the user gave."""
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{__package__}."):
            vars(module)["__tracebackhide__"] = checks.hides_frames


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pluggy.Result[pytest.TestReport], None]:
    if call.excinfo is not None:
        _hide_frames()
    outcome = yield
    report = outcome.get_result()
    interceptor = _interceptor()
    # Nobody else's failing test loads the fake. Looked at after the others: pytest's unittest
    # plugin puts a TestCase's exception there.
    if call.excinfo is None or interceptor is None:
        return
    of_test = [activation for ref in interceptor.recent if (activation := ref()) is not None]
    others = [activation for activation in interceptor.active if activation not in of_test]
    for activation in (*of_test, *others):
        activation.account.test_has_failed = True
    if report.failed:
        verbose = item.config.getoption("verbose") > 1
        for activation in of_test or others:
            text = _report(activation, others if of_test else (), verbose=verbose)
            report.sections.append((f"{_NAME} ({call.when})", text))


def _report(activation: ActiveFake, others: Iterable[ActiveFake], *, verbose: bool) -> str:
    from .report import OuterFake, report_or_problem

    outer = [OuterFake(other.site, other.account.metrics) for other in others]
    return report_or_problem(activation.account, outer, verbose=verbose)
