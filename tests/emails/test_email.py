"""What a test seeds: emails and their events; and what is refused there."""

import datetime as dt
from collections import Counter
from datetime import date, datetime, timezone

import pytest
import time_machine
from asking import DAY, MONDAY, ask, total
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from sesv2_fake import mock_sesv2

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


BAD_SENDS = {
    "naive": ({"at": NAIVE}, ValueError, "naive.*UTC days"),
    "text": ({"at": "5 January"}, ValueError, "at: expected ISO 8601.*'5 January'"),
    "number": ({"at": 1767571200}, TypeError, "at: expected an aware datetime"),
    "sender without @": ({"sender": "example.com"}, ValueError, "sender: .*'example.com'"),
    "sender of two": ({"sender": "a@x.com, b@x.com"}, ValueError, "sender: expected one address"),
    "sender no text": ({"sender": None}, TypeError, "sender: expected an address"),
    "to without @": ({"to": "gmail.com"}, ValueError, "to: .*'gmail.com'"),
    "to without domain": ({"to": "ann@"}, ValueError, "to: .*'ann@'"),
    "to of two in one": ({"to": "a@x.com, B <b@x.com>"}, ValueError, "to: expected one address"),
    "no recipient": ({"to": []}, ValueError, "to: expected at least one recipient"),
    "to no text": ({"to": 7}, TypeError, "to: expected an address or a list"),
    "to of no texts": ({"to": [7]}, TypeError, "to: expected an address"),
    "count negative": ({"count": -3}, ValueError, "count: expected 0 or more, got -3"),
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
    "message id of none": ({"message_id": "x", "count": 0}, ValueError, "0 emails cannot share"),
}


@pytest.mark.parametrize(("given", "error", "message"), BAD_SENDS.values(), ids=BAD_SENDS)
def test_send_refuses_what_no_email_can_have(sesv2_fake, given, error, message):
    with pytest.raises(error, match=message):
        sesv2_fake.send(**{"sender": SENDER, "to": "ann@gmail.com", "at": MONDAY, **given})

    assert total("SEND") == 0


BAD_EVENTS = {
    "naive": (lambda email: email.deliver(at=NAIVE), ValueError, "at: .* is naive"),
    "text": (lambda email: email.open(at="yesterday"), ValueError, "at: expected ISO 8601"),
    "count": (lambda email: email.complain(count=-1), ValueError, "count: expected 0 or more"),
    "deliveries": (
        lambda email: email.deliver().deliver(),
        ValueError,
        "^count: cannot mark 5 more emails as delivered: 5 of 5 already are$",
    ),
    "bounces": (
        lambda email: email.bounce(count=1).bounce("Transient", count=5),
        ValueError,
        "cannot mark 5 more emails as bounced: 1 of 5 already is$",
    ),
    "complaints": (
        lambda email: email.complain(count=6),
        ValueError,
        "cannot mark 6 more emails as complained about: 0 of 5 already are$",
    ),
    "clicks": (
        lambda email: email.click().click(count=1),
        ValueError,
        "cannot mark 1 more email as clicked: 5 of 5 already are$",
    ),
    "bounce type": (lambda e: e.bounce("permanent"), ValueError, "did you mean 'Permanent'"),
    "no bounce type": (lambda e: e.bounce(None), TypeError, "bounce_type: expected one of"),
    "sub-type": (lambda e: e.bounce(sub_type="OnAccountSupressionList"), ValueError, "did you"),
    "bounce sub-type": (
        lambda e: e.bounce(sub_type="MailBoxFul"),
        ValueError,
        "mean 'MailboxFull'",
    ),
    "complaint": (lambda e: e.complain(sub_type=3), TypeError, "sub_type: expected text"),
}


@pytest.mark.parametrize(("happen", "error", "message"), BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_an_event_that_cannot_be_is_an_error(sesv2_fake, happen, error, message):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=5)

    with pytest.raises(error, match=message):
        happen(email)


def test_an_error_is_raised_at_the_line_that_gave_it(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    with pytest.raises(ValueError, match="naive") as caught:
        email.open(at=NAIVE)

    assert str(caught.traceback[0].statement).strip() == "email.open(at=NAIVE)"


def test_a_time_may_be_a_date_or_text(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at="2026-01-05T09:30", count=3)
    email.deliver(at=date(2026, 1, 6)).open(at="2026-01-07")

    assert ask("SEND") == {date(2026, 1, 5): 3}
    assert ask("DELIVERY") == {date(2026, 1, 6): 3}
    assert ask("OPEN") == {date(2026, 1, 7): 3}


def test_a_count_of_0_is_nothing(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=3)
    email.deliver(count=0).bounce(count=0).complain(count=0).open(count=0).click(count=0)

    assert (total("SEND"), total("DELIVERY"), total("OPEN"), total("CLICK")) == (3, 0, 0, 0)


def test_an_event_of_0_emails_happens_to_none(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=0)
    email.deliver().bounce().complain().open().click()

    assert sesv2_fake.seeded_days() == []
    with pytest.raises(ValueError, match="cannot mark 1 more email as delivered: 0 of 0 already"):
        email.deliver(count=1)


def test_a_bounce_has_a_sub_type_of_its_own(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=4)
    email.bounce("Permanent", "NoEmail", count=1).bounce("Transient", "SomethingNew", count=1)
    email.bounce("Permanent", "OnAccountSuppressionList", count=1).bounce("Undetermined", count=1)

    assert (total("PERMANENT_BOUNCE"), total("TRANSIENT_BOUNCE")) == (1, 1)


def test_an_email_knows_what_it_was_sent_with(sesv2_fake):
    email = sesv2_fake.send(
        "News <News@Example.com>",
        ["Ann <ann@gmail.com>", "bob@yahoo.com"],
        at="2026-01-05T09:30",
        configuration_set="newsletter",
        tenant="acme",
        region="eu-west-1",
        message_id="m-1",
    )

    assert (email.sender, email.to) == ("News@Example.com", ("ann@gmail.com", "bob@yahoo.com"))
    assert (email.configuration_set, email.tenant) == ("newsletter", "acme")
    assert (email.region, email.message_id) == ("eu-west-1", "m-1")
    assert email.sent_at == MONDAY + dt.timedelta(hours=9, minutes=30)
    assert (email.subject, email.tags) == (None, {})


def test_an_email_shows_no_more_than_is_documented(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    assert {name for name in dir(email) if not name.startswith("_")} == {
        *("sender", "to", "cc", "bcc", "reply_to", "recipients", "subject", "message", "text"),
        *("html", "headers", "attachments", "template_name", "template_data"),
        *("message_id", "configuration_set", "tenant", "tags"),
        *("region", "sent_at", "deliver", "bounce", "complain", "open", "click", "event_record"),
    }
    assert (email.configuration_set, email.tenant, email.region) == (None, None, None)
    with pytest.raises(AttributeError):
        email.message_id = "m-1"


def test_an_email_is_told_in_words(sesv2_fake):
    one = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, region="eu-west-1").open()
    many = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=5, click_tracking=False)
    many.deliver(count=3).bounce(count=2).click(count=1).click(count=1)

    assert repr(one) == (
        "<Email: email of 2026-01-05, EMAIL_IDENTITY=news@example.com, ISP=Gmail, "
        "region=eu-west-1, no feedback loop with the ISP, 1 opened>"
    )
    assert "5 emails of" in repr(many)
    assert repr(many).endswith("no feedback loop with the ISP, 3 delivered, 2 bounced, 2 clicked>")


def test_opens_one_by_one_and_then_an_earlier_one_of_all_cost_little(sesv2_fake):
    """Each open is taken back once at most: 20,000 of them would be 200,000,000 comparisons."""
    email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=20_000)
    for second in range(20_000):
        email.open(at=MONDAY + DAY + dt.timedelta(seconds=second), count=1)
    for hour in range(24):
        email.open(at=MONDAY + DAY - dt.timedelta(hours=hour))

    assert ask("OPEN") == {date(2026, 1, 5): 20_000}


@given(
    st.integers(0, 9),
    st.lists(st.tuples(st.none() | st.integers(0, 3), st.integers(0, 6)), max_size=9),
)
def test_each_email_counts_on_the_day_of_its_first_open(emails, opens):
    firsts, left = [], emails
    with mock_sesv2() as fake:
        email = fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=emails)
        for count, day in opens:
            if count is None:
                email.open(at=MONDAY + day * DAY)
                firsts = [min(first, day) for first in firsts] + left * [day]
                left = 0
            elif count <= left:
                email.open(at=MONDAY + day * DAY, count=count)
                firsts += count * [day]
                left -= count
        answer = ask("OPEN")

    days = Counter((MONDAY + day * DAY).date() for day in firsts)
    assert answer == days


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
