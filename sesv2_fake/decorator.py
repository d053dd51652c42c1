"""The decorator: functions of every kind, methods, and whole classes of tests."""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast
from unittest import TestCase

if TYPE_CHECKING:
    from .fake import FakeSESv2

#: A parameter of this name gets the fake.
PARAMETER = "sesv2_fake"

#: Where an instance of a decorated class keeps the fake of the test that runs.
_CURRENT = "_sesv2_fake_of_this_test"

#: Where a method that came with the decorator of its class keeps itself and what it stands for,
#: for decorated classes that inherit it.
_DECORATED = "_decorated_by_mock_sesv2"

_TEST_CASE_STEPS = ("setUp", "asyncSetUp", "asyncTearDown", "tearDown")

_Target = TypeVar("_Target", bound=Callable[..., Any])
_MakeFake = Callable[[], "FakeSESv2"]
#: From a call's positional arguments, the fake around that call.
_Enter = Callable[[tuple[Any, ...]], AbstractContextManager["FakeSESv2"]]


def decorate(target: _Target, make_fake: _MakeFake) -> _Target:
    """`target` with a fake of its own around each call or, of a class, around each test."""
    if isinstance(target, type):
        decorate_class = _decorate_test_case if issubclass(target, TestCase) else _decorate_plain
        decorate_class(target, make_fake)
        return target
    # pytest's fixtures are descriptors too, which passes for a routine.
    is_routine = inspect.isroutine(target) and type(target).__module__ != "_pytest.fixtures"
    if not is_routine or isinstance(target, (staticmethod, classmethod)):
        raise TypeError(
            f"mock_sesv2 decorates functions and classes, got {target!r}; put it below "
            'staticmethod, classmethod and pytest.fixture, and options in keywords: contract="live"'
        )
    return cast(_Target, _decorate_function(target, lambda _: make_fake()))


def _decorate_function(func: Callable[..., Any], enter: _Enter) -> Callable[..., Any]:
    signature = inspect.signature(func)
    wants_fake = PARAMETER in signature.parameters

    parameters = [p for p in signature.parameters.values() if p.name != PARAMETER]
    outer = signature.replace(parameters=parameters)

    def call(args: tuple[Any, ...], kwargs: dict[str, Any], fake: FakeSESv2) -> Any:
        if not wants_fake:
            return func(*args, **kwargs)
        # Bound without it, so that it may stand anywhere among the parameters.
        given = outer.bind(*args, **kwargs)
        inner = inspect.BoundArguments(
            signature,
            OrderedDict(
                (name, fake if name == PARAMETER else given.arguments[name])
                for name in signature.parameters
                if name == PARAMETER or name in given.arguments
            ),
        )
        return func(*inner.args, **inner.kwargs)

    wrapper: Callable[..., Any]
    if inspect.iscoroutinefunction(func):

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with enter(args) as fake:
                return await call(args, kwargs, fake)

        wrapper = coroutine
    elif inspect.isasyncgenfunction(func):

        async def async_generator(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            with enter(args) as fake:
                async with aclosing(call(args, kwargs, fake)) as items:
                    async for item in items:
                        yield item

        wrapper = async_generator
    elif inspect.isgeneratorfunction(func):

        def generator(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with enter(args) as fake:
                yield from call(args, kwargs, fake)

        wrapper = generator
    else:

        def function(*args: Any, **kwargs: Any) -> Any:
            with enter(args) as fake:
                return call(args, kwargs, fake)

        wrapper = function

    functools.update_wrapper(wrapper, func)
    if wants_fake:
        # pytest would take the parameter for a fixture.
        vars(wrapper)["__signature__"] = outer
    return wrapper


def _undecorated(func: Any) -> Any:
    """What the decorator of a base class was put on; of anything else, itself."""
    marked, undecorated = getattr(func, "__dict__", {}).get(_DECORATED, (None, None))
    # Other decorators copy a function's attributes, this one too, and are not to be taken off.
    return undecorated if marked is func else func


def _mark(func: Callable[..., Any], undecorated: Any) -> None:
    vars(func)[_DECORATED] = (func, undecorated)


def _decorate_methods(cls: type, extra: tuple[str, ...], enter: _Enter) -> None:
    """Decorate the tests of a class, inherited ones too, and the methods named in `extra`."""
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        func = _undecorated(method.__func__ if isinstance(method, staticmethod) else method)
        is_wanted = name.startswith("test") or name in extra
        # unittest's own empty steps stay, so that those of a mixin are found behind them.
        if is_wanted and inspect.isfunction(func) and not func.__module__.startswith("unittest."):
            decorated = _decorate_function(func, enter)
            _mark(decorated, func)
            is_static = isinstance(method, staticmethod)
            setattr(cls, name, staticmethod(decorated) if is_static else decorated)


def _joining(make_fake: _MakeFake) -> _Enter:
    """The fake of the test that runs, around its methods; one of its own where there is none."""

    @contextmanager
    def joining(fake: FakeSESv2, test: Any) -> Iterator[FakeSESv2]:
        with fake.joined():
            yield fake
        # A failed subtest raises nothing; unittest has no public name for what it notes of one.
        fake.has_failed |= not getattr(getattr(test, "_outcome", None), "success", True)

    def enter(args: tuple[Any, ...]) -> AbstractContextManager[FakeSESv2]:
        fake: FakeSESv2 | None = getattr(args[0], _CURRENT, None) if args else None
        return joining(fake, args[0]) if fake else make_fake()

    return enter


def _decorate_test_case(cls: type[TestCase], make_fake: _MakeFake) -> None:
    """A `unittest.TestCase`: one fake a test, from before `setUp` to after the last clean-up."""
    run = _undecorated(cls.run)

    def run_with_fake(test: TestCase, result: Any = None) -> Any:
        fake = make_fake()
        setattr(test, _CURRENT, fake)
        fake.start()
        # The first clean-up is the last to run, and what it raises is the test's error.
        test.addCleanup(fake.stop)
        try:
            return run(test, result)
        finally:
            delattr(test, _CURRENT)
            if fake.is_active:  # a skipped test runs no clean-up
                fake.stop()

    _step(cls, "run", run_with_fake, run)

    _decorate_methods(cls, _TEST_CASE_STEPS, _joining(make_fake))


def _decorate_plain(cls: type, make_fake: _MakeFake) -> None:
    """A plain class: one fake a test, around `setup_method` and `teardown_method` too."""
    _decorate_methods(cls, (), _joining(make_fake))
    set_up = _undecorated(getattr(cls, "setup_method", None))
    tear_down = _undecorated(getattr(cls, "teardown_method", None))
    if set_up is None and tear_down is None:
        return

    def setup_method(test: Any, method: Any) -> None:
        fake = make_fake().start()
        setattr(test, _CURRENT, fake)
        with _stopping_on_error(fake):
            _call_step(set_up, test, method, fake)

    def teardown_method(test: Any, method: Any) -> None:
        fake = getattr(test, _CURRENT)
        delattr(test, _CURRENT)
        with _stopping_on_error(fake):
            _call_step(tear_down, test, method, fake)
        fake.stop()

    _step(cls, "setup_method", setup_method, set_up)
    _step(cls, "teardown_method", teardown_method, tear_down)


def _step(cls: type, name: str, step: Callable[..., Any], replaced: Any) -> None:
    _mark(step, replaced)
    setattr(cls, name, step)


@contextmanager
def _stopping_on_error(fake: FakeSESv2) -> Iterator[None]:
    try:
        with fake.joined():
            yield
    except BaseException:
        fake.stop()
        raise


def _call_step(step: Callable[..., Any] | None, test: Any, method: Any, fake: FakeSESv2) -> None:
    """Call `setup_method` or `teardown_method` with what it asks for, as pytest does."""
    if step is not None:
        wanted = list(inspect.signature(step).parameters)[1:]
        step(test, **{name: fake if name == PARAMETER else method for name in wanted})
