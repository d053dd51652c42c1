"""The decorator: functions of every kind, methods, and whole classes of tests."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar, cast

from .intercept.interceptor import interceptor
from .report import report_or_problem
from .untyped import Untyped

if TYPE_CHECKING:
    from unittest import TestCase

    from .fake import FakeSESv2
    from .intercept.interceptor import ActiveFake

#: A parameter of this name gets the fake.
PARAMETER = "sesv2_fake"

#: Where an instance of a decorated class keeps the fake of the test that runs.
_CURRENT = "_sesv2_fake_of_this_test"
#: The same fake, if `setup_method` started it and `teardown_method` is to stop it.
_STARTED = "_sesv2_fake_of_setup_method"

#: Where a method that came with the decorator of its class keeps itself, what it stands for, and
#: how the fakes of the class are made.
_DECORATED = "_decorated_by_mock_sesv2"

#: Where a decorated class keeps its own fake, from its first step to its last.
_OF_CLASS = "_sesv2_fake_of_this_class"
#: The same while its last step runs.
_ENDING = "_sesv2_fake_of_this_ending_class"

#: Above the fake's report in a failure of unittest's.
_TITLE = f"{' sesv2_fake ':-^70}"

#: What pytest calls by the number of its arguments.
_XUNIT_STEPS = {
    f"{step}_{scope}"
    for step in ("setup", "teardown")
    for scope in ("module", "class", "method", "function")
} | {"setUpModule", "tearDownModule"}
_ABSENT = object()

_TEST_CASE_STEPS = ("setUp", "asyncSetUp", "asyncTearDown", "tearDown")

_Function: TypeAlias = Callable[..., object]
_Target = TypeVar("_Target", bound=_Function)


_MakeFake: TypeAlias = "Callable[[], FakeSESv2]"
#: From a call's positional arguments, the fake around that call.
_Enter: TypeAlias = "Callable[[tuple[object, ...]], AbstractContextManager[FakeSESv2]]"


class needs_parentheses_in_with:  # noqa: N801 - it decorates a function
    """Lets a function say so if a `with` statement leaves out its parentheses."""

    def __init__(self, function: _Function) -> None:
        functools.update_wrapper(self, function)
        self._function = function

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Call the function."""
        return self._function(*args, **kwargs)

    def __enter__(self) -> NoReturn:
        raise TypeError("mock_sesv2 needs parentheses here: with mock_sesv2() as fake:")

    def __exit__(self, *_: object) -> None: ...

    async def __aenter__(self) -> NoReturn:
        raise TypeError("mock_sesv2 needs parentheses here: async with mock_sesv2() as fake:")

    async def __aexit__(self, *_: object) -> None: ...


def decorate(target: _Target, make_fake: _MakeFake) -> _Target:
    """`target` with a fake of its own around each call or, of a class, around each test."""
    if isinstance(target, type):
        _decorate_class(target, make_fake)
        return target
    # pytest's fixtures are descriptors too, which passes for a routine.
    is_routine = inspect.isroutine(target) and type(target).__module__ != "_pytest.fixtures"
    if not is_routine or isinstance(target, (staticmethod, classmethod)):
        raise TypeError(
            f"mock_sesv2 decorates functions and classes, got {target!r}; put it below "
            'staticmethod, classmethod and pytest.fixture; options are keywords: contract="live"'
        )
    return cast(_Target, _decorate_function(target, lambda _: make_fake()))


def _decorate_function(func: _Function, enter: _Enter) -> _Function:
    signature = inspect.signature(func)
    parameters = list(signature.parameters.values())
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    place = names.index(PARAMETER) if PARAMETER in names else None
    wants_fake = PARAMETER in signature.parameters

    def call(args: tuple[object, ...], kwargs: dict[str, object], fake: FakeSESv2) -> object:
        if not wants_fake:
            return func(*args, **kwargs)
        # By its place if the call gives all before it, so that decorators below this one, such as
        # mock.patch, may add positional arguments behind it; else by its name, behind theirs.
        if place is not None and len(args) >= place:
            return func(*args[:place], fake, *args[place:], **kwargs)
        return func(*args, **kwargs, **{PARAMETER: fake})

    wrapper: _Function
    if inspect.iscoroutinefunction(func):

        async def coroutine(*args: object, **kwargs: object) -> object:
            with enter(args) as fake:
                return await cast("Awaitable[object]", call(args, kwargs, fake))

        wrapper = coroutine
    elif inspect.isasyncgenfunction(func):

        async def async_generator(*args: object, **kwargs: object) -> AsyncIterator[object]:
            with enter(args) as fake:
                started = cast("AsyncGenerator[object, None]", call(args, kwargs, fake))
                async with aclosing(started) as items:
                    async for item in items:
                        yield item

        wrapper = async_generator
    elif inspect.isgeneratorfunction(func):

        def generator(*args: object, **kwargs: object) -> Iterator[object]:
            with enter(args) as fake:
                yield from cast("Iterator[object]", call(args, kwargs, fake))

        wrapper = generator
    else:

        def function(*args: object, **kwargs: object) -> object:
            with enter(args) as fake:
                return call(args, kwargs, fake)

        wrapper = function

    if func.__name__ in _XUNIT_STEPS and wrapper.__name__ == "function":
        number = func.__code__.co_argcount - (place is not None)
        wrapper = _with_arguments(wrapper, number)
    functools.update_wrapper(wrapper, func)
    if wants_fake:
        # pytest would take the parameter for a fixture.
        vars(wrapper)["__signature__"] = signature.replace(
            parameters=[p for p in parameters if p.name != PARAMETER]
        )
    return wrapper


def _with_arguments(function: _Function, number: int) -> _Function:
    """The function with so many arguments that can be counted, two at most."""

    def one(first: object = _ABSENT, /, *args: object, **kwargs: object) -> object:
        return function(*(() if first is _ABSENT else (first,)), *args, **kwargs)

    def two(
        first: object = _ABSENT, second: object = _ABSENT, /, *args: object, **kwargs: object
    ) -> object:
        given = (value for value in (first, second) if value is not _ABSENT)
        return function(*given, *args, **kwargs)

    return (function, one, two)[min(number, 2)]


def _mark_of(func: object) -> tuple[_Function, _MakeFake] | None:
    """What the decorator of a class was put on, and how the class makes its fakes."""
    marked, undecorated, make_fake = getattr(func, "__dict__", {}).get(_DECORATED, (None,) * 3)
    # Other decorators copy a function's attributes, this one too, and are not to be taken off.
    return (undecorated, make_fake) if marked is not None and marked is func else None


def _undecorated(func: object) -> _Function | None:
    """The function below the decorator; None if there is none."""
    mark = _mark_of(func)
    return cast("_Function | None", func) if mark is None else mark[0]


def _mark(func: _Function, undecorated: _Function | None, make_fake: _MakeFake) -> None:
    vars(func)[_DECORATED] = (func, undecorated, make_fake)


def fake_of_test(
    test: object, method: object, default: _MakeFake
) -> AbstractContextManager[FakeSESv2]:
    """The fake for what prepares a test: of a decorated class the one that its test will join."""
    mark = _mark_of(getattr(method, "__func__", method))
    if test is None or mark is None:
        return default()
    fake = getattr(test, _CURRENT, None)
    return _handing_over(test, mark[1]()) if fake is None else _joining(fake, test)


@contextmanager
def _handing_over(test: object, fake: FakeSESv2) -> Iterator[FakeSESv2]:
    with fake:
        setattr(test, _CURRENT, fake)
        try:
            yield fake
        finally:
            delattr(test, _CURRENT)


@contextmanager
def _joining(fake: FakeSESv2, test: object) -> Iterator[FakeSESv2]:
    """A fake that is active already, around a part of its test."""
    try:
        yield fake
    except BaseException:
        fake._note_failure()
        raise
    # A failed subtest raises nothing; unittest has no public name for what it notes of one.
    if not getattr(getattr(test, "_outcome", None), "success", True):
        fake._note_failure()


def _decorate_class(cls: type, make_fake: _MakeFake) -> None:
    """The tests and steps of a class, of its children, and of the classes of tests within it."""
    for name, member in list(vars(cls).items()):
        if isinstance(member, type) and name.startswith("Test"):
            _decorate_class(member, make_fake)
    # A class of unittest's cannot be there before unittest is.
    unittest = sys.modules.get("unittest")
    if unittest is not None and issubclass(cls, unittest.TestCase):
        _decorate_test_case(cls, make_fake)
        _decorate_class_steps(cls, "setUpClass", "tearDownClass", make_fake)
    else:
        _decorate_plain(cls, make_fake)
        _decorate_class_steps(cls, "setup_class", "teardown_class", make_fake)
    _decorate_children(cls, make_fake)


def _decorate_children(cls: type, make_fake: _MakeFake) -> None:
    """Have each child decorated as its parent is, when it is made."""
    own = vars(cls).get("__init_subclass__")

    def init_subclass(child: type, /, **arguments: object) -> None:
        if own is None:
            # What its next class takes is known to that class alone.
            super(cls, child).__init_subclass__(**arguments)  # type: ignore[arg-type]
        else:
            own.__func__(child, **arguments)
        _decorate_class(child, make_fake)

    setattr(cls, "__init_subclass__", classmethod(init_subclass))  # noqa: B010 - a method, to mypy


def _decorate_class_steps(cls: type, first: str, last: str, make_fake: _MakeFake) -> None:
    """A fake of the class itself: what a class prepares for all its tests is answered too."""
    set_up, tear_down = _class_step(cls, first), _class_step(cls, last)
    if _is_fixture(set_up) or _is_fixture(tear_down):
        return
    has_cleanups = first == "setUpClass"

    def set_up_class(cls: type) -> None:
        if _OF_CLASS in vars(cls):  # a child calls its parent's
            _call_step(set_up, cls, None, vars(cls)[_OF_CLASS])
            return
        fake = make_fake().start()
        fake._active().site = f"the decorated class {cls.__name__}"
        setattr(cls, _OF_CLASS, fake)
        if has_cleanups:
            # The first of a class's clean-ups is the last to run, also if a step fails.
            cast("type[TestCase]", cls).addClassCleanup(_stop_fake_of_class, cls)
        try:
            with _joining(fake, cls):
                _call_step(set_up, cls, None, fake)
            interceptor.leave_to_report_of_others(fake._active())
        except BaseException:
            if not has_cleanups:
                _stop_fake_of_class(cls)
            raise

    def tear_down_class(cls: type) -> None:
        ending = vars(cls).get(_ENDING)
        if ending is not None:  # a child calls its parent's
            _call_step(tear_down, cls, None, ending)
            return
        fake = vars(cls).get(_OF_CLASS)
        if fake is None:
            # For a class within another pytest calls the outer one's too, after its own.
            with make_fake() as fake:
                _call_step(tear_down, cls, None, fake)
            return
        setattr(cls, _ENDING, fake)
        try:
            with _joining(fake, cls):
                _call_step(tear_down, cls, None, fake)
        finally:
            delattr(cls, _ENDING)
            if not has_cleanups:
                _stop_fake_of_class(cls)

    for name, step, replaced in (
        (first, set_up_class, set_up),
        (last, tear_down_class, tear_down),
    ):
        _mark(step, replaced, make_fake)
        setattr(cls, name, classmethod(step))


def _class_step(cls: type, name: str) -> _Function | None:
    """A step of a class as a function of the class, not decorated; None if there is none."""
    found = inspect.getattr_static(cls, name, None)
    step = _undecorated(getattr(found, "__func__", found))
    if isinstance(found, staticmethod) and step is not None:
        static = step
        return lambda _: static()
    return step


def _is_fixture(step: object) -> bool:
    """Whether pytest has the step as a fixture; older versions mark the function."""
    return type(step).__module__.startswith("_pytest.") or hasattr(step, "_pytestfixturefunction")


def _stop(fake: FakeSESv2) -> None:
    """Stop it, unless the test did."""
    if fake.is_active:
        fake.stop()


def _stop_fake_of_class(cls: type) -> None:
    fake = vars(cls)[_OF_CLASS]
    delattr(cls, _OF_CLASS)
    _stop(fake)


def _decorate_methods(cls: type, extra: tuple[str, ...], make_fake: _MakeFake) -> None:
    """Decorate the tests of a class, inherited ones too, and the methods named in `extra`."""

    def enter(args: tuple[object, ...]) -> AbstractContextManager[FakeSESv2]:
        """The fake of the test that runs; one of its own if there is none."""
        fake = getattr(args[0], _CURRENT, None) if args else None
        return make_fake() if fake is None else _joining(fake, args[0])

    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        func = _undecorated(method.__func__ if isinstance(method, staticmethod) else method)
        is_wanted = name.startswith("test") or name in extra
        # unittest's own empty steps stay, so that those of a mixin are found behind them.
        if is_wanted and inspect.isfunction(func) and not func.__module__.startswith("unittest."):
            decorated = _decorate_function(func, enter)
            _mark(decorated, func, make_fake)
            is_static = isinstance(method, staticmethod)
            setattr(cls, name, staticmethod(decorated) if is_static else decorated)


def _decorate_test_case(cls: type[TestCase], make_fake: _MakeFake) -> None:
    """A `unittest.TestCase`: one fake a test, from before `setUp` to after the last clean-up."""
    run, debug = (cast(_Function, _undecorated(step)) for step in (cls.run, cls.debug))

    def run_with_fake(test: TestCase, result: object = None) -> object:
        return with_fake(test, run, result)

    def debug_with_fake(test: TestCase) -> None:
        with_fake(test, debug)

    def with_fake(test: TestCase, step: _Function, *args: object) -> object:
        fake = make_fake()
        setattr(test, _CURRENT, fake)
        fake.start()
        # The first clean-up is the last to run, and what it raises is the test's error.
        test.addCleanup(_stop, fake)
        try:
            with _report_with_failures(fake, test, *args):
                return step(test, *args)
        finally:
            delattr(test, _CURRENT)
            _stop(fake)  # a skipped test runs no clean-up, nor does one that debug stops in

    for name, step, replaced in (("run", run_with_fake, run), ("debug", debug_with_fake, debug)):
        _mark(step, replaced, make_fake)
        setattr(cls, name, step)
    _decorate_methods(cls, _TEST_CASE_STEPS, make_fake)


@contextmanager
def _report_with_failures(fake: FakeSESv2, test: object, result: Untyped = None) -> Iterator[None]:
    """Let unittest print the fake's report below each failure of a test, its subtests' too.

    There a failure is text already, so this needs no `add_note`; pytest's results are of another
    kind, and it has its own section.
    """
    lists = [getattr(result, name, None) for name in ("failures", "errors")]
    before = [(found, len(found)) for found in lists if isinstance(found, list)]
    yield
    for found, number in before:
        for place, (failed, text) in enumerate(found[number:], start=number):
            if test in (failed, getattr(failed, "test_case", None)):
                account = cast("ActiveFake", fake._last).account
                verbose = bool(getattr(result, "showAll", False))
                report = report_or_problem(account, verbose=verbose, for_more="-v")
                found[place] = (failed, f"{text}\n{_TITLE}\n{report}\n")


def _decorate_plain(cls: type, make_fake: _MakeFake) -> None:
    """A plain class: one fake a test, around `setup_method` and `teardown_method` too."""
    _decorate_methods(cls, (), make_fake)
    set_up = _undecorated(getattr(cls, "setup_method", None))
    tear_down = _undecorated(getattr(cls, "teardown_method", None))
    if set_up is None and tear_down is None:
        return

    def setup_method(test: object, method: object) -> None:
        # pytest's fixture may have been asked for before, by an autouse fixture of the class.
        fake = getattr(test, _CURRENT, None)
        if fake is None:
            fake = make_fake().start()
            setattr(test, _CURRENT, fake)
            setattr(test, _STARTED, fake)
        with _stopping_on_error(fake, test):
            _call_step(set_up, test, method, fake)

    def teardown_method(test: object, method: object) -> None:
        fake = getattr(test, _CURRENT)
        with _stopping_on_error(fake, test):
            _call_step(tear_down, test, method, fake)
        _stop_started(test)

    for name, step, replaced in (
        ("setup_method", setup_method, set_up),
        ("teardown_method", teardown_method, tear_down),
    ):
        _mark(step, replaced, make_fake)
        setattr(cls, name, step)


@contextmanager
def _stopping_on_error(fake: FakeSESv2, test: object) -> Iterator[None]:
    try:
        with _joining(fake, test):
            yield
    except BaseException:
        _stop_started(test)
        raise


def _stop_started(test: object) -> None:
    """Stop the fake that `setup_method` started, if it did."""
    fake = vars(test).pop(_STARTED, None)
    if fake is not None:
        delattr(test, _CURRENT)
        _stop(fake)


def _call_step(
    step: _Function | None, test: object, method: object, fake: FakeSESv2 | None
) -> None:
    """Call a step of a test or class with what it asks for, as pytest does."""
    if step is not None:
        wanted = list(inspect.signature(step).parameters)[1:]
        step(test, **{name: fake if name == PARAMETER else method for name in wanted})
