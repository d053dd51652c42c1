"""JSON values out of paths, open files and texts, read as they come and with their places."""

from __future__ import annotations

import codecs
import errno
import glob
import json
import os
import re
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, cast

from ..checks import LONGEST_SHOWN
from ..untyped import JSON

#: Where the records come from: a path of a file or folder, an open file, paths, JSON texts, dicts.
Source = str | os.PathLike[str] | IO[str] | IO[bytes] | Iterable[object]

_DECODER = json.JSONDecoder()
#: Larger ones are no quicker: they leave the processor's cache.
_BLOCK = 1 << 17
_NEW_LINE = "\n"
GZIP = b"\x1f\x8b"
_GZIP_WITH_HEADER = 16 + zlib.MAX_WBITS

#: Files that were joined have byte order marks between their values too.
_BEGIN = re.compile(r"[^\s\ufeff]")

#: How far before the end of a text JSON that was cut off there is an error at the latest: a
#: literal (`-Infinity`) or an escape is that long.
_LONGEST_TOKEN = 12


#: Where a value stands: the source's name, the text it was found in (or none), the position
#: there, and the lines before that text.
Place = tuple[str, str, int, int]


def in_words(place: Place) -> str:
    """The place as an error names it."""
    name, text, position, lines_before = place
    return f"{name}, line {lines_before + text.count(_NEW_LINE, 0, position) + 1}" if text else name


class Bytes:
    """How many bytes the files of a source have, as far as they are known, and were read."""

    def __init__(self) -> None:
        self.known = 0
        self.read = 0

    @property
    def share(self) -> float | None:
        """How much of the known files was read, from 0 to 1; None if none is known."""
        return min(self.read / self.known, 1.0) if self.known else None


def values(source: Source, size: Bytes | None = None) -> Generator[tuple[Place, JSON], None, None]:
    """Every JSON value of a source, with its place; ValueError with the place for no JSON."""
    size = size or Bytes()
    if isinstance(source, (str, os.PathLike)):
        if isinstance(source, str) and _is_json(source) and not Path(source).exists():
            raise ValueError(
                "source: a text is used as a path, and this one looks like JSON; "
                "give JSON texts in a list"
            )
        yield from _values_of_files(files(source), size)
    elif isinstance(source, Mapping):
        yield ("source", "", 0, 0), source
    elif hasattr(source, "read"):
        name = getattr(source, "name", None)
        yield from _values_of_blocks(
            _blocks(cast("IO[str] | IO[bytes]", source), size),
            name if isinstance(name, str) else "source",
        )
    elif isinstance(source, Iterable) and not isinstance(source, (bytes, bytearray)):
        yield from _values_of_items(source, size)
    else:
        raise TypeError(
            "source: expected a path, an open file, or an iterable of paths, JSON texts or dicts, "
            f"got {type(source).__name__}"
        )


def _values_of_items(
    items: Iterable[object], size: Bytes
) -> Generator[tuple[Place, JSON], None, None]:
    decode = _DECODER.raw_decode
    for position, item in enumerate(items, start=1):
        name = f"item {position}"
        if isinstance(item, str):
            if not _is_json(item) and _exists(item):
                yield from _values_of_files(files(item), size)
                continue
            try:
                value, end = decode(item)
                is_one = end == len(item) or item[end:].isspace()
            except (ValueError, RecursionError):
                is_one = False
            if is_one:  # nearly always: the quicker way
                yield (name, item, 0, 0), value
            else:  # several, one after space, or one that is broken
                yield from _values_of_blocks(iter([item]), name)
        elif isinstance(item, bytes):
            yield from _values_of_blocks(iter([item]), name)
        elif isinstance(item, os.PathLike):
            yield from _values_of_files(files(item), size)
        else:
            yield (name, "", 0, 0), item


def _values_of_files(
    paths: Sequence[Path], size: Bytes
) -> Generator[tuple[Place, JSON], None, None]:
    size.known += sum(path.stat().st_size for path in paths)
    for path in paths:
        with path.open("rb") as file:
            yield from _values_of_blocks(_blocks(file, size), str(path))


def files(source: str | os.PathLike[str]) -> list[Path]:
    """The file at a path; all files below a folder, or that a pattern names, in order of name.

    Names that begin with a dot or an underscore are left out, as other readers of archives do.
    Raises FileNotFoundError if there is none.
    """
    path = Path(source)
    if not path.is_dir() and path.exists():
        return [path]
    if path.is_dir():
        found = [
            below
            for below in path.rglob("*")
            if not any(part[0] in "._" for part in below.relative_to(path).parts)
        ]
    else:
        found = [Path(name) for name in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - a pattern may be absolute
    found = sorted(one for one in found if one.is_file())
    if not found:
        problem = "No file of records in this folder" if path.is_dir() else "No such file"
        raise FileNotFoundError(errno.ENOENT, problem, str(path))
    return found


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _exists(text: str) -> bool:
    try:
        return bool(text and files(text))
    except (OSError, ValueError):  # too long for a path, or no path at all
        return False


def _blocks(file: IO[str] | IO[bytes], size: Bytes) -> Iterator[str | bytes]:
    while block := file.read(_BLOCK):
        size.read += len(block)
        yield block


def _values_of_blocks(blocks: Iterator[str | bytes], name: str) -> Iterator[tuple[Place, JSON]]:
    """The JSON values of a text: one a line, several run together, or one over many lines."""
    decode = _DECODER.raw_decode
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
                    shown = text[start : start + LONGEST_SHOWN].partition("\n")[0]
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
        first = cast(bytes, first) + cast(bytes, next(blocks, first[:0]))  # or two texts
    if isinstance(first, str):
        yield first
        yield from cast(Iterator[str], blocks)
        return
    data: Iterator[bytes] = chain([first], cast(Iterator[bytes], blocks))
    if first.startswith(GZIP):
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
