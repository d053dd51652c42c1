"""The emails that code under test sent, as a test looks at them."""

import sys
import types

import pytest
from asking import client


def send(*to, subject="Welcome", tags=()):
    client().send_email(
        FromEmailAddress="news@example.com",
        Destination={"ToAddresses": list(to)},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "Hi"}}}},
        EmailTags=[{"Name": name, "Value": value} for name, value in tags],
    )


@pytest.fixture
def outbox(sesv2_fake):
    """With two emails."""
    send("ann@example.com")
    send("bob@example.com", "ann@example.org", subject="Hello")
    return sesv2_fake.outbox


def test_an_outbox_is_a_sequence_in_order(outbox):
    first, second = outbox

    assert (len(outbox), outbox[0], outbox[-1], outbox[:1]) == (2, first, second, [first])
    assert (first.subject, second.subject) == ("Welcome", "Hello")
    assert repr(outbox) == f"<Outbox: [{first!r}, {second!r}]>"


def test_an_outbox_without_emails_is_empty(sesv2_fake):
    assert not sesv2_fake.outbox


@pytest.mark.parametrize(
    ("emails", "sent"), [(0, "none was sent"), (1, "1 was sent"), (2, "2 were sent")]
)
def test_an_index_without_an_email_is_an_error_that_says_how_many_there_are(
    sesv2_fake, emails, sent
):
    for _ in range(emails):
        send("ann@example.com")

    with pytest.raises(IndexError) as caught:
        sesv2_fake.outbox[emails]

    assert str(caught.value) == f"the outbox has no email [{emails}]: {sent}"


def test_an_email_has_the_subject_and_the_tags_of_the_request(sesv2_fake):
    send("ann@example.com", subject="Hello", tags=[("campaign", "may")])

    (email,) = sesv2_fake.outbox
    assert (email.subject, email.tags) == ("Hello", {"campaign": "may"})


def test_the_one_email_to_an_address_is_found(outbox):
    assert outbox.sent_to("Ann@Example.com") is outbox[0]
    assert outbox.sent_to("Ann <ann@example.org>") is outbox[1]


def test_an_address_that_nothing_was_sent_to_is_an_error_that_lists_what_was_sent(outbox):
    with pytest.raises(LookupError) as caught:
        outbox.sent_to("eve@example.com")

    assert str(caught.value) == (
        "no email was sent to eve@example.com; sent: to ann@example.com: 'Welcome'; "
        "to bob@example.com, ann@example.org: 'Hello'"
    )


def test_an_address_is_an_error_if_nothing_was_sent_at_all(sesv2_fake):
    with pytest.raises(LookupError, match=r"^no email was sent to eve@x.com; nothing was sent$"):
        sesv2_fake.sent_to("eve@x.com")


def test_an_address_that_several_emails_were_sent_to_is_an_error_that_lists_them(sesv2_fake):
    for _ in range(22):
        send("ann@example.com")

    with pytest.raises(LookupError, match=r"^22 emails were sent to ann@.*; and 2 more; take the"):
        sesv2_fake.sent_to("ann@example.com")


def test_text_that_is_not_an_address_is_an_error(outbox):
    with pytest.raises(ValueError, match="address: expected one address"):
        outbox.sent_to("ann")


@pytest.mark.parametrize(("number", "words"), [(1, "has 1 email:"), (2, "has 2 emails:")])
def test_an_email_that_is_not_found_may_be_in_djangos_outbox(
    sesv2_fake, monkeypatch, number, words
):
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
