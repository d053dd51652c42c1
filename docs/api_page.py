"""Writes api.md from the docstrings: `python docs/api_page.py`. A test finds a page that is old."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin, get_type_hints

import sesv2_fake
from sesv2_fake import options, pytest_plugin
from sesv2_fake.clock import Duration
from sesv2_fake.operations import faults

PAGE = Path(__file__).with_name("api.md")

HEAD = """\
# API reference

<!-- Written by docs/api_page.py from the docstrings: change those, and run it. -->

Every public name; each can be imported from `sesv2_fake`. Names that start with an underscore, and
modules, may change at any time.

`Time`, wherever it stands, is an aware datetime, a date (its midnight UTC), or ISO 8601 text (UTC
unless it has an offset). All moments that the fake returns are aware datetimes in UTC. Counts are
whole numbers.

## mock_sesv2

```py
mock_sesv2(**options) -> FakeSESv2
@mock_sesv2
@mock_sesv2(**options)
```

"""

OPTIONS = """
### Options

Keywords of `mock_sesv2` and of the pytest marker `sesv2_fake`. The ini option of each is its name
with `sesv2_fake_` before it. A keyword wins over the marker, the marker over the ini option.

| option | type | default | meaning |
|---|---|---|---|
"""

FIXTURES = "## pytest fixtures and marker\n"
MARKER = """\
- `@pytest.mark.sesv2_fake(**options)`: these options for the fixture `sesv2_fake` and for every
  fake that the test itself starts.
"""

CLASSES: tuple[type, ...] = (
    sesv2_fake.FakeSESv2,
    sesv2_fake.Email,
    sesv2_fake.Outbox,
    sesv2_fake.ExportJob,
    sesv2_fake.Fault,
    sesv2_fake.CustomAnswer,
    sesv2_fake.Call,
    sesv2_fake.Query,
    sesv2_fake.Result,
    sesv2_fake.QueryError,
    sesv2_fake.LoadedEvents,
    sesv2_fake.AccountSettings,
    sesv2_fake.Metric,
    sesv2_fake.LiveDivergenceWarning,
)
#: Names in signatures that stand for some texts.
NAMES = (
    "BounceType",
    "BounceSubType",
    "ComplaintSubType",
    "RecordType",
    "SuppressionReason",
    "Wrapping",
    "MetricName",
)
SOURCE = """\
- `Response`: a dict as boto3 returns it, or a function that makes one of the call's parameters.
- `Source`: a path, an open file, or an iterable of texts or dicts.
"""
#: What stands in a signature for the keywords of a `TypedDict`.
KEYWORDS: dict[str, type] = {
    f"Unpack[{keywords.__name__}]": keywords
    for keywords in (Duration, faults.QueryFaultOptions, faults.RequestFaultOptions)
}
#: The grades of sources are for who changes the package.
_GRADE = re.compile(r" \[(?:doc|live|open|guide)[^\]]*\]")
_MODULE = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Z])")
#: Sphinx's own form, such as `.. versionadded:: 0.2`; what has changed is on lines below it.
_VERSION = re.compile(r"^\.\. version(added|changed):: (\S+)((?:\n? +\S.*)*)\n?", re.M)
_FIELD = re.compile(r" {4}(\w+): ([^=]+?)(?: = .*)?")
_WIDTH = 88


def prose(documented: Any) -> str:
    """A docstring as Markdown."""
    return markdown(inspect.getdoc(documented) or "")


def markdown(text: str) -> str:
    """Without the grades of sources, and with versions in words."""
    return _VERSION.sub(_version, _GRADE.sub("", text)).rstrip()


def _version(noted: re.Match[str]) -> str:
    since = "New" if noted[1] == "added" else "Changed"
    change = " ".join(noted[3].split())
    return f"*{since} in version {noted[2]}{': ' + change.rstrip('.') if change else ''}.*\n"


def signature_of(name: str, function: Callable[..., Any]) -> str:
    """A function's signature, without `self`, on several lines if it is long."""
    shown: list[str] = []
    signature = inspect.signature(function)
    for parameter in list(signature.parameters.values())[1:]:
        annotation = in_short(parameter.annotation)
        if annotation in KEYWORDS:
            shown += [] if "*" in shown else ["*"]
            shown += [
                f"{name}: {in_short(KEYWORDS[annotation].__annotations__[name])} = ..."
                for name in KEYWORDS[annotation].__annotations__
            ]
            continue
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        text = f"{stars}{parameter.name}: {annotation}"
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
    text = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else str(annotation)
    return _MODULE.sub("", text).replace("dt.", "")


def fields_of(cls: type) -> Iterator[str]:
    """The annotated fields, each with the comment above it."""
    above: list[str] = []
    for line in textwrap.dedent(inspect.getsource(cls)).splitlines():
        stripped = line.strip()
        if stripped.startswith("#:"):
            above.append(stripped.removeprefix("#:").strip())
            continue
        field = _FIELD.fullmatch(line)
        if field and not field[1].startswith("_"):
            meaning = "\n".join(above) if above else ""
            yield attribute(field[1], in_short(field[2]), meaning)
        above = []


def attribute(name: str, type_: str, meaning: str) -> str:
    """A line of a list."""
    text = textwrap.indent(re.sub(r"\n\n(?=\*)", "\n", markdown(meaning)), "  ").strip()
    return f"- `{name}: {type_}`{': ' if text else ''}{text}\n"


def meaning_of(attribute: property) -> str:
    """A property's docstring; whether it can be set stands before its versions."""
    text, *versions = re.split(r"\n+(?=\.\. version)", inspect.getdoc(attribute) or "")
    return "\n".join([text + (" It can be set." if attribute.fset else ""), *versions])


def of_class(cls: type) -> str:
    """The section of a class."""
    attributes, methods = [], []
    if issubclass(cls, Enum):
        attributes = [f"- `{cls.__name__}.{member.name}`\n" for member in cls]
    elif not issubclass(cls, Warning):
        attributes = [*fields_of(cls)]
        for name, value in vars(cls).items():
            if name.startswith("_"):
                continue
            if isinstance(value, property):
                # A property of ours has a getter.
                returns = in_short(inspect.signature(value.fget).return_annotation)  # type: ignore[arg-type]
                attributes.append(attribute(name, returns, meaning_of(value)))
            elif inspect.isfunction(inspect.unwrap(value)):
                methods.append(
                    f"\n### `{cls.__name__}.{name}()`\n\n```py\n{signature_of(name, value)}\n```\n"
                    f"\n{prose(value)}\n"
                )
    listed = "\n" + "".join(attributes) if attributes else ""
    return f"## {cls.__name__}\n\n{prose(cls)}\n{listed}{''.join(methods)}"


def of_option(name: str, type_: Any, option: options.Described) -> str:
    """The row of an option."""
    choices = get_args(type_) if get_origin(type_) in (Literal, Union, UnionType) else (type_,)
    types = {bool: "`bool`", NoneType: "`None`"}
    kinds = [
        f'`"{choice}"`' if isinstance(choice, str) else types.get(choice, "names of ISPs")
        for choice in choices
    ]
    default = option.default
    if isinstance(default, frozenset):
        default = sorted(default)
    meaning = option.help
    if get_origin(type_) is Literal:
        meaning = meaning.removesuffix(f": {', '.join(choices)}")
    shown = json.dumps(default) if isinstance(default, (str, list)) else repr(default)
    since = f". *New in version {option.since}.*" if option.since else ""
    return f"| `{name}` | {' or '.join(kinds)} | `{shown}` | {meaning}{since} |\n"


def fixture_function(name: str) -> Any:
    """The function of a fixture, which newer pytests keep in an object of theirs."""
    fixture = getattr(pytest_plugin, name)
    return getattr(fixture, "_fixture_function", None) or inspect.unwrap(fixture)


def values_of(name: str) -> tuple[str, ...]:
    """The texts that a name stands for."""
    return get_args(getattr(sesv2_fake, name))


def page() -> str:
    """The whole page."""
    hints = get_type_hints(options.Options)
    rows = [of_option(name, hints[name], one) for name, one in options.described().items()]
    about = prose(sesv2_fake.mock_sesv2)
    fixtures = [
        f"- `{name}`: {textwrap.indent(prose(fixture_function(name)), '  ').strip()}\n"
        for name in ("sesv2_fake", "sesv2_client", "sesv2_client_factory")
    ]
    names = [
        f"- `{name}`: {', '.join(f'`{json.dumps(one)}`' for one in values_of(name))}\n"
        for name in NAMES
    ]
    return "\n".join(
        [
            f"{HEAD}{about}\n{OPTIONS}{''.join(rows)}",
            *map(of_class, CLASSES),
            f"{FIXTURES}\n{''.join(fixtures)}{MARKER}",
            f"## Names in signatures\n\n{''.join(names)}{SOURCE}",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
