"""How a fake can be set up: each option is one field here, and the place that uses it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Annotated, Literal, NamedTuple, TypedDict, cast, get_args, get_type_hints

from . import checks
from .isps import WITHOUT_FEEDBACK_LOOP


def _isps(value: object, name: str) -> frozenset[str]:
    from .emails.segments import checked_isp  # loaded only if the option is given

    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected a list of ISP names, got {value!r}")
    return frozenset(checked_isp(isp, name) for isp in value)


class Option(NamedTuple):
    """What an option has beside its name and type."""

    default: object
    help: str
    #: From a value and the option's name, the value as it is kept; unless given, by the type.
    check: Callable[[object, str], object] | None = None
    #: The version that brought it; none for those of the first.
    since: str | None = None


class Options(TypedDict, total=False):
    """The keyword arguments of `mock_sesv2`; pytest's ini options are named after them."""

    contract: Annotated[
        Literal["documented", "live"],
        Option("documented", "which rules hold if the API reference and the service differ"),
    ]
    vdm_enabled: Annotated[
        bool | None,
        Option(
            True,
            "whether Virtual Deliverability Manager is on; None: it was never set up",
        ),
    ]
    engagement_metrics: Annotated[
        bool,
        Option(
            True, "whether engagement metrics are on; if not, sends have no trackers", since="0.2"
        ),
    ]
    optimized_shared_delivery: Annotated[
        bool,
        Option(
            True, "whether GetAccount answers that optimized shared delivery is on", since="0.2"
        ),
    ]
    enforce_rate_limits: Annotated[
        bool, Option(False, "whether more than 16 calls or 160 queries in a second are throttled")
    ]
    instant_retries: Annotated[
        bool, Option(True, "whether clients retry at once after a fault, without waiting")
    ]
    intercept_requests: Annotated[
        bool, Option(False, "whether calls of the requests library to SES are answered too")
    ]
    capture_sends: Annotated[
        bool,
        Option(
            True,
            "whether emails that the code under test sends are answered and counted",
            since="0.2",
        ),
    ]
    other_operations: Annotated[
        Literal["refuse", "allow"],
        Option("refuse", "what happens to SES calls to AWS that nobody answers", since="0.2"),
    ]
    unused_faults: Annotated[
        Literal["error", "warn", "ignore"],
        Option("error", "what happens if a fault was triggered fewer times than it was set up for"),
    ]
    isps_without_feedback_loop: Annotated[
        Collection[str],
        Option(
            WITHOUT_FEEDBACK_LOOP,
            "the ISPs whose deliveries DELIVERY_COMPLAINT leaves out",
            _isps,
        ),
    ]


class Described(NamedTuple):
    """An option, with what follows from its type."""

    default: object
    check: Callable[[object, str], object]
    #: The type of pytest's ini option.
    ini_type: Literal["string", "bool", "args"]
    help: str
    since: str | None


def _described(annotation: object) -> Described:
    type_, option = get_args(annotation)
    if option.check is not None:
        return Described(option.default, option.check, "args", option.help, option.since)
    if choices := [choice for choice in get_args(type_) if isinstance(choice, str)]:
        return Described(
            option.default,
            lambda value, name: checks.one_of(value, choices, name),
            "string",
            f"{option.help}: {', '.join(choices)}",
            option.since,
        )
    if type_ is bool:
        return Described(option.default, checks.flag, "bool", option.help, option.since)
    return Described(option.default, checks.flag_or_none, "string", option.help, option.since)


@cache
def described() -> dict[str, Described]:
    """All options, by name."""
    hints = get_type_hints(Options, include_extras=True)
    return {name: _described(annotation) for name, annotation in hints.items()}


def checked(given: Mapping[str, object]) -> Options:
    """The options as they are kept.

    Raises TypeError or ValueError for an option that does not exist or cannot have that value.
    """
    known = described()
    for name in given:
        if name not in known:
            near = checks.suggestion(name, known) or f"; there are {', '.join(known)}"
            raise TypeError(f"no option {name!r}{near}")
    return cast(Options, {name: known[name].check(value, name) for name, value in given.items()})


#: What pytest's ini options say, and above it what the marker of the current test says. They hold
#: for every fake of the process, so they stand here and not with a fake.
_held: list[Options] = []


@contextmanager
def holding(given: Mapping[str, object]) -> Iterator[None]:
    """Make these options the defaults of every fake that starts within the block.

    Raises TypeError or ValueError as `checked`.
    """
    held = checked(given)
    _held.append(held)
    try:
        yield
    finally:
        _held[:] = [other for other in _held if other is not held]


@cache
def _defaults() -> dict[str, object]:
    return {name: option.default for name, option in described().items()}


def complete(given: Options) -> Options:
    """All options: as given, else as pytest's marker or ini options say, else by default."""
    options = dict(_defaults())
    for held in _held:
        options.update(held)
    options.update(given)
    return cast(Options, options)
