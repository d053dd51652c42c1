"""Writes api.md from the docstrings: `python docs/api_page.py`. A test finds a page that is old."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from sesv2_fake import fake, options, pytest_plugin
from sesv2_fake.api.calls import Call, QueryError, Result
from sesv2_fake.api.faults import Fault
from sesv2_fake.api.settings import AccountSettings
from sesv2_fake.api.wire import Query
from sesv2_fake.counting.metrics import Metric
from sesv2_fake.emails.email import Email
from sesv2_fake.emails.event_records import LoadedEvents
from sesv2_fake.emails.happenings import BounceSubType, BounceType, ComplaintSubType, RecordType
from sesv2_fake.emails.outbox import Outbox
from sesv2_fake.emails.written_records import Wrapping
from sesv2_fake.fake import FakeSESv2, MetricName
from sesv2_fake.intercept.divergences import LiveDivergenceWarning

PAGE = Path(__file__).with_name("api.md")

HEAD = """\
# API reference

<!-- Written by docs/api_page.py from the docstrings: change those, and run it. -->

Every public name. `from sesv2_fake import ...` gives `mock_sesv2`, `FakeSESv2`, `Email`, `Fault`, `Call`,
`Metric` and `LiveDivergenceWarning`. Names that start with an underscore, and modules, may change at any time.

`Time`, wherever it stands, is an aware datetime, a date (its midnight UTC), or ISO 8601 text (UTC unless it has
an offset). All moments that the fake returns are aware datetimes in UTC. Durations are in the unit that the
argument is named after; counts are whole numbers.
"""

CLASSES: tuple[type, ...] = (
    FakeSESv2,
    Email,
    Outbox,
    Fault,
    Call,
    Query,
    Result,
    QueryError,
    LoadedEvents,
    AccountSettings,
    Metric,
    LiveDivergenceWarning,
)
#: Names in signatures that stand for some texts.
NAMES: dict[str, Any] = {
    "BounceType": BounceType,
    "BounceSubType": BounceSubType,
    "ComplaintSubType": ComplaintSubType,
    "RecordType": RecordType,
    "Wrapping": Wrapping,
    "MetricName": MetricName,
}
#: Members that are no part of what is promised.
NOT_PUBLIC: dict[type, tuple[str, ...]] = {Query: ("in_one_line", "start", "end"), Call: ("in_one_line",)}
FIXTURES = ("sesv2_fake", "sesv2_client", "sesv2_client_factory")

#: The grades of sources are for who changes the package.
_GRADE = re.compile(r" \[(?:doc|live|open|guide)[^\]]*\]")
_MODULE = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Z])")
_WIDTH = 88


def prose(documented: Any) -> str:
    """A docstring as Markdown."""
    text = inspect.getdoc(documented) or ""
    return _GRADE.sub("", text)


def signature_of(name: str, function: Callable[..., Any]) -> str:
    """A function's signature, without `self`, on several lines if it is long."""
    shown: list[str] = []
    signature = inspect.signature(function)
    for parameter in list(signature.parameters.values())[1:]:
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        text = f"{stars}{parameter.name}: {in_short(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            text += f" = {parameter.default!r}".replace("'", '"')
        shown.append(text)
    returns = in_short(signature.return_annotation)
    if inspect.isgeneratorfunction(inspect.unwrap(function)):
        returns = returns.replace("Iterator", "ContextManager")
    end = "" if returns == "None" else f" -> {returns}"
    line = f"{name}({', '.join(shown)}){end}"
    if len(line) <= _WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {one},\n" for one in shown) + f"){end}"


def in_short(annotation: object) -> str:
    """An annotation as a user reads it: without modules."""
    text = _MODULE.sub("", str(annotation)).replace("dt.", "")
    return text.replace("Unpack[_Duration]", "float")


def members_of(cls: type) -> dict[str, Any]:
    """What a class has that is public, in the order of its source."""
    return {
        name: value
        for name, value in vars(cls).items()
        if not name.startswith("_") and name not in NOT_PUBLIC.get(cls, ())
    }


def fields_of(cls: type) -> Iterator[tuple[str, str, str]]:
    """Name, type and meaning of the annotated fields, from the comments above them."""
    hints = cls.__annotations__ if isinstance(getattr(cls, "__annotations__", None), dict) else {}
    above: list[str] = []
    for line in inspect.getsource(cls).splitlines():
        stripped = line.strip()
        if stripped.startswith("#:"):
            above.append(stripped.removeprefix("#:").strip())
            continue
        name, colon, rest = stripped.partition(":")
        if colon and name in hints and line.startswith("    ") and not line.startswith("     "):
            if name not in NOT_PUBLIC.get(cls, ()) and not name.startswith("_"):
                type_ = in_short(rest.partition(" = ")[0].strip())
                yield name, type_, _GRADE.sub("", " ".join(above))
        above = []


def of_class(cls: type) -> Iterator[str]:
    """The section of a class."""
    yield f"## {cls.__name__}\n\n{prose(cls)}\n"
    if cls is Metric:
        yield "".join(f"- `Metric.{one.name}`\n" for one in Metric)
        return
    if not issubclass(cls, Warning):
        attributes = [*fields_of(cls)]
        members = members_of(cls)
        for name, value in members.items():
            if isinstance(value, property) and value.fget is not None:
                returns = in_short(inspect.signature(value.fget).return_annotation)
                settable = " It can be set." if value.fset else ""
                attributes.append((name, returns, prose(value) + settable))
        if attributes:
            lines = [
                f"- `{name}: {type_}`" + (f": {textwrap.indent(text, '  ').strip()}" if text else "")
                for name, type_, text in attributes
            ]
            yield "\n".join(lines) + "\n"
        for name, value in members.items():
            if isinstance(value, property) or not callable(inspect.unwrap(value)):
                continue
            yield f"### `{cls.__name__}.{name}()`\n\n```py\n{signature_of(name, value)}\n```\n"
            yield f"{prose(value)}\n"


def in_words(type_: Any) -> str:
    """The type of an option."""
    if get_origin(type_) in (Union, UnionType):
        return " or ".join(map(in_words, get_args(type_)))
    if choices := [choice for choice in get_args(type_) if isinstance(choice, str)]:
        if get_origin(type_) is not None and issubclass_of_collection(get_origin(type_)):
            return "names"
        return " or ".join(f'`"{choice}"`' for choice in choices)
    if type_ is type(None):
        return "`None`"
    return "`bool`" if type_ is bool else "names"


def issubclass_of_collection(origin: Any) -> bool:
    """Whether an annotation is of a collection."""
    return isinstance(origin, type) and issubclass(origin, Collection)


def options_table() -> Iterator[str]:
    """Each option, as it is described once, in options.py."""
    hints = get_type_hints(options.Options)
    yield "| option | type | default | meaning |\n|---|---|---|---|\n"
    for name, option in options.described().items():
        default = option.default
        if isinstance(default, Collection) and not isinstance(default, str):
            default = ", ".join(f"`{one}`" for one in sorted(default))
        else:
            default = f'`"{default}"`' if isinstance(default, str) else f"`{default}`"
        meaning = option.help.partition(": documented, ")[0]
        for choices in (": refuse, allow", ": error, warn, ignore"):
            meaning = meaning.removesuffix(choices)
        yield f"| `{name}` | {in_words(hints[name])} | {default} | {meaning} |\n"


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    parts.append(
        "## mock_sesv2\n\n```py\nmock_sesv2(**options) -> FakeSESv2\n@mock_sesv2\n"
        "@mock_sesv2(**options)\n```\n\n"
        + prose(type(fake.mock_sesv2)).partition("\n")[0]
        + "\n\nRaises TypeError or ValueError for an option that does not exist or cannot have that "
        "value.\n"
    )
    parts.append(
        "### Options\n\nKeywords of `mock_sesv2` and of the pytest marker `sesv2_fake`. The ini "
        "option of each is its name with\n`sesv2_fake_` before it. A keyword wins over the marker, "
        "the marker over the ini option.\n\n" + "".join(options_table())
    )
    for cls in CLASSES:
        parts.extend(of_class(cls))
    parts.append("## pytest fixtures and marker\n")
    for name in FIXTURES:
        fixture = getattr(pytest_plugin, name)
        function = getattr(fixture, "_fixture_function", None) or inspect.unwrap(fixture)
        parts.append(f"- `{name}`: {textwrap.indent(prose(function), '  ').strip()}\n")
    parts.append(
        "- `@pytest.mark.sesv2_fake(**options)`: these options for the fixture `sesv2_fake` and for "
        "every fake\n  that the test itself starts.\n"
    )
    parts.append("## Names in signatures\n")
    for name, literal in NAMES.items():
        parts.append(f"- `{name}`: " + ", ".join(f'`"{one}"`' for one in get_args(literal)))
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE} is written\n")
