"""What a red test shows."""

import json

import pytest
from asking import (
    DAY,
    MONDAY,
    WIRE_QUERY,
    answer_of,
    client,
    new_client,
    query,
    report,
    report_lines,
)
from botocore.config import Config

from sesv2_fake import Metric, mock_sesv2

SENDER = "news@example.com"

HEADER = """
    from datetime import datetime, timedelta, timezone
    from sesv2_fake import mock_sesv2
    import boto3, pytest, unittest

    MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)

    def ask(client, *ids, **dimensions):
        return client.batch_get_metric_data(Queries=[{
            "Id": id, "Namespace": "VDM", "Metric": "SEND", "StartDate": MONDAY,
            "EndDate": MONDAY + timedelta(days=2), "Dimensions": dimensions or {"ISP": "Gmail"},
        } for id in ids])
"""


def section(result, when="call"):
    """The lines of the report's section."""
    lines = result.outlines
    (start,) = (n for n, line in enumerate(lines) if f" sesv2_fake ({when}) " in line)
    end = next(n for n, line in enumerate(lines) if n > start and line.startswith(("=", "___")))
    return lines[start + 1 : end]


#: Some tests are about the order of those within.


def run(pytester, body, *options):
    pytester.makepyfile(HEADER + body)
    return pytester.runpytest("-W", "error", *options)


def test_a_failing_test_shows_calls_seeds_and_faults(pytester):
    result = run(
        pytester,
        """
    def test_red(sesv2_fake, sesv2_client):
        sesv2_fake.send("a@example.com", "b@gmail.com", at=MONDAY, count=7).deliver(count=5)
        sesv2_fake.deny(id="denied")
        ask(sesv2_client, "sent", "denied")
        assert 0
    """,
    )

    lines = section(result)
    assert lines[:12] == [
        "1 call",
        "- us-east-1, 2 queries: 1 answered, 1 failed",
        "    'sent' SEND 2026-01-05 to 2026-01-07, ISP=Gmail: 7 (2026-01-05: 7)",
        "    'denied' SEND 2026-01-05 to 2026-01-07, ISP=Gmail",
        "      ACCESS_DENIED: You have insufficient access to retrieve metrics based on",
        "        the given query.",
        "seeded, by day (UTC)",
        "                 2026-01-05 total",
        "  SEND                    7     7",
        "  DELIVERY                5     5",
        "  DELIVERY_OPEN           5     5",
        "  DELIVERY_CLICK          5     5",
    ]
    fault = "".join(line.strip() for line in lines[12:])
    assert fault.startswith(
        "<Fault: ACCESS_DENIED for id='denied', always: triggered once; created"
    )
    assert fault.endswith("seeds_and_faults.py:15>")


@pytest.mark.parametrize(
    "body",
    [
        "def test_red(sesv2_client):\n        assert 0",
        "@mock_sesv2\n    def test_red(sesv2_fake):\n        assert 0",
        "def test_red():\n        with mock_sesv2():\n            assert 0",
        "@mock_sesv2\n    class Test(unittest.TestCase):\n        def test_red(self): self.fail()",
        "@mock_sesv2\n    class TestRed:\n        def test_red(self):\n            assert 0",
    ],
    ids=["fixture", "decorator", "context", "case", "class"],
)
def test_whichever_door_the_fake_came_through(pytester, body):
    result = run(pytester, f"\n    {body}\n")

    result.assert_outcomes(failed=1)
    assert section(result) == ["no calls", "nothing seeded that a metric counts"]


def test_a_passing_or_skipped_test_and_one_without_a_fake_show_nothing(pytester):
    result = run(
        pytester,
        """
    def test_green(sesv2_fake): pass
    def test_skipped(sesv2_fake): pytest.skip("to see")
    def test_red(): assert 0
    """,
    )

    result.assert_outcomes(passed=1, skipped=1, failed=1)
    result.stdout.no_fnmatch_line("*sesv2_fake (*")


def test_an_error_of_the_fakes_end_is_reported_too(pytester):
    result = run(pytester, "\n    def test_red(sesv2_fake): sesv2_fake.throttle()\n")

    assert section(result, "teardown")[0] == "no calls"


def test_a_section_has_at_most_40_lines_of_80_columns(pytester):
    result = run(
        pytester,
        """
    def test_red(sesv2_fake, sesv2_client):
        for region in ("eu-west-1", "eu-west-2", "us-east-1"):
            for day in range(40):
                at = MONDAY + timedelta(days=day)
                sesv2_fake.send("a@example.com", "b@gmail.com", at=at, count=10**9, region=region)
                sesv2_fake.send("a@example.com", "b@yahoo.com", at=at).deliver().open().click()
        for n in range(30):
            sesv2_fake.deny(id="x" * 200, dimensions={"EMAIL_IDENTITY": "y" * 200})
            ask(sesv2_client, *("q" * 200 + str(m) for m in range(n % 9 + 1)))
            ask(sesv2_client, "none", EMAIL_IDENTITY=f"{n}.example.com")
        assert 0
    """,
    )

    lines = section(result)
    assert 30 < len(lines) <= 40
    assert max(map(len, lines)) <= 80
    assert any("older calls" in line for line in lines)
    assert any("more lines of seeds" in line for line in lines)
    assert any("more lines of faults" in line for line in lines)


def test_seeds_are_told_by_region_where_there_is_more_than_one(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, region="eu-west-1")
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=3)

    assert sesv2_fake.report().splitlines() == [
        "no calls",
        "seeded, by day (UTC), every region",
        "       2026-01-05 total",
        "  SEND          3     3",
        "seeded, by day (UTC), eu-west-1",
        "       2026-01-05 total",
        "  SEND          1     1",
    ]


def test_many_days_are_summed_up(sesv2_fake):
    for day in range(6):
        sesv2_fake.record("OPEN", day + 1, at=MONDAY + day * DAY)

    *_, header, row = sesv2_fake.report().splitlines()

    assert header.split() == [*(f"2026-01-0{n}" for n in range(5, 9)), "+2", "days", "total"]
    assert row.split() == ["OPEN", "1", "2", "3", "4", "11", "21"]


def test_a_retry_does_not_tell_its_queries_again(sesv2_fake, sesv2_client):
    sesv2_fake.throttle(times=2)
    sesv2_client.batch_get_metric_data(Queries=[query()])

    assert sesv2_fake.report().count("'q' SEND") == 1
    assert sesv2_fake.report().count("TooManyRequestsException:") == 2


def call(made, *queries):
    return made.batch_get_metric_data(Queries=list(queries))


def test_the_newest_call_stands_first_and_the_report_says_so(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    for id in ("first", "second"):
        call(sesv2_client, query(id=id))

    assert sesv2_fake.report().splitlines()[:5] == [
        "2 calls, newest first",
        "- us-east-1, 1 query: 1 answered",
        "    'second' SEND 2026-01-05 to 2026-01-12: 1 (2026-01-05: 1)",
        "- us-east-1, 1 query: 1 answered",
        "    'first' SEND 2026-01-05 to 2026-01-12: 1 (2026-01-05: 1)",
    ]


METRICS = list(Metric.__members__)


def test_the_newest_call_is_whole_and_older_ones_have_a_line_each(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY - DAY).deliver()
    for day in range(30):
        start = MONDAY + day * DAY
        call(sesv2_client, *(query(m, id=m, start=start, ISP="Aol") for m in METRICS))

    lines = sesv2_fake.report().splitlines()

    assert lines[0] == "30 calls, newest first"
    newest = lines[1 : lines.index("- us-east-1, 10 queries: 10 answered (10 empty)", 2)]
    assert all(sum(f"'{metric}'" in line for line in newest) == 1 for metric in METRICS)
    assert sum("no opens were seeded" in line for line in newest) == 1
    older = lines.index("... and 25 older calls")
    assert set(lines[1 + len(newest) : older]) == {
        "- us-east-1, 10 queries: 10 answered (10 empty)"
    }
    assert lines[older + 1] == "seeded, by day (UTC)"
    assert len(lines) <= 40


def test_a_crowded_report_says_why_of_each_query_of_the_newest_call(sesv2_fake, sesv2_client):
    for region in (None, "us-east-1", "eu-west-1"):
        sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, region=region).deliver().open()
    for n in range(3):
        sesv2_fake.deny(id=f"other-{n}", optional=True)
    call(sesv2_client, query())
    call(sesv2_client, query("SEND", id="sent"), *(query(m, id=m, ISP="Aol") for m in METRICS[1:]))
    sends = [f"sent {n}" for n in range(5)]
    others = [report.OuterFake("x" * 80, sesv2_fake._account.metrics)]

    lines = report_lines(sesv2_fake, sends=sends, others=others)

    assert len(lines) == 40
    assert lines[1] == "- us-east-1, 10 queries: 10 answered (9 empty)"
    assert lines[2].startswith("    'sent' SEND")
    assert ": 2 (2026-01-05: 2)" in lines[2]
    for metric in METRICS[1:]:
        (position,) = (n for n, line in enumerate(lines) if f"'{metric}' {metric}" in line)
        assert lines[position + 1].startswith("      empty: ")


def test_what_fits_in_fewer_lines_is_not_cut(sesv2_fake, sesv2_client):
    for day in range(9):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + day * DAY)
    call(sesv2_client, query(end=MONDAY + 9 * DAY))

    assert sesv2_fake.report().splitlines()[2] == (
        "    'q' SEND 2026-01-05 to 2026-01-14: 9 on 9 days"
    )
    assert "2026-01-13: 1)" in " ".join(report_lines(sesv2_fake, verbose=True))


def test_a_query_too_long_for_a_line_keeps_its_total(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    call(sesv2_client, query(id="q" * 200))

    line = sesv2_fake.report().splitlines()[2]

    assert len(line) == 80
    assert line.endswith("qqq ...: 1 on 1 day")


def test_verbose_tells_everything(sesv2_fake, sesv2_client):
    for n in range(50):
        sesv2_fake.record("SEND", n, at=MONDAY, region=f"eu-west-{n}")
        call(sesv2_client, query(id=f"q{n}"))

    lines = report_lines(sesv2_fake, sends=["sent 1"] * 9, verbose=True)

    assert sum("empty: 0 of 1225 sends count" in line for line in lines) == 50
    assert sum("seeded, by day" in line for line in lines) == 49
    assert lines.count("sent 1") == 9
    assert not any("older calls" in line or "more lines" in line for line in lines)


def test_no_more_queries_are_explained_than_are_shown(sesv2_fake, sesv2_client, monkeypatch):
    explained = []
    monkeypatch.setattr(
        "sesv2_fake.report.Explanations.of",
        lambda _, asked: explained.append(asked) or ["so it is"],
    )
    for n in range(60):
        start = MONDAY + n * DAY
        call(sesv2_client, *(query(m, id=m, start=start) for m in METRICS[: n % 10 + 1]))

    assert "so it is" in sesv2_fake.report()
    assert len(explained) <= 40


def test_the_same_question_is_explained_once(sesv2_fake, sesv2_client, monkeypatch):
    explained = []
    monkeypatch.setattr(
        "sesv2_fake.report.Explanations.of",
        lambda _, asked: explained.append(asked) or ["so it is"],
    )
    for id in ("a", "b"):
        call(sesv2_client, query(id=id))

    assert sesv2_fake.report().count("so it is") == 2
    assert len(explained) == 1


def test_the_same_call_again_with_the_same_answer_is_a_line(sesv2_fake, sesv2_client):
    for _ in range(3):
        call(sesv2_client, query())

    assert sesv2_fake.report().count("'q' SEND") == 1
    assert sesv2_fake.report().count("- us-east-1, 1 query: 1 answered (1 empty)") == 3


def test_a_call_that_was_empty_before_a_seed_says_so(sesv2_fake, sesv2_client):
    call(sesv2_client, query())
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    call(sesv2_client, query())

    assert "empty at the time; by now 1 of 1 sends count" in sesv2_fake.report()


def test_each_empty_query_has_its_own_reasons(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    call(sesv2_client, query(ISP="Yahoo"), query(id="set", CONFIGURATION_SET="news"))
    call(new_client("eu-west-1"), query(ISP="Yahoo"))

    empty = [line.strip() for line in report_lines(sesv2_fake) if "empty: " in line]
    assert empty == [
        "empty: 0 of 1 sends count; 1 of another ISP: Gmail",
        "empty: 0 of 1 sends count; 1 of another ISP: Gmail",
        "empty: 0 of 1 sends count; 1 without configuration set",
    ]


def test_an_unknown_isp_of_a_query_is_called_unknown(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    call(sesv2_client, query(ISP="GMail"))

    assert "empty: unknown ISP 'GMail'; did you mean 'Gmail'?" in sesv2_fake.report()


@pytest.mark.parametrize(
    ("queries", "number", "flaws"),
    [
        (
            [WIRE_QUERY, {**WIRE_QUERY, "Id": "r", "Metric": "SENT"}],
            "2 queries",
            ["query 2: unknown metric 'SENT'; did you mean 'SEND'?"],
        ),
        ([{"Id": "q", "Metric": "SEND"}], "1 query", ["query 1: no StartDate, EndDate"]),
        ([None], "1 query", ["query 1: null"]),
        ([{**WIRE_QUERY, "StartDate": []}], "unreadable body", []),
        ([], "0 queries", []),
    ],
    ids=["a metric", "missing", "null", "a type", "none"],
)
def test_a_query_that_cannot_be_read_is_told_with_what_is_wrong(sesv2_fake, queries, number, flaws):
    body = json.dumps({"Queries": queries}).encode()
    answer_of(sesv2_fake._account, body)

    lines = sesv2_fake.report().splitlines()

    assert lines[1].startswith(f"- us-east-1, {number}: ")
    assert [line.strip() for line in lines if line.startswith("    query ")] == flaws


def test_ten_queries_of_a_large_body_are_shown(sesv2_fake):
    body = json.dumps({"Queries": [WIRE_QUERY] * 50}).encode()
    answer_of(sesv2_fake._account, body)

    lines = sesv2_fake.report().splitlines()

    assert lines[1].startswith("- us-east-1, 50 queries: BadRequestException: ")
    assert sum(line.startswith("    'q' SEND") for line in lines) == 10


def test_each_query_that_failed_is_told_with_its_own_error(sesv2_fake, sesv2_client):
    sesv2_fake.deny(id="a")
    sesv2_fake.fail_queries("INTERNAL_FAILURE", id="b")
    call(sesv2_client, query(id="a"), query(id="b"))

    lines = [line.split(":")[0].strip() for line in sesv2_fake.report().splitlines()]

    assert lines[3] == "ACCESS_DENIED"
    assert "INTERNAL_FAILURE" in lines


def test_loaded_responses_are_told(sesv2_fake):
    for metric, dimensions in (
        ("SEND", {}),
        ("OPEN", {"ISP": "Gmail", "EMAIL_IDENTITY": "b.com,a.com"}),
        ("CLICK", {"CONFIGURATION_SET": "*"}),
    ):
        result = {"Id": "q", "Timestamps": [MONDAY], "Values": [40]}
        sesv2_fake.load_response([query(metric, **dimensions)], {"Results": [result], "Errors": []})

    assert sesv2_fake.report().splitlines() == [
        "no calls",
        "seeded, by day (UTC)",
        "       2026-01-05 total",
        "  SEND         40    40",
        "from a loaded response: CLICK, CONFIGURATION_SET=*: 40",
        "from a loaded response: OPEN, EMAIL_IDENTITY=a.com,b.com, ISP=Gmail: 40",
        "from a loaded response: SEND: 40",
    ]


def test_days_without_a_count_are_not_in_the_table(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    email.open(at=MONDAY + DAY).open(at=MONDAY)

    assert "2026-01-06" not in sesv2_fake.report()


def test_outer_fakes_that_hold_something_are_told():
    with mock_sesv2() as outer, mock_sesv2() as middle, mock_sesv2() as empty:
        outer.send(SENDER, "ann@gmail.com", at=MONDAY, count=3).deliver()
        middle.record("OPEN", 1, at=MONDAY)
        others = [
            report.OuterFake(f"tests/conftest.py:{line}", fake._account.metrics)
            for line, fake in enumerate((outer, middle, empty), start=10)
        ]
        with mock_sesv2() as fake:
            lines = report_lines(fake, others=others)

    assert [line for line in lines if "outer" in line] == [
        "an outer fake, started at tests/conftest.py:10, holds 3 emails; it is not asked",
        "an outer fake, started at tests/conftest.py:11, holds 1 count; it is not asked",
    ]


def test_lines_about_emails_that_code_sent_stand_before_the_seeds(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    assert report_lines(sesv2_fake, sends=["1 email sent by your code: a to b"])[:3] == [
        "no calls",
        "1 email sent by your code: a to b",
        "seeded, by day (UTC)",
    ]


def test_reprs_say_it_in_one_line(sesv2_fake):
    email = sesv2_fake.send(
        SENDER, "a@gmail.com", at=MONDAY, count=5, region="eu-west-1", tenant="t"
    ).deliver(count=2)
    sesv2_fake.deny(id="b")
    made = new_client("eu-west-1", config=Config(retries={"total_max_attempts": 1}))
    made.batch_get_metric_data(Queries=[query(id="a"), query(id="b")])
    sesv2_fake.throttle(times=1)
    with pytest.raises(made.exceptions.TooManyRequestsException):
        made.batch_get_metric_data(Queries=[query()])

    assert repr(email) == (
        "<Email: 5 emails of 2026-01-05, EMAIL_IDENTITY=news@example.com, TENANT_NAME=t, "
        "ISP=Gmail, region=eu-west-1, no feedback loop with the ISP, 2 delivered>"
    )
    assert repr(sesv2_fake) == ("<FakeSESv2: active, documented, 7 events, 2 faults, 2 calls>")
    answered, refused = sesv2_fake.calls
    assert repr(answered) == "<Call: eu-west-1, 2 queries: 1 answered, 1 failed>"
    made = client("eu-west-1")
    made.batch_get_metric_data(Queries=[query(id="a", ISP="Gmail", CONFIGURATION_SET="s")])
    assert repr(sesv2_fake.calls[-1]) == "<Call: eu-west-1, 1 query: 1 answered>"
    sesv2_fake.throttle(times=1)
    made.batch_get_metric_data(Queries=[query(id="a")])
    assert repr(sesv2_fake.calls[-1]) == "<Call: eu-west-1, 1 query, attempt 2: 1 answered>"
    assert repr(refused) == (
        "<Call: eu-west-1, 1 query: TooManyRequestsException: Too many requests have been made to "
        "the operation.>"
    )


def test_a_fake_can_report_after_its_end():
    with mock_sesv2() as fake:
        fake.send(SENDER, "a@gmail.com", at=MONDAY)

    assert "SEND" in fake.report()
    assert repr(fake) == "<FakeSESv2: not active, documented, 1 event, 0 faults, 0 calls>"


def test_the_call_that_came_back_empty_is_whole_whenever_it_came(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    chunks = [[query(id=f"q{n}{m}") for m in range(10)] for n in range(6)]
    chunks[2] = [query("COMPLAINT", id=f"none{m}") for m in range(10)]
    for chunk in chunks:
        call(sesv2_client, *chunk)

    lines = sesv2_fake.report().splitlines()

    assert len(lines) <= 40
    assert sum("'none" in line for line in lines) == 10
    assert sum("empty: no complaints were seeded" in line for line in lines) == 10
    assert lines[0] == "6 calls, newest first"
    assert lines[-1] == "pytest -vv shows more"


def test_a_call_that_came_back_empty_is_whole_beside_newer_ones_that_did_in_part(
    sesv2_fake, sesv2_client
):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    call(sesv2_client, *(query("COMPLAINT", id=f"none{n}") for n in range(10)))
    for n in range(3):
        part = [query("COMPLAINT" if m == 9 else "SEND", id=f"q{n}{m}") for m in range(10)]
        call(sesv2_client, *part)

    lines = sesv2_fake.report().splitlines()

    assert len(lines) <= 40
    assert sum("'none" in line for line in lines) == 10


def test_a_call_between_many_that_were_answered_is_found(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    for n in range(100):
        call(sesv2_client, query("COMPLAINT" if n == 50 else "SEND", id=f"q{n}"))

    lines = sesv2_fake.report().splitlines()

    place = lines.index("- us-east-1, 1 query: 1 answered (1 empty)")
    assert lines[place + 2] == "      empty: no complaints were seeded"
    assert any(line.endswith(" more calls") for line in lines[:place])
    assert any(line.endswith(" older calls") for line in lines[place:])


def test_a_throttled_attempt_that_was_tried_again_is_not_what_went_wrong(sesv2_fake, sesv2_client):
    call(sesv2_client, query("SEND", id="empty"))
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    sesv2_fake.throttle(times=1)
    call(sesv2_client, *(query(id=f"q{n}") for n in range(10)))

    assert "'empty' SEND" in sesv2_fake.report()


def test_a_report_that_is_whole_names_no_option(sesv2_fake, sesv2_client):
    call(sesv2_client, query())

    assert "-vv" not in sesv2_fake.report()


def test_calls_and_sends_before_the_test_are_told_apart(pytester):
    result = run(
        pytester,
        """
    @pytest.fixture(scope="module")
    def fake():
        with mock_sesv2() as fake:
            yield fake

    def send(client, to):
        client.send_email(
            FromEmailAddress="a@example.com", Destination={"ToAddresses": [to]},
            Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
        )

    CLIENT = boto3.client("sesv2", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")

    def test_green(fake):
        ask(CLIENT, "before")
        send(CLIENT, "before@example.com")

    def test_red(fake):
        ask(CLIENT, "mine")
        send(CLIENT, "mine@example.com")
        assert 0
    """,
    )

    lines = section(result)
    assert lines[0] == "2 calls, newest first"
    assert not any("'before'" in line for line in lines)
    earlier = lines.index("2 calls before this test, newest first")
    assert lines[earlier + 1] == "- us-east-1, SendEmail: sent to before@example.com"
    assert "1 email sent by your code: mine@example.com" in lines
    assert "1 email sent before this test" in lines
    assert lines[-1] == "pytest -vv shows more"
    assert any("'before'" in line for line in section(pytester.runpytest("-W", "error", "-vv")))
