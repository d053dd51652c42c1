"""Daily counts out of tables: what people have, in one line."""

import gzip
import io
import re
import subprocess
import sys
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from asking import MONDAY, ask, total

from sesv2_fake import Metric

TUESDAY = "2026-01-06"
WEIRD = "2026-01-05T12:00"
LONG = "date,metric,count\n2026-01-05,SEND,3\n2026-01-06,SEND,4\n2026-01-05,OPEN,2\n"
WIDE = "date,SEND,OPEN\n2026-01-05,3,2\n2026-01-06,4,0\n"
DAYS = {date(2026, 1, 5): 3, date(2026, 1, 6): 4}


def csv(text):
    return io.StringIO(text)


def refused(fake, table, error=ValueError, **how):
    """The words in which a table is refused; nothing of it is counted."""
    with pytest.raises(error) as caught:
        fake.load_counts(table, **how)
    assert fake.seeded_days() == []
    return str(caught.value)


@pytest.mark.parametrize("text", [LONG, WIDE], ids=["long", "wide"])
class TestCsv:
    def seen(self):
        assert ask("SEND") == DAYS
        assert ask("OPEN") == {date(2026, 1, 5): 2}

    def test_of_a_path(self, sesv2_fake, text, tmp_path):
        path = tmp_path / "counts.csv"
        path.write_text(text)

        assert sesv2_fake.load_counts(path) == {Metric.SEND: 7, Metric.OPEN: 2}

        self.seen()

    def test_zipped(self, sesv2_fake, text, tmp_path):
        path = tmp_path / "counts.csv.gz"
        path.write_bytes(gzip.compress(text.encode()))

        sesv2_fake.load_counts(str(path))

        self.seen()

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_of_a_spreadsheet(self, sesv2_fake, text, separator, mark):
        text = mark + text.replace(",", separator).replace("\n", "\r\n")

        sesv2_fake.load_counts(io.BytesIO(text.encode()))
        self.seen()
        sesv2_fake.reset()
        sesv2_fake.load_counts(csv(text))
        self.seen()

    def test_as_rows(self, sesv2_fake, text):
        names, *rows = (line.split(",") for line in text.split())

        sesv2_fake.load_counts(dict(zip(names, row, strict=True)) for row in rows)

        self.seen()


def of_pandas(rows):
    return pytest.importorskip("pandas").DataFrame(rows)


def of_polars(rows):
    return pytest.importorskip("polars").DataFrame(rows)


def of_arrow(rows):
    return pytest.importorskip("pyarrow").Table.from_pylist(rows)


def of_batch(rows):
    return pytest.importorskip("pyarrow").RecordBatch.from_pylist(rows)


class ArrowStream:
    """What another library gives: a table by Arrow's protocol alone."""

    def __init__(self, rows):
        self._table = of_arrow(rows)

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


TABLES = {
    "rows": list,
    "pandas": of_pandas,
    "polars": of_polars,
    "pyarrow": of_arrow,
    "a batch": of_batch,
    "Arrow's protocol": ArrowStream,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
class TestEachKindOfTable:
    def test_long(self, sesv2_fake, table):
        sesv2_fake.load_counts(
            table(
                [
                    {"date": date(2026, 1, 5), "metric": "SEND", "count": 1, "ISP": "Gmail"},
                    {"date": date(2026, 1, 5), "metric": "SEND", "count": 2, "ISP": "Yahoo"},
                    {"date": date(2026, 1, 6), "metric": "SEND", "count": 4, "ISP": "Gmail"},
                ]
            )
        )

        assert ask("SEND") == DAYS
        assert ask("SEND", ISP="Gmail") == {date(2026, 1, 5): 1, date(2026, 1, 6): 4}

    def test_wide_with_holes(self, sesv2_fake, table):
        sesv2_fake.load_counts(
            table(
                [
                    {"day": "2026-01-05", "SEND": 3, "OPEN": None, "tenant": None},
                    {"day": "2026-01-06", "SEND": 4, "OPEN": 2, "tenant": "acme"},
                ]
            )
        )

        assert ask("SEND") == DAYS
        assert ask("OPEN", TENANT_NAME="acme") == {date(2026, 1, 6): 2}
        assert ask("SEND", TENANT_NAME="acme") == {date(2026, 1, 6): 4}

    @pytest.mark.parametrize("wrong", [-1, 2.5])
    def test_an_error_names_row_and_column_and_nothing_counts(self, sesv2_fake, table, wrong):
        rows = [
            {"date": "2026-01-05", "SEND": 3 if wrong == -1 else 3.0},
            {"date": "2026-01-06", "SEND": wrong},
        ]

        assert refused(sesv2_fake, table(rows)) == (
            f"table, row 2, column 'SEND': expected a whole number of 0 or more, got {wrong}"
        )

    def test_an_error_of_a_value_names_its_first_row(self, sesv2_fake, table):
        rows = [
            {"date": "2026-01-05", "ISP": isp, "SEND": 1} for isp in ("Gmail", "Gmial", "Gmial")
        ]

        assert refused(sesv2_fake, table(rows)).startswith(
            "table, row 2, column 'ISP': SES writes 'Gmail', got 'Gmial'"
        )


class TestDays:
    @pytest.mark.parametrize(
        "day",
        [
            TUESDAY,
            f" {TUESDAY} ",
            date(2026, 1, 6),
            datetime(2026, 1, 6),
            datetime(2026, 1, 6, 9, 30, tzinfo=timezone.utc),
            "2026-01-06 00:00:00 UTC",
        ],
        ids=str,
    )
    def test_each_way_to_write_one(self, sesv2_fake, day):
        sesv2_fake.load_counts([{"date": day, "SEND": 4}])

        assert ask("SEND") == {date(2026, 1, 6): 4}

    def test_days_of_pandas_and_numpy(self, sesv2_fake):
        pandas = pytest.importorskip("pandas")
        day = pandas.Timestamp(TUESDAY)
        sesv2_fake.load_counts([{"date": day, "SEND": 4}, {"date": day.to_numpy(), "SEND": 1}])
        sesv2_fake.load_counts(pandas.DataFrame({"SEND": [2]}, index=pandas.to_datetime([TUESDAY])))
        by_name = pandas.DataFrame({"SEND": [1]}, index=pandas.Index([TUESDAY], name="day"))
        sesv2_fake.load_counts(by_name)

        assert ask("SEND") == {date(2026, 1, 6): 8}

    @pytest.mark.parametrize(
        ("day", "words"),
        [
            ("Tuesday", "expected ISO 8601 such as '2026-01-05T09:30', got 'Tuesday'"),
            ("", "expected a day, got ''"),
            (None, "expected a day, got None"),
            (20260106, "expected an aware datetime"),
            (datetime(2026, 1, 6, 9), "is naive, and SES counts UTC days"),
        ],
    )
    def test_a_wrong_day_is_an_error(self, sesv2_fake, day, words):
        message = refused(sesv2_fake, [{"date": day, "SEND": 4}])

        assert message.startswith("table, row 1, column 'date': ")
        assert words in message

    def test_no_time_of_pandas_is_an_error(self, sesv2_fake):
        pandas = pytest.importorskip("pandas")

        for nothing in (pandas.NaT, pandas.NA):
            assert "expected a day" in refused(sesv2_fake, [{"date": nothing, "SEND": 4}])

    def test_a_table_without_them_needs_at(self, sesv2_fake):
        sesv2_fake.load_counts([{"SEND": 4}], at=TUESDAY)

        assert ask("SEND") == {date(2026, 1, 6): 4}
        sesv2_fake.reset()
        assert "say with at= when it was" in refused(sesv2_fake, [{"SEND": 4}])
        assert "conflicts with at=" in refused(
            sesv2_fake, [{"date": TUESDAY, "SEND": 4}], at=TUESDAY
        )


class TestNumbers:
    @pytest.mark.parametrize("number", ["3", " 3 ", "3.0", "3e0", 3, 3.0, Decimal(3)], ids=repr)
    def test_whole_numbers_of_any_type_count(self, sesv2_fake, number):
        sesv2_fake.load_counts([{"date": MONDAY, "SEND": number}])

        assert total("SEND") == 3

    @pytest.mark.parametrize("kind", ["int64", "uint8", "float64", "float32"])
    def test_numbers_of_numpy_count_everywhere(self, sesv2_fake, kind):
        three = getattr(pytest.importorskip("numpy"), kind)(3)

        sesv2_fake.load_counts([{"date": MONDAY, "SEND": three}])
        sesv2_fake.record("SEND", three, at=MONDAY)
        sesv2_fake.send("a@b.c", "d@e.f", at=MONDAY, count=three).deliver(count=three)

        assert (total("SEND"), total("DELIVERY")) == (9, 3)

    @pytest.mark.parametrize("hole", ["", " ", "NaN", "null", "-", "N/A", None, float("nan")])
    def test_a_hole_is_no_count(self, sesv2_fake, hole):
        sesv2_fake.load_counts([{"date": MONDAY, "SEND": hole}])

        assert total("SEND") == 0

    @pytest.mark.parametrize(
        "number", ["-1", "1.5", "1,000", "many", "9" * 400, "inf", True, [1], float("inf")], ids=str
    )
    def test_any_other_is_an_error(self, sesv2_fake, number):
        words = refused(sesv2_fake, [{"date": MONDAY, "SEND": number}])

        assert words.startswith("table, row 1, column 'SEND': expected a whole number of 0 or more")

    def test_a_series_of_pandas_is_a_mapping_of_days(self, sesv2_fake):
        pandas = pytest.importorskip("pandas")
        days = pandas.date_range("2026-01-05", periods=2, tz="UTC")
        frame = pandas.DataFrame({"sent": [3, 4]}, index=days)

        sesv2_fake.record("SEND", frame["sent"])

        assert ask("SEND") == DAYS
        with pytest.raises(ValueError, match="is naive, and SES counts UTC days"):
            sesv2_fake.record("SEND", pandas.Series([1], index=pandas.to_datetime([TUESDAY])))

    @pytest.mark.parametrize("number", [2.5, float("nan"), "3", None, True, [1, 2]])
    def test_record_refuses_what_is_none(self, sesv2_fake, number):
        if isinstance(number, list):
            number = pytest.importorskip("numpy").array(number)
        with pytest.raises(TypeError, match="expected a whole number, got "):
            sesv2_fake.record("SEND", number)


class TestColumns:
    @pytest.mark.parametrize(
        "name",
        ["CONFIGURATION_SET", "configuration_set", "Configuration Set", "configuration-set"],
    )
    def test_each_spelling_of_a_dimension(self, sesv2_fake, name):
        sesv2_fake.load_counts([{"date": MONDAY, "SEND": 3, name: "weekly"}])

        assert total("SEND", CONFIGURATION_SET="weekly") == 3

    def test_an_address_counts_for_its_domain_too(self, sesv2_fake):
        sesv2_fake.load_counts([{"date": MONDAY, "SEND": 3, "EMAIL_IDENTITY": "News@example.com"}])

        assert total("SEND", EMAIL_IDENTITY="example.com") == 3
        assert total("SEND", EMAIL_IDENTITY="news@example.com") == 3

    def test_an_export_file_of_ses(self, sesv2_fake):
        text = "ISP,SEND_VOLUME,DELIVERY_RATE\nUNKNOWN_ISP,3.0000,0.6667\nGmail,0.0000,0.0000\n"

        assert sesv2_fake.load_counts(csv(text), at=MONDAY) == {Metric.SEND: 3}
        assert total("SEND", ISP="UNKNOWN_ISP") == 3

    def test_lines_that_end_in_a_comma(self, sesv2_fake):
        sesv2_fake.load_counts(csv("date,SEND,\n2026-01-05,3,\n\n"))

        assert total("SEND") == 3

    def test_arguments_say_what_all_rows_are_of(self, sesv2_fake):
        sesv2_fake.load_counts(
            csv("date,count\n2026-01-05,3\n"),
            metric="OPEN",
            dimensions={"ISP": "Gmail"},
            region="eu-west-1",
        )

        assert total("OPEN", ISP="Gmail") == 0
        assert sesv2_fake.explain(
            {"Id": "q", "Namespace": "VDM", "Metric": "OPEN", "StartDate": MONDAY,
             "EndDate": "2026-01-06", "Dimensions": {"ISP": "Gmail"}},
            region="eu-west-1",
        ).endswith("3 of 3 opens count")  # fmt: skip

    def test_a_second_load_adds(self, sesv2_fake):
        for _ in range(2):
            sesv2_fake.load_counts(csv(WIDE))

        assert ask("SEND") == {day: 2 * count for day, count in DAYS.items()}

    @pytest.mark.parametrize(
        ("header", "how", "words"),
        [
            ("date,SEMD", {}, "got a column 'SEMD'; did you mean 'send'?"),
            ("date,ISP", {}, "got no column of numbers"),
            ("", {}, "got no column of numbers"),
            ("date,count", {}, "expected one of: a column metric"),
            ("date,metric,SEND", {}, "expected one of: a column metric"),
            ("date,SEND", {"metric": "OPEN"}, "expected one of: a column metric"),
            ("date,metric,count,SEND", {}, "got both"),
            ("date,day,SEND", {}, "columns 'date' and 'day' are both a day"),
            ("date,SEND,send", {}, "columns 'SEND' and 'send' are both SEND"),
            ("date,SEND,ISP", {"dimensions": {"ISP": "Gmail"}}, "ISP conflicts with dimensions="),
        ],
    )
    def test_columns_that_do_not_fit_are_an_error(self, sesv2_fake, header, how, words):
        message = refused(sesv2_fake, csv(f"{header}\n"), **how)

        assert message.startswith("table: ")
        assert words in message


class TestBadTables:
    def test_a_row_that_is_too_short(self, sesv2_fake):
        assert refused(sesv2_fake, csv("date,SEND\n2026-01-05,3\n2026-01-06\n")) == (
            "table, row 3: expected 2 values as in the header, got 1"
        )

    def test_an_unknown_metric_in_a_row(self, sesv2_fake):
        words = refused(sesv2_fake, csv(LONG.replace("OPEN", "OPENED")))

        assert words.startswith("table, row 4, column 'metric': expected one of SEND, ")

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"date,SEND\n2026-01-05,\xff\n", "expected UTF-8 text"),
            (b"\xff\n", "expected UTF-8 text"),
            (b'date,SEND\n2026-01-05,"3" x\n', "expected CSV"),
            (gzip.compress(WIDE.encode(), mtime=0)[:-9], "expected a gzip file, got a broken one"),
            (b"\x1f\x8bxx", "expected a gzip file, got a broken one"),
        ],
    )
    def test_a_broken_file(self, sesv2_fake, content, words, tmp_path):
        path = tmp_path / "counts.csv"
        path.write_bytes(content)

        assert refused(sesv2_fake, path).startswith(f"{path}: {words}")

    @pytest.mark.parametrize("table", [None, 3, b"date", {"date": "x"}], ids=repr)
    def test_a_value_that_is_not_a_table(self, sesv2_fake, table):
        assert "expected a path, an open file, rows as dicts" in refused(
            sesv2_fake, table, TypeError
        )

    def test_a_row_that_is_not_a_dict(self, sesv2_fake):
        rows = [{"date": TUESDAY, "SEND": 1}, ("2026-01-06", 3)]

        assert "table, row 2: expected a dict" in refused(sesv2_fake, rows, TypeError)

    def test_text_where_a_path_belongs(self, sesv2_fake):
        assert "use io.StringIO" in refused(sesv2_fake, WIDE)

    def test_a_list_where_a_value_belongs(self, sesv2_fake):
        rows = [{"date": TUESDAY, "ISP": ["Gmail"], "SEND": 1}]

        assert "column 'ISP': expected a text, got ['Gmail']" in refused(sesv2_fake, rows)

    def test_wrong_arguments(self, sesv2_fake):
        assert "metric: expected one of" in refused(sesv2_fake, csv(WIDE), metric="SENDS")
        assert "region: expected" in refused(sesv2_fake, csv(WIDE), region="nowhere")
        assert "dimensions: expected" in refused(sesv2_fake, csv(WIDE), dimensions={"X": "y"})


class TestExtras:
    def test_parquet(self, sesv2_fake, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        path = tmp_path / "counts.parquet"
        parquet.write_table(of_arrow([{"date": TUESDAY, "SEND": 4}]), path)

        sesv2_fake.load_counts(path)

        assert total("SEND") == 4

    def test_sums_of_large_tables_are_those_of_their_rows(self, sesv2_fake):
        rows = [
            {"date": f"2026-01-0{5 + n % 2}", "SEND": n, "ISP": ("Gmail", "Yahoo", None)[n % 3]}
            for n in range(1000)
        ]
        sesv2_fake.load_counts(of_arrow(rows))

        assert total("SEND") == sum(range(1000))
        assert total("SEND", ISP="Gmail") == sum(range(0, 1000, 3))

    def test_an_arrow_table_of_numbers_alone(self, sesv2_fake):
        sesv2_fake.load_counts(of_arrow([{"SEND": 4}, {"SEND": None}]), at=TUESDAY)
        sesv2_fake.load_counts(of_arrow([{"SEND": 4}]).slice(1), at=TUESDAY)

        assert total("SEND") == 4

    def without(self, monkeypatch, *names):
        """As if these were not installed."""
        from importlib import util

        found = util.find_spec
        monkeypatch.setattr(
            "sesv2_fake.checks.find_spec", lambda name: None if name in names else found(name)
        )
        monkeypatch.setattr(
            "sesv2_fake.emails.tables.find_spec",
            lambda name: None if name in names else found(name),
        )

    def test_nanoarrow_will_do(self, sesv2_fake, monkeypatch):
        pytest.importorskip("nanoarrow")
        table = ArrowStream([{"date": date(2026, 1, 5), "SEND": 3}, {"date": None, "SEND": None}])
        self.without(monkeypatch, "pyarrow")

        assert "row 2, column 'date': expected a day" in refused(sesv2_fake, table)
        sesv2_fake.load_counts(ArrowStream([{"date": date(2026, 1, 5), "SEND": 3}]))

        assert total("SEND") == 3

    def test_neither_is_an_error_that_names_the_extra(self, sesv2_fake, monkeypatch, tmp_path):
        table = ArrowStream([{"date": TUESDAY, "SEND": 3}])
        path = tmp_path / "counts.parquet"
        path.write_bytes(b"PAR1...")
        self.without(monkeypatch, "pyarrow", "nanoarrow")

        for one in (table, path):
            words = refused(sesv2_fake, one, ModuleNotFoundError)
            assert re.search(r"needs pyarrow: pip install 'sesv2-fake\[tables\]'", words)

    def test_csv_loads_none_of_them(self):
        program = f"""
import io, sys
from sesv2_fake import mock_sesv2
with mock_sesv2() as fake:
    fake.load_counts(io.StringIO({WIDE!r}))
assert not {{"pyarrow", "pandas", "numpy"}} & sys.modules.keys()
"""

        subprocess.run([sys.executable, "-c", program], check=True)
