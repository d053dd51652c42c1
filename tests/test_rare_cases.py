"""What hardly ever happens, and works all the same."""

import json
import os
import subprocess
import sys
import urllib.request

import boto3
import pytest
from asking import has, query
from controlling import control

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
ANN = "ann@gmail.com"


def send(client, html="<p>Hi</p>", **content):
    simple = {"Subject": {"Data": "Hi"}, "Body": {"Html": {"Data": html}}, **content}
    return client.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [ANN]},
        Content={"Simple": simple},
    )


@pytest.fixture
def ses(sesv2_fake):
    return boto3.client("sesv2", region_name="us-east-1")


def test_a_fault_may_ask_something_itself(sesv2_fake, ses, sesv2_client):
    def of_a_healthy_account(query):
        return ses.get_account()["EnforcementStatus"] == "HEALTHY"

    sesv2_fake.deny(where=of_a_healthy_account)

    response = sesv2_client.batch_get_metric_data(Queries=[query()])

    assert [error["Code"] for error in response["Errors"]] == ["ACCESS_DENIED"]


def test_an_answer_is_what_it_was_when_it_was_given(sesv2_fake, ses):
    answer = {"ConfigurationSets": ["a"]}
    sesv2_fake.answer("ListConfigurationSets", answer)
    answer["ConfigurationSets"].append("b")

    assert ses.list_configuration_sets()["ConfigurationSets"] == ["a"]


def test_seeds_of_several_recipients_come_over_http_too(sesv2_fake):
    with sesv2_fake.serve() as url:
        body = [{"sender": SENDER, "to": [ANN, "bob@yahoo.com"]}]
        status, _ = control(url, "POST", "emails", body)

    assert status == 201
    assert boto3.client("sesv2", "us-east-1").get_account()["SendQuota"]["SentLast24Hours"] == 2


def test_an_answer_over_http_is_an_object(sesv2_fake):
    with sesv2_fake.serve() as url:
        status, error = control(url, "PUT", "answers/ListConfigurationSets", {"response": [1]})

    assert (status, error["message"]) == (400, "response: expected an object, got [1]")


def test_an_attachment_that_is_no_base64_is_empty(sesv2_fake):
    content = {
        "Subject": {"Data": "Hi"},
        "Body": {"Text": {"Data": "Hi"}},
        "Attachments": [{"FileName": "a.txt", "RawContent": "A"}],
    }
    body = {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": [ANN]},
        "Content": {"Simple": content},
    }
    with sesv2_fake.serve() as url:
        request = urllib.request.Request(
            f"{url}/v2/email/outbound-emails",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()

    (attachment,) = sesv2_fake.outbox[0].attachments
    assert attachment.get_payload(decode=True) == b""


def test_what_the_standard_library_cannot_read_is_left_as_it_is(sesv2_fake, ses, monkeypatch):
    raw = b"From: news@example.com\r\nTo: ann@gmail.com\r\nX-A: b\r\n\r\nHi"
    ses.send_email(Content={"Raw": {"Data": raw}})
    email = sesv2_fake.outbox[0]
    message = email.message

    def broken(*_):
        raise IndexError

    monkeypatch.setattr(type(message.policy), "header_fetch_parse", broken)
    monkeypatch.setattr(type(message), "iter_attachments", broken)

    assert email.headers["X-A"] == "b"
    assert email.attachments == []


def test_statistics_of_ses_v1_count_what_was_not_rejected(sesv2_fake, ses):
    send(ses)

    points = boto3.client("ses", "us-east-1").get_send_statistics()["SendDataPoints"]

    assert [(point["DeliveryAttempts"], point["Rejects"]) for point in points] == [(1, 0)]


@pytest.mark.parametrize("request_", [7, [7], {"Queries": 7}])
def test_a_wrong_saved_request(sesv2_fake, request_):
    with pytest.raises(ValueError, match=r"^request: "):
        sesv2_fake.load_response(request_, {"Results": [], "Errors": []})


@pytest.mark.skipif(
    not has("SendBulkEmail", "BulkEmailEntries.ReplacementHeaders"), reason="an old botocore"
)
def test_an_entry_of_a_bulk_send_has_headers_of_its_own(sesv2_fake, ses):
    ses.send_bulk_email(
        FromEmailAddress=SENDER,
        DefaultContent={"Template": {"TemplateName": "T", "TemplateData": "{}"}},
        BulkEmailEntries=[
            {
                "Destination": {"ToAddresses": [ANN]},
                "ReplacementHeaders": [{"Name": "X-A", "Value": "b"}],
            }
        ],
    )

    assert ("X-A", "b") in sesv2_fake.outbox[0]._message.info.read_content().headers


@pytest.mark.skipif(
    not has("SendEmail", "Content.Template.TemplateContent"), reason="an old botocore"
)
def test_trackers_of_a_template_that_is_not_rendered(sesv2_fake, ses, monkeypatch):
    monkeypatch.setattr("sesv2_fake.operations.templates.find_spec", lambda name: None)
    html = "<a href='https://example.com'>Read</a>"
    content = {"TemplateContent": {"Subject": "Hi", "Html": html}, "TemplateData": "{}"}

    ses.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [ANN]},
        Content={"Template": content},
    )
    sesv2_fake.outbox[0].deliver().click()

    assert "DELIVERY_CLICK" in sesv2_fake.report()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_ends_its_copy_of_a_fake_with_exports():
    program = """
import datetime as dt, os, boto3
from sesv2_fake import mock_sesv2

fake = mock_sesv2()
fake.start()
client = boto3.client("sesv2", region_name="us-east-1")
source = {
    "Dimensions": {"ISP": ["*"]}, "Namespace": "VDM",
    "Metrics": [{"Name": "SEND", "Aggregation": "VOLUME"}],
    "StartDate": dt.datetime(2026, 1, 5), "EndDate": dt.datetime(2026, 1, 6),
}
job = client.create_export_job(
    ExportDataSource={"MetricsDataSource": source}, ExportDestination={"DataFormat": "CSV"}
)
for _ in range(2):
    client.get_export_job(JobId=job["JobId"])
child = os.fork()
if not child:
    fake.stop()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
fake.stop()
"""
    if not has("CreateExportJob"):
        pytest.skip("an old botocore")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_an_array_of_arrow_is_a_table(sesv2_fake):
    arrow = pytest.importorskip("pyarrow")
    batch = arrow.record_batch({"date": ["2026-01-05"], "SEND": [3]})

    class Array:
        def __arrow_c_array__(self, requested_schema=None):
            return batch.__arrow_c_array__(requested_schema)

    assert sesv2_fake.load_counts(Array()) == {"SEND": 3}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"bounce_rate": 0.7, "transient_bounce_rate": 0.7}, "expected at most 1 together"),
        ({"incidents": {"2027-01-05": {"bounce_rate": 0.5}}}, "expected a day from 2026-01-05"),
        ({"incidents": {"2026-01-05T09:00": {"bounce_rate": 0.5}}}, "expected a day from"),
        ({"incidents": {"2026-01-05": {"ISP": "Gmail"}}}, "says no rate"),
    ],
)
def test_traffic_that_cannot_happen(sesv2_fake, how, words):
    with pytest.raises(ValueError, match=words):
        sesv2_fake.send_traffic(SENDER, start="2026-01-05", days=3, per_day=100, **how)

    assert sesv2_fake.seeded_days() == []


def test_both_rates_of_bounces_are_parts_of_the_emails_sent(sesv2_fake):
    made = sesv2_fake.send_traffic(
        SENDER,
        start="2026-01-05",
        days=5,
        per_day=100_000,
        bounce_rate=0.5,
        transient_bounce_rate=0.4,
    )

    sent = sum(made["SEND"].values())
    assert sum(made["TRANSIENT_BOUNCE"].values()) / sent == pytest.approx(0.4, abs=0.01)


def test_all_emails_may_bounce(sesv2_fake):
    made = sesv2_fake.send_traffic(
        SENDER, start="2026-01-05", days=1, per_day=100, bounce_rate=1, transient_bounce_rate=0
    )

    assert made["PERMANENT_BOUNCE"] == made["SEND"]


def test_an_export_job_fails_with_words(sesv2_fake, ses):
    if not has("CreateExportJob"):
        pytest.skip("an old botocore")
    day = {"StartDate": "2026-01-05", "EndDate": "2026-01-06"}
    metrics = [{"Name": "SEND", "Aggregation": "VOLUME"}]
    source = {"Dimensions": {"ISP": ["*"]}, "Namespace": "VDM", "Metrics": metrics, **day}
    ses.create_export_job(
        ExportDataSource={"MetricsDataSource": source}, ExportDestination={"DataFormat": "CSV"}
    )

    with pytest.raises(TypeError, match="message: expected text, got None"):
        sesv2_fake.export_jobs[0].fail(None)


@pytest.mark.parametrize("isps", [{}, "Gmail", 7])
def test_isps_without_feedback_loop_are_a_list(isps):
    with pytest.raises(TypeError, match="isps_without_feedback_loop: expected a list of ISP names"):
        mock_sesv2(isps_without_feedback_loop=isps)
