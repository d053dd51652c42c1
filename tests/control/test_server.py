"""Many fakes in one server; who may change what; what there is not."""

import pytest
from asking import client, new_client, query
from botocore.stub import Stubber
from controlling import JSON, control, exchanged
from serving import BODY, PATH, send

from sesv2_fake import mock_sesv2
from sesv2_fake.control.served_fakes import LimitReached, Registry

DAY = "2026-01-05"
COUNTS = {"metric": "SEND", "values": {DAY: 7}}


@pytest.fixture
def url(sesv2_fake):
    with sesv2_fake.serve() as url:
        yield url


def new_fake(url, **options):
    status, fake = control(url, "POST", "fakes", options)
    assert status == 201
    return fake["url"], fake["id"]


def values(url):
    asked = new_client(endpoint_url=url).batch_get_metric_data(Queries=[query()])
    return asked["Results"][0]["Values"]


def over_http(url):
    status, _, body = exchanged(url, "POST", PATH, BODY)
    return status, body


# Many fakes


def test_a_fake_is_isolated_and_has_an_endpoint_of_its_own(url, sesv2_fake):
    one, id = new_fake(url)
    other, _ = new_fake(url, contract="live")

    assert one == f"{url}/_sesv2_fake/fakes/{id}"
    control(one, "POST", "counts", COUNTS)
    assert b'"Values":[7]' in over_http(one)[1]
    assert b'"Values":[]' in over_http(other)[1]
    assert b'"Values":[]' in over_http(url)[1]
    assert [len(control(here, "GET", "calls")[1]) for here in (one, other, url)] == [1, 1, 1]
    assert len(sesv2_fake.calls) == 1
    assert control(other, "GET", "options")[1]["contract"] == "live"


def test_no_client_of_this_process_sees_it(url, sesv2_fake):
    one, _ = new_fake(url)
    control(one, "POST", "counts", COUNTS)

    assert values(None) == []
    assert len(sesv2_fake.calls) == 1


def test_it_has_a_clock_of_its_own(url):
    one, _ = new_fake(url)
    control(one, "PUT", "clock", {"time": DAY})

    assert control(one, "GET", "clock")[1]["is_stopped"] is True
    assert control(url, "GET", "clock")[1]["is_stopped"] is False


def test_its_end_tells_which_faults_were_never_triggered(url):
    one, id = new_fake(url)
    control(one, "POST", "faults", {"kind": "request", "times": 2})
    control(one, "POST", "faults", {"kind": "connection", "optional": True})
    assert over_http(one)[0] == 429

    assert control(url, "DELETE", f"fakes/{id}") == (
        200,
        {
            "unused_faults": [
                (
                    "<Fault: TooManyRequestsException (429) for BatchGetMetricData, 2 times: "
                    "triggered once; created at POST faults>"
                )
            ]
        },
    )
    assert over_http(one)[0] == 404
    assert control(url, "DELETE", f"fakes/{id}") == (404, {"message": f"no fake {id!r}"})


def test_fakes_are_listed(url):
    one, id = new_fake(url)
    over_http(one)

    assert control(url, "GET", "fakes") == (200, [{"id": id, "url": one, "calls": 1}])
    assert control(url, "GET", f"fakes/{id}") == (200, {"id": id, "url": one, "calls": 1})


def test_a_fake_beside_makes_no_fakes(url):
    one, _ = new_fake(url)

    assert control(one, "GET", "fakes")[0] == 404
    assert control(one, "POST", "fakes", {})[0] == 404


def test_there_may_be_a_thousand_fakes_at_most(sesv2_fake):
    beside = Registry(sesv2_fake)
    for _ in range(1_000):
        beside.add({})

    with pytest.raises(LimitReached, match="1000 fakes are open; DELETE those that are done"):
        beside.add({})


def test_a_fake_too_many_is_refused(url, monkeypatch):
    monkeypatch.setattr("sesv2_fake.control.served_fakes.MAX_FAKES", 2)
    new_fake(url)
    new_fake(url)

    status, answered = control(url, "POST", "fakes", {})

    assert (status, answered["message"]) == (409, "2 fakes are open; DELETE those that are done")


def test_a_fake_keeps_its_newest_calls_and_emails(sesv2_fake):
    beside = sesv2_fake._beside({})
    with mock_sesv2() as ses:
        ses._account.kept = 2
        for n in range(3):
            client().send_email(
                FromEmailAddress="a@example.com",
                Destination={"ToAddresses": [f"b{n}@example.com"]},
                Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
            )

        assert [email.to for email in ses.outbox] == [("b1@example.com",), ("b2@example.com",)]
        assert len(ses.calls) == 2
        known = ses._account.messages
        assert len(known.captured) == len(known.by_id["us-east-1"]) == 2
        assert client().get_account()["SendQuota"]["SentLast24Hours"] == 3
    assert beside._account.kept == 1_000


def test_what_a_served_fake_no_longer_keeps_takes_no_memory(sesv2_fake):
    sesv2_fake._account.kept = 2
    for n in range(5):
        client().send_email(
            FromEmailAddress="a@example.com",
            Destination={"ToAddresses": [f"b{n}@example.com", f"c{n}@example.com"]},
            Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
        )
        with pytest.raises(RuntimeError):
            client().list_dedicated_ip_pools()

    account = sesv2_fake._account
    assert len(account.calls) == len(account.outbox) == len(account.own_ids) == 2
    assert len(account.messages.to_several) == 1
    assert client().get_account()["SendQuota"]["SentLast24Hours"] == 10


def test_queries_that_follow_no_seed_leave_little(sesv2_fake):
    for n in range(0, 2_020, 10):
        queries = [query(id=f"q{m}", EMAIL_IDENTITY=f"{n + m}.example") for m in range(10)]
        client().batch_get_metric_data(Queries=queries)

    store = sesv2_fake._account.metrics
    assert max(len(store._sums), len(store._counting)) <= 1_000


def test_an_id_that_several_emails_have_is_the_first_ones(sesv2_fake):
    sesv2_fake._account.kept = 1
    made = client()
    with Stubber(made) as stubber:
        for id in ("same", "same", "other"):
            stubber.add_response("send_email", {"MessageId": id})
            made.send_email(
                FromEmailAddress="a@example.com",
                Destination={"ToAddresses": ["b@example.com"]},
                Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
            )

    assert [email.message_id for email in sesv2_fake.outbox] == ["other"]
    assert list(sesv2_fake._account.messages.captured) == ["other"]


def test_options_of_a_fake_are_checked(url):
    assert control(url, "POST", "fakes", {"contract": "dead"})[0] == 400


def test_a_reset_leaves_the_others_alone(url):
    one, _ = new_fake(url)
    control(one, "POST", "counts", COUNTS)

    control(url, "POST", "reset")
    assert b'"Values":[7]' in over_http(one)[1]
    control(one, "POST", "reset")
    assert b'"Values":[]' in over_http(one)[1]


# Who may change what


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_change_is_json(url, kind):
    status, answered = control(url, "POST", "counts", COUNTS, {"Content-Type": kind})

    assert (status, answered["message"]) == (
        415,
        f"Content-Type: expected application/json, got {kind or 'none'!r}",
    )
    assert control(url, "POST", "reset", None, {})[0] == 415


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json"]
)
def test_json_has_several_names(url, kind):
    assert control(url, "POST", "counts", COUNTS, {"Content-Type": kind})[0] == 201


def test_a_page_of_another_origin_changes_nothing(url):
    headers = {**JSON, "Origin": "http://evil.example"}

    assert control(url, "POST", "reset", {}, headers)[0] == 403


def test_a_body_has_a_mebibyte_at_most(url):
    status, answered = control(url, "POST", "counts", b" " * (2**20 + 1))

    assert (status, answered["message"]) == (413, "The body has more than 1048576 bytes.")
    assert control(url, "POST", "events", b" " * (2**20 + 1))[0] == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "body: expected JSON, got ''"),
        (b"{", "body: expected JSON, got '{'"),
        (b"\xff", "body: expected JSON in UTF-8"),
        (b"NaN", "body: expected JSON, got NaN"),
        (b'{"a":1,"a":1}', "body: member 'a' is there twice"),
        (b"9" * 5000, "body: expected numbers up to 9007199254740991"),
        (b"9007199254740992", "body: expected numbers up to 9007199254740991"),
        (b"[" * 100_000, "body: nested too deep"),
    ],
)
def test_a_body_that_is_not_json_is_an_error(url, body, message):
    status, answered = control(url, "POST", "counts", body)

    assert status == 400
    assert answered["message"].startswith(message)


# What there is not


def test_an_unknown_path_says_where_to_look(url):
    assert control(url, "GET", "nothing") == (
        404,
        {"message": "the control API has no 'nothing'; /_sesv2_fake/openapi.json lists all"},
    )


def test_another_method_is_not_allowed(url):
    status, headers, body = exchanged(url, "PATCH", "/_sesv2_fake/faults")

    assert (status, headers["Allow"]) == (405, "POST, GET")
    assert body == b'{"message":"expected POST, GET, got PATCH"}'


def test_an_unknown_fake_is_a_404(url):
    assert exchanged(url, "GET", "/_sesv2_fake/fakes/abc/")[0] == 404
    assert control(url, "GET", "fakes/abc") == (404, {"message": "no fake 'abc'"})


# The page's files


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/_sesv2_fake/page/page.js", "text/javascript"),
        ("/_sesv2_fake/page/page.css", "text/css"),
        ("/_sesv2_fake/page/icon.svg", "image/svg+xml"),
    ],
)
def test_the_page_is_plain_files_that_may_load_nothing_else(url, path, kind):
    status, headers, body = exchanged(url, "GET", path)

    assert (status, headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert b"https://" not in body
    assert exchanged(url, "HEAD", path)[2] == b""


@pytest.mark.parametrize("name", ["", "..", "../site.py", "nothing.js", "%2e%2e/site.py", "page"])
def test_the_page_has_no_other_files(url, name):
    assert exchanged(url, "GET", f"/_sesv2_fake/page/{name}")[0] == 404


def test_each_fake_has_its_page(url):
    one, _ = new_fake(url)

    assert exchanged(one, "GET", "/")[1]["Content-Type"] == "text/html; charset=utf-8"


def test_an_sdk_is_answered_as_before(url):
    assert send(url)[0] == 200
