"""JSON values out of paths, open files and texts, read as they come and with their places."""

from __future__ import annotations

import codecs
import json
import os
import re
import zlib
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

#: Where the records come from: a path, an open file, or JSON texts or dicts.
Source = str | os.PathLike[str] | IO[str] | IO[bytes] | Iterable[Any]

_BLOCK = 1 << 20
_NEW_LINE = "\n"
_GZIP = b"\x1f\x8b"
_GZIP_WITH_HEADER = 16 + zlib.MAX_WBITS

#: Files that were joined have byte order marks between their values too.
_BEGIN = re.compile(r"[^\s\ufeff]")

#: How far before the end of a text JSON that was cut off there is an error at the latest: a
#: literal (`-Infinity`) or an escape is that long.
_LONGEST_TOKEN = 12

SHOWN = 60


#: Where a value stands: the source's name, the text it was found in (or none), the position
#: there, and the lines before that text.
Place = tuple[str, str, int, int]


def in_words(place: Place) -> str:
    """The place as an error names it."""
    name, text, position, lines_before = place
    return f"{name}, line {lines_before + text.count(_NEW_LINE, 0, position) + 1}" if text else name


def values(source: Source) -> Generator[tuple[Place, Any], None, None]:
    """Every JSON value of a source, with its place; ValueError with the place for no JSON."""
    if isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        if path.lstrip()[:1] in ("{", "["):
            raise ValueError(
                "source: a text is used as a path, and this one looks like JSON; "
                "give JSON texts in a list"
            )
        with Path(path).open("rb") as file:
            yield from _values_of_blocks(_blocks(file), path)
    elif isinstance(source, dict):
        yield ("source", "", 0, 0), source
    elif hasattr(source, "read"):
        name = getattr(source, "name", None)
        yield from _values_of_blocks(_blocks(source), name if isinstance(name, str) else "source")
    elif isinstance(source, Iterable) and not isinstance(source, (bytes, bytearray)):
        for position, item in enumerate(source, start=1):
            if isinstance(item, (str, bytes)):
                yield from _values_of_blocks(iter([item]), f"item {position}")
            else:
                yield (f"item {position}", "", 0, 0), item
    else:
        raise TypeError(
            "source: expected a path, an open file, or an iterable of JSON texts or dicts, "
            f"got {type(source).__name__}"
        )


def _blocks(file: Any) -> Iterator[str | bytes]:
    while block := file.read(_BLOCK):
        yield block


def _values_of_blocks(blocks: Iterator[str | bytes], name: str) -> Iterator[tuple[Place, Any]]:
    """The JSON values of a text: one a line, several run together, or one over many lines."""
    decode = json.JSONDecoder().raw_decode
    texts = _texts(blocks, name)
    text, position, lines, is_last = "", 0, 0, False
    while True:
        start = _beginning(text, position)
        if start is not None:
            try:
                value, end = decode(text, start)
            except (ValueError, RecursionError) as error:
                if is_last or not _may_be_cut_off(error, text):
                    place = in_words((name, text, start, lines))
                    shown = text[start : start + SHOWN].partition("\n")[0]
                    raise ValueError(f"{place}: expected JSON, got {shown!r} ({error})") from None
            else:
                # A number may go on after the end of what was read: `1`, `1.`, `1e+`.
                if end + 2 < len(text) or is_last:
                    yield (name, text, start, lines), value
                    position = end
                    continue
        elif is_last:
            return
        else:
            position = len(text)
        lines += text.count("\n", 0, position)
        text, position = text[position:], 0
        # As much again as is left over: a value as long as the file is not begun too often.
        more = [text]
        wanted = max(len(text), 1)
        while wanted > 0:
            block = next(texts, None)
            if block is None:
                is_last = True
                break
            more.append(block)
            wanted -= len(block)
        text = "".join(more)


def _beginning(text: str, position: int) -> int | None:
    """Where the next value begins, if one does."""
    if text.startswith("\n{", position):  # nearly always: the quicker way
        return position + 1
    found = _BEGIN.search(text, position)
    return None if found is None else found.start()


def _may_be_cut_off(error: ValueError | RecursionError, text: str) -> bool:
    """Whether more of the text could mend it."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.pos > len(text) - _LONGEST_TOKEN or error.msg.startswith("Unterminated string")


def _texts(blocks: Iterator[str | bytes], name: str) -> Iterator[str]:
    """The blocks as text; bytes that are gzip are unzipped first, whatever the file is called."""
    first = next(blocks, "")
    if len(first) == 1:  # the first two bytes say whether it is gzip
        first = cast(Any, first) + next(blocks, first[:0])
    if isinstance(first, str):
        yield first
        yield from cast(Iterator[str], blocks)
        return
    data: Iterator[bytes] = chain([first], cast(Iterator[bytes], blocks))
    if first.startswith(_GZIP):
        data = _unzipped(data, name)
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = 0
    for block in chain(data, [None]):
        try:
            yield decoder.decode(block or b"", final=block is None)
        except UnicodeDecodeError as error:
            lines += error.object.count(b"\n", 0, error.start)
            place = f"{name}, line {lines + 1}"
            raise ValueError(f"{place}: expected UTF-8 text, got {error}") from None
        lines += (block or b"").count(b"\n")


def _unzipped(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """What gzip files hold, one or several that were joined; never more than a block at once."""
    unzip = zlib.decompressobj(_GZIP_WITH_HEADER)
    try:
        for block in blocks:
            rest = block
            while rest:
                if unzip.eof:
                    unzip = zlib.decompressobj(_GZIP_WITH_HEADER)
                yield unzip.decompress(rest, _BLOCK)
                # Zeros may fill up the space behind a file.
                rest = unzip.unused_data.lstrip(b"\0") if unzip.eof else unzip.unconsumed_tail
        yield unzip.flush()
    except zlib.error as error:
        raise ValueError(f"{name}: expected a gzip file, got a broken one ({error})") from None
    if not unzip.eof:
        raise ValueError(f"{name}: expected a gzip file, got only the beginning of one")
