"""SES's own event records: every type, every wrapping, any order, repeats, and broken ones."""

import io
import json
import random
from collections import Counter
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from asking import DAY, MONDAY, ask, client, total

# From AWS's SES developer guide, see data/README.md.
GUIDE = Path(__file__).parent / "data" / "aws_developer_guide.jsonl"
SAMPLES = [json.loads(line) for line in GUIDE.read_text().splitlines()]


def record(event_type="Send", at=MONDAY, *, id="m-1", detail=None, **mail):
    """A record of `event_type` that happened at `at`, of an email sent on Monday."""
    time = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    made = {
        "eventType": event_type,
        "mail": {
            "timestamp": time if event_type == "Send" else "2026-01-05T00:00:00.000Z",
            "messageId": id,
            "source": "News <news@example.com>",
            "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
            "destination": ["ann@yahoo.com"],
            "tags": {"ses:configuration-set": ["news"]},
            **mail,
        },
    }
    if event_type != "Send":
        made[event_type.lower()] = {"timestamp": time, **(detail or {})}
    return made


def bounce(bounce_type="Permanent", sub_type="General", **how):
    detail = {"bounceType": bounce_type, "bounceSubType": sub_type}
    return record("Bounce", detail=detail, **how)


def sns(message):
    return {"Type": "Notification", "TopicArn": "arn:...", "Message": json.dumps(message)}


WRAPPINGS = {
    "plain": lambda made: made,
    "feedback notification": lambda made: {
        ("notificationType" if name == "eventType" else name): value for name, value in made.items()
    },
    "sns": sns,
    "lambda of sns": lambda made: {"Records": [{"EventSource": "aws:sns", "Sns": sns(made)}]},
    "lambda of sqs of sns": lambda made: {"Records": [{"body": json.dumps(sns(made))}]},
    "eventbridge": lambda made: {"detail-type": "Email Sent", "source": "aws.ses", "detail": made},
}


def test_every_type_of_awss_guide_is_understood(sesv2_fake):
    loaded = sesv2_fake.load_events(GUIDE)

    assert loaded.taken == Counter(
        {"Bounce": 1, "Complaint": 1, "Delivery": 1, "Send": 1, "Open": 1, "Click": 1}
    )
    assert loaded.skipped == Counter(
        {"Reject": 1, "Rendering Failure": 1, "DeliveryDelay": 1, "Subscription": 1}
    )
    assert loaded.repeated == Counter()


@pytest.mark.parametrize(
    ("metric", "day"),
    [
        ("SEND", date(2016, 10, 14)),
        ("DELIVERY", date(2016, 10, 19)),
        ("PERMANENT_BOUNCE", date(2017, 8, 5)),
        ("COMPLAINT", date(2017, 8, 5)),
        ("OPEN", date(2017, 8, 9)),
        ("CLICK", date(2017, 8, 9)),
    ],
)
def test_awss_samples_count_on_their_days(sesv2_fake, metric, day):
    sesv2_fake.load_events(GUIDE)
    start = datetime.combine(day, datetime.min.time(), timezone.utc) - 3 * DAY

    assert ask(metric, start=start, CONFIGURATION_SET="ConfigSet") == {day: 1}
    assert ask(metric, start=start, EMAIL_IDENTITY="sender@example.com") == {day: 1}


SOURCES = {
    "path": lambda path: path,
    "path as text": str,
    "open text file": lambda path: path.open(encoding="utf-8"),
    "open binary file": lambda path: path.open("rb"),
    "file in memory": lambda path: io.StringIO(path.read_text()),
    "texts": lambda path: path.read_text().splitlines(),
    "bytes": lambda path: path.read_bytes().splitlines(),
    "dicts": lambda path: [json.loads(line) for line in path.read_text().splitlines()],
    "generator": lambda path: (json.loads(line) for line in path.read_text().splitlines()),
    "run together": lambda path: [path.read_text().replace("\n", "")],
    "one list": lambda path: io.StringIO(f"[{','.join(path.read_text().splitlines())}]"),
    "over many lines": lambda path: io.StringIO(
        "\n".join(json.dumps(sample, indent=2) for sample in SAMPLES)
    ),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_source_may_be_a_path_a_file_or_an_iterable(sesv2_fake, source, request):
    opened = source(GUIDE)
    if hasattr(opened, "close"):
        request.addfinalizer(opened.close)

    assert sum(sesv2_fake.load_events(opened).taken.values()) == 6


def test_a_byte_order_mark_and_blank_lines_are_no_records(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(f"\n\n{json.dumps(record())}\n\n", encoding="utf-8-sig")

    assert sesv2_fake.load_events(path).taken == {"Send": 1}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_each_wrapping_is_taken_off(sesv2_fake, wrap):
    loaded = sesv2_fake.load_events([wrap(record("Delivery"))])

    assert loaded.taken == {"Delivery": 1}
    assert total("DELIVERY") == 1


def test_one_event_as_a_function_gets_it_is_a_source(sesv2_fake):
    event = {"Records": [{"Sns": sns(record(id=f"m-{n}"))} for n in range(3)]}

    assert sesv2_fake.load_events(event).taken == {"Send": 3}


def test_the_same_record_is_one_event_however_it_is_wrapped(sesv2_fake):
    loaded = sesv2_fake.load_events([wrap(record("Delivery")) for wrap in WRAPPINGS.values()])
    again = sesv2_fake.load_events([record("Delivery")])

    assert (loaded.taken, loaded.repeated) == ({"Delivery": 1}, {"Delivery": 5})
    assert (again.taken, again.repeated) == ({}, {"Delivery": 1})
    assert total("DELIVERY") == 1


def test_opens_of_one_message_count_once_over_several_sources(sesv2_fake):
    sesv2_fake.load_events([record("Open", MONDAY + 2 * DAY)])
    sesv2_fake.load_events([record("Open", MONDAY + DAY), record("Open", MONDAY + 3 * DAY)])

    assert ask("OPEN") == {date(2026, 1, 6): 1}


def test_any_order_of_the_records_gives_the_same_answers(sesv2_fake):
    records = [
        made
        for n in range(20)
        for made in (
            record(at=MONDAY + n * DAY / 8, id=f"m-{n}"),
            record("Delivery", MONDAY + n * DAY / 4, id=f"m-{n}"),
            record("Open", MONDAY + n * DAY / 4, id=f"m-{n}"),
            record("Open", MONDAY + n * DAY / 3, id=f"m-{n}", source="other@example.org"),
            record("Click", MONDAY + n * DAY / 3, id=f"m-{n}"),
        )
    ]
    answers = []
    for seed in range(5):
        random.Random(seed).shuffle(records)
        sesv2_fake.reset()
        sesv2_fake.load_events(records)
        answers.append([ask(metric) for metric in ("SEND", "DELIVERY", "OPEN", "CLICK")])

    assert answers[0] == answers[1] == answers[2] == answers[3] == answers[4]
    assert [sum(series.values()) for series in answers[0]] == [20, 20, 20, 20]


def test_copies_that_tell_less_of_an_event_lose_in_whatever_order(sesv2_fake):
    bare = WRAPPINGS["feedback notification"](bounce(tags={}))
    for records in ([bare, bounce()], [bounce(), bare]):
        sesv2_fake.reset()
        loaded = sesv2_fake.load_events(records)

        assert (loaded.taken, loaded.repeated) == ({"Bounce": 1}, {"Bounce": 1})
        assert (total("PERMANENT_BOUNCE", CONFIGURATION_SET="news"), total("PERMANENT_BOUNCE")) == (
            1,
            1,
        )


def test_copies_that_contradict_are_one_event_in_whatever_order(sesv2_fake):
    told = [bounce("Permanent"), bounce("Transient"), bounce("Undetermined")]
    answers = []
    for records in (told, told[::-1], [told[1], told[0], told[2]]):
        sesv2_fake.reset()
        sesv2_fake.load_events(records)
        answers.append([total(metric) for metric in ("PERMANENT_BOUNCE", "TRANSIENT_BOUNCE")])

    assert answers == [[1, 0]] * 3


def test_copies_of_an_open_too(sesv2_fake):
    for records in (
        [record("Open", tags={}), record("Open")],
        [record("Open"), record("Open", tags={})],
    ):
        sesv2_fake.reset()
        sesv2_fake.load_events(records)

        assert (total("OPEN", CONFIGURATION_SET="news"), total("OPEN")) == (1, 1)


def test_a_recipients_isp_is_its_tag_or_follows_from_the_domain(sesv2_fake):
    tagged = {"ses:recipient-isp": ["ExchangeOnline"]}
    sesv2_fake.load_events([record(id="a", tags=tagged), record(id="b", tags={})])

    assert (total("SEND", ISP="ExchangeOnline"), total("SEND", ISP="Yahoo")) == (1, 1)


def test_an_email_is_seen_by_its_source_and_the_identity_of_its_arn(sesv2_fake):
    sesv2_fake.load_events([record(source="news@mail.example.com")])

    identities = ["news@mail.example.com", "mail.example.com", "example.com", "example.org"]
    assert [total("SEND", EMAIL_IDENTITY=identity) for identity in identities] == [1, 1, 1, 0]


def test_the_account_suppression_list_is_told_by_the_sub_type(sesv2_fake):
    listed = "OnAccountSuppressionList"
    sesv2_fake.load_events(
        [
            bounce("Permanent", listed, id="a"),
            bounce("Permanent", "General", id="b"),
            bounce("Transient", listed, id="c"),
            bounce("Undetermined", "Undetermined", id="d"),
            record("Complaint", id="e", detail={"complaintSubType": listed}),
            record("Complaint", id="f", detail={"complaintSubType": None}),
        ]
    )

    totals = [total(metric) for metric in ("PERMANENT_BOUNCE", "TRANSIENT_BOUNCE", "COMPLAINT")]
    assert totals == [1, 1, 1]


def test_several_recipients_and_the_simulator_are_told_by_the_destination(sesv2_fake):
    sesv2_fake.load_events(
        [
            record(id="a", destination=["ann@yahoo.com", "bob@yahoo.com"]),
            record(id="b", destination=["success@simulator.amazonses.com"]),
            record(id="c"),
        ]
    )

    assert total("SEND") == 1


def test_deliveries_to_two_recipients_of_one_email_are_two_events(sesv2_fake):
    both = ["ann@yahoo.com", "bob@yahoo.com"]
    loaded = sesv2_fake.load_events(
        record("Delivery", destination=both, detail={"recipients": [one]}) for one in both
    )

    assert (loaded.taken, loaded.repeated) == ({"Delivery": 2}, {})


def test_trackers_are_as_the_caller_says(sesv2_fake):
    sesv2_fake.load_events([record("Delivery"), record("Open")], open_tracking=False)

    totals = [total(metric) for metric in ("DELIVERY", "DELIVERY_OPEN", "OPEN", "DELIVERY_CLICK")]
    assert totals == [1, 0, 0, 1]


def test_a_region_sees_the_records_loaded_for_it(sesv2_fake):
    sesv2_fake.load_events([record()], region="eu-west-1")
    sesv2_fake.load_events([record()], region="us-east-1")

    assert total("SEND", using=client("eu-west-1")) == 1
    assert total("SEND", using=client("us-east-1")) == 1
    assert total("SEND", using=client("us-east-2")) == 0


def test_records_say_more_of_an_email_that_was_sent_with_a_message_id(sesv2_fake):
    sent = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id="m-1")
    sent.open(at=MONDAY + DAY)
    sesv2_fake.load_events([record(), record("Open", MONDAY), record("Open", MONDAY + 2 * DAY)])

    assert total("SEND") == 1
    assert ask("OPEN") == {date(2026, 1, 5): 1}


def test_what_records_tell_of_an_email_and_what_the_test_tells_is_one(sesv2_fake):
    sent = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id="m-1")
    sesv2_fake.load_events([record("Open", MONDAY + DAY), record("Delivery")])

    with pytest.raises(ValueError, match="1 more cannot be opened"):
        sent.open(count=1)
    with pytest.raises(ValueError, match="1 more cannot be delivered"):
        sent.deliver()
    sent.open(at=MONDAY)

    assert (ask("OPEN"), total("DELIVERY")) == ({date(2026, 1, 5): 1}, 1)


def test_a_record_of_what_the_test_told_is_a_repeat(sesv2_fake):
    sent = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id="m-1")
    sent.deliver()

    assert sesv2_fake.load_events([record("Delivery", MONDAY + DAY)]).repeated == {"Delivery": 1}
    assert total("DELIVERY") == 1


@pytest.mark.parametrize(
    "message",
    [
        {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"},
        {"Message": "Successfully validated SNS topic for Amazon SES event publishing."},
        {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have ..."},
    ],
)
def test_what_a_topic_is_told_beside_events_is_skipped(sesv2_fake, message):
    loaded = sesv2_fake.load_events([message, sns(record())])

    assert (sum(loaded.skipped.values()), loaded.taken) == (1, {"Send": 1})


def test_what_is_nested_too_deep_is_an_error(sesv2_fake):
    text = '{"detail":' * 3000 + "{}" + "}" * 3000

    with pytest.raises(ValueError, match=r"^item 1, line 1: "):
        sesv2_fake.load_events([text])


def test_so_are_objects_nested_too_deep(sesv2_fake):
    made = record()
    for _ in range(10_000):
        made = [made]

    with pytest.raises(ValueError, match=r"^item 1: nested too deep for a record$"):
        sesv2_fake.load_events([made])


def test_a_message_id_is_one_emails(sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id="m-1")

    with pytest.raises(ValueError, match="'m-1' is another email's already"):
        sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id="m-1")

    assert total("SEND") == 1


def broken(**changes):
    """A bounce with members changed, or left out where the change is None; names have dots."""
    made = bounce()
    for name, value in changes.items():
        parent, _, member = name.replace("__", ".").rpartition(".")
        owner = made[parent] if parent else made
        owner.pop(member, None)
        if value is not None:
            owner[member] = value
    return made


BROKEN = {
    "no type": (broken(eventType=None), "eventType: expected a record with an eventType"),
    "unknown type": (broken(eventType="Bounced"), "eventType: expected one of Send.*'Bounced'"),
    "type no text": (broken(eventType=["Send"]), "eventType: expected one of"),
    "no mail": (broken(mail=None), "mail: expected an object, got None"),
    "no detail": (broken(bounce=None), "bounce: expected an object, got None"),
    "no message id": (broken(mail__messageId=None), "mail.messageId: expected text, got None"),
    "no time": (broken(bounce__timestamp=None), "bounce.timestamp: expected a time .* got None"),
    "bad time": (broken(bounce__timestamp="yesterday"), "bounce.timestamp: .* 'yesterday'"),
    "no such day": (broken(bounce__timestamp="2026-02-30T00:00:00Z"), "bounce.timestamp: .*02-30"),
    "no offset": (broken(bounce__timestamp="2026-01-05T00:00:00"), "bounce.timestamp: expected"),
    "bounce type": (broken(bounce__bounceType="Hard"), "bounce.bounceType: .* 'Hard'"),
    "bounce type no text": (broken(bounce__bounceType={}), "bounce.bounceType: expected one of"),
    "source": (broken(mail__source="Example"), "mail.source: expected an address .* 'Example'"),
    "no source": (broken(mail__source=None), "mail.source: expected an address .* None"),
    "no destination": (broken(mail__destination=None), "mail.destination: expected a list"),
    "empty destination": (broken(mail__destination=[]), "mail.destination: expected a list"),
    "destination": (broken(mail__destination=["ann"]), "mail.destination: .* 'ann'"),
    "arn": (broken(mail__sourceArn="example.com"), "mail.sourceArn: expected an ARN"),
    "arn no text": (broken(mail__sourceArn=1), "mail.sourceArn: expected an ARN"),
    "tags": (broken(mail__tags=["news"]), "mail.tags: expected an object"),
    "tags empty text": (broken(mail__tags=""), "mail.tags: expected an object"),
    "set": (broken(mail__tags={"ses:configuration-set": ["a b"]}), "ses:configuration-set: "),
    "isp": (broken(mail__tags={"ses:recipient-isp": "Gmail"}), "ses:recipient-isp: expected a"),
    "sns": ({"Message": "You have chosen to subscribe"}, "Message: expected a record as JSON"),
    "sns no record": ({"Message": "[1]"}, "record: expected a JSON object, got 1"),
    "number": (7, "record: expected a JSON object, got 7"),
}


@pytest.mark.parametrize(("made", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_record_is_an_error_and_nothing_of_its_source_is_taken(sesv2_fake, made, message):
    good = [record(id="a"), record(id="b")]

    with pytest.raises(ValueError, match=f"^item 3: .*{message}"):
        sesv2_fake.load_events([*good, made, record(id="c")])

    assert total("SEND") == 0
    assert sesv2_fake.load_events(good).taken == {"Send": 2}


def test_a_broken_line_of_a_file_is_told_by_its_number(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(record())}\n\n{json.dumps(broken(mail=None))}\n")

    with pytest.raises(ValueError, match=r"events\.jsonl, line 3: mail: expected an object"):
        sesv2_fake.load_events(path)


def test_a_line_that_is_no_json_is_told_by_its_number_and_text(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(record())}\nnot json\n")

    with pytest.raises(ValueError, match=r"events\.jsonl, line 2: expected JSON, got 'not json'"):
        sesv2_fake.load_events(path)


def test_a_file_that_is_no_text_is_an_error(sesv2_fake, tmp_path):
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00\xff\xff")

    with pytest.raises(ValueError, match=r"events\.jsonl\.gz: expected UTF-8 text"):
        sesv2_fake.load_events(path)


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (7, TypeError, "source: expected a path, an open file"),
        (b"{}", TypeError, "source: expected a path, an open file"),
        ('{"eventType": "Send"}', ValueError, "looks like JSON; hand JSON texts in as a list"),
        ("no-such-file.jsonl", FileNotFoundError, "no-such-file"),
    ],
)
def test_a_source_that_is_none_is_an_error(sesv2_fake, source, error, message):
    with pytest.raises(error, match=message):
        sesv2_fake.load_events(source)


def test_the_week_of_the_newsletter_counts_as_its_records_say(sesv2_fake):
    path = Path(__file__).parents[1] / "examples" / "newsletter_week.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    opened = {r["mail"]["messageId"] for r in records if r["eventType"] == "Open"}
    deliveries = Counter(
        r["delivery"]["timestamp"][:10]
        for r in records
        if r["eventType"] == "Delivery" and r["mail"]["tags"]["ses:recipient-isp"] == ["Yahoo"]
    )

    sesv2_fake.load_events(path)

    assert total("OPEN", end=MONDAY + 59 * DAY) == len(opened)
    assert {str(day): n for day, n in ask("DELIVERY", ISP="Yahoo").items()} == deliveries
