"""Raw emails of many kinds: the outbox has what the standard library makes of them."""

from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default

import pytest
from asking import client

SENDER, ANN = "news@example.com", "ann@gmail.com"


def mail(body=b"Hello\n", /, *lines, to=b"To: ann@gmail.com", subject=b"Subject: Hi"):
    """A raw email with these header lines beside From, To and Subject."""
    headers = [b"From: News <news@example.com>", *filter(None, (to, subject)), *lines]
    return b"\n".join([*headers, b"", body])


def multipart(kind, *parts, boundary=b"b"):
    inner = b"".join(b"--%s\n%s\n" % (boundary, part) for part in parts)
    content_type = b'Content-Type: multipart/%s; boundary="%s"' % (kind, boundary)
    return content_type, inner + b"--%s--\n" % boundary


def mixed(kind, *parts):
    content_type, body = multipart(kind, *parts)
    return mail(body, b"MIME-Version: 1.0", content_type)


TEXT = b"Content-Type: text/plain; charset=utf-8\n\nHello"
HTML = b"Content-Type: text/html; charset=utf-8\n\n<p>Hello</p>"
PDF = (
    b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
    b'Content-Disposition: attachment; filename="bill.pdf"\n\nJVBERg=='
)
PNG = b"Content-Type: image/png\nContent-ID: <logo>\nContent-Disposition: inline\n\nx"
FORWARDED = b"Content-Type: message/rfc822\n\nFrom: eve@x.org\nSubject: Old\n\nOld text"
ALTERNATIVE = b"\n\n".join(multipart(b"alternative", TEXT, HTML, boundary=b"inner"))


def made():
    """An email that the standard library itself writes."""
    message = EmailMessage()
    message["From"], message["To"], message["Cc"] = SENDER, ANN, "Ünal <unal@x.org>"
    message["Subject"] = "Grüße, und ein langer Betreff, der gefaltet werden muss " + "ä" * 60
    message.set_content("Grüße\n" * 100)
    message.add_alternative("<p>Grüße</p>", subtype="html")
    message.get_payload()[1].add_related(b"x", "image", "png", cid="<logo>")
    message.add_attachment("a;b\n", subtype="csv", filename="Übersicht.csv")
    return message.as_bytes()


MAILS = {
    "plain": mail(),
    "CR and LF": mail().replace(b"\n", b"\r\n"),
    "made by the standard library": made(),
    "no body": mail(b""),
    "no body, nor the line before it": mail(b"")[:-2],
    "no subject": mail(subject=None),
    "an empty subject": mail(subject=b"Subject:"),
    "a folded subject": mail(subject=b"Subject: Hello\n dear\n\tfriend"),
    "a subject in base64": mail(subject=b"Subject: =?utf-8?b?R3LDvMOfZQ==?="),
    "a subject in quoted-printable": mail(subject=b"Subject: =?iso-8859-1?q?Gr=FC=DFe?= you"),
    "encoded words in a row": mail(subject=b"Subject: =?utf-8?q?a?=\n =?utf-8?q?b?="),
    "a broken encoded word": mail(subject=b"Subject: =?utf-8?b?R3LD?= =?utf-8?x?a?= =?utf"),
    "an unknown charset in the subject": mail(subject=b"Subject: =?klingon?q?a?="),
    "UTF-8 in the subject": mail(subject="Subject: Grüße".encode()),
    "Latin-1 in the subject": mail(subject="Subject: Grüße".encode("latin-1")),
    "quoted-printable": mail(
        b"Gr=C3=BC=C3=9Fe=\n, Ann\n",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: quoted-printable",
    ),
    "base64": mail(
        b"R3LDvMOfZQ==",
        b"Content-Type: text/html; charset=utf-8",
        b"Content-Transfer-Encoding: base64",
    ),
    "broken base64": mail(b"R3LD!", b"Content-Transfer-Encoding: base64"),
    "8-bit": mail("Grüße\n".encode(), b"Content-Type: text/plain; charset=utf-8"),
    "8-bit without a charset": mail("Grüße\n".encode()),
    "Latin-1": mail("Grüße\n".encode("latin-1"), b"Content-Type: text/plain; charset=latin-1"),
    "an unknown charset": mail(b"Hello\n", b"Content-Type: text/plain; charset=klingon"),
    "an unknown encoding": mail(b"Hello\n", b"Content-Transfer-Encoding: x-zip"),
    "a content type that is none": mail(b"Hello\n", b"Content-Type: nonsense"),
    "a content type with broken parameters": mail(b"Hello\n", b'Content-Type: text/html; a="b; c'),
    "no text": mail(b"%PDF", b"Content-Type: application/pdf"),
    "alternative": mixed(b"alternative", TEXT, HTML),
    "mixed": mixed(b"mixed", TEXT, PDF, PDF),
    "alternative in mixed": mixed(b"mixed", ALTERNATIVE, PDF),
    "related": mixed(b"related", HTML, PNG),
    "HTML alone in mixed": mixed(b"mixed", HTML, PDF),
    "a text that is an attachment": mixed(
        b"mixed", TEXT, b"Content-Disposition: attachment; filename=a.txt\n\nAttached"
    ),
    "a forwarded email": mixed(b"mixed", TEXT, FORWARDED),
    "a forwarded email alone": mixed(b"mixed", FORWARDED),
    "a file name in RFC 2231": mixed(
        b"mixed", TEXT, b"Content-Disposition: attachment; filename*=utf-8''%C3%BC.txt\n\nx"
    ),
    "an empty multipart": mixed(b"mixed"),
    "a multipart without a boundary": mail(b"Hello\n", b"Content-Type: multipart/mixed"),
    "a multipart that never ends": mixed(b"mixed", TEXT, HTML)[:-8],
    "a multipart whose boundary never comes": mail(
        b"Hello\n", b'Content-Type: multipart/related; boundary="x"; start="<a>"'
    ),
    "a delivery report": mixed(
        b"report", TEXT, b"Content-Type: message/delivery-status\n\nAction: failed\n\nStatus: 5.1.1"
    ),
    "headers that repeat": mail(b"Hello\n", b"X-Tag: a", b"X-Tag: b", b"Received: c"),
    "two Bcc headers": mail(b"Hello\n", b"Bcc: bob@x.org", b"Bcc: carl@x.org"),
    "a group": mail(to=b"To: Friends: ann@gmail.com, Bob <bob@x.org>;, carl@x.org"),
    "names with commas and quotes": mail(
        to=b'To: "Lee, Ann \\"A\\"" <ann@gmail.com>, =?utf-8?q?=C3=9Cnal?= <unal@x.org>'
    ),
    "comments": mail(to=b"To: ann@gmail.com (Ann), Bob <bob@x.org> (work)"),
    "a line that is no header": mail(b"Hello\n", b"nonsense"),
    "a header without a name": mail(b"Hello\n", b": x"),
    "an odd header": mail(b"Hello\n", b"Content-Disposition: ;;;", b"Date: yesterday", b"X:"),
    "a header that is very long": mail(b"Hello\n", b"X-Long: " + b"x " * 5_000),
    "parts within parts": mail(*reversed(multipart(b"mixed", mixed(b"alternative", TEXT)))),
}


#: The standard library guesses here; the fake leaves it as it is, or has Latin-1.
SUBJECTS = {
    MAILS["a broken encoded word"]: "=?utf-8?b?R3LD?= =?utf-8?x?a?= =?utf",
    MAILS["an unknown charset in the subject"]: "=?klingon?q?a?=",
    MAILS["Latin-1 in the subject"]: "Grüße",
}


def parsed(raw):
    return message_from_bytes(raw, policy=default)


def by_library(raw, kind):
    """The text or HTML as the standard library has it; None if it raises."""
    try:
        part = parsed(raw).get_body((kind,))
        return None if part is None else part.get_content()
    except (MessageError, LookupError, AttributeError, TypeError):
        return None


@pytest.fixture(params=["v2", "v1"])
def send(request):
    def v2(raw):
        client().send_email(FromEmailAddress=SENDER, Content={"Raw": {"Data": raw}})

    def v1(raw):
        client(service="ses").send_raw_email(RawMessage={"Data": raw})

    return v2 if request.param == "v2" else v1


@pytest.mark.parametrize("raw", MAILS.values(), ids=MAILS)
def test_the_outbox_has_what_the_standard_library_makes_of_it(sesv2_fake, send, raw):
    send(raw)
    (email,) = sesv2_fake.outbox
    expected = parsed(raw)

    assert [(part.get_content_type(), [*part.raw_items()]) for part in email.message.walk()] == [
        (part.get_content_type(), [*part.raw_items()]) for part in expected.walk()
    ]
    assert [type(defect) for defect in email.message.defects] == [
        type(defect) for defect in expected.defects
    ]
    assert (email.text, email.html) == (by_library(raw, "plain"), by_library(raw, "html"))
    assert email.subject == SUBJECTS.get(raw, expected["Subject"])
    for name, value in email.headers.items():
        assert value == expected[name]
    recipients = [
        address.addr_spec
        for name in ("To", "Cc", "Bcc")
        for header in expected.get_all(name, [])
        for address in header.addresses
    ]
    assert sorted(email.recipients) == sorted(recipients)
    names = [part.get_filename() for part in email.attachments]
    assert names == [part.get_filename() for part in parsed(raw).iter_attachments()]
    assert email.event_record("Send")["mail"]["headers"]


def test_attachments_have_their_content(sesv2_fake, send):
    send(MAILS["alternative in mixed"])

    (bill,) = sesv2_fake.outbox[0].attachments
    assert (bill.get_filename(), bill.get_content()) == ("bill.pdf", b"%PDF")
