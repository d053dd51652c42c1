"""Any SDK in any language, over HTTP on loopback."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from asking import MONDAY
from asking import WIRE_QUERY as QUERY

from sesv2_fake import mock_sesv2

PATH = "/v2/email/metrics/batch"
WEEK = str(Path(__file__).parents[1] / "examples" / "newsletter_week.jsonl")
BODY = json.dumps({"Queries": [QUERY]}).encode()
ANSWER = {"Results": [{"Id": "q", "Timestamps": [1767571200], "Values": [1]}], "Errors": []}


def scope(region):
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential=AK/20260105/{region}/ses/aws4_request, x"
    }


def send(url, body=BODY, *, method="POST", path=PATH, headers=None):
    """Status, error and JSON of an answer."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        text = response.read()
        return response.status, response.headers["x-amzn-ErrorType"], text and json.loads(text)
    finally:
        connection.close()


@pytest.fixture
def served(sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY, region="us-east-1")
    with sesv2_fake.serve() as url:
        yield url


def test_a_call_is_answered(served, sesv2_fake):
    assert send(served) == (200, None, ANSWER)
    assert [call.attempt for call in sesv2_fake.calls] == [1]


def test_it_is_on_loopback_at_a_free_port(served):
    assert re.fullmatch(r"http://127\.0\.0\.1:\d{4,5}", served)


def test_the_region_is_that_of_the_signature(served, sesv2_fake):
    send(served, headers=scope("eu-west-1"))
    send(served, headers=scope("us-east-1"))

    assert [call.region for call in sesv2_fake.calls] == ["eu-west-1", "us-east-1"]
    assert [len(call.results[0].values) for call in sesv2_fake.calls] == [0, 1]


def test_a_refusal_is_in_sess_form(served):
    assert send(served, b"{}")[:2] == (400, "BadRequestException")
    assert send(served, b"{")[:2] == (400, "SerializationException")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v2/email/identities"), ("GET", PATH), ("GET", "/")]
)
def test_an_unknown_path_is_a_404_in_sess_form(served, method, path):
    status, error, payload = send(served, method=method, path=path)

    assert (status, error) == (404, "UnknownOperationException")
    assert payload == {"message": f"sesv2_fake knows one operation: POST {PATH}"}


def test_a_body_of_more_than_a_mebibyte_is_refused(served, sesv2_fake):
    status, error, payload = send(served, b" " * 2**20 + b" ")

    assert (status, error) == (413, "RequestEntityTooLargeException")
    assert payload == {"message": "The body has more than 1048576 bytes."}
    assert send(served, b" " * 2**20)[0] == 400
    assert len(sesv2_fake.calls) == 1


def test_a_body_in_chunks_is_limited_too(served, sesv2_fake):
    connection = http.client.HTTPConnection(served.removeprefix("http://"), timeout=10)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.request("POST", PATH, iter([b" " * 2**18] * 12))
    with contextlib.suppress(ConnectionError):
        assert connection.getresponse().status == 413
    connection.close()

    assert sesv2_fake.calls == []


def test_an_attempt_of_many_digits_is_no_error(served):
    assert send(served, headers={"amz-sdk-request": f"attempt={'9' * 5000}"})[0] == 200


@pytest.mark.parametrize(
    ("port", "error"), [(-1, ValueError), (65536, ValueError), ("1", TypeError)]
)
def test_what_is_no_port_is_an_error(sesv2_fake, port, error):
    with pytest.raises(error, match="port: expected"), sesv2_fake.serve(port):
        pytest.fail("not reached")


def test_faults_strike_there_too(served, sesv2_fake):
    sesv2_fake.throttle()
    sesv2_fake.drop_connections("read-timeout")

    assert send(served)[:2] == (429, "TooManyRequestsException")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        send(served)
    assert send(served)[0] == 200


def test_the_attempt_is_told_by_the_sdk(served, sesv2_fake):
    send(served, headers={"amz-sdk-request": "attempt=3; max=5"})

    assert sesv2_fake.calls[0].attempt == 3


def port_of(url):
    return int(url.rpartition(":")[2])


def test_it_stops_with_its_block(sesv2_fake):
    with sesv2_fake.serve() as url:
        assert send(url)[0] == 200

    with pytest.raises(ConnectionRefusedError):
        send(url)


def test_it_stops_with_its_fake():
    with mock_sesv2() as ses:
        serving = ses.serve()
        url = serving.__enter__()
        assert send(url)[0] == 200

    with pytest.raises(ConnectionRefusedError):
        send(url)
    serving.__exit__(None, None, None)


def test_a_port_can_be_asked_for_again_after_it(sesv2_fake):
    with sesv2_fake.serve() as url:
        send(url)
    with sesv2_fake.serve(port=port_of(url)) as again:
        assert again == url
        assert send(again)[0] == 200


def test_a_port_that_is_taken_is_an_error(sesv2_fake, served):
    with pytest.raises(OSError, match="in use"), sesv2_fake.serve(port=port_of(served)):
        pytest.fail("not reached")


def test_two_servers_share_nothing_but_their_fakes(sesv2_fake, served):
    with mock_sesv2() as other, other.serve() as url:
        assert send(url)[2]["Results"][0]["Values"] == []
        assert send(served)[2] == ANSWER
        assert (len(other.calls), len(sesv2_fake.calls)) == (1, 1)


def test_serving_needs_an_active_fake():
    with pytest.raises(RuntimeError, match="not active"), mock_sesv2().serve():
        pytest.fail("not reached")


def environment(url, region="us-east-1"):
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL_SESV2": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "SK",
        "AWS_MAX_ATTEMPTS": "2",
    }


BOTO_PROGRAM = """
import boto3, json, sys
from datetime import datetime, timezone
client = boto3.client("sesv2", endpoint_url=sys.argv[1])
start, end = (datetime(2026, 1, day, tzinfo=timezone.utc) for day in (5, 6))
response = client.batch_get_metric_data(Queries=[
    {"Id": "q", "Namespace": "VDM", "Metric": "SEND", "StartDate": start, "EndDate": end}
])
print(json.dumps([response["Results"][0]["Values"], response["ResponseMetadata"]["RetryAttempts"]]))
"""


def test_boto3_in_another_process(served, sesv2_fake):
    sesv2_fake.throttle()
    done = subprocess.run(
        [sys.executable, "-c", BOTO_PROGRAM, served],
        env=environment(served),
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == [[1], 1]
    assert [call.attempt for call in sesv2_fake.calls] == [1, 2]


@pytest.mark.skipif(not shutil.which("aws"), reason="the AWS CLI is in the tox environment sdks")
def test_the_aws_cli(served, tmp_path):
    request = tmp_path / "input.json"
    dates = {"StartDate": "2026-01-05T00:00:00+00:00", "EndDate": "2026-01-06T00:00:00+00:00"}
    request.write_text(json.dumps({"Queries": [{**QUERY, **dates}]}))

    done = subprocess.run(
        ["aws", "sesv2", "batch-get-metric-data", "--cli-input-json", f"file://{request}"],
        env=environment(served),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr.strip()) == (0, "")
    (result,) = json.loads(done.stdout)["Results"]
    assert (result["Id"], result["Values"]) == ("q", [1])


JS_PROGRAM = """
import { SESv2Client, BatchGetMetricDataCommand } from "@aws-sdk/client-sesv2";
const client = new SESv2Client({});
const day = (n) => new Date(Date.UTC(2026, 0, n));
const ask = (Metric) => client.send(new BatchGetMetricDataCommand({
    Queries: [{ Id: "q", Namespace: "VDM", Metric, StartDate: day(5), EndDate: day(6) }],
}));
const response = await ask("SEND");
let error;
try { await ask("SENT"); } catch (caught) { error = caught.name; }
const { Timestamps, Values } = response.Results[0];
console.log(JSON.stringify([Timestamps, Values, response.$metadata.attempts, error]));
"""


@pytest.fixture(scope="session")
def javascript_project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("javascript")
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    (folder / "ask.mjs").write_text(JS_PROGRAM)
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "@aws-sdk/client-sesv2@3"],
        cwd=folder,
        check=True,
        timeout=300,
    )
    return folder


@pytest.mark.skipif(
    not (shutil.which("npm") and shutil.which("aws")),
    reason="npm is not here, or this is not the tox environment sdks",
)
def test_the_aws_sdk_for_javascript(served, sesv2_fake, javascript_project):
    sesv2_fake.throttle()
    done = subprocess.run(
        ["node", "ask.mjs"],
        cwd=javascript_project,
        env=environment(served),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["2026-01-05T00:00:00.000Z"], [1], 2, "BadRequestException"]


@pytest.fixture
def interruptible():
    """What starts meanwhile heeds SIGINT, also where this run is in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_the_command_serves_until_it_is_stopped():
    command = [sys.executable, "-m", "sesv2_fake", "serve", "--events", WEEK, "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            (url,) = re.findall(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
            status, _, payload = send(url)
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=10)
        finally:
            running.kill()

    assert (status, payload["Results"][0]["Values"]) == (200, [140])
    assert (running.returncode, errors) == (0, "")


def test_the_command_needs_a_port_that_is_free():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "sesv2_fake", "serve", "--events", WEEK, "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert "in use" in done.stderr


def test_keep_alive_connections_are_answered_one_call_after_the_other(served):
    connection = http.client.HTTPConnection(served.removeprefix("http://"), timeout=10)
    for _ in range(3):
        connection.request("POST", PATH, BODY)
        assert json.loads(connection.getresponse().read()) == ANSWER
    connection.close()


def test_urllib_too(served):
    with urllib.request.urlopen(f"{served}{PATH}", BODY) as response:
        assert json.loads(response.read()) == ANSWER
