"""Event records that an engine counts where they lie: examples/archive, `tox -e archive`."""

import itertools
import json
from datetime import timedelta
from pathlib import Path

import pytest
from asking import MONDAY, client, query, series
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import record

from sesv2_fake import Metric, mock_sesv2

duckdb = pytest.importorskip("duckdb", reason="duckdb is in the tox environment archive")

EXAMPLES = Path(__file__).parents[1] / "examples"
ARCHIVE = EXAMPLES / "archive"
WEEK = EXAMPLES / "newsletter_week.jsonl"
COLUMNS = ("date", "metric", "count", "EMAIL_IDENTITY", "CONFIGURATION_SET", "ISP")
DIMENSIONS = COLUMNS[3:]


def counted_by_duckdb(path):
    """The rows of the recipe's query."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE VIEW records AS SELECT json AS record "
            f"FROM read_json_objects('{path}', format='newline_delimited')"
        )
        found = connection.execute((ARCHIVE / "daily_counts.sql").read_text("utf-8")).fetchall()
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


@pytest.fixture(scope="session")
def spark():
    """A Spark of one thread, which needs a Java."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is in the tox environment archive")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.codegen.wholeStage", "false")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture
def counted_by_spark(spark):
    def counted(path):
        spark.read.text(str(path)).toDF("record").createOrReplaceTempView("records")
        found = spark.sql((ARCHIVE / "daily_counts.spark.sql").read_text("utf-8"))
        return [dict(zip(COLUMNS, row, strict=True)) for row in found.collect()]

    return counted


def answers(fill, asked):
    """What a fake answers to each of the queries."""
    with mock_sesv2() as fake:
        fill(fake)
        made, found = client(), []
        for start in range(0, len(asked), 10):
            response = made.batch_get_metric_data(Queries=asked[start : start + 10])
            found += [series(response, one["Id"]) for one in asked[start : start + 10]]
    return found


def questions(rows):
    """Of each metric: all, each value of each dimension, and each pair of values."""
    values = {name: {row[name] for row in rows} - {None} for name in DIMENSIONS}
    values["EMAIL_IDENTITY"] |= {one.partition("@")[2] for one in values["EMAIL_IDENTITY"]}
    values["TENANT_NAME"] = {"none"}
    single = [{name: value} for name, those in values.items() for value in sorted(those)]
    pairs = [a | b for a, b in itertools.combinations(single, 2) if a.keys() != b.keys()]
    how = {"start": MONDAY - timedelta(days=20), "end": MONDAY + timedelta(days=40)}
    return [
        query(metric.value, id=f"{metric.value}-{n}", **how, **dimensions)
        for n, dimensions in enumerate([{}, *single, *pairs])
        for metric in Metric
    ]


def assert_alike(path, rows):
    """A fake that loaded the counts answers as one that loaded the records."""
    asked = questions(rows)

    by_records = answers(lambda fake: fake.load_events(path), asked)
    by_counts = answers(lambda fake: rows and fake.load_counts(rows), asked)

    assert by_counts == by_records


@pytest.fixture(params=[counted_by_duckdb, "counted_by_spark"], ids=["duckdb", "spark"])
def counted(request):
    is_fixture = isinstance(request.param, str)
    return request.getfixturevalue(request.param) if is_fixture else request.param


def test_a_week_counts_as_its_records_do(counted):
    rows = counted(WEEK)

    assert sum(row["count"] for row in rows if row["metric"] == "SEND") == 980
    assert_alike(WEEK, rows)


MOMENTS = st.integers(0, 20 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
SENDERS = ["news@example.com", "News <news@example.com>", "SHOP@example.com", "x@a.example.org"]
RECIPIENTS = {
    "ann@gmail.com": "Gmail",
    "Bob <bob@yahoo.com>": "Yahoo",
    "cat@example.net": "UNKNOWN_ISP",
    "bounce+x@simulator.amazonses.com": "UNKNOWN_ISP",
}
SUPPRESSED = "OnAccountSuppressionList"
BOUNCES = st.builds(
    lambda kind, sub_type: {"bounceType": kind, "bounceSubType": sub_type},
    st.sampled_from(["Permanent", "Transient", "Undetermined"]),
    st.sampled_from(["General", SUPPRESSED]),
)
COMPLAINTS = st.sampled_from([{}, {"complaintSubType": None}, {"complaintSubType": SUPPRESSED}])
DETAILS = {"Bounce": BOUNCES, "Complaint": COMPLAINTS}
TYPES = ["Send", "Delivery", "Bounce", "Complaint", "Open", "Open", "Click", "DeliveryDelay"]


@st.composite
def records_of_an_email(draw, id):
    to = draw(st.lists(st.sampled_from(list(RECIPIENTS)), min_size=1, max_size=2))
    mail = {
        "source": draw(st.sampled_from(SENDERS)),
        "destination": to,
        "sendingAccountId": draw(st.sampled_from(["123456789012"] * 4 + ["999999999999"])),
        "tags": {"ses:recipient-isp": [RECIPIENTS[to[0]]]},
    }
    domain = mail["source"].rpartition("@")[2].strip(">").lower()
    mail["sourceArn"] = f"arn:aws:ses:us-east-1:123456789012:identity/{domain}"
    if configuration_set := draw(st.sampled_from([None, "news", "shop"])):
        mail["tags"]["ses:configuration-set"] = [configuration_set]
    made = []
    for kind in draw(st.lists(st.sampled_from(TYPES), max_size=6)):
        detail = draw(DETAILS.get(kind, st.just({})))
        at = MONDAY if kind == "Send" else draw(MOMENTS)
        one = record(kind, at, id=f"m-{id}", detail=detail, **mail)
        # All that publish events may repeat a record.
        made += draw(st.integers(1, 2)) * [one]
    return made


@st.composite
def archives(draw):
    emails = [draw(records_of_an_email(id)) for id in range(draw(st.integers(0, 12)))]
    return draw(st.permutations(list(itertools.chain.from_iterable(emails))))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(records=archives())
def test_any_archive_counts_as_its_records_do(counted, tmp_path, records):
    path = tmp_path / "records.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")

    assert_alike(path, counted(path))


@pytest.mark.parametrize("dialect", ["spark", "trino"])
def test_the_query_in_other_dialects_is_translated_and_can_be_parsed(dialect):
    sqlglot = pytest.importorskip("sqlglot", reason="sqlglot is in the tox environment archive")
    text = (ARCHIVE / f"daily_counts.{dialect}.sql").read_text("utf-8")

    (translated,) = sqlglot.transpile(
        (ARCHIVE / "daily_counts.sql").read_text("utf-8"),
        read="duckdb",
        write=dialect,
        pretty=True,
    )
    assert text.endswith(f"\n{translated}\n"), "run `python examples/archive/translate.py`"
    assert sqlglot.parse_one(text, read=dialect)
