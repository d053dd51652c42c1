"""The emails that code under test sent, as a test looks at them."""

import sys
import types

import pytest

from sesv2_fake.counting.store import MetricStore
from sesv2_fake.emails.content import MessageInfo
from sesv2_fake.emails.email import Email
from sesv2_fake.emails.message import Message, MessageLedger
from sesv2_fake.emails.outbox import Outbox
from sesv2_fake.emails.segments import segment_of


def sent(to, subject="Welcome", tags=()):
    segment = segment_of(
        "news@example.com", ("example.com",), isps_without_feedback_loop=frozenset()
    )
    ledger = MessageLedger(MetricStore())
    return Email(Message(ledger, segment, 0, tuple(to), info=MessageInfo(subject, tuple(tags))))


EMAILS = [sent(["ann@example.com"]), sent(["bob@example.com", "ann@example.org"], "Hello")]


def test_an_outbox_is_a_sequence_in_order():
    outbox = Outbox(EMAILS)

    assert (list(outbox), len(outbox), outbox[-1], outbox[:1]) == (
        EMAILS,
        2,
        EMAILS[1],
        EMAILS[:1],
    )
    assert repr(outbox) == f"<Outbox: {EMAILS!r}>"
    assert not Outbox([])


@pytest.mark.parametrize(
    ("emails", "sent"), [([], "none was sent"), (EMAILS[:1], "1 was sent"), (EMAILS, "2 were sent")]
)
def test_an_email_that_is_not_there(emails, sent):
    with pytest.raises(IndexError) as caught:
        Outbox(emails)[len(emails)]

    assert str(caught.value) == f"the outbox has no email [{len(emails)}]: {sent}"


def test_what_an_email_said_is_known():
    email = sent(["ann@example.com"], "Hello", [("campaign", "may")])

    assert (email.subject, email.tags) == ("Hello", {"campaign": "may"})


def test_the_one_email_to_an_address_is_found():
    outbox = Outbox(EMAILS)

    assert outbox.sent_to("Ann@Example.com") is EMAILS[0]
    assert outbox.sent_to("Ann <ann@example.org>") is EMAILS[1]


def test_an_address_that_nothing_was_sent_to_is_an_error_that_lists_what_was_sent():
    with pytest.raises(LookupError) as caught:
        Outbox(EMAILS).sent_to("eve@example.com")

    assert str(caught.value) == (
        "no email was sent to eve@example.com; sent: to ann@example.com: 'Welcome'; "
        "to bob@example.com, ann@example.org: 'Hello'"
    )


def test_so_it_is_if_nothing_was_sent_at_all():
    with pytest.raises(LookupError, match=r"^no email was sent to eve@x.com; nothing was sent$"):
        Outbox([]).sent_to("eve@x.com")


def test_an_address_that_several_emails_were_sent_to_is_an_error_that_lists_them():
    with pytest.raises(LookupError, match=r"^22 emails were sent to ann@.*; and 2 more; take the"):
        Outbox(EMAILS[:1] * 22).sent_to("ann@example.com")


def test_what_is_no_address_is_an_error():
    with pytest.raises(ValueError, match="address: expected one address"):
        Outbox(EMAILS).sent_to("ann")


@pytest.mark.parametrize(("number", "words"), [(1, "has 1 email:"), (2, "has 2 emails:")])
def test_who_finds_nothing_hears_of_djangos_outbox(sesv2_fake, monkeypatch, number, words):
    mail = types.ModuleType("django.core.mail")
    mail.outbox = ["an email"] * number
    monkeypatch.setitem(sys.modules, "django.core.mail", mail)

    with pytest.raises(LookupError, match=f"{words} Django's test runner replaces EMAIL_BACKEND"):
        sesv2_fake.sent_to("ann@gmail.com")


def test_an_empty_outbox_of_djangos_is_no_hint(sesv2_fake, monkeypatch):
    mail = types.ModuleType("django.core.mail")
    mail.outbox = []
    monkeypatch.setitem(sys.modules, "django.core.mail", mail)

    with pytest.raises(LookupError, match=r"nothing was sent$"):
        sesv2_fake.sent_to("ann@gmail.com")
