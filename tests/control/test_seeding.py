"""Emails, records, counts and answers over HTTP."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from asking import ask, client, total
from controlling import control

from sesv2_fake import mock_sesv2

WEEK = Path(__file__).parents[2] / "examples" / "newsletter_week.jsonl"
DAY = "2026-01-05"
EMAIL = {"sender": "News <news@example.com>", "to": "ann@gmail.com", "at": DAY}


@pytest.fixture
def url(sesv2_fake):
    with sesv2_fake.serve() as url:
        yield url


# Emails


def test_emails_are_sent_and_things_happen_to_them(url):
    events = [
        {"event": "deliver", "count": 97},
        {"event": "bounce", "bounce_type": "Permanent", "count": 2},
        {"event": "bounce", "bounce_type": "Transient", "sub_type": "MailboxFull", "count": 1},
        {"event": "open", "count": 40, "at": "2026-01-06T10:00Z"},
        {"event": "click", "count": 4},
        {"event": "complain", "count": 1},
    ]

    assert control(url, "POST", "emails", {**EMAIL, "count": 100, "events": events}) == (
        201,
        {
            "emails": 100,
            "counted": {
                "SEND": 100,
                "DELIVERY": 97,
                "DELIVERY_OPEN": 97,
                "DELIVERY_CLICK": 97,
                "PERMANENT_BOUNCE": 2,
                "TRANSIENT_BOUNCE": 1,
                "OPEN": 40,
                "CLICK": 4,
                "COMPLAINT": 1,
            },
        },
    )
    assert (total("SEND"), total("DELIVERY"), total("OPEN")) == (100, 97, 40)


def test_many_emails_in_one_request(url):
    emails = [EMAIL, {**EMAIL, "to": ["bob@outlook.com"], "region": "us-east-1", "count": 2}]

    assert control(url, "POST", "emails", emails) == (201, {"emails": 3, "counted": {"SEND": 3}})
    assert total("SEND", ISP="Hotmail") == 2


@pytest.mark.parametrize(
    ("email", "message", "where"),
    [
        ({"to": "a@b.c"}, "sender: missing", ""),
        ({**EMAIL, "sendr": "x"}, "no member 'sendr'; did you mean 'sender'?", ""),
        ({**EMAIL, "count": -1}, "count: expected 0 or more, got -1", ""),
        ({**EMAIL, "events": {}}, "events: expected a list, got {}", ""),
        (
            {**EMAIL, "events": [{"event": "opened"}]},
            (
                "event: expected one of deliver, bounce, complain, open, click, got 'opened'; "
                "did you mean 'open'?"
            ),
            "/events/0",
        ),
        (
            {**EMAIL, "events": [{}]},
            (
                "event: expected an object with an event (deliver, bounce, complain, open, click), "
                "got {}"
            ),
            "/events/0",
        ),
        (
            [EMAIL, {**EMAIL, "events": [{"event": "deliver"}, {"event": "open", "cuont": 1}]}],
            "no member 'cuont'; did you mean 'count'?",
            "/1/events/1",
        ),
        (5, None, ""),
    ],
)
def test_a_wrong_email_is_named_by_its_place_and_nothing_is_sent(
    url, sesv2_fake, email, message, where
):
    status, answered = control(url, "POST", "emails", email)

    assert (status, answered["where"]) == (400, where)
    assert message in (answered["message"], None)
    assert sesv2_fake.seeded_days() == []


def test_errors_are_those_of_the_python_api(url, sesv2_fake):
    with pytest.raises(ValueError, match="sender: expected one address") as raised:
        sesv2_fake.send("nobody", "ann@gmail.com")

    status, answered = control(url, "POST", "emails", {"sender": "nobody", "to": "ann@gmail.com"})
    assert (status, answered["message"]) == (400, str(raised.value))


def test_a_message_id_is_another_emails_already(url):
    control(url, "POST", "emails", {**EMAIL, "message_id": "m1"})

    status, answered = control(url, "POST", "emails", [EMAIL, {**EMAIL, "message_id": "m1"}])
    assert (status, answered["message"]) == (400, "message_id: 'm1' is another email's already")
    assert total("SEND") == 1
    assert control(url, "POST", "emails", {**EMAIL, "message_id": "m2"})[0] == 201


def test_two_emails_cannot_share_a_message_id(url):
    emails = [{**EMAIL, "message_id": "m1"}] * 2

    assert control(url, "POST", "emails", emails)[1]["where"] == "/1"
    assert total("SEND") == 0


def test_two_lists_at_once_share_a_message_id_and_the_refused_one_sends_nothing(url):
    def post(to):
        emails = [{**EMAIL, "to": to, "count": 5} for _ in range(200)]
        return control(url, "POST", "emails", [*emails, {**EMAIL, "message_id": "m1"}])[0]

    for _ in range(5):
        with ThreadPoolExecutor() as pool:
            assert sorted(pool.map(post, ["ann@gmail.com", "ann@yahoo.com"])) == [201, 400]
        assert total("SEND") == 1_001
        control(url, "POST", "reset")


def test_nothing_of_a_refused_list_is_left(url):
    emails = [{**EMAIL, "identity": "example.org", "region": "eu-west-1"}, {**EMAIL, "count": -1}]
    before = control(url, "GET", "figures")

    assert control(url, "POST", "emails", emails)[0] == 400
    assert control(url, "GET", "figures") == before


def test_an_email_of_a_list_is_found_by_its_message_id(url):
    control(url, "POST", "emails", [{**EMAIL, "message_id": "m1"}, EMAIL])

    assert control(url, "POST", "events", record())[1]["taken"] == {"Delivery": 1}
    assert total("DELIVERY", EMAIL_IDENTITY="example.com") == 1


def test_a_bounce_of_a_list_suppresses_its_address_unless_the_list_is_refused(url, sesv2_fake):
    bounced = {**EMAIL, "to": "gone@example.com", "events": [{"event": "bounce"}]}

    assert control(url, "POST", "emails", [bounced, {**EMAIL, "count": -1}])[0] == 400
    assert sesv2_fake.suppression_list() == {}
    assert control(url, "POST", "emails", [bounced, EMAIL])[0] == 201
    assert sesv2_fake.suppression_list() == {"gone@example.com": "BOUNCE"}
    destination = client().get_suppressed_destination(EmailAddress="gone@example.com")
    assert destination["SuppressedDestination"]["Attributes"]["MessageId"]


@pytest.mark.parametrize("to", [{"x@y.com": 1}, {}, 5, None])
def test_recipients_are_an_address_or_a_list(url, to):
    status, answered = control(url, "POST", "emails", {**EMAIL, "to": to})

    assert (status, answered["message"][:3]) == (400, "to:")


# Records


def test_records_are_counted_one_a_line(url):
    assert control(url, "POST", "events", WEEK.read_bytes()) == (
        201,
        {
            "taken": {
                "Send": 980,
                "Delivery": 947,
                "Complaint": 5,
                "Open": 350,
                "Bounce": 33,
                "Click": 43,
            },
            "skipped": {},
            "repeated": {},
        },
    )


def record():
    with mock_sesv2() as fake:
        sent = fake.send("news@example.com", "ann@gmail.com", at=DAY, message_id="m1").deliver()
        return sent.event_record("Delivery")


def test_a_record_alone_or_wrapped_is_counted_once(url):
    one = record()
    wrapped = {"Type": "Notification", "Message": json.dumps(one)}

    assert control(url, "POST", "events", one)[1]["taken"] == {"Delivery": 1}
    assert control(url, "POST", "events", [wrapped])[1]["repeated"] == {"Delivery": 1}


def test_records_take_parameters(url):
    control(url, "POST", "events?region=eu-west-1&open_tracking=false", record())

    assert total("DELIVERY") == 0
    assert ask("DELIVERY_OPEN") == {}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("open_tracking=no", "open_tracking: expected one of true, false, got 'no'"),
        ("regoin=eu-west-1", "no member 'regoin'; did you mean 'region'?"),
        ("region=a&region=b", "region: expected one value, got 2"),
    ],
)
def test_parameters_are_checked(url, parameters, message):
    assert control(url, "POST", f"events?{parameters}", record()) == (400, {"message": message})


def test_gzip_is_to_be_unpacked_first(url):
    status, answered = control(url, "POST", "events", b"\x1f\x8b junk")

    assert (status, answered["message"]) == (
        400,
        "events: expected JSON, got gzip; unpack it first",
    )


def from_sns(kind):
    return {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": kind}


def test_a_delivery_of_sns_is_taken_as_it_comes(url):
    body = {"Type": "Notification", "Message": json.dumps(record())}

    status, loaded = control(url, "POST", "events", body, from_sns("Notification"))
    assert (status, loaded["taken"]) == (201, {"Delivery": 1})


@pytest.fixture
def emulator():
    """What answers where SNS wants a subscription confirmed, and the paths it was asked for."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(404 if "nobody" in self.path else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()
        thread.join()


def confirmed(url, subscribe_url):
    body = {"Type": "SubscriptionConfirmation", "Message": "x", "SubscribeURL": subscribe_url}
    return control(url, "POST", "events", body, from_sns("SubscriptionConfirmation"))


def test_a_subscription_is_confirmed(url, emulator):
    there, paths = emulator

    status, loaded = confirmed(url, f"{there}/?Action=ConfirmSubscription&Token=t")
    assert (status, loaded["skipped"]) == (201, {"SubscriptionConfirmation": 1})
    assert paths == ["/?Action=ConfirmSubscription&Token=t"]


@pytest.mark.parametrize(
    "subscribe_url",
    [
        None,
        5,
        "",
        "http://evil.example/",
        "http://169.254.169.254/latest",
        "https://sns.evil.example/",
        "http://sns.us-east-1.amazonaws.com/",
        "https://sns.us-east-1.amazonaws.com.evil.example/",
        "https://email.us-east-1.amazonaws.com/",
        "file:///etc/passwd",
        "http://127.0.0.1:port/",
        "http://[127.0.0.1/",
        "http://127.0.0.1/a b",
    ],
)
def test_no_other_url_is_visited(url, subscribe_url):
    status, answered = confirmed(url, subscribe_url)

    assert status == 400
    assert answered["message"]


def test_a_url_that_nobody_answers_is_an_error(url, emulator):
    there, _ = emulator

    assert confirmed(url, f"{there}/nobody")[1]["message"].endswith("answered 404")
    assert "did not answer" in confirmed(url, "http://127.0.0.1:9/")[1]["message"]


def test_a_subscription_in_no_object_is_an_error(url):
    headers = from_sns("SubscriptionConfirmation")

    assert control(url, "POST", "events", [], headers)[0] == 400


# Counts and answers


def test_counts_are_recorded(url):
    body = {"metric": "OPEN", "values": {DAY: 7}, "dimensions": {"ISP": "Gmail"}}

    assert control(url, "POST", "counts", body) == (201, None)
    assert (total("OPEN"), total("OPEN", ISP="Gmail")) == (7, 7)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"metric": "OPNE", "values": 1}, "did you mean 'OPEN'?"),
        ({"metric": "OPEN"}, "values: missing"),
        ({"metric": "OPEN", "values": 1, "dimensions": []}, "dimensions: expected an object"),
        ([], "body: expected an object with metric, values"),
    ],
)
def test_counts_that_cannot_be_are_an_error(url, body, message):
    status, answered = control(url, "POST", "counts", body)

    assert status == 400
    assert message in answered["message"]


QUERY = {"Id": "q", "Namespace": "VDM", "Metric": "SEND", "StartDate": DAY, "EndDate": "2026-01-07"}


def test_saved_answers_are_given_again(url):
    response = {
        "Results": [{"Id": "q", "Timestamps": ["2026-01-05T00:00:00+00:00"], "Values": [3]}],
        "Errors": [],
    }

    body = {"request": {"Queries": [QUERY]}, "response": response}
    assert control(url, "POST", "answers", body) == (201, None)
    assert total("SEND") == 3


def test_nobody_reads_files_over_http(url):
    status, answered = control(
        url, "POST", "answers", {"request": "/etc/passwd", "response": {"Results": []}}
    )

    assert (status, answered["message"]) == (400, "request: expected an object, got '/etc/passwd'")


# Made-up mail


def test_traffic_is_sent_and_its_counts_are_answered(url):
    bad_day = {"2026-01-07": [{"ISP": "Yahoo", "bounce_rate": 1}]}
    how = {"sender": "a@b.c", "start": DAY, "days": 7, "per_day": 1000, "incidents": bad_day}

    status, made = control(url, "POST", "traffic", how)

    assert status == 201
    assert {str(day): count for day, count in ask("SEND").items()} == made["SEND"]
    assert made["PERMANENT_BOUNCE"]["2026-01-07"] > 80


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"days": 0}, "days: expected 1 or more"),
        ({"open_rate": 2}, "open_rate: expected a number from 0 to 1"),
        ({"incidents": 7}, "incidents: expected an object"),
        ({"isps": ["Gmail"]}, "isps: expected an object"),
    ],
)
def test_traffic_that_cannot_be_is_refused(url, how, words):
    body = {"sender": "a@b.c", "start": DAY, "days": 7, "per_day": 10, **how}

    status, answer = control(url, "POST", "traffic", body)

    assert status == 400
    assert answer["message"].startswith(words)
