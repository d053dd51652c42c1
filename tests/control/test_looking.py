"""Calls, outbox, report, explanations and figures over HTTP."""

import json
from base64 import b64decode, b64encode
from email.message import EmailMessage

import pytest
from asking import MONDAY, WIRE_QUERY, client
from controlling import control, exchanged
from serving import BODY, PATH, send

DAY = "2026-01-05"


@pytest.fixture
def url(sesv2_fake):
    with sesv2_fake.serve() as url:
        yield url


def test_it_says_that_it_answers(url):
    send(url)

    status, health = control(url, "GET", "health")
    assert (status, health["status"], health["calls"], health["outbox"]) == (200, "ok", 1, 0)


def test_calls_are_shown_with_their_queries_and_answers(url, sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY)
    sesv2_fake.deny(id="denied")
    queries = [WIRE_QUERY, {**WIRE_QUERY, "Id": "denied", "Dimensions": {"ISP": "Gmail"}}]
    send(url, json.dumps({"Queries": queries}).encode())

    (call,) = control(url, "GET", "calls")[1]
    assert call.pop("time").endswith("+00:00")
    bounds = {"start_date": "2026-01-05T00:00:00+00:00", "end_date": "2026-01-06T00:00:00+00:00"}
    assert call == {
        "operation": "BatchGetMetricData",
        "region": "us-east-1",
        "attempt": 1,
        "error": None,
        "message": None,
        "number_of_queries": 2,
        "queries": [
            {"id": "q", "namespace": "VDM", "metric": "SEND", "dimensions": {}, **bounds},
            {
                "id": "denied",
                "namespace": "VDM",
                "metric": "SEND",
                "dimensions": {"ISP": "Gmail"},
                **bounds,
            },
        ],
        "results": [{"id": "q", "timestamps": ["2026-01-05T00:00:00+00:00"], "values": [1]}],
        "errors": [
            {
                "id": "denied",
                "code": "ACCESS_DENIED",
                "message": "You have insufficient access to retrieve metrics based on the given "
                "query.",
            }
        ],
        "unreadable": [],
        "emails": [],
        "divergences": [],
        "line": "us-east-1, 2 queries: 1 answered, 1 failed",
    }


def test_the_newest_calls_can_be_asked_for(url):
    for attempt in (1, 2, 3):
        send(url, headers={"amz-sdk-request": f"attempt={attempt}"})

    attempts = [call["attempt"] for call in control(url, "GET", "calls?newest=2")[1]]
    assert attempts == [2, 3]
    assert control(url, "GET", "calls?newest=0") == (200, [])
    assert len(control(url, "GET", "calls?newest=7")[1]) == 3
    assert control(url, "GET", "calls?newest=-1") == (
        400,
        {"message": "newest: expected a whole number, got '-1'"},
    )


def test_what_the_live_service_would_refuse_is_told(url):
    body = json.dumps({"Queries": [{**WIRE_QUERY, "Metric": "SEND", "StartDate": 1767571201}]})

    status, headers, _ = exchanged(url, "POST", PATH, body.encode())
    told = headers["x-sesv2-fake-live-divergence"]
    assert (status, told.partition(":")[0]) == (200, "BadRequestException")
    assert control(url, "GET", "calls")[1][0]["divergences"] == [told]
    assert "x-sesv2-fake-live-divergence" not in exchanged(url, "POST", PATH, BODY)[1]


def test_the_outbox_is_shown_and_things_happen_to_its_emails(url):
    sent = client().send_email(
        FromEmailAddress="Shop <shop@example.com>",
        Destination={"ToAddresses": ["ann@gmail.com"]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
        EmailTags=[{"Name": "kind", "Value": "order"}],
    )
    id = sent["MessageId"]

    (email,) = control(url, "GET", "outbox")[1]
    assert email.pop("sent_at").endswith("+00:00")
    assert {"name": "From", "value": "Shop <shop@example.com>"} in email.pop("headers")
    assert email == {
        "message_id": id,
        "sender": "shop@example.com",
        "to": ["ann@gmail.com"],
        "cc": [],
        "bcc": [],
        "reply_to": [],
        "recipients": ["ann@gmail.com"],
        "subject": "Hi",
        "text": "Hi",
        "html": None,
        "attachments": [],
        "template_name": None,
        "template_data": None,
        "unrendered": None,
        "configuration_set": None,
        "tenant": None,
        "tags": {"kind": "order"},
        "region": "us-east-1",
        "happened": [],
    }
    events = [{"event": "deliver"}, {"event": "open"}]
    status, email = control(url, "POST", f"outbox/{id}/events", events)
    assert (status, email["happened"]) == (201, ["1 delivered", "1 opened"])
    status, answered = control(url, "POST", f"outbox/{id}/events", {"event": "deliver"})
    assert (status, answered["where"]) == (400, "")
    assert control(url, "GET", "calls")[1][0]["emails"] == [id]


def test_the_outbox_has_attachments_and_says_what_is_not_rendered(url):
    attached = EmailMessage()
    attached["Subject"] = "Forwarded"
    message = EmailMessage()
    message["From"], message["To"] = "shop@example.com", "ann@gmail.com"
    message.set_content("Hi")
    message.add_attachment(b"%PDF", "application", "pdf", filename="bill.pdf")
    message.add_attachment(attached)
    contents = {"Raw": {"Data": bytes(message)}}, {"Template": {"TemplateName": "Welcome"}}
    for content in contents:
        client().send_email(
            FromEmailAddress="shop@example.com",
            Destination={"ToAddresses": ["ann@gmail.com"]},
            Content=content,
        )

    raw, template = control(url, "GET", "outbox")[1]
    bill, forwarded = raw["attachments"]
    assert bill == {
        "file_name": "bill.pdf",
        "content_type": "application/pdf",
        "content": b64encode(b"%PDF").decode(),
    }
    assert b"Subject: Forwarded" in b64decode(forwarded["content"])
    assert (template["text"], template["headers"], template["template_name"]) == (
        *(None, []),
        "Welcome",
    )
    assert "template" in template["unrendered"]


HTML = {"Subject": {"Data": "Hi"}, "Body": {"Html": {"Data": "<link rel=x><p>Hi</p>"}}}


def send_html():
    return client().send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ann@gmail.com"]},
        Content={"Simple": HTML},
    )["MessageId"]


def test_an_email_is_found_by_its_message_id(url):
    id = send_html()

    (email,) = control(url, "GET", "outbox")[1]
    assert control(url, "GET", f"outbox/{id}") == (200, email)
    assert control(url, "GET", "outbox/m1")[0] == 404


def test_the_outbox_can_be_shown_without_what_may_be_large(url):
    send_html()

    (email,) = control(url, "GET", "outbox")[1]
    without = {"text": None, "html": None, "headers": [], "attachments": []}
    assert control(url, "GET", "outbox?content=false") == (200, [{**email, **without}])


def test_the_html_of_an_email_is_a_sandbox(url):
    status, headers, body = exchanged(url, "GET", f"/_sesv2_fake/page/html/{send_html()}")

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Content-Security-Policy"].endswith("sandbox")
    assert body == b"<x-link rel=x><p>Hi</p>"
    assert exchanged(url, "GET", "/_sesv2_fake/page/html/m1")[0] == 404


def test_the_suppression_list_is_shown_and_filled(url, sesv2_fake):
    body = {"address": "gone@example.com", "reason": "COMPLAINT", "region": "eu-west-1"}

    assert control(url, "POST", "suppression-list", body) == (201, None)
    assert sesv2_fake.suppression_list("eu-west-1") == {"gone@example.com": "COMPLAINT"}
    assert control(url, "GET", "suppression-list?region=eu-west-1") == (
        200,
        [{"address": "gone@example.com", "reason": "COMPLAINT"}],
    )
    assert control(url, "GET", "suppression-list") == (200, [])
    assert control(url, "POST", "suppression-list", {"address": "x"})[0] == 400


def test_identities_are_shown_and_added(url):
    assert control(url, "POST", "identities", {"name": "example.com"}) == (201, None)
    client().create_email_identity(EmailIdentity="example.org")

    assert control(url, "GET", "identities") == (
        200,
        [{"name": "example.com", "verified": True}, {"name": "example.org", "verified": False}],
    )
    assert control(url, "GET", "identities?region=x")[0] == 400


def test_an_email_that_nobody_sent_is_an_error(url):
    client().send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ann@gmail.com"]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
    )

    assert control(url, "POST", "outbox/m1/events", {"event": "deliver"}) == (
        404,
        {"message": "no email of the outbox has the message id 'm1'"},
    )


def test_the_report_is_shown(url, sesv2_fake):
    assert control(url, "GET", "report") == (200, {"report": sesv2_fake.report()})


def test_a_query_is_explained(url, sesv2_fake):
    body = {"query": {**WIRE_QUERY, "StartDate": DAY, "EndDate": "2026-01-06"}}

    why = sesv2_fake.explain(body["query"])
    assert control(url, "POST", "explain", body) == (200, {"explanation": why})
    body["region"] = "eu-west-1"
    assert "eu-west-1" in control(url, "POST", "explain", body)[1]["explanation"]
    assert control(url, "POST", "explain", {"query": "q"})[0] == 400
    assert control(url, "POST", "explain", {"query": {}})[0] == 400


# Figures


@pytest.fixture
def seeded(url, sesv2_fake):
    sent = sesv2_fake.send(
        "news@example.com", "ann@gmail.com", at=DAY, count=10, configuration_set="weekly"
    )
    sent.deliver(count=8).open(count=2)
    sesv2_fake.send("news@example.com", "bob@yahoo.com", at="2026-01-07", tenant="t1").deliver()
    sesv2_fake.send("news@example.com", "bob@yahoo.com", at="2026-01-07", region="eu-west-1")
    return url


def figures(url, parameters=""):
    status, found = control(url, "GET", f"figures{parameters}")
    assert status == 200
    return found


def test_figures_are_by_metric_and_day(seeded):
    found = figures(seeded)

    assert found["days"] == ["2026-01-05", "2026-01-07"]
    assert found["counts"]["SEND"] == [10, 1]
    assert found["counts"]["OPEN"] == [2, 0]
    assert found["labels"]["configuration_set"] == "Configuration set"
    assert found["totals"]["DELIVERY"] == 9
    assert (found["regions"], found["region"]) == (["eu-west-1", "us-east-1"], "us-east-1")
    assert found["earlier"] is False


def test_figures_have_the_rates_of_the_dashboard(seeded):
    rates = figures(seeded)["rates"]

    assert rates["delivery"] == {"rate": 9 / 11, "count": "DELIVERY", "of": "SEND"}
    assert rates["open"]["rate"] == 2 / 9
    assert rates["complaint"] == {"rate": 0, "count": "COMPLAINT", "of": "DELIVERY_COMPLAINT"}
    assert figures(seeded, "?isp=Gmail")["rates"]["complaint"]["rate"] is None


def test_figures_can_be_filtered(seeded):
    assert figures(seeded)["values"] == {
        "identity": ["example.com", "news@example.com"],
        "configuration_set": ["weekly"],
        "isp": ["Gmail", "Yahoo"],
        "tenant": ["t1"],
    }
    assert figures(seeded, "?isp=Yahoo")["totals"]["SEND"] == 1
    assert figures(seeded, "?isp=Yahoo&region=eu-west-1")["totals"]["SEND"] == 2
    assert figures(seeded, "?configuration_set=weekly&tenant=t1")["days"] == []
    status, refused = control(seeded, "GET", "figures?isp=")
    assert (status, refused["message"].partition(":")[0]) == (400, "isp")


def test_figures_where_nothing_is_seeded(url):
    found = figures(url)

    assert (found["days"], found["regions"]) == ([], ["us-east-1"])


def test_figures_of_one_other_region(url, sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=DAY, region="eu-west-1")

    assert figures(url)["totals"]["SEND"] == 1


def test_figures_are_of_366_days_at_most(url, sesv2_fake):
    for day in ("2025-01-05", "2025-01-06", "2026-01-06"):
        sesv2_fake.send("news@example.com", "ann@gmail.com", at=day)

    found = figures(url)
    assert (found["days"], found["earlier"]) == (["2025-01-06", "2026-01-06"], True)


def test_figures_are_of_the_newest_days(url, sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at="0001-01-01")
    sesv2_fake.send("news@example.com", "ann@gmail.com", at="9999-12-31")

    found = figures(url)
    assert (found["days"], found["earlier"]) == (["9999-12-31"], True)
