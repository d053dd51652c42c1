"""Beside libraries that patch the same places as the fake, put on before it or after it."""

import importlib.util
import subprocess
import sys

import pytest

#: What each needs, how it is put on, and how it is taken off.
LIBRARIES = {
    "opentelemetry": (
        "opentelemetry.instrumentation.botocore",
        """
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
apply = BotocoreInstrumentor().instrument
restore = BotocoreInstrumentor().uninstrument
""",
    ),
    "xray": (
        "aws_xray_sdk",
        """
from aws_xray_sdk.core import patch, xray_recorder

xray_recorder.configure(context_missing="IGNORE_ERROR", sampling=False)
xray_recorder.begin_segment("test")

def apply():
    patch(["botocore"])

def restore():
    pass  # it has no way to
""",
    ),
    "sentry": (
        "sentry_sdk",
        """
import sentry_sdk
from sentry_sdk.integrations.boto3 import Boto3Integration

def apply():
    sentry_sdk.init(integrations=[Boto3Integration()], traces_sample_rate=1.0)

def restore():
    sentry_sdk.get_client().close()
""",
    ),
    "ddtrace": (
        "ddtrace",
        """
import os
os.environ.update(DD_TRACE_ENABLED="false", DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
                  DD_REMOTE_CONFIGURATION_ENABLED="false")
from ddtrace.contrib.internal.botocore.patch import patch as apply, unpatch as restore
""",
    ),
    "vcrpy": (
        "vcr",
        """
import vcr
cassette = vcr.use_cassette("none.yaml", record_mode="none")
apply = cassette.__enter__
restore = lambda: cassette.__exit__(None, None, None)
""",
    ),
    "responses": (
        "responses",
        """
import responses
apply = responses.start
restore = lambda: responses.stop(allow_assert=False)
""",
    ),
    "pytest-socket": (
        "pytest_socket",
        """
import pytest_socket
apply = pytest_socket.disable_socket
restore = pytest_socket.enable_socket
""",
    ),
    "moto": (
        "moto",
        """
import moto
mock = moto.mock_aws()
apply, restore = mock.start, mock.stop
""",
    ),
    "mock.patch": (
        "unittest",
        """
from unittest import mock
from botocore.client import BaseClient
real = BaseClient._make_api_call
patcher = mock.patch.object(BaseClient, "_make_api_call", lambda *args: real(*args))
apply, restore = patcher.start, patcher.stop
""",
    ),
}
PROGRAM = """
import inspect

import boto3
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.httpsession import URLLib3Session

from sesv2_fake import mock_sesv2

{library}

CREDENTIALS = dict(region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
early = boto3.client("sesv2", **CREDENTIALS)
QUERY = {{
    "Id": "q", "Namespace": "VDM", "Metric": "SEND",
    "StartDate": 1767571200, "EndDate": 1767657600,
}}
depths = set()


def measure(**_):
    depths.add(len(inspect.stack(0)))


early.meta.events.register("request-created.sesv2", measure)


def check(fake):
    fake.send("news@example.com", "ann@gmail.com", at="2026-01-05", count=3)
    for made in (early, boto3.client("sesv2", **CREDENTIALS)):
        (result,) = made.batch_get_metric_data(Queries=[QUERY])["Results"]
        assert result["Values"] == [3]
    fake.throttle(times=2)
    response = early.batch_get_metric_data(Queries=[QUERY])
    assert response["ResponseMetadata"]["RetryAttempts"] == 2
    assert len(fake.calls) == 5


def before_the_fake():
    apply()
    with mock_sesv2() as fake:
        check(fake)
    restore()


def before_the_fake_and_taken_off_inside():
    apply()
    with mock_sesv2() as fake:
        check(fake)
        restore()


def inside_the_fake():
    with mock_sesv2() as fake:
        apply()
        check(fake)
        restore()


def inside_the_fake_and_taken_off_after_it():
    with mock_sesv2() as fake:
        apply()
        check(fake)
    restore()


before = Endpoint.make_request, URLLib3Session.send
for _ in range(20):
    {order}()
with mock_sesv2() as fake:
    check(fake)
assert len(depths) <= 3, depths
assert (Endpoint.make_request, URLLib3Session.send) == before
print("all as it should be")
"""


@pytest.mark.parametrize(
    "order",
    [
        "before_the_fake",
        "before_the_fake_and_taken_off_inside",
        "inside_the_fake",
        "inside_the_fake_and_taken_off_after_it",
    ],
)
@pytest.mark.parametrize("name", LIBRARIES)
def test_both_work_and_neither_leaves_anything(name, order, tmp_path):
    module, library = LIBRARIES[name]
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        pytest.skip(f"{name} is in the tox environment neighbours")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(library=library, order=order))

    done = subprocess.run(
        [sys.executable, program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout.endswith("all as it should be\n"), done.stderr
