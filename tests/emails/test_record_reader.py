"""SES's own event records: every type, every wrapping, any order, repeats, and broken ones."""

import gc
import json
import random
import sys
import threading
from collections import Counter
from contextlib import suppress
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from asking import DAY, MONDAY, ask, client, total
from records import WRAPPINGS, bounce, record, sns

from sesv2_fake import LiveDivergenceWarning, mock_sesv2

# From AWS's SES developer guide, see data/README.md.
GUIDE = Path(__file__).parents[1] / "data" / "aws_developer_guide.jsonl"
SAMPLES = [json.loads(line) for line in GUIDE.read_text().splitlines()]


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


def test_a_record_may_have_no_tags_and_no_time_of_the_sending(sesv2_fake):
    made = record("Delivery", tags=None, timestamp=None)

    assert sesv2_fake.load_events([made]).taken == {"Delivery": 1}


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


def test_emails_of_a_delegate_sender_are_in_no_metric(sesv2_fake):
    sesv2_fake.load_events(
        [
            record(id="a", sendingAccountId="210987654321"),
            record(id="b", sendingAccountId="123456789012"),
            record(id="c", sendingAccountId=None),
        ]
    )

    assert total("SEND") == 2


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


def test_records_and_the_test_tell_of_one_email(sesv2_fake):
    sent = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id="m-1")
    sesv2_fake.load_events([record("Open", MONDAY + DAY), record("Delivery")])

    with pytest.raises(ValueError, match="cannot mark 1 more email as opened: 1 of 1 already is"):
        sent.open(count=1)
    with pytest.raises(
        ValueError, match="cannot mark 1 more email as delivered: 1 of 1 already is"
    ):
        sent.deliver()
    sent.open(at=MONDAY)

    assert (ask("OPEN"), total("DELIVERY")) == ({date(2026, 1, 5): 1}, 1)


@pytest.mark.parametrize("message_id", [None, "m-1"])
def test_two_bounces_count_the_same_in_whatever_order(message_id):
    """Whether the email was seeded by the test, or only its records are there."""
    transient = bounce("Transient", at=MONDAY)
    permanent = bounce("Permanent", at=MONDAY + DAY)

    for records in ([transient, permanent], [permanent, transient]):
        with mock_sesv2() as fake:
            if message_id:
                fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id="m-1")
            loaded = fake.load_events(records)

            assert (loaded.taken, loaded.repeated) == (Counter(Bounce=2), Counter())
            assert (total("TRANSIENT_BOUNCE"), total("PERMANENT_BOUNCE")) == (1, 1)


def test_a_record_of_what_the_test_told_is_a_repeat(sesv2_fake):
    sent = sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id="m-1")
    sent.deliver()

    assert sesv2_fake.load_events([record("Delivery", MONDAY + DAY)]).repeated == {"Delivery": 1}
    assert total("DELIVERY") == 1


def test_sends_beside_event_records_lose_no_count(sesv2_fake):
    """Each email is sent twice over: by the test, and by the records that another thread loads."""
    ids = [f"m-{n}" for n in range(300)]
    records = [made for id in ids for made in (record(id=id), record("Delivery", id=id))]
    begin = threading.Barrier(2)
    refused = []

    def send():
        begin.wait()
        for id in ids:
            try:
                sesv2_fake.send("news@example.com", "ann@yahoo.com", at=MONDAY, message_id=id)
            except ValueError as error:  # the records came first
                refused.append(str(error))

    def load():
        begin.wait()
        for place in range(0, len(records), 20):
            sesv2_fake.load_events(records[place : place + 20])

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=send), threading.Thread(target=load)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert all("is another email's already" in error for error in refused)
    assert (total("SEND"), total("DELIVERY")) == (300, 300)


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("records", [[record()], [7]], ids=["good", "broken"])
def test_garbage_collection_is_as_it_was(sesv2_fake, enabled, records):
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with suppress(ValueError):
            sesv2_fake.load_events(records)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_events_of_one_kind_count_each_at_its_own_moment(sesv2_fake):
    hours = [23, 1, 0, 25, 24, 23]
    records = [record(at=MONDAY + n * DAY / 24, id=f"m-{i}") for i, n in enumerate(hours)]
    sesv2_fake.load_events(records[:1])
    assert ask("SEND") == {date(2026, 1, 5): 1}
    sesv2_fake.load_events(records)

    assert ask("SEND") == {date(2026, 1, 5): 4, date(2026, 1, 6): 2}
    for first, last, count in ((1, 24, 3), (0, 23, 2), (24, 25, 1), (2, 26, 4)):
        with pytest.warns(LiveDivergenceWarning):
            found = total("SEND", start=MONDAY + first * DAY / 24, end=MONDAY + last * DAY / 24)
        assert found == count


@pytest.mark.parametrize("time", ["2026-01-05T23:30:00Z", "2026-01-06T08:30:00.5+09:00"])
def test_a_time_may_be_in_another_form_of_iso_8601(sesv2_fake, time):
    sesv2_fake.load_events([record(timestamp=time)])

    assert ask("SEND") == {date(2026, 1, 5): 1}


def test_a_day_that_no_calendar_has_is_an_error(sesv2_fake):
    with pytest.raises(ValueError, match=r"item 1: mail\.timestamp: expected a time such as"):
        sesv2_fake.load_events([record(timestamp="2026-02-30T00:00:00.000Z")])


def test_progress_is_called_every_ten_thousand(sesv2_fake):
    seen = []

    loaded = sesv2_fake.load_events([record()] * 20_001, progress=lambda *how: seen.append(how))

    assert seen == [(10_000, None), (20_000, None)]
    assert (loaded.taken, loaded.repeated) == ({"Send": 1}, {"Send": 20_000})


@pytest.mark.parametrize(
    "message",
    [
        {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"},
        {"Message": "Successfully validated SNS topic for Amazon SES event publishing."},
        {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have ..."},
    ],
)
def test_other_messages_of_a_topic_are_skipped(sesv2_fake, message):
    loaded = sesv2_fake.load_events([message, sns(record())])

    assert (sum(loaded.skipped.values()), loaded.taken) == (1, {"Send": 1})


def test_json_nested_too_deep_is_an_error(sesv2_fake):
    text = '{"detail":' * 3000 + "{}" + "}" * 3000

    with pytest.raises(ValueError, match=r"^item 1, line 1: "):
        sesv2_fake.load_events([text])


def test_objects_nested_too_deep_are_an_error(sesv2_fake):
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
    "year 10000": (
        broken(bounce__timestamp="9999-12-31T23:59:59.999-23:59"),
        "bounce.timestamp: expected a time .* years 1 to 9999",
    ),
    "no offset": (broken(bounce__timestamp="2026-01-05T00:00:00"), "bounce.timestamp: expected"),
    "bounce type": (broken(bounce__bounceType="Hard"), "bounce.bounceType: .* 'Hard'"),
    "bounce type no text": (broken(bounce__bounceType={}), "bounce.bounceType: expected one of"),
    "source": (broken(mail__source="Example"), "mail.source: expected an address .* 'Example'"),
    "source no text": (broken(mail__source={"a": 1}), "mail.source: expected an address"),
    "no source": (broken(mail__source=None), "mail.source: expected an address .* None"),
    "no destination": (broken(mail__destination=None), "mail.destination: expected a list"),
    "empty destination": (broken(mail__destination=[]), "mail.destination: expected a list"),
    "destination": (broken(mail__destination=["ann"]), "mail.destination: .* 'ann'"),
    "account": (
        broken(mail__sendingAccountId=123),
        "mail.sendingAccountId: expected text, got 123",
    ),
    "sent": (broken(mail__timestamp="yesterday"), "mail.timestamp: expected a time"),
    "sub-type": (broken(bounce__bounceSubType=["General"]), "bounce.bounceSubType: expected text"),
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


def test_the_week_of_the_newsletter_counts_as_its_records_say(sesv2_fake):
    path = Path(__file__).parents[2] / "examples" / "newsletter_week.jsonl"
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
