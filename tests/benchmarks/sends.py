"""What a send costs, beside its peers."""

from __future__ import annotations

import gc
import tracemalloc
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore
from botocore.awsrequest import AWSResponse
from calls import DAY, METRICS, MONDAY, _Raw, client
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
    yield against("send_email", ours, "moto", moto, "0.3")
    yield against("send_email", ours, "canned, unsigned", canned, "1.15")
    yield against("send_email answered by moto, noted here", both, "moto alone", moto)
    yield from memory()
    yield exporting()


class Bodies:
    """How large the bodies of requests are."""

    latest = 0

    def note(self, request: Any, **_: Any) -> None:
        """That of the latest one."""
        self.latest = len(request.body)


def memory(number: int = 1_000) -> Iterator[Row]:
    """What emails of 10 kB take that a test sends and keeps, beside the bodies of their requests.

    The base64 form of a raw email is a third longer than the email.
    """
    text = "x" * 10_000
    simple = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": text}}}
    for kind, content in (
        ("10 kB", {"Simple": simple}),
        ("10 kB, raw", {"Raw": {"Data": f"Subject: Hello\n\n{text}".encode()}}),
    ):
        made, bodies = client(), Bodies()
        made.meta.events.register(f"request-created.{OPERATION}", bodies.note)
        email = {**EMAIL, "Content": content}
        with mock_sesv2():
            made.send_email(**email)
            tracemalloc.start()
            for _ in range(number):
                made.send_email(**email)
            gc.collect()
            taken, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        what = f"memory: {number:,} sends of {kind}"
        sent = number * bodies.latest
        yield Row(
            what,
            f"{taken / 1e6:.3g} MB",
            f"the bodies of their requests: {sent / 1e6:.3g} MB",
            f"{taken / sent:.3g}",
            "1.3",
        )


def exporting() -> Row:
    """Volumes of a month by ISP as a file, beside the same numbers by queries."""
    made = client()
    month = {"StartDate": MONDAY, "EndDate": MONDAY + 30 * DAY}
    source = {
        "Namespace": "VDM",
        "Dimensions": {"ISP": ["*"]},
        "Metrics": [{"Name": name, "Aggregation": "VOLUME"} for name in METRICS[:8]],
        **month,
    }
    isps = ("Gmail", "Yahoo", "Hotmail")
    asked = [
        {"Id": f"q{n}", "Namespace": "VDM", "Metric": name, "Dimensions": {"ISP": isp}, **month}
        for isp in isps
        for n, name in enumerate(METRICS[:8])
    ]

    @contextmanager
    def seeded() -> Iterator[None]:
        with mock_sesv2() as fake:
            for isp in isps:
                for name in METRICS[:8]:
                    for day in range(30):
                        fake.record(name, 5, at=MONDAY + day * DAY, dimensions={"ISP": isp})
            yield

    def export() -> None:
        job = made.create_export_job(
            ExportDataSource={"MetricsDataSource": source},
            ExportDestination={"DataFormat": "CSV"},
        )
        made.get_export_job(JobId=job["JobId"])
        done = made.get_export_job(JobId=job["JobId"])
        with urllib.request.urlopen(done["ExportDestination"]["S3Url"]) as response:
            response.read()

    def ask() -> None:
        for first in range(0, len(asked), 8):
            made.batch_get_metric_data(Queries=asked[first : first + 8])

    own, peer = best_times(Action(export, seeded), Action(ask, seeded), rounds=9, calls=10)
    what = "an export of eight metrics by ISP: created, got twice, downloaded"
    return against(what, own, "three calls of eight queries", peer)
