"""Daily counts out of tables: CSV and Parquet files, rows, DataFrames, Arrow tables."""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple, cast

from .. import checks
from ..counting import timestamps
from ..counting.metrics import METRICS, Dimension, Metric
from ..counting.rule import Segment
from ..counting.store import MetricStore
from ..untyped import Untyped
from . import seeding
from .json_stream import GZIP

_PARQUET = b"PAR1"

_DAY = ("date", "day", "time", "timestamp")
_COUNT = ("count", "value", "values", "volume")
_METRIC = ("metric", "metric_name")
#: All spellings of a dimension: `EMAIL_IDENTITY`, `identity`, `configuration set`.
_DIMENSIONS: dict[str, Dimension] = {
    spelling.lower().replace(" ", "_"): dimension
    for dimension in Dimension
    for spelling in (dimension.value, dimension.definition.keyword, dimension.definition.noun)
}
#: The columns of an export file of SES: `SEND_VOLUME`, `DELIVERY_RATE`.
_VOLUME, _RATE = "_VOLUME", "_RATE"
#: What tables have for no value, in any letter case.
_EMPTY = {"", "-", "n/a", "na", "nan", "none", "null"}
_MOST_DIGITS = 18
_EXPECTED = (
    "a day (date), a metric and its count, or a column for each metric (SEND), "
    f"and dimensions ({', '.join(Dimension)})"
)


class _Rows(NamedTuple):
    """Rows that have the same columns, and the number of the first."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]
    first: int = 1


class _Columns(NamedTuple):
    """Where each thing stands in a row."""

    day: int | None
    metric: int | None
    dimensions: dict[Dimension, int]
    #: The place of each column of numbers, and its metric if the column is named after one.
    counts: list[tuple[int, Metric | None]]

    def others(self) -> list[int]:
        """The places of all columns but those of counts."""
        return [
            *(at for at in (self.day, self.metric) if at is not None),
            *self.dimensions.values(),
        ]


class _Given(NamedTuple):
    """What the caller says of every row."""

    metric: Metric | None
    at: int | None
    labels: list[tuple[Dimension, str]]
    region: str | None


#: A metric's number of a segment at a moment.
_Count = tuple[Metric, Segment, int, int]


def load(
    store: MetricStore,
    table: object,
    *,
    metric: object,
    dimensions: Mapping[str, str] | None,
    region: str | None,
    at: object,
) -> dict[Metric, int]:
    """Count what `FakeSESv2.load_counts` is given; how much of each metric that is."""
    given = _Given(
        None if metric is None else checks.choice(metric, Metric, "metric"),
        None if at is None else timestamps.checked(at, "at"),
        [*seeding.labels_of_all(dimensions)],
        seeding.region_or_none(region),
    )
    counts = list(_counts_of(table, given))
    totals: Counter[Metric] = Counter()
    with store.lock:
        for counted, segment, moment, number in counts:
            store.add(counted, segment, moment, number)
            totals[counted] += number
    return dict(totals)


def _counts_of(table: object, given: _Given) -> Iterator[_Count]:
    if not _is_arrow(table) or _library_of(table) in _FRAMES:
        return chain.from_iterable(_counts(rows, given) for rows in _rows_of(table))
    if find_spec("pyarrow") is None and find_spec("nanoarrow") is not None:
        return chain.from_iterable(_counts(rows, given) for rows in _of_dicts(_by_nanoarrow(table)))
    arrow = _by_pyarrow(table)
    grouped = _grouped(arrow, given)
    if grouped is not None:
        try:
            return iter(list(_counts(grouped, given)))
        except ValueError:
            pass  # row by row, for an error that names the row
    return _counts(_of_columns("table", arrow.to_pydict()), given)


def _counts(table: _Rows, given: _Given) -> Iterator[_Count]:
    columns = _columns_of(table, given)
    places = columns.others()
    for key, (row_number, *totals) in _sums(table, columns).items():
        cells = dict(zip(places, cast("tuple[object, ...]", key) if len(places) > 1 else (key,)))
        moment = given.at
        if columns.day is not None:
            moment = _moment(cells[columns.day], table, row_number, columns.day)
        of_row = given.metric
        if columns.metric is not None:
            of_row = _metric(str(cells[columns.metric]))
            if of_row is None:
                expected = f"one of {', '.join(Metric)}"
                raise _error(table, row_number, columns.metric, expected, cells[columns.metric])
        labels = [*given.labels]
        for dimension, place in columns.dimensions.items():
            if not _is_empty(cells[place]):
                labels += _labels(dimension, cells[place], table, row_number, place)
        segment = Segment(given.region, tuple(labels))
        for (_, of_column), total in zip(columns.counts, totals):
            if total:
                yield cast("Metric", of_column or of_row), segment, cast("int", moment), total


def _sums(table: _Rows, columns: _Columns) -> dict[object, list[int]]:
    """The sums of the columns of counts, by the other cells; before them, the first such row."""
    places = columns.others()
    key_of: Callable[[Sequence[object]], object] = itemgetter(*places) if places else lambda _: ()
    numbers = [(n, place) for n, (place, _) in enumerate(columns.counts, start=1)]
    nothing = [0] * len(numbers)
    width = len(table.header)
    sums: dict[object, list[int]] = {}
    for row_number, row in enumerate(table.rows, start=table.first):
        if len(row) != width:
            if not row:
                continue
            raise ValueError(
                f"{table.name}, row {row_number}: expected {width} values as in the header, "
                f"got {len(row)}"
            )
        key = key_of(row)
        try:
            found = sums.get(key)
        except TypeError:
            place = next(place for place in places if row[place].__hash__ is None)
            raise _error(table, row_number, place, "a text", row[place]) from None
        if found is None:
            found = sums[key] = [row_number, *nothing]
        for n, place in numbers:
            cell = row[place]
            # Nearly all, and quicker than to ask for each.
            if type(cell) is str and cell.isdigit() and cell.isascii() and len(cell) < _MOST_DIGITS:
                found[n] += int(cell)
            else:
                found[n] += _number(cell, table, row_number, place)
    return sums


def _labels(
    dimension: Dimension, cell: object, table: _Rows, row_number: int, place: int
) -> list[tuple[Dimension, str]]:
    try:
        return seeding.labels_of(dimension, str(cell).strip(), "")
    except ValueError as error:
        expected = str(error).removeprefix(": ")
        raise ValueError(f"{_place(table, row_number, place)}: {expected}") from None


def _columns_of(table: _Rows, given: _Given) -> _Columns:
    """What each column is; ValueError for one that is none of what a table has."""
    day = metric = None
    dimensions: dict[Dimension, int] = {}
    counts: list[tuple[int, Metric | None]] = []
    seen: dict[object, str] = {}
    for place, name in enumerate(table.header):
        spelling = re.sub(r"[\s-]+", "_", str(name).strip()).lower()
        what: object
        if spelling in _DAY:
            what, day = "a day", place
        elif spelling in _METRIC:
            what, metric = "a metric", place
        elif spelling in _COUNT:
            what = "a count"
            counts.append((place, None))
        elif spelling in _DIMENSIONS:
            what = _DIMENSIONS[spelling]
            dimensions[_DIMENSIONS[spelling]] = place
        elif (of_column := _metric(spelling)) is not None:
            what = of_column
            counts.append((place, of_column))
        elif _metric(spelling.upper().removesuffix(_RATE)) is not None:
            continue  # a rate is no count
        else:
            known = [*_DAY, *_METRIC, *_COUNT, *_DIMENSIONS, *map(str.lower, METRICS)]
            near = checks.suggestion(spelling, known)
            raise ValueError(f"{table.name}: expected {_EXPECTED}; got a column {name!r}{near}")
        if what in seen:
            raise ValueError(f"{table.name}: columns {seen[what]!r} and {name!r} are both {what}")
        seen[what] = name
    columns = _Columns(day, metric, dimensions, counts)
    _check(table.name, columns, given)
    return columns


def _check(name: str, columns: _Columns, given: _Given) -> None:
    """Raise ValueError if the columns and the arguments do not say all, or say a thing twice."""
    named = any(metric for _, metric in columns.counts)
    problem = ""
    if not columns.counts:
        problem = f"expected {_EXPECTED}; got no column of numbers"
    elif (columns.day is None) == (given.at is None):
        problem = (
            "a column of days conflicts with at="
            if given.at is not None
            else "no column is named date; say with at= when it was"
        )
    elif named and not all(metric for _, metric in columns.counts):
        problem = "expected a count of each row's metric, or a column for each metric, got both"
    elif [named, columns.metric is not None, given.metric is not None].count(True) != 1:
        problem = "expected one of: a column metric, columns named after metrics, metric="
    elif twice := [label for label, _ in given.labels if label in columns.dimensions]:
        problem = f"a column of {twice[0]} conflicts with dimensions="
    if problem:
        raise ValueError(f"{name}: {problem}")


def _metric(name: str) -> Metric | None:
    spelling = re.sub(r"[\s-]+", "_", name.strip()).upper()
    return METRICS.get(spelling) or METRICS.get(spelling.removesuffix(_VOLUME))


def _is_empty(cell: object) -> bool:
    """Whether a cell has no value: None, an empty text, NaN, NaT."""
    if isinstance(cell, str):
        return cell.strip().lower() in _EMPTY
    if isinstance(cell, float):
        return math.isnan(cell)
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")


def _number(cell: object, table: _Rows, row_number: int, place: int) -> int:
    """The number of a cell, 0 if there is none."""
    if type(cell) is int and cell >= 0:
        return cell
    if _is_empty(cell):
        return 0
    try:
        number = checks.whole_number(float(cell) if isinstance(cell, str) else cell)
    except ValueError:
        number = None
    if number is None or number < 0:
        raise _error(table, row_number, place, "a whole number of 0 or more", cell)
    return number


def _moment(cell: Untyped, table: _Rows, row_number: int, place: int) -> int:
    """The moment of a day: a table has no other way to write a date than a naive midnight."""
    if hasattr(cell, "tolist") and not isinstance(cell, str):  # numpy's
        cell = cell.astype("datetime64[us]").tolist()
    hour = getattr(cell, "hour", None)
    try:
        if hour is not None and cell.tzinfo is None:
            if cell == cell.replace(hour=0, minute=0, second=0, microsecond=0):
                cell = cell.date()
        elif isinstance(cell, str):
            cell = cell.strip().removesuffix(" UTC")
        return timestamps.checked(cell, "")
    except (TypeError, ValueError) as error:
        if _is_empty(cell):
            raise _error(table, row_number, place, "a day", cell) from None
        problem = str(error).removeprefix(": ")
        raise ValueError(f"{_place(table, row_number, place)}: {problem}") from None


def _place(table: _Rows, row_number: int, place: int) -> str:
    return f"{table.name}, row {row_number}, column {table.header[place]!r}"


def _error(table: _Rows, row_number: int, place: int, expected: str, got: object) -> ValueError:
    return ValueError(f"{_place(table, row_number, place)}: expected {expected}, got {got!r}")


# Where rows come from


#: DataFrames say what they hold by themselves, without Arrow.
_FRAMES = ("pandas", "polars")


def _library_of(table: object) -> str:
    """The library that a DataFrame is of."""
    return type(table).__module__.partition(".")[0] if hasattr(table, "columns") else ""


def _rows_of(table: object) -> Iterator[_Rows]:
    library = _library_of(table)
    if isinstance(table, (str, os.PathLike)):
        yield from _of_path(os.fspath(table))
    elif library == "pandas":
        yield _of_columns("table", _of_pandas(table))
    elif library == "polars":
        yield _of_columns("table", cast(Untyped, table).to_dict(as_series=False))
    elif hasattr(table, "read"):
        yield from _of_file(cast("IO[str] | IO[bytes]", table))
    elif isinstance(table, Iterable) and not isinstance(table, (bytes, bytearray, Mapping)):
        yield from _of_dicts(table)
    else:
        raise TypeError(
            "table: expected a path, an open file, rows as dicts, a DataFrame or an Arrow table, "
            f"got {type(table).__name__}"
        )


def _of_path(path: str) -> Iterator[_Rows]:
    if "\n" in path:
        raise ValueError("table: a text is used as a path, and this one has lines; use io.StringIO")
    with Path(path).open("rb") as file:
        yield from _of_bytes(file, path)


def _of_file(file: IO[str] | IO[bytes]) -> Iterator[_Rows]:
    name = getattr(file, "name", None)
    content = file.read()
    named = name if isinstance(name, str) else "table"
    if isinstance(content, str):
        yield _of_lines(io.StringIO(content.removeprefix("\ufeff"), newline=""), named)
    else:
        yield from _of_bytes(io.BytesIO(content), named)


def _of_bytes(file: IO[bytes], name: str) -> Iterator[_Rows]:
    beginning = file.read(len(_PARQUET))
    file.seek(0)
    if beginning == _PARQUET:
        checks.needs("pyarrow", extra="tables", what="a Parquet file")
        from pyarrow import parquet

        yield _of_columns(name, parquet.read_table(file).to_pydict())
        return
    data = gzip.GzipFile(fileobj=file) if beginning.startswith(GZIP) else file
    with io.TextIOWrapper(data, "utf-8-sig", newline="") as lines:
        yield _of_lines(lines, name)


def _of_lines(lines: io.TextIOBase, name: str) -> _Rows:
    """CSV, with the separator that its header has."""
    with _naming_file(name):
        header = lines.readline()
    separator = max(",;\t", key=header.count)
    rows = csv.reader(chain([header], lines), delimiter=separator, strict=True)
    with _naming_file(name):
        names = next(rows, [])
    # SES ends each line of some files in a comma.
    has_end = len(names) > 1 and not names[-1].strip()
    return _Rows(name, names[:-1] if has_end else names, _read(rows, name, has_end=has_end), 2)


def _read(rows: Iterator[list[str]], name: str, *, has_end: bool) -> Iterator[list[str]]:
    with _naming_file(name):
        yield from ([row[:-1] for row in rows] if has_end else rows)


@contextmanager
def _naming_file(name: str) -> Iterator[None]:
    """Raise what is wrong with a file as ValueError, with the file's name."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: expected UTF-8 text, got {error}") from None
    except csv.Error as error:
        raise ValueError(f"{name}: expected CSV, got what is none ({error})") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{name}: expected a gzip file, got a broken one ({error})") from None


def _of_columns(name: str, columns: Mapping[str, Sequence[object]]) -> _Rows:
    return _Rows(name, list(columns), zip(*columns.values()))


def _of_pandas(frame: Untyped) -> dict[str, list[object]]:
    """The columns of a DataFrame; its index is one too if it holds days or has a name."""
    if frame.index.names != [None]:
        frame = frame.reset_index()
    elif type(frame.index).__name__ == "DatetimeIndex":
        frame = frame.rename_axis("date").reset_index()
    return {name: frame.iloc[:, place].tolist() for place, name in enumerate(frame.columns)}


def _of_dicts(rows: Iterable[Untyped]) -> Iterator[_Rows]:
    for number, row in enumerate(rows, start=1):
        if not hasattr(row, "keys"):
            raise TypeError(
                f"table, row {number}: expected a dict, got {row!r} ({type(row).__name__})"
            )
        names = list(row.keys())
        yield _Rows("table", names, [[row[name] for name in names]], number)


def _is_arrow(table: object) -> bool:
    return hasattr(table, "__arrow_c_stream__") or hasattr(table, "__arrow_c_array__")


def _by_pyarrow(table: Untyped) -> Untyped:
    checks.needs("pyarrow", extra="tables", what="an Arrow table")
    import pyarrow

    if hasattr(table, "__arrow_c_stream__"):
        return pyarrow.table(table)
    return pyarrow.Table.from_batches([pyarrow.record_batch(table)])


def _by_nanoarrow(table: Untyped) -> Untyped:
    import nanoarrow

    return nanoarrow.Array(table).to_pylist()


def _grouped(arrow: Untyped, given: _Given) -> _Rows | None:
    """The rows, summed by Arrow itself; None if its sums might hide a wrong number."""
    from pyarrow import compute, types

    names = arrow.column_names
    columns = _columns_of(_Rows("table", names, ()), given)
    numbers = [names[place] for place, _ in columns.counts]
    keys = [names[place] for place in columns.others()]
    for name in numbers:
        if not types.is_integer(arrow.schema.field(name).type):
            return None
        least = compute.min(arrow[name]).as_py()
        if least is not None and least < 0:
            return None
    if not keys:
        return None
    sums = arrow.group_by(keys).aggregate([(name, "sum") for name in numbers]).to_pydict()
    return _of_columns(
        "table", {**{name: sums[name] for name in keys}, **{n: sums[f"{n}_sum"] for n in numbers}}
    )
