"""Who may ask over HTTP, and what becomes of a request's body."""

import http.client
import socket
import time

import pytest
from asking import MONDAY
from serving import ANSWER, BODY, PATH, exchange, port_of, refusal_in, send


@pytest.fixture
def served(sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY, region="us-east-1")
    with sesv2_fake.serve() as url:
        yield url


def scope(region):
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential=AK/20260105/{region}/ses/aws4_request, x"
    }


# Who may ask


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:80", "127.0.0.1:8025", "127.0.0.1:", "[::1]", "[::1]:8025"]
)
def test_a_host_on_loopback_is_answered(served, host):
    assert send(served, headers={"Host": host}) == (200, None, ANSWER)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8025",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example#localhost",
        "localhost:80:80",
        "127.0.0.1, evil.example",
        "::1",
        "0.0.0.0",
    ],
)
def test_any_other_host_is_refused(served, host):
    status, error, payload = send(served, headers={"Host": host})

    assert (status, error) == (403, "AccessDeniedException")
    assert payload["message"] == (
        "sesv2_fake does not answer this request: Host: expected localhost or 127.0.0.1 or [::1], "
        f"with any port, got {host!r}"
    )


def test_a_request_without_a_host_is_refused(served):
    status, error, _ = refusal_in(exchange(served, b"GET / HTTP/1.0\r\n\r\n"))

    assert (status, error) == (403, "AccessDeniedException")


def test_a_request_with_two_hosts_is_refused(served):
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"

    assert refusal_in(exchange(served, request))[0] == 403


def test_the_host_of_a_whole_url_counts(served):
    request = b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert refusal_in(exchange(served, request))[0] == 403


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://localhost:3000"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ],
)
def test_a_web_page_of_another_origin_is_refused(served, header, value):
    status, error, payload = send(served, headers={header: value})

    assert (status, error) == (403, "AccessDeniedException")
    assert header in payload["message"]
    assert repr(value) in payload["message"]


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_of_its_own_is_answered(served, site):
    headers = {"Origin": served, "Sec-Fetch-Site": site}

    assert send(served, headers=headers)[0] == 200


def test_a_refused_host_uses_up_no_fault_and_is_not_in_calls(served, sesv2_fake):
    sesv2_fake.throttle()

    assert send(served, headers={"Host": "evil.example"})[0] == 403
    assert sesv2_fake.calls == []
    assert send(served)[0] == 429


# Its body


def test_a_refusal_is_in_sess_form(served):
    assert send(served, b"{}")[:2] == (400, "BadRequestException")
    assert send(served, b"{")[:2] == (400, "SerializationException")


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/v2/email/dedicated-ip-pools", " (ListDedicatedIpPools)"),
        ("GET", PATH, ""),
        ("POST", "/", ""),
    ],
)
def test_an_unknown_path_is_a_404_in_sess_form(served, method, path, operation):
    status, error, payload = send(served, method=method, path=path)

    assert (status, error) == (404, "UnknownOperationException")
    assert payload == {"message": f"sesv2_fake does not answer {method} {path}{operation}"}


SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260105/eu-west-1/ses/aws4_request, "
    "SignedHeaders=host, Signature=0"
}


@pytest.mark.parametrize(
    ("path", "headers", "operation", "region"),
    [
        ("/v2/email/dedicated-ip-pools/one", {}, "GetDedicatedIpPool", "us-east-1"),
        ("/v2/email/dedicated-ip-pools/one/", SIGNED, "GetDedicatedIpPool", "eu-west-1"),
        ("/v2/email/of-the-future", SIGNED, "GET /v2/email/of-the-future", "eu-west-1"),
    ],
)
def test_a_call_that_nobody_answers_leaves_a_trace(
    served, sesv2_fake, path, headers, operation, region
):
    send(served, b"", method="GET", path=path, headers=headers)

    (call,) = sesv2_fake.calls
    assert (call.operation, call.region, call.error) == (
        operation,
        region,
        "UnknownOperationException",
    )
    assert operation in sesv2_fake.report()


def test_a_browsers_own_requests_are_not_in_calls(served, sesv2_fake):
    assert send(served, b"", method="GET", path="/favicon.ico")[0] == 404
    assert sesv2_fake.calls == []


def test_a_body_of_more_than_a_mebibyte_is_refused(served, sesv2_fake):
    status, error, payload = send(served, b" " * 2**20 + b" ")

    assert (status, error) == (413, "RequestEntityTooLargeException")
    assert payload == {"message": "The body has more than 1048576 bytes."}
    assert send(served, b" " * 2**20)[0] == 400
    assert len(sesv2_fake.calls) == 1


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (f"Content-Length: {2**21}", [b" " * 2**20] * 2),
        (
            "Transfer-Encoding: chunked",
            [b"100000\r\n" + b" " * 2**20 + b"\r\n"] * 3 + [b"0\r\n\r\n"],
        ),
    ],
)
def test_a_slow_client_of_too_large_a_body_sees_its_refusal(served, framing, body):
    with socket.create_connection(("127.0.0.1", port_of(served)), timeout=10) as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode())
        for part in body:
            time.sleep(0.1)
            connection.sendall(part)
        answered = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert refusal_in(answered)[:2] == (413, "RequestEntityTooLargeException")


def test_a_far_too_large_body_is_refused_before_it_comes(served):
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {2**40}\r\n\r\n"

    assert refusal_in(exchange(served, head.encode()))[0] == 413


def test_a_body_in_chunks_is_read(served):
    connection = http.client.HTTPConnection(served.removeprefix("http://"), timeout=10)
    connection.request("POST", PATH, iter([BODY[:7], BODY[7:]]))
    assert connection.getresponse().status == 200
    connection.close()


def test_a_body_in_chunks_is_limited_too(served, sesv2_fake):
    connection = http.client.HTTPConnection(served.removeprefix("http://"), timeout=10)
    connection.request("POST", PATH, iter([b" " * 2**18] * 12))
    assert connection.getresponse().status == 413
    connection.close()

    assert sesv2_fake.calls == []


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 10\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n{}",
        b"Content-Length: ten\r\n\r\n{}",
        b"Content-Length: \xb2\r\n\r\n{}",
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n200000\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ],
)
def test_a_body_that_is_cut_off_or_malformed_is_refused(served, sesv2_fake, capfd, rest):
    request = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n".encode() + rest

    assert refusal_in(exchange(served, request)) == (
        400,
        "SerializationException",
        "The request body ends too early, or its length or chunks are malformed.",
    )
    assert sesv2_fake.calls == []
    assert capfd.readouterr() == ("", "")


# Its answer


def test_the_region_is_that_of_the_signature(served, sesv2_fake):
    send(served, headers=scope("eu-west-1"))
    send(served, headers=scope("us-east-1"))

    assert [call.region for call in sesv2_fake.calls] == ["eu-west-1", "us-east-1"]
    assert [len(call.results[0].values) for call in sesv2_fake.calls] == [0, 1]


def test_the_attempt_is_told_by_the_sdk(served, sesv2_fake):
    send(served, headers={"amz-sdk-request": "attempt=3; max=5"})

    assert sesv2_fake.calls[0].attempt == 3


def test_an_attempt_of_many_digits_is_no_error(served):
    assert send(served, headers={"amz-sdk-request": f"attempt={'9' * 5000}"})[0] == 200


def test_the_answer_to_head_has_no_body(served):
    request = b"HEAD /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n"

    head, end, body = exchange(served, request).partition(b"\r\n\r\n")
    assert (head[:12], end, body) == (b"HTTP/1.1 404", b"\r\n\r\n", b"")


def test_an_error_of_the_tests_own_code_is_a_500_and_logged(served, sesv2_fake, caplog):
    sesv2_fake.fail_queries("ACCESS_DENIED", where=lambda query: {}["tenant"], optional=True)

    status, error, payload = send(served)
    assert (status, error) == (500, "InternalServiceErrorException")
    assert payload == {"message": "sesv2_fake: KeyError: 'tenant'"}
    (record,) = caplog.records
    assert record.message == f"POST {PATH!r} could not be answered"
    assert "where=lambda" in record.exc_text


def test_a_fault_breaks_the_connection(served, sesv2_fake):
    sesv2_fake.drop_connections("read-timeout")

    assert exchange(served, b"POST %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % PATH.encode()) == b""
