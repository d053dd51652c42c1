"""Clients of `verify`, services that answer what a test says, and what is in `verify`.

No other test of `verify` imports from it.
"""

import json
from functools import partial
from urllib.parse import urlsplit

import pytest
from asking import answer, answer_of, has, new_account, new_client
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from sesv2_fake.verify import command, service, verifying
from sesv2_fake.verify.probes import (
    DATA_PROBES,
    OPEN_POINTS,
    OPERATION_PROBES,
    OPERATIONS_WITHOUT_VDM,
    PROBES,
    WITHOUT_VDM,
)

#: `verify` says of each probe that an old botocore cannot ask that it was not judged.
NEEDS_EVERY_PROBE = pytest.mark.skipif(
    not all(map(has, ("GetMessageInsights", "ListExportJobs"))), reason="botocore is too old"
)

__all__ = [
    "DATA_PROBES",
    "NEEDS_EVERY_PROBE",
    "OPEN_POINTS",
    "OPERATIONS_WITHOUT_VDM",
    "OPERATION_PROBES",
    "PROBES",
    "WITHOUT_VDM",
    "command",
    "service",
    "verifying",
]

ENABLED = {"VdmAttributes": {"VdmEnabled": "ENABLED"}}
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
UNCHECKED = Config(parameter_validation=False, retries={"max_attempts": 0})


class Body:
    """What botocore reads an answer from."""

    def __init__(self, body):
        self.body = body

    def stream(self, **_):
        yield self.body


def http(url, status, body, error=None):
    """An answer as the network would bring it; `body` is bytes or what JSON makes of it."""
    headers = {"x-amzn-ErrorType": error} if error else {}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return AWSResponse(url, status, headers, Body(data))


def refused(url, error="BadRequestException", message="no", status=400):
    return http(url, status, {"message": message}, error)


def asking_client(answer=None, *, account=ENABLED, vdm_enabled=True, others=None):
    """A client whose GetAccount is answered by `account`, and each call by `answer`.

    `account` and `answer` are functions of the request; `account` may be the answer itself, and
    without `answer` the call goes on to a fake.
    """

    def get_account(request, **_):
        return account(request) if callable(account) else http(request.url, 200, account)

    made = new_client(config=UNCHECKED, **KEYS)
    made.meta.events.register_first("before-send.sesv2.GetAccount", get_account)
    if answer:
        made.meta.events.register_first(
            "before-send.sesv2.BatchGetMetricData", lambda request, **_: answer(request)
        )
        for operation in {
            probe.operation for probe in (*OPERATION_PROBES, *OPERATIONS_WITHOUT_VDM)
        }:
            made.meta.events.register_first(
                f"before-send.sesv2.{operation}",
                others or partial(_other, operation, vdm_enabled=vdm_enabled),
            )
    return made


def _other(operation, request, *, vdm_enabled, **_):
    """What an account without anything answers."""
    parts = urlsplit(request.url)
    found = answer_of(
        new_account(vdm_enabled=vdm_enabled),
        request.body or b"",
        operation=operation,
        path=parts.path,
        query=parts.query,
    )
    return http(request.url, found.status, found.body, found.headers.get("x-amzn-ErrorType"))


def altered(
    change=lambda status, payload: payload, *, account=ENABLED, vdm_enabled=True, others=None
):
    """A service as the live one but for one thing: `change(status, payload)`."""

    def respond(request):
        right = answer(request.body, "live", vdm_enabled=vdm_enabled)
        status, error = right.status, right.headers.get("x-amzn-ErrorType")
        changed = change(status, json.loads(right.body))
        if not isinstance(changed, tuple):
            changed = (status, changed)
        return http(request.url, *changed, error)

    return asking_client(respond, account=account, vdm_enabled=vdm_enabled, others=others)


def verified(using=None, **how):
    return verifying.verify(using or asking_client(), **{"wait": lambda _: None, **how})


def holding(result):
    return {finding.id for finding in result.findings if finding.holds}


def differing(result):
    return {finding.id for finding in result.differing}
