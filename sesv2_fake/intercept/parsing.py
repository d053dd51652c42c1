"""What botocore parses of our answers: the same objects, made without its walk from value to value.

Nine tenths of a call for a month of ten metrics were botocore's parser: nine microseconds for each
timestamp, and another for each step of its walk. Here a walk is prepared once for each shape, and
each timestamp is parsed once. Where anything is not as in botocore, botocore parses as ever.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Generator
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple
from weakref import WeakKeyDictionary

from botocore.parsers import RestJSONParser
from botocore.utils import parse_timestamp

from ..untyped import JSON, Untyped
from .patching import Function

#: Parses a timestamp.
_TimeParser = Callable[[JSON], object]
#: Makes what a parser makes of a value of one shape; None if that is the value itself.
_Reader = Callable[[Untyped, _TimeParser, JSON], JSON]

#: What is used here, or done in another way: it has to be botocore's own.
_NAMES = (
    "_populate_response_metadata",
    "_initial_body_parse",
    "_parse_payload",
    "_parse_non_payload_attrs",
    "_parse_shape",
    "_default_handle",
    "_handle_structure",
    "_handle_list",
    "_handle_timestamp",
    "_handle_string",
    "_handle_integer",
)
_methods_of = attrgetter(*_NAMES)
_METHODS = _methods_of(RestJSONParser) if all(hasattr(RestJSONParser, n) for n in _NAMES) else None
_MANY = 10_000


class Body(bytes):
    """The body of an answer of ours: botocore uses it as bytes, and aiobotocore awaits it."""

    #: What JSON makes of it, if that is known without reading it.
    members: JSON = None

    def __await__(self) -> Generator[None, None, Body]:
        yield from ()
        return self


def parsing(do_parse: Function) -> Function:
    """The step at which botocore's and aiobotocore's parsers parse a JSON answer."""

    def replacement(parser: Untyped, response: dict[str, Untyped], shape: Untyped) -> object:
        body, known = response["body"], None
        if type(body) is Body and response["status_code"] == 200 and shape is not None:
            known = _response_reader_of(type(parser), shape)
        if known is None or known.reader is None:
            return do_parse(parser, response, shape)
        parsed = {"ResponseMetadata": parser._populate_response_metadata(response)}
        members = body.members
        if members is None:
            members = parser._initial_body_parse(body)
        parse_time = _time_parser_of(parser) if known.has_timestamps else parse_timestamp
        parsed.update(known.reader(parser, parse_time, members))
        return parsed

    return replacement


class _Times(dict[JSON, object]):
    """What botocore's own timestamp parser makes of each value."""

    def __missing__(self, value: JSON) -> object:
        if len(self) >= _MANY:
            self.clear()
        found = self[value] = parse_timestamp(value)
        return found


@lru_cache(maxsize=32)
def _times(*_: object) -> _Times:
    """Those of a zone, and of a class of `datetime`, which a stopped clock replaces."""
    return _Times()


def _time_parser_of(parser: Untyped) -> _TimeParser:
    of_parser: _TimeParser = parser._timestamp_parser
    if of_parser is not parse_timestamp:
        return of_parser  # a user's own, which may do anything
    zone = time.timezone, time.altzone, time.tzname, os.environ.get("TZ")
    return _times(datetime.datetime, *zone).__getitem__


class _ResponseReader(NamedTuple):
    """How the answers of one shape are read."""

    parser_class: Untyped
    #: None if botocore is to parse them.
    reader: _Reader | None
    has_timestamps: bool


#: By the shape of a response, of which each client has its own: that of the latest class.
_readers: WeakKeyDictionary[Untyped, _ResponseReader] = WeakKeyDictionary()


def _response_reader_of(parser_class: Untyped, shape: Untyped) -> _ResponseReader | None:
    """What reads a whole answer; None if the parser is not botocore's own."""
    if _METHODS is None or _methods_of(parser_class) != _METHODS:
        return None
    known = _readers.get(shape)
    if known is None or known.parser_class is not parser_class:
        is_in_body = "payload" not in shape.serialization and not any(
            "location" in member.serialization for member in shape.members.values()
        )
        reader = _structure(parser_class, shape, ()) if is_in_body else None
        known = _ResponseReader(parser_class, reader, _has_timestamps(shape, ()))
        _readers[shape] = known
    return known


def _has_timestamps(shape: Untyped, within: tuple[str, ...]) -> bool:
    if shape.name in within:
        return False
    within = *within, shape.name
    if shape.type_name == "structure":
        return any(_has_timestamps(member, within) for member in shape.members.values())
    if shape.type_name == "list":
        return _has_timestamps(shape.member, within)
    return bool(shape.type_name == "timestamp")


def _member(parser_class: Untyped, shape: Untyped, within: tuple[str, ...]) -> _Reader | None:
    kind = shape.type_name
    if kind == "timestamp":
        return lambda _, parse_time, value: parse_time(value)
    if shape.name not in within:  # or it holds itself
        if kind == "structure" and not shape.is_document_type and not shape.is_tagged_union:
            return _structure(parser_class, shape, (*within, shape.name))
        if kind == "list":
            return _list(parser_class, shape, (*within, shape.name))
    if _is_taken_as_it_is(parser_class, shape):
        return None
    return lambda parser, _, value: parser._parse_shape(shape, value)


def _is_taken_as_it_is(parser_class: Untyped, shape: Untyped) -> bool:
    if shape.type_name == "string":
        return "jsonvalue" not in shape.serialization
    default = parser_class._default_handle
    return getattr(parser_class, f"_handle_{shape.type_name}", default) is default


def _structure(parser_class: Untyped, shape: Untyped, within: tuple[str, ...]) -> _Reader:
    members = [
        (name, member.serialization.get("name", name), _member(parser_class, member, within))
        for name, member in shape.members.items()
    ]

    def read(parser: Untyped, parse_time: _TimeParser, value: JSON) -> JSON:
        if type(value) is not dict:
            return parser._parse_shape(shape, value)
        parsed = {}
        for name, on_wire, reader in members:
            found = value.get(on_wire)
            if found is not None:
                parsed[name] = found if reader is None else reader(parser, parse_time, found)
        return parsed

    return read


def _list(parser_class: Untyped, shape: Untyped, within: tuple[str, ...]) -> _Reader:
    of_item, kind = _member(parser_class, shape.member, within), shape.member.type_name
    is_of_numbers = kind in ("integer", "long")

    def read(parser: Untyped, parse_time: _TimeParser, values: JSON) -> JSON:
        if is_of_numbers and set(map(type, values)) == {int}:
            return values.copy()
        if None in values:
            return parser._parse_shape(shape, values)
        if of_item is None:
            return list(values)
        if kind == "timestamp":
            return list(map(parse_time, values))
        if is_of_numbers:
            return list(map(int, values))
        return [of_item(parser, parse_time, value) for value in values]

    return read
