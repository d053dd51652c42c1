"""What a send costs, beside its peers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore
from botocore.awsrequest import AWSResponse
from calls import _Raw, client
from measuring import Action, Row, against, best_times
from moto import mock_aws

from sesv2_fake import mock_sesv2

OPERATION = "sesv2.SendEmail"
EMAIL = {
    "FromEmailAddress": "news@example.com",
    "Destination": {"ToAddresses": ["ann@gmail.com"]},
    "Content": {
        "Simple": {
            "Subject": {"Data": "Hello"},
            "Body": {"Html": {"Data": '<p><a href="https://example.com/">here</a></p>'}},
        }
    },
}


def send(made: Any) -> None:
    made.send_email(**EMAIL)


def fake_answers() -> Action:
    """A send under a fake that is active only meanwhile."""
    made = client()
    return Action(lambda: send(made), mock_sesv2)


def moto_answers(*, under_the_fake: bool = False) -> Action:
    """A send under moto, which wants the sender verified; inside a fake, too."""
    made = client()

    @contextmanager
    def verified() -> Iterator[None]:
        with mock_aws():
            made.create_email_identity(EmailIdentity=EMAIL["FromEmailAddress"])
            if not under_the_fake:
                yield
                return
            with mock_sesv2():
                yield

    return Action(lambda: send(made), verified)


def canned_answers() -> Action:
    """A send answered by a `before-send` handler with the bytes that the fake answers with."""
    made = client()
    received: dict[str, Any] = {}
    made.meta.events.register(
        f"response-received.{OPERATION}", lambda response_dict, **_: received.update(response_dict)
    )
    with mock_sesv2():
        send(made)
    headers, body = received["headers"], bytes(received["body"])
    canned = client()
    canned.meta.events.register(
        f"before-send.{OPERATION}",
        lambda request, **_: AWSResponse(request.url, 200, headers, _Raw(body)),
    )
    canned.meta.events.register_first(f"choose-signer.{OPERATION}", lambda **_: botocore.UNSIGNED)
    return Action(lambda: send(canned))


def rows() -> Iterator[Row]:
    """All of them."""
    ours, canned, moto, both = best_times(
        fake_answers(),
        canned_answers(),
        moto_answers(),
        moto_answers(under_the_fake=True),
        rounds=50,
        calls=30,
    )
    yield against("send_email", ours, "moto", moto, "0.35")
    yield against("send_email", ours, "canned, unsigned", canned, "1.3")
    yield against("send_email answered by moto, noted here", both, "moto alone", moto)
