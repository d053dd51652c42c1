"""Any SDK in any language, over HTTP on loopback."""

import contextlib
import errno
import gc
import http.client
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
from datetime import datetime
from pathlib import Path

import pytest
from asking import MONDAY
from asking import WIRE_QUERY as QUERY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import (
    ANSWER,
    BODY,
    JAVASCRIPT_SDK,
    NEEDS_AWS_CLI,
    NEEDS_JAVASCRIPT,
    PATH,
    exchange,
    port_of,
    refusal_in,
    send,
)

from sesv2_fake import mock_sesv2
from sesv2_fake.intercept import http_server
from sesv2_fake.operations.errors import answer

WEEK = str(Path(__file__).parents[2] / "examples" / "newsletter_week.jsonl")
NEEDS_IPV6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")


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


@pytest.mark.parametrize(
    ("port", "error"), [(-1, ValueError), (65536, ValueError), ("1", TypeError)]
)
def test_a_wrong_port_is_an_error(sesv2_fake, port, error):
    with pytest.raises(error, match="port: expected"), sesv2_fake.serve(port):
        pytest.fail("not reached")


def test_faults_hold_over_http(served, sesv2_fake):
    sesv2_fake.throttle(times=1)
    sesv2_fake.drop_connections("read-timeout", times=1)

    assert send(served)[:2] == (429, "TooManyRequestsException")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        send(served)
    assert send(served)[0] == 200


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


# Clients that break off, and what is no HTTP


def run(program):
    """The lines that a program of its own process prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_clients_that_break_off_within_a_chunk_do_not_crash_the_process():
    assert run(
        """
import socket, urllib.error, urllib.request
from sesv2_fake import mock_sesv2
HEAD = "POST /v2/email/metrics/batch HTTP/1.1\\r\\nHost: localhost\\r\\n"
CHUNK = f"Transfer-Encoding: chunked\\r\\n\\r\\n{2**21:x}\\r\\n".encode() + b" " * 600_000
with mock_sesv2() as ses, ses.serve() as url:
    for n in range(50):
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
            connection.sendall(HEAD.encode() + CHUNK)
    try:
        urllib.request.urlopen(url + "/v2")
    except urllib.error.HTTPError as answer:
        print(answer.code, len(ses.calls))
"""
    ) == ["404", "0"]


def test_a_client_that_resets_its_connection_gets_no_answer_and_enters_no_calls(
    sesv2_fake, capfd, caplog
):
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{"
    with sesv2_fake.serve() as url:
        connection = socket.create_connection(("127.0.0.1", port_of(url)))
        connection.sendall(head.encode())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        assert exchange(url, b"x\r\n\r\n")

    assert sesv2_fake.calls == []
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_client_that_falls_silent_is_left_alone(sesv2_fake, monkeypatch, capfd):
    monkeypatch.setattr(http_server._Handler, "timeout", 0.01)
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
    with sesv2_fake.serve() as url:
        for said in ("", "GET", head, f"{head}\r\n{{"):
            with socket.create_connection(("127.0.0.1", port_of(url)), timeout=10) as connection:
                connection.sendall(said.encode())
                with contextlib.suppress(ConnectionResetError):
                    assert connection.recv(1) == b""

    assert sesv2_fake.calls == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/nine\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET http://[::1/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ],
    ids=["syntax", "version", "newer", "long", "long header", "many headers", "url"],
)
def test_bytes_that_are_not_http_are_refused_in_sess_form(served, capfd, request_bytes, status):
    found, error, message = refusal_in(exchange(served, request_bytes))

    assert (found, error) == (status, "BadRequestException")
    assert message
    assert capfd.readouterr() == ("", "")


def test_a_malformed_head_request_is_refused_without_a_body(served):
    request = b"HEAD http://[::1/ HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert exchange(served, request).endswith(b"Connection: close\r\n\r\n")


METHODS = st.sampled_from([b"GET", b"POST", b"HEAD", b"OPTIONS"])
HEADERS = st.sampled_from(
    [
        b"Host: localhost",
        b"Content-Length: 3",
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue",
    ]
)
REQUESTS = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda method, path, headers, end: b"\r\n".join(
            [method + b" " + path + b" HTTP/1.1", *headers, end]
        ),
        METHODS,
        st.one_of(st.just(PATH.encode()), st.binary(max_size=20)),
        st.lists(st.one_of(HEADERS, st.binary(max_size=20)), max_size=4),
        st.binary(max_size=30),
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REQUESTS)
def test_no_bytes_bring_a_page_or_a_traceback(served, capfd, request_bytes):
    response = exchange(served, request_bytes)

    assert b"text/html" not in response
    assert response == b"" or response.startswith(b"HTTP/1.1 ")
    assert capfd.readouterr() == ("", "")


# Its end


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "sesv2-fake"]


def test_no_thread_is_left_whatever_its_clients_do(sesv2_fake):
    with contextlib.ExitStack() as connections:
        with sesv2_fake.serve() as url:
            for said in (b"", b"POST", BODY, b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"):
                connection = socket.create_connection(("127.0.0.1", port_of(url)))
                connections.enter_context(connection).sendall(said)
            assert send(url)[0] == 200
            assert threads()

        assert threads() == []


def test_a_connection_from_before_the_end_is_not_answered_after_it(sesv2_fake):
    with sesv2_fake.serve() as url:
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.connect()

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        connection.request("POST", PATH, BODY)
        connection.getresponse()
    connection.close()
    assert sesv2_fake.calls == []


def test_blocks_leave_nothing_behind(sesv2_fake):
    def descriptors():
        return len(list(Path("/dev/fd").iterdir()))

    def servers():
        gc.collect()
        return sum(isinstance(found, http_server.HttpServer) for found in gc.get_objects())

    with sesv2_fake.serve() as url:
        send(url)
    before = servers(), descriptors()
    for _ in range(20):
        with sesv2_fake.serve() as url:
            send(url)

    assert (servers(), descriptors()) == before
    assert threads() == []


def test_an_answer_that_a_tests_own_code_holds_up_does_not_hold_up_the_end(monkeypatch):
    monkeypatch.setattr(http_server, "_STOP_TIMEOUT", 0.01)
    asked, go_on = threading.Event(), threading.Event()

    def held_up(query):
        asked.set()
        return go_on.wait(10)

    with mock_sesv2() as ses:
        ses.deny(where=held_up)
        with (
            ses.serve() as url,
            socket.create_connection(("127.0.0.1", port_of(url))) as connection,
        ):
            connection.settimeout(10)
            head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n"
            connection.sendall(head.encode() + BODY)
            asked.wait(10)
        (thread,) = threads()
        go_on.set()
        thread.join(10)


def test_a_connection_that_gets_no_thread_is_closed(served, monkeypatch):
    def no_thread(*_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(http_server.HttpServer, "_started", no_thread)
        assert exchange(served, b"GET / HTTP/1.1\r\n") == b""
    assert send(served)[0] == 200


def test_a_connection_that_gets_no_descriptor_is_taken_later(served, sesv2_fake, monkeypatch):
    server = sesv2_fake._servers[0]._server
    take = server.get_request
    failures = [OSError(errno.EMFILE, "Too many open files")] * 3

    def failing():
        if failures:
            raise failures.pop()
        return take()

    monkeypatch.setattr(server, "get_request", failing)

    assert send(served)[0] == 200
    assert failures == []


def test_a_client_that_waits_to_be_told_to_go_on_is_told_once(served):
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n"

    response = exchange(served, f"{head}Expect: 100-continue\r\n\r\n".encode() + BODY)
    assert [line for line in response.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")] == [
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 200 OK",
    ]


def test_it_can_be_stopped_by_a_fault_that_it_answers_with(sesv2_fake):
    with mock_sesv2() as ses, contextlib.ExitStack() as block:
        url = block.enter_context(ses.serve())
        ses.deny(where=lambda query: block.close() is None)

        with pytest.raises((http.client.HTTPException, ConnectionError)):
            send(url)
        # It could not wait for itself.
        for thread in threads():
            thread.join(10)
        assert ses.calls[0].errors


def test_a_forked_process_can_stop_its_fake_and_leaves_the_parents_alone():
    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    assert run(
        """
import os, socket, sys, urllib.error, urllib.request, warnings
from sesv2_fake import mock_sesv2
warnings.simplefilter("ignore", DeprecationWarning)  # to fork beside threads
def ask(url):
    try:
        urllib.request.urlopen(url + "/v2")
    except urllib.error.HTTPError as answer:
        return answer.code
ses = mock_sesv2().start()
with ses.serve() as url:
    ask(url)
    if not (child := os.fork()):
        ses.stop()
        os._exit(0)
    print(os.waitpid(child, 0)[1], ask(url))
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.read(reading, 1)  # holds what it inherited until the parent's block has ended
        os._exit(0)
try:
    socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
except ConnectionRefusedError:
    print("refused")
os.write(writing, b".")
print(os.waitpid(child, 0)[1])
"""
    ) == ["0", "404", "refused", "0"]


# Where it listens, and what it logs


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", r"http://127\.0\.0\.1:\d+"),
        ("0.0.0.0", r"http://127\.0\.0\.1:\d+"),
        pytest.param("::1", r"http://\[::1\]:\d+", marks=NEEDS_IPV6),
        pytest.param("::", r"http://\[::1\]:\d+", marks=NEEDS_IPV6),
    ],
)
def test_it_can_listen_elsewhere(host, url):
    server = http_server.HttpServer(lambda request: answer(200, {}), host=host)
    try:
        assert re.fullmatch(url, server.url)
        with urllib.request.urlopen(server.url) as response:
            assert response.read() == b"{}"
    finally:
        server.stop()


def test_each_answer_is_a_line_of_the_access_log(served, caplog):
    caplog.set_level("INFO", "sesv2_fake.http")
    send(served)
    exchange(served, b"GET /\x1b[2J HTTP/1.1\r\nHost: evil.example\r\n\r\n")

    assert [record.message for record in caplog.records] == [
        f"'POST {PATH} HTTP/1.1' 200",
        r"'GET /\x1b[2J HTTP/1.1' 403",
    ]


# SDKs


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
    sesv2_fake.throttle(times=1)
    done = subprocess.run(
        [sys.executable, "-c", BOTO_PROGRAM, served],
        env=environment(served),
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == [[1], 1]
    assert [call.attempt for call in sesv2_fake.calls] == [1, 2]


@NEEDS_AWS_CLI
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


@NEEDS_AWS_CLI
def test_the_aws_cli_sends_and_reads(served, sesv2_fake):
    def aws(*command):
        done = subprocess.run(
            ["aws", "sesv2", *command],
            env=environment(served, "eu-west-1"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr.strip()) == (0, "")
        return json.loads(done.stdout or "{}")

    content = {"Simple": {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "Hi"}}}}
    message_id = aws(
        "send-email",
        "--from-email-address=news@example.com",
        "--destination=ToAddresses=ann@gmail.com",
        f"--content={json.dumps(content)}",
    )["MessageId"]
    insights = aws("get-message-insights", f"--message-id={message_id}")
    aws("put-account-vdm-attributes", "--vdm-attributes=VdmEnabled=DISABLED")
    account = aws("get-account")

    (email,) = sesv2_fake.outbox
    assert (email.subject, email.message_id, email.region) == ("Grüße", message_id, "eu-west-1")
    assert insights["Insights"][0]["Events"][0]["Type"] == "SEND"
    assert account["SendQuota"]["SentLast24Hours"] == 1.0
    assert account["VdmAttributes"] == {"VdmEnabled": "DISABLED"}


def test_an_id_in_a_path_is_decoded_once(served, sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", message_id="a%2Fb")

    status, _, found = send(served, b"", method="GET", path="/v2/email/insights/a%252Fb/")

    assert (status, found["MessageId"]) == (200, "a%2Fb")


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
        ["npm", "install", "--silent", "--no-audit", "--no-fund", JAVASCRIPT_SDK],
        cwd=folder,
        check=True,
        timeout=300,
    )
    return folder


@NEEDS_JAVASCRIPT
def test_the_aws_sdk_for_javascript(served, sesv2_fake, javascript_project):
    sesv2_fake.throttle(times=1)
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


JS_SENDING = """
import {
    GetAccountCommand, GetMessageInsightsCommand, PutAccountVdmAttributesCommand,
    SendBulkEmailCommand, SendEmailCommand, SESv2Client,
} from "@aws-sdk/client-sesv2";
const client = new SESv2Client({});
const sender = { FromEmailAddress: "news@example.com" };
const mail = ["From: news@example.com", "To: ann@gmail.com", "Subject: Hi", "", "Hi"];
const Raw = { Data: Buffer.from(mail.join("\\n")) };
const { MessageId } = await client.send(new SendEmailCommand({ Content: { Raw } }));
const bulk = await client.send(new SendBulkEmailCommand({
    ...sender,
    DefaultContent: { Template: { TemplateName: "T", TemplateData: "{}" } },
    BulkEmailEntries: [{ Destination: { ToAddresses: ["bob@yahoo.com"] } }],
}));
const insights = await client.send(new GetMessageInsightsCommand({ MessageId }));
const VdmAttributes = { VdmEnabled: "DISABLED" };
await client.send(new PutAccountVdmAttributesCommand({ VdmAttributes }));
const account = await client.send(new GetAccountCommand({}));
let error;
const Destination = { ToAddresses: [] };
const Content = { Simple: { Subject: { Data: "Hi" }, Body: { Text: { Data: "Hi" } } } };
try {
    await client.send(new SendEmailCommand({ ...sender, Destination, Content }));
} catch (caught) { error = caught.name; }
console.log(JSON.stringify([
    [MessageId, bulk.BulkEmailEntryResults[0].MessageId],
    insights.Insights[0].Events[0].Type, insights.Insights[0].Events[0].Timestamp,
    account.SendQuota.SentLast24Hours, account.VdmAttributes, error,
]));
"""


@NEEDS_JAVASCRIPT
def test_the_aws_sdk_for_javascript_sends_and_reads(served, sesv2_fake, javascript_project):
    (javascript_project / "send.mjs").write_text(JS_SENDING)
    done = subprocess.run(
        ["node", "send.mjs"],
        cwd=javascript_project,
        env=environment(served, "eu-west-1"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    ids, event, time, sent, vdm, error = json.loads(done.stdout)
    assert ids == [email.message_id for email in sesv2_fake.outbox]
    assert event == "SEND"
    seconds = datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
    assert seconds == pytest.approx(sesv2_fake.outbox[0].sent_at.timestamp(), abs=0.001)
    assert (sent, vdm, error) == (2, {"VdmEnabled": "DISABLED"}, "BadRequestException")


def test_a_refused_call_keeps_ten_queries_at_most(served, sesv2_fake):
    queries = [{**QUERY, "Id": str(n)} for n in range(1_000)]

    assert send(served, json.dumps({"Queries": queries}).encode())[0] == 400
    assert [query.id for query in sesv2_fake.calls[0].queries] == [str(n) for n in range(10)]


def test_keep_alive_connections_are_answered_one_call_after_the_other(served):
    connection = http.client.HTTPConnection(served.removeprefix("http://"), timeout=10)
    for _ in range(3):
        connection.request("POST", PATH, BODY)
        assert json.loads(connection.getresponse().read()) == ANSWER
    connection.close()


def test_urllib_too(served):
    with urllib.request.urlopen(f"{served}{PATH}", BODY) as response:
        assert json.loads(response.read()) == ANSWER
