"""What a test seeds: emails, their events, plain counts; and what is refused there."""

import datetime as dt
from datetime import date, datetime, timezone

import pytest
import time_machine
from asking import DAY, MONDAY, ask, total
from freezegun import freeze_time

SENDER = "news@example.com"
NAIVE = datetime(2026, 1, 5, 9, 30)


def test_events_chain(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    assert email.deliver() is email.bounce() is email.complain() is email.open() is email.click()


def test_an_event_happens_at_its_emails_time_unless_told(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + DAY).deliver()

    assert ask("DELIVERY") == {date(2026, 1, 6): 1}


@pytest.mark.parametrize(
    "frozen", [freeze_time, lambda now: time_machine.travel(now, tick=False)], ids=["fg", "tm"]
)
def test_now_is_what_freezegun_and_time_machine_say(sesv2_fake, frozen):
    with frozen("2026-01-08 23:30:00"):
        sesv2_fake.send(SENDER, "ann@gmail.com").deliver()
    with frozen("2026-01-09 00:30:00"):
        sesv2_fake.send(SENDER, "ann@gmail.com")
        sesv2_fake.record("OPEN", 4)

    assert ask("SEND") == {date(2026, 1, 8): 1, date(2026, 1, 9): 1}
    assert ask("DELIVERY") == {date(2026, 1, 8): 1}
    assert ask("OPEN") == {date(2026, 1, 9): 4}


def test_a_count_is_that_many_emails(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=50_000_000).deliver().open(count=7)

    assert (total("SEND"), total("DELIVERY"), total("OPEN")) == (50_000_000, 50_000_000, 7)


def test_an_event_with_a_count_happens_to_that_many(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, count=100)
    email.deliver(count=90).bounce(count=6).bounce("Transient", count=4, at=MONDAY + DAY)

    assert (total("DELIVERY"), total("PERMANENT_BOUNCE")) == (90, 6)
    assert ask("TRANSIENT_BOUNCE") == {date(2026, 1, 6): 4}


@pytest.mark.parametrize(
    ("recipient", "isp"),
    [
        ("ann@gmail.com", "Gmail"),
        ("ann@googlemail.com", "Gmail"),
        ("ANN@Yahoo.CO.UK", "Yahoo"),
        ("ann@yahoo.com.br", "Yahoo"),
        ("ann@ymail.com", "Yahoo"),
        ("ann@hotmail.fr", "Hotmail"),
        ("ann@outlook.com", "Hotmail"),
        ("ann@live.co.uk", "Hotmail"),
        ("ann@msn.com", "Hotmail"),
        ("ann@contoso.onmicrosoft.com", "ExchangeOnline"),
        ("ann@me.com", "Icloud"),
        ("ann@aol.de", "Aol"),
        ("ann@comcast.net", "Comcast"),
        ("ann@att.net", "Att"),
        ("ann@cox.net", "Cox"),
        ("ann@sbcglobal.net", "Sbcglobal"),
        ("ann@verizon.net", "Verizon"),
        ("ann@charter.net", "Charter"),
        ("ann@gmx.net", "Gmx"),
        ("ann@qq.com", "Tencent"),
        ("ann@163.com", "NetEase"),
        ("ann@example.com", "UNKNOWN_ISP"),
        ("ann@yahoo.example.com", "UNKNOWN_ISP"),
        ("ann@notgmail.com", "UNKNOWN_ISP"),
        ("ann@mail.gmail.com", "UNKNOWN_ISP"),
    ],
)
def test_the_isp_follows_from_the_recipients_domain(sesv2_fake, recipient, isp):
    sesv2_fake.send(SENDER, f"Ann <{recipient}>", at=MONDAY)

    assert total("SEND", ISP=isp) == 1


def test_an_isp_can_be_given(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@example.com", at=MONDAY, isp="Gmail")

    assert total("SEND", ISP="Gmail") == 1
    assert total("SEND", ISP="UNKNOWN_ISP") == 0


def test_plain_counts_are_seen_by_their_metric_alone(sesv2_fake):
    sesv2_fake.record("DELIVERY_OPEN", 12, at=MONDAY)
    sesv2_fake.record("DELIVERY_OPEN", {date(2026, 1, 6): 5, date(2026, 1, 8): 7, MONDAY: 1})

    assert ask("DELIVERY_OPEN") == {
        date(2026, 1, 5): 13,
        date(2026, 1, 6): 5,
        date(2026, 1, 8): 7,
    }
    assert total("DELIVERY") == 0


def test_plain_counts_add_to_those_of_emails(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=3)
    sesv2_fake.record("SEND", 4, at=MONDAY)

    assert ask("SEND") == {date(2026, 1, 5): 7}


def test_plain_counts_have_the_dimensions_and_region_they_are_given(sesv2_fake):
    dimensions = {"EMAIL_IDENTITY": SENDER, "ISP": "Gmail"}
    sesv2_fake.record("SEND", 4, at=MONDAY, dimensions=dimensions, region="us-east-1")
    sesv2_fake.record("SEND", 30, at=MONDAY, region="eu-west-1")

    assert total("SEND") == 4
    assert total("SEND", EMAIL_IDENTITY="example.com") == 4
    assert total("SEND", ISP="Gmail", EMAIL_IDENTITY=SENDER) == 4
    assert total("SEND", CONFIGURATION_SET="news") == 0


def test_a_count_of_none_is_no_day(sesv2_fake):
    sesv2_fake.record("SEND", {date(2026, 1, 5): 0, date(2026, 1, 6): 2})

    assert ask("SEND") == {date(2026, 1, 6): 2}


BAD_SENDS = {
    "naive": ({"at": NAIVE}, ValueError, "naive.*UTC days"),
    "text": ({"at": "monday"}, ValueError, "at: expected ISO 8601 .*got 'monday'"),
    "number": ({"at": 5}, TypeError, "at: expected an aware datetime.*got 5 .int"),
    "sender without @": ({"sender": "example.com"}, ValueError, "sender: .*'example.com'"),
    "sender of two": ({"sender": "a@x.com, b@x.com"}, ValueError, "sender: expected one address"),
    "sender no text": ({"sender": None}, TypeError, "sender: expected an address"),
    "to without @": ({"to": "gmail.com"}, ValueError, "to: .*'gmail.com'"),
    "to without domain": ({"to": "ann@"}, ValueError, "to: .*'ann@'"),
    "to of two in one": ({"to": "a@x.com, B <b@x.com>"}, ValueError, "to: expected one address"),
    "no recipient": ({"to": []}, ValueError, "to: expected at least one recipient"),
    "to no text": ({"to": 7}, TypeError, "to: expected an address or a list"),
    "to of no texts": ({"to": [7]}, TypeError, "to: expected an address"),
    "count 0": ({"count": 0}, ValueError, "count: expected 1 or more, got 0"),
    "count negative": ({"count": -3}, ValueError, "count: expected 1 or more, got -3"),
    "count fraction": ({"count": 1.5}, TypeError, "count: expected a whole number, got 1.5"),
    "count flag": ({"count": True}, TypeError, "count: expected a whole number"),
    "isp in lower case": ({"isp": "gmail"}, ValueError, "SES writes 'Gmail', got 'gmail'"),
    "isp misspelt": ({"isp": "Gmial"}, ValueError, "SES writes 'Gmail', got 'Gmial'"),
    "region in upper case": ({"region": "US-EAST-1"}, ValueError, "region: expected a name"),
    "any region": ({"region": "*"}, ValueError, "region: expected a name"),
    "isp charset": ({"isp": "G mail"}, ValueError, "isp: .*'G mail'"),
    "set charset": ({"configuration_set": "a b"}, ValueError, "configuration_set: .*'a b'"),
    "tenant charset": ({"tenant": ""}, ValueError, "tenant: expected a name"),
    "identity": ({"identity": "@x.com"}, ValueError, "identity: expected an address or a domain"),
    "region": ({"region": ""}, ValueError, "region: expected a name"),
    "tracking": ({"open_tracking": "no"}, TypeError, "open_tracking: expected True or False"),
    "message id": ({"message_id": ""}, ValueError, "message_id: expected text"),
    "message id of two": ({"message_id": "x", "count": 2}, ValueError, "2 emails cannot share"),
}


@pytest.mark.parametrize(("given", "error", "message"), BAD_SENDS.values(), ids=BAD_SENDS)
def test_send_refuses_what_no_email_can_have(sesv2_fake, given, error, message):
    with pytest.raises(error, match=message):
        sesv2_fake.send(**{"sender": SENDER, "to": "ann@gmail.com", "at": MONDAY, **given})

    assert total("SEND") == 0


BAD_EVENTS = {
    "naive": (lambda email: email.deliver(at=NAIVE), ValueError, "at: .* is naive"),
    "text": (lambda email: email.open(at="monday"), ValueError, "at: expected ISO 8601"),
    "count": (lambda email: email.complain(count=0), ValueError, "count: expected 1 or more"),
    "deliveries": (
        lambda email: email.deliver().deliver(),
        ValueError,
        "of the 5 emails 5 are already, 0 can",
    ),
    "bounces": (lambda e: e.bounce(count=3).bounce("Transient", count=3), ValueError, "2 can"),
    "complaints": (lambda email: email.complain(count=6), ValueError, "6 more cannot be"),
    "bounce type": (lambda e: e.bounce("permanent"), ValueError, "did you mean 'Permanent'"),
    "no bounce type": (lambda e: e.bounce(None), TypeError, "bounce_type: expected one of"),
    "sub-type": (lambda e: e.bounce(sub_type="OnAccountSupressionList"), ValueError, "did you"),
    "complaint": (lambda e: e.complain(sub_type=3), TypeError, "sub_type: expected text"),
}


@pytest.mark.parametrize(("happen", "error", "message"), BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_an_event_that_cannot_be_is_an_error(sesv2_fake, happen, error, message):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=5)

    with pytest.raises(error, match=message):
        happen(email)


BAD_RECORDS = {
    "metric": (("SENDS", 1), {}, ValueError, "metric: .*'SENDS'; did you mean 'SEND'"),
    "no metric": ((None, 1), {}, TypeError, "metric: expected one of"),
    "negative": (("SEND", -1), {}, ValueError, "values: expected 0 or more, got -1"),
    "negative day": (("SEND", {MONDAY: -1}), {}, ValueError, "values: expected 0 or more"),
    "text day": (("SEND", {"monday": 1}), {}, ValueError, "values: expected ISO 8601"),
    "naive day": (("SEND", {NAIVE: 1}), {}, ValueError, "values: .* is naive"),
    "at with days": (("SEND", {MONDAY: 1}), {"at": MONDAY}, ValueError, "at: not with"),
    "dimension": (("SEND", 1), {"dimensions": {"ISPS": "Gmail"}}, ValueError, "mean 'ISP'"),
    "isp in lower case": (
        ("SEND", 1),
        {"dimensions": {"ISP": "gmail"}},
        ValueError,
        "writes 'Gmail'",
    ),
    "value": (("SEND", 1), {"dimensions": {"ISP": "*"}}, ValueError, r"dimensions\[ISP\]"),
    "no text": (
        ("SEND", 1),
        {"dimensions": {"ISP": 1}},
        TypeError,
        r"dimensions\[ISP\].* got 1 .int",
    ),
}


@pytest.mark.parametrize(("args", "how", "error", "message"), BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_record_refuses_what_cannot_be_counted(sesv2_fake, args, how, error, message):
    with pytest.raises(error, match=message):
        sesv2_fake.record(*args, **how)

    assert total("SEND") == 0


def test_an_error_is_raised_at_the_line_that_gave_it(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    with pytest.raises(ValueError, match="naive") as caught:
        email.open(at=NAIVE)

    assert str(caught.traceback[0].statement).strip() == "email.open(at=NAIVE)"


def test_reset_forgets_what_was_seeded(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    total("SEND")
    sesv2_fake.reset()

    assert sesv2_fake.calls == []
    assert total("SEND") == 0
    with pytest.raises(RuntimeError, match="the fake was reset"):
        email.deliver()


def test_a_time_zone_other_than_utc_is_taken_as_it_is(sesv2_fake):
    new_york = timezone(dt.timedelta(hours=-5))
    sesv2_fake.send(SENDER, "ann@gmail.com", at=datetime(2026, 1, 5, 23, tzinfo=new_york))

    assert ask("SEND") == {date(2026, 1, 6): 1}
