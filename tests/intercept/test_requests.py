"""Calls that `requests` sends."""

import io
import json

import pytest
import requests
import responses
from asking import MONDAY
from asking import WIRE_QUERY as QUERY
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from sesv2_fake import LiveDivergenceWarning, mock_sesv2

aws4auth = pytest.importorskip("requests_aws4auth")

SENDER = "news@example.com"
HOSTS = [
    "email.eu-west-1.amazonaws.com",
    "email-fips.eu-west-1.amazonaws.com",
    "email.eu-west-1.api.aws",
    "email-fips.eu-west-1.api.aws",
]


def post(host=HOSTS[0], body=None, **how):
    return requests.post(
        f"https://{host}/v2/email/metrics/batch",
        data=json.dumps(body or {"Queries": [QUERY]}),
        auth=aws4auth.AWS4Auth("id", "key", "eu-west-1", "ses"),
        timeout=5,
        **how,
    )


@pytest.fixture
def fake():
    with mock_sesv2(intercept_requests=True) as ses:
        ses.send(SENDER, "ann@gmail.com", at=MONDAY, region="eu-west-1")
        yield ses


@pytest.mark.parametrize("host", HOSTS)
def test_a_signed_call_is_answered(fake, host):
    response = post(host)

    assert response.status_code == 200
    assert response.json() == {
        "Results": [{"Id": "q", "Timestamps": [1767571200], "Values": [1]}],
        "Errors": [],
    }
    assert len(response.headers["x-amzn-RequestId"]) == 36
    assert fake.calls[0].region == "eu-west-1"


def test_a_session_made_before_is_answered():
    with requests.Session() as session, mock_sesv2(intercept_requests=True):
        response = session.post(
            f"https://{HOSTS[0]}/v2/email/metrics/batch", json={"Queries": [QUERY]}
        )

    assert response.status_code == 200


def test_a_refusal_is_in_sess_form(fake):
    response = post(body={"Queries": [QUERY] * 2})

    assert response.status_code == 400
    assert response.headers["x-amzn-ErrorType"] == "BadRequestException"
    assert response.json() == {"message": "All queries must have a unique identifier."}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/email/metrics/batch"),
        ("GET", "/v2/email/contact-list"),
        ("POST", "//v2/email/outbound-emails"),
        ("POST", "/v1/email/outbound-emails"),
    ],
)
def test_a_request_that_is_no_operation_does_not_leave(fake, method, path):
    with pytest.raises(RuntimeError, match=f"^{method} {path} is not answered by sesv2_fake"):
        requests.request(method, f"https://{HOSTS[0]}{path}", json={}, timeout=5)

    assert [(call.operation, call.error) for call in fake.calls] == [
        (f"{method} {path}", "RuntimeError")
    ]


def test_a_request_that_is_no_operation_may_be_allowed_to_leave():
    with (
        mock_sesv2(intercept_requests=True, other_operations="allow"),
        responses.RequestsMock() as others,
    ):
        others.get(f"https://{HOSTS[0]}/v2/email/contact-lists", status=418)
        url = f"https://{HOSTS[0]}/v2/email"

        assert requests.get(f"{url}/contact-lists", timeout=5).status_code == 418
        assert requests.get(f"{url}/metrics/batch", timeout=5).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_email_of_ses_v1_is_in_the_outbox(fake, method):
    form = {
        "Action": "SendEmail",
        "Source": SENDER,
        "Destination.ToAddresses.member.1": "ann@gmail.com",
        "Message.Subject.Data": "Hi",
        "Message.Body.Text.Data": "Hi",
    }
    where = {"params": form} if method == "GET" else {"data": form}
    response = requests.request(method, f"https://{HOSTS[0]}/", timeout=5, **where)

    assert response.status_code == 200
    assert [email.subject for email in fake.outbox] == ["Hi"]


def test_faults_are_requests_own_exceptions(fake):
    fake.throttle(times=1)
    assert post().status_code == 429
    for error, exception in {
        None: requests.ConnectionError,
        "read-timeout": requests.ReadTimeout,
        "connect-timeout": requests.ConnectTimeout,
    }.items():
        fake.drop_connections(error, times=1)
        with pytest.raises(exception, match="dropped by sesv2_fake"):
            post()


def test_a_sessions_own_retries_are_made(fake):
    fake.throttle(times=2)
    retries = Retry(3, status_forcelist=[429], allowed_methods=None)
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=retries))
        response = session.post(
            f"https://{HOSTS[0]}/v2/email/metrics/batch", json={"Queries": [QUERY]}
        )

    assert response.status_code == 200
    assert len(fake.calls) == 3


@pytest.mark.parametrize("url", ["{}:443{}", "{}{}/", "{}{}?x=1", "{}{}#part"])
def test_other_ways_to_write_the_url(fake, url):
    made = url.format(f"https://{HOSTS[0]}", "/v2/email/metrics/batch")

    assert requests.post(made, json={"Queries": [QUERY]}, timeout=5).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        lambda data: data.decode(),
        io.BytesIO,
        lambda data: (data[n : n + 1] for n in range(len(data))),
        lambda data: None,
    ],
    ids=["text", "file", "generator", "none"],
)
def test_a_body_of_any_kind(fake, body):
    made = body(json.dumps({"Queries": [QUERY]}).encode())
    response = requests.post(f"https://{HOSTS[0]}/v2/email/metrics/batch", data=made, timeout=5)

    assert response.status_code == (400 if made is None else 200)


def test_fakes_may_end_in_any_order():
    first, second = (mock_sesv2(intercept_requests=True).start() for _ in range(2))
    first.stop()
    assert post().status_code == 200
    second.stop()
    with mock_sesv2(intercept_requests=True):
        assert post().status_code == 200


def test_every_other_url_is_left_alone(fake):
    for url in (
        "http://127.0.0.1:9/v2/email/metrics/batch",
        "http://127.0.0.1:9/email.eu-west-1.amazonaws.com/v2/email/metrics/batch",
    ):
        with pytest.raises(requests.ConnectionError, match="Connection refused"):
            requests.post(url, timeout=5)

    assert fake.calls == []


def test_after_the_fake_nothing_is_intercepted():
    before = requests.Session.get_adapter
    with mock_sesv2(intercept_requests=True):
        pass

    assert requests.Session.get_adapter is before
    with responses.RequestsMock() as others:
        others.post(f"https://{HOSTS[0]}/v2/email/metrics/batch", status=418)
        assert post().status_code == 418


def test_a_users_wrapper_intercepts_nothing_after_the_fake(monkeypatch):
    with mock_sesv2(intercept_requests=True):
        intercepting = requests.Session.get_adapter

        def wrapped(session, url):
            return intercepting(session, url)

        monkeypatch.setattr(requests.Session, "get_adapter", wrapped)

    assert requests.Session.get_adapter is wrapped
    with responses.RequestsMock() as others:
        others.post(f"https://{HOSTS[0]}/v2/email/metrics/batch", status=418)
        assert post().status_code == 418


def test_without_the_option_nothing_is_intercepted(sesv2_fake):
    with responses.RequestsMock() as others:
        others.post(f"https://{HOSTS[0]}/v2/email/metrics/batch", status=418)
        assert post().status_code == 418

    assert sesv2_fake.calls == []


def test_a_call_whose_fake_has_ended_meanwhile_does_not_go_out(fake):
    url = f"https://{HOSTS[0]}/v2/email/metrics/batch"
    prepared = requests.Request("POST", url, json={"Queries": [QUERY]}).prepare()
    adapter = requests.Session().get_adapter(url)
    # One that does not intercept is the innermost now, as if the other had been stopped.
    with mock_sesv2(), pytest.raises(requests.ConnectionError, match="was stopped"):
        adapter.send(prepared)

    assert fake.calls == []


def test_a_users_own_responses_inside(fake):
    with responses.RequestsMock() as others:
        others.get("https://example.com/", body="theirs")
        assert requests.get("https://example.com/", timeout=5).text == "theirs"
        assert post().status_code == 200
    assert post().status_code == 200


@responses.activate
def test_a_users_own_responses_around():
    responses.get("https://example.com/", body="theirs")
    with mock_sesv2(intercept_requests=True):
        assert requests.get("https://example.com/", timeout=5).text == "theirs"
        assert post().status_code == 200
    with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
        post()


def test_the_innermost_fake_answers(fake):
    with mock_sesv2(intercept_requests=True, vdm_enabled=False):
        assert post().status_code == 404
    assert post().status_code == 200


def test_a_divergence_warns_at_the_users_line(fake):
    with pytest.warns(LiveDivergenceWarning, match=r"ISP='\*'") as caught:
        post(body={"Queries": [{**QUERY, "Dimensions": {"ISP": "*"}}]})

    assert caught[0].filename == __file__


def test_an_inner_fake_without_the_option_hides_the_outer_ones(fake):
    """`requests` is answered by the fake that answers boto3, or not at all."""
    with mock_sesv2() as inner, responses.RequestsMock() as others:
        others.post(f"https://{HOSTS[0]}/v2/email/metrics/batch", status=418)
        assert post().status_code == 418

    assert fake.calls == inner.calls == []
    assert post().status_code == 200


def test_an_inner_fake_with_the_option_answers_alone():
    with mock_sesv2() as outer, mock_sesv2(intercept_requests=True) as inner:
        assert post().status_code == 200

    assert (len(outer.calls), len(inner.calls)) == (0, 1)
