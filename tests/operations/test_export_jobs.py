"""Export jobs: created, looked at, downloaded, cancelled; over HTTP for old botocores too."""

import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest
from asking import client, has, query, series
from botocore.exceptions import ClientError
from controlling import control
from hypothesis import given
from hypothesis import strategies as st
from serving import send as send_http
from time_machine import travel

from sesv2_fake import mock_sesv2

NOW = datetime(2026, 1, 8, 12, tzinfo=timezone.utc)
MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
DAY = timedelta(days=1)
EPOCH = int(MONDAY.timestamp())
SENDER = "news@example.com"
METRICS = {
    "Dimensions": {"ISP": ["*"]},
    "Namespace": "VDM",
    "Metrics": [
        {"Name": "SEND", "Aggregation": "VOLUME"},
        {"Name": "DELIVERY", "Aggregation": "RATE"},
    ],
    "StartDate": EPOCH,
    "EndDate": EPOCH + 3 * 86_400,
}
MESSAGES = {"StartDate": EPOCH, "EndDate": EPOCH + 3 * 86_400}
JOBS = "/v2/email/export-jobs"
IN_BOTOCORE = pytest.mark.skipif(not has("CreateExportJob"), reason="botocore is older than it")


@pytest.fixture(autouse=True)
def frozen():
    with travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def url(sesv2_fake):
    with sesv2_fake.serve() as served:
        yield served


def ask(url, method, path, body=None):
    data = b"" if body is None else json.dumps(body).encode()
    return send_http(url, data, method=method, path=path)


def create(url, source=None, data_format="CSV", kind="MetricsDataSource"):
    body = {
        "ExportDataSource": {kind: METRICS if source is None else source},
        "ExportDestination": {"DataFormat": data_format},
    }
    status, _, payload = ask(url, "POST", JOBS, body)
    assert status == 200, payload
    return payload["JobId"]


def get(url, job_id):
    status, _, payload = ask(url, "GET", f"{JOBS}/{job_id}")
    assert status == 200, payload
    return payload


def completed(url, *arguments, **how):
    """A job that was looked at until it was done."""
    job_id = create(url, *arguments, **how)
    assert get(url, job_id)["JobStatus"] == "PROCESSING"
    job = get(url, job_id)
    assert job["JobStatus"] == "COMPLETED"
    return job


def download(url):
    with urllib.request.urlopen(url) as response:
        return response.read().decode()


def forbidden(url):
    """What is said of a download that is refused."""
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        download(url)
    with caught.value as answer:
        return answer.read()


def exported(url, *arguments, **how):
    return download(completed(url, *arguments, **how)["ExportDestination"]["S3Url"])


def messages(url, data_format="CSV", **source):
    return exported(url, {**MESSAGES, **source}, data_format, "MessageInsightsDataSource")


def listed(url, **filters):
    status, _, payload = ask(url, "POST", "/v2/email/list-export-jobs", filters)
    assert status == 200, payload
    return payload


def refused(answer):
    """Code and message of a refusal, whose status is 400."""
    status, error, payload = answer
    assert status == 400
    return error, payload["message"]


class TestLife:
    def test_a_job_works_at_the_first_look_and_is_done_at_the_next(self, url, sesv2_fake, frozen):
        job_id = create(url)
        source = {**METRICS, "StartDate": float(EPOCH), "EndDate": float(EPOCH + 3 * 86_400)}

        assert get(url, job_id) == {
            "JobId": job_id,
            "ExportSourceType": "METRICS_DATA",
            "JobStatus": "PROCESSING",
            "CreatedTimestamp": NOW.timestamp(),
            "ExportDestination": {"DataFormat": "CSV"},
            "ExportDataSource": {"MetricsDataSource": source},
        }
        frozen.shift(1)
        done = get(url, job_id)
        assert done.pop("ExportDestination")["S3Url"].startswith(url)
        assert done["JobStatus"] == "COMPLETED"
        assert done["CompletedTimestamp"] == NOW.timestamp() + 1
        assert done["Statistics"] == {"ProcessedRecordsCount": 0}
        (job,) = sesv2_fake.export_jobs
        assert (job.job_id, job.source_type, job.status) == (job_id, "METRICS_DATA", "COMPLETED")
        assert job.created_at == NOW
        assert job.content.startswith("ISP,SEND_VOLUME,DELIVERY_RATE\n")
        assert repr(job) == "<ExportJob: METRICS_DATA as CSV, COMPLETED>"

    def test_a_list_is_a_look_too(self, url):
        create(url)

        assert [job["JobStatus"] for job in listed(url)["ExportJobs"]] == ["PROCESSING"]
        assert [job["JobStatus"] for job in listed(url)["ExportJobs"]] == ["COMPLETED"]

    def test_a_job_that_a_test_fails_says_why(self, url, sesv2_fake):
        job_id = create(url)
        (job,) = sesv2_fake.export_jobs
        assert job.fail("No space left.") is job
        get(url, job_id)

        failed = get(url, job_id)
        assert (failed["JobStatus"], failed["FailureInfo"]) == (
            "FAILED",
            {"ErrorMessage": "No space left."},
        )
        assert job.content is None
        with pytest.raises(RuntimeError, match="the job is FAILED already"):
            job.fail()

    def test_a_cancelled_job_stays_so(self, url):
        job_id = create(url)

        assert ask(url, "PUT", f"{JOBS}/{job_id}/cancel") == (200, None, {})
        assert get(url, job_id)["JobStatus"] == "CANCELLED"
        assert get(url, job_id)["JobStatus"] == "CANCELLED"

    def test_a_finished_job_cannot_be_cancelled(self, url):
        job_id = completed(url)["JobId"]

        assert refused(ask(url, "PUT", f"{JOBS}/{job_id}/cancel")) == (
            "BadRequestException",
            "Cannot cancel an export job that has a <COMPLETED> status.",
        )

    @pytest.mark.parametrize(("method", "end"), [("GET", ""), ("PUT", "/cancel")])
    def test_an_unknown_job_is_a_400(self, url, method, end):
        assert refused(ask(url, method, f"{JOBS}/nobody{end}")) == (
            "BadRequestException",
            "Invalid JobId",
        )

    def test_both_sources_process_the_same_messages(self, url, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=5)

        metrics = completed(url)
        of_messages = completed(url, MESSAGES, kind="MessageInsightsDataSource")
        assert metrics["Statistics"] == of_messages["Statistics"] == {"ProcessedRecordsCount": 5}


class TestList:
    def test_the_newest_comes_first_in_pages(self, url):
        ids = [create(url) for _ in range(3)]
        first = listed(url, PageSize=2)
        create(url)
        second = listed(url, PageSize=2, NextToken=first["NextToken"])

        pages = [[job["JobId"] for job in page["ExportJobs"]] for page in (first, second)]
        assert pages == [ids[:0:-1], ids[:1]]
        assert "NextToken" not in second

    def test_type_and_status_filter(self, url):
        done = completed(url)["JobId"]
        other = create(url, MESSAGES, kind="MessageInsightsDataSource")

        def found(**filters):
            return [job["JobId"] for job in listed(url, **filters)["ExportJobs"]]

        assert found(ExportSourceType="METRICS_DATA") == [done]
        assert found(ExportSourceType="MESSAGE_INSIGHTS", JobStatus="COMPLETED") == [other]
        assert found(JobStatus="CANCELLED") == []

    @pytest.mark.parametrize(
        ("filters", "words"),
        [
            ({"PageSize": 0}, "PageSize must be between 1 and 100"),
            ({"PageSize": 101}, "PageSize must be between 1 and 100"),
            ({"NextToken": ""}, "Failed to deserialize token. "),
            ({"NextToken": "W10="}, "Failed to deserialize token. "),
        ],
    )
    def test_a_bad_page_is_refused(self, url, filters, words):
        answer = ask(url, "POST", "/v2/email/list-export-jobs", filters)

        assert refused(answer) == ("BadRequestException", words)

    @pytest.mark.parametrize("name", ["JobStatus", "ExportSourceType"])
    def test_an_unknown_filter_is_refused(self, url, name):
        answer = ask(url, "POST", "/v2/email/list-export-jobs", {name: "X"})

        assert f"'{name[0].lower()}{name[1:]}'" in refused(answer)[1]

    def test_a_page_size_that_is_no_number_is_refused(self, url):
        answer = ask(url, "POST", "/v2/email/list-export-jobs", {"PageSize": True})

        assert refused(answer)[0] == "SerializationException"


TOO_MANY = (
    "There are too many <METRICS_DATA> export jobs running - either cancel one of the jobs "
    "or wait for it to complete before resubmitting."
)
MIDNIGHT = (
    "To get daily aggregated data you must not specify partial-day timestamps. "
    "Please make your interval go from midnight to midnight UTC."
)
DESTINATION = {"ExportDestination": {"DataFormat": "CSV"}}
SOURCE = {"ExportDataSource": {"MetricsDataSource": METRICS}}
BOTH = {"MetricsDataSource": METRICS, "MessageInsightsDataSource": MESSAGES}
REVERSED = {**METRICS, "StartDate": METRICS["EndDate"]}
PARTIAL = {**METRICS, "StartDate": EPOCH + 1}
INVALID = "1 validation error detected: Value at"
OF_FORMATS = "satisfy enum value set: [CSV, JSON]"
MUST = "failed to satisfy constraint: Member must"


class TestChecks:
    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "One data source must be provided"),
            ({"ExportDataSource": BOTH, **DESTINATION}, "One data source must be provided"),
            (SOURCE, f"{INVALID} 'exportDestination' {MUST} not be null"),
            (
                {**SOURCE, "ExportDestination": {}},
                f"{INVALID} 'exportDestination.dataFormat' {MUST} not be null",
            ),
            (
                {**SOURCE, "ExportDestination": {"DataFormat": "XML"}},
                f"{INVALID} 'exportDestination.dataFormat' {MUST} {OF_FORMATS}",
            ),
            (
                {**SOURCE, "ExportDestination": {"DataFormat": "CSV", "S3Url": "s3://a/b"}},
                "Providing a custom S3 URL is not supported",
            ),
            (
                {"ExportDataSource": {"MetricsDataSource": REVERSED}, **DESTINATION},
                "Invalid date range",
            ),
            (
                {"ExportDataSource": {"MetricsDataSource": PARTIAL}, **DESTINATION},
                MIDNIGHT,
            ),
        ],
        ids=[
            "no source",
            "both sources",
            "no destination",
            "no format",
            "unknown format",
            "an S3Url",
            "reversed",
            "partial days",
        ],
    )
    def test_a_wrong_request_is_refused_in_the_services_words(self, url, body, words):
        assert refused(ask(url, "POST", JOBS, body)) == ("BadRequestException", words)

    def test_without_vdm_it_is_a_400(self, url, sesv2_fake):
        sesv2_fake.vdm_enabled = False

        body = {"ExportDataSource": {"MetricsDataSource": REVERSED}, **DESTINATION}
        assert refused(ask(url, "POST", JOBS, body)) == (
            "BadRequestException",
            "To use this feature you must enable Virtual Deliverability Manager",
        )

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"Dimensions": {}}, "metricsDataSource.dimensions'"),
            ({"Dimensions": {"ISP": []}}, "metricsDataSource.dimensions.ISP'"),
            ({"Dimensions": {"COUNTRY": ["DE"]}}, "Unsupported dimension provided."),
            ({"Dimensions": {"ISP": ["G mail"]}}, "Invalid ISP name provided."),
            ({"Namespace": "X"}, "metricsDataSource.namespace'"),
            ({"Metrics": []}, "metricsDataSource.metrics'"),
            ({"Metrics": [{"Name": "SEND"}] * 11}, "less than or equal to 10"),
            ({"Metrics": [{}]}, "metrics.1.member.name' failed to satisfy constraint: Member must"),
            ({"Metrics": [{"Name": "SEND", "Aggregation": "SUM"}]}, "1.member.aggregation'"),
            ({"StartDate": None}, "metricsDataSource.startDate'"),
        ],
    )
    def test_each_member_of_a_metrics_source_is_looked_at(self, url, change, words):
        source = {**METRICS, **change}
        body = {"ExportDataSource": {"MetricsDataSource": source}, **DESTINATION}

        assert words in refused(ask(url, "POST", JOBS, body))[1]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"EndDate": None}, "messageInsightsDataSource.endDate'"),
            ({"MaxResults": 0}, "maxResults' failed to satisfy constraint: Member must have value"),
            ({"MaxResults": 10_001}, "less than or equal to 10000"),
            ({"Include": {"Isp": ["a"] * 6}}, "messageInsightsDataSource.include.isp'"),
            ({"Exclude": {"Subject": [""]}}, "exclude.subject.1.member'"),
            ({"Include": {"LastDeliveryEvent": ["X"]}}, "include.lastDeliveryEvent.1.member'"),
            ({"StartDate": EPOCH + 3 * 86_400}, "Invalid date range"),
        ],
    )
    def test_each_member_of_a_messages_source_is_looked_at(self, url, change, words):
        source = {**MESSAGES, **change}
        body = {"ExportDataSource": {"MessageInsightsDataSource": source}, **DESTINATION}

        assert words in refused(ask(url, "POST", JOBS, body))[1]

    def test_a_21st_job_at_work_is_refused(self, url):
        ids = [create(url) for _ in range(20)]
        body = {**SOURCE, **DESTINATION}

        assert refused(ask(url, "POST", JOBS, body)) == (
            "LimitExceededException",
            TOO_MANY,
        )
        create(url, MESSAGES, kind="MessageInsightsDataSource")
        ask(url, "PUT", f"{JOBS}/{ids[0]}/cancel")
        create(url)


class TestMetricsFile:
    def test_all_isps_have_a_row_with_mail_or_without(self, url, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=4).deliver(count=3)
        sesv2_fake.send(SENDER, "ann@x.org", at=MONDAY, isp="Custom")
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY + 3 * DAY)

        lines = exported(url).splitlines()
        assert lines[0] == "ISP,SEND_VOLUME,DELIVERY_RATE"
        assert lines[1] == "Gmail,4.0000,0.7500"
        assert "Yahoo,0.0000,0.0000" in lines
        assert lines[-1] == "Custom,1.0000,0.0000"

    def test_json_is_one_line(self, url, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY).deliver()
        source = {**METRICS, "Dimensions": {"ISP": ["Gmail"], "EMAIL_IDENTITY": ["example.com"]}}

        assert exported(url, source, "JSON") == (
            '[{"isp":"Gmail","email_identity":"example.com",'
            '"metrics":{"SEND_VOLUME":1.0000,"DELIVERY_RATE":1.0000}}]\n'
        )

    def test_listed_values_without_mail_have_rows_of_zeros(self, url):
        source = {**METRICS, "Dimensions": {"ISP": ["Gmail", "Yahoo", "Gmail"]}}

        assert exported(url, source) == (
            "ISP,SEND_VOLUME,DELIVERY_RATE\nGmail,0.0000,0.0000\nYahoo,0.0000,0.0000\n"
        )

    def test_all_identities_with_mail_have_rows(self, url, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, region="us-east-1")
        sesv2_fake.send("a@other.example", "ann@gmail.com", at=MONDAY, region="eu-west-1")
        source = {
            **METRICS,
            "Dimensions": {"EMAIL_IDENTITY": ["*"]},
            "Metrics": [{"Name": "SEND"}],
        }

        assert exported(url, source) == (
            "EMAIL_IDENTITY,SEND_VOLUME\nexample.com,1.0000\nnews@example.com,1.0000\n"
        )

    def test_an_empty_file_has_the_header(self, url):
        source = {**METRICS, "Dimensions": {"CONFIGURATION_SET": ["*"]}}

        assert exported(url, source) == "CONFIGURATION_SET,SEND_VOLUME,DELIVERY_RATE\n"
        assert exported(url, source, "JSON") == "[]\n"

    def test_rates_are_over_their_twins(self, url, sesv2_fake):
        email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, count=10).deliver(count=8)
        email.open(count=4).click(count=2).complain(count=1).bounce(count=2)
        names = ("SEND", "COMPLAINT", "PERMANENT_BOUNCE", "OPEN", "CLICK", "DELIVERY_OPEN")
        source = {
            **METRICS,
            "Dimensions": {"ISP": ["Yahoo"]},
            "Metrics": [{"Name": name, "Aggregation": "RATE"} for name in names],
        }

        assert exported(url, source).splitlines()[1] == (
            "Yahoo,1.0000,0.1250,0.2000,0.5000,0.2500,0.8000"
        )

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["gmail.com", "yahoo.com", "x.org"]),
                st.sampled_from(["a@a.example", "b@a.example"]),
                st.integers(0, 4),
                st.sampled_from(["deliver", "bounce", "complain", "open", "click"]),
                st.integers(1, 9),
            ),
            max_size=8,
        )
    )
    def test_it_says_what_batch_get_metric_data_says(self, seeds):
        metrics = ("DELIVERY", "PERMANENT_BOUNCE", "COMPLAINT", "OPEN", "CLICK")
        divisors = {"COMPLAINT": "DELIVERY_COMPLAINT", "OPEN": "DELIVERY_OPEN"}
        divisors["CLICK"] = "DELIVERY_CLICK"
        with travel(NOW, tick=False), mock_sesv2() as fake, fake.serve() as url:
            for domain, sender, day, event, count in seeds:
                email = fake.send(sender, f"ann@{domain}", at=MONDAY + day * DAY, count=count)
                getattr(email, event)()

            def totals(wanted, **dimensions):
                three_days = {"start": MONDAY, "end": MONDAY + 3 * DAY}
                asked = [query(name, id=name, **three_days, **dimensions) for name in wanted]
                response = client().batch_get_metric_data(Queries=asked)
                return {name: sum(series(response, name).values()) for name in wanted}

            source = {
                **METRICS,
                "Dimensions": {"ISP": ["*"], "EMAIL_IDENTITY": ["a@a.example", "a.example"]},
                "Metrics": [
                    {"Name": name, "Aggregation": how}
                    for name in metrics
                    for how in ("VOLUME", "RATE")
                ],
            }
            rows = json.loads(exported(url, source, "JSON"))
            in_csv = [
                [float(cell) for cell in line.split(",")[2:]]
                for line in exported(url, source).splitlines()[1:]
            ]
            assert [list(row["metrics"].values()) for row in rows] == in_csv
            for row in rows:
                where = {"ISP": row["isp"], "EMAIL_IDENTITY": row["email_identity"]}
                if row["isp"] not in ("Gmail", "Yahoo", "UNKNOWN_ISP"):
                    assert set(row["metrics"].values()) == {0}
                    continue
                counted = totals({*metrics, *divisors.values(), "SEND"}, **where)
                for name in metrics:
                    volume, of = counted[name], counted[divisors.get(name, "SEND")]
                    assert row["metrics"][f"{name}_VOLUME"] == volume
                    rate = float(f"{volume / of:.4f}") if of else 0
                    assert row["metrics"][f"{name}_RATE"] == rate

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["gmail.com", "yahoo.com", "x.org"]),
                st.integers(0, 4),
                st.sampled_from(["deliver", "bounce", "complain", "open"]),
            ),
            max_size=8,
        )
    )
    def test_the_messages_are_those_that_batch_get_metric_data_counts(self, seeds):
        with travel(NOW, tick=False), mock_sesv2() as fake, fake.serve() as url:
            for number, (domain, day, event) in enumerate(seeds):
                at = MONDAY + day * DAY + timedelta(hours=1)
                email = fake.send(SENDER, f"a@{domain}", at=at, message_id=f"0100-{number}")
                getattr(email, event)()

            def total(metric, isp):
                asked = query(metric, start=MONDAY, end=MONDAY + 3 * DAY, ISP=isp)
                return sum(series(client().batch_get_metric_data(Queries=[asked])).values())

            rows = json.loads(messages(url, "JSON"))
            in_csv = [line.split('"')[1] for line in messages(url).splitlines()[1:]]
            assert [row["messageid"] for row in rows] == in_csv
            for isp in ("Gmail", "Yahoo", "UNKNOWN_ISP"):
                found = [row["last_delivery_event"] for row in rows if row["isp"] == isp]
                assert len(found) == total("SEND", isp)
                assert found.count("PERMANENT_BOUNCE") == total("PERMANENT_BOUNCE", isp)


HEADER = (
    '"messageid","sendtimestamp","isp","fromaddress","destination","subject",'
    '"last_delivery_event","last_engagement_event","last_delivery_event_timestamp",'
    '"last_engagement_event_timestamp","bounce_sub_type","diagnostic_code",\n'
)


class TestMessagesFile:
    def seed(self, fake, message_id="m-1", to="ann@gmail.com", at=MONDAY, **how):
        return fake.send(SENDER, to, at=at, message_id=message_id, **how)

    def test_every_field_is_quoted_and_every_line_ends_in_a_comma(self, url, sesv2_fake):
        email = self.seed(sesv2_fake, at="2026-01-05T01:02:03.123456")
        email.deliver(at="2026-01-05T01:02:04").open(at="2026-01-05T02:00:00")

        assert messages(url) == (
            f'{HEADER}"m-1","2026-01-05 01:02:03.123 UTC","Gmail","news@example.com",'
            '"ann@gmail.com","","DELIVERY","OPEN","2026-01-05 01:02:04.000 UTC",'
            '"2026-01-05 02:00:00.000 UTC","","",\n'
        )

    def test_a_quote_is_doubled(self, url, sesv2_fake):
        message = {"Subject": {"Data": 'Say "Hi"'}, "Body": {"Text": {"Data": "Hi"}}}
        client().send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": ["ann@gmail.com"]},
            Content={"Simple": message},
        )

        assert '"Say ""Hi""",' in messages(url, EndDate=EPOCH + 4 * 86_400)

    def test_json_has_a_line_for_each_message(self, url, sesv2_fake):
        self.seed(sesv2_fake, "m-1")
        self.seed(sesv2_fake, "m-2", at=MONDAY + DAY).bounce(sub_type="NoEmail")

        lines = messages(url, "JSON").splitlines()
        assert (lines[0], lines[-1]) == ("[", "]")
        assert lines[2].startswith(',{"messageid":"m-2",')
        first, second = json.loads("\n".join(lines))
        assert first["last_delivery_event"] == "SEND"
        assert "subject" not in first
        assert second["last_delivery_event"] == "PERMANENT_BOUNCE"
        assert second["bounce_sub_type"] == "NO_EMAIL"
        assert "550 5.1.1" in second["diagnostic_code"]

    def test_an_empty_file_has_the_header_alone(self, url):
        assert messages(url) == HEADER
        assert messages(url, "JSON") == "[\n]\n"

    def test_both_bounds_are_inclusive(self, url, sesv2_fake):
        for name, at in {"a": MONDAY, "b": MONDAY + 3 * DAY, "c": NOW}.items():
            self.seed(sesv2_fake, name, at=at)

        assert [row["messageid"] for row in json.loads(messages(url, "JSON"))] == ["a", "b"]

    def test_emails_without_insights_are_left_out(self, url, sesv2_fake):
        self.seed(sesv2_fake, "a", to=["ann@gmail.com", "b@gmail.com"])
        self.seed(sesv2_fake, "b", to="success@simulator.amazonses.com")
        self.seed(sesv2_fake, "c", region="eu-west-1")

        assert messages(url) == HEADER

    def test_the_last_event_goes_by_rank_and_not_by_time(self, url, sesv2_fake):
        email = self.seed(sesv2_fake)
        email.complain(at=MONDAY).deliver(at=MONDAY + DAY).click(at=MONDAY).open(at=MONDAY + DAY)

        (row,) = json.loads(messages(url, "JSON"))
        assert row["last_delivery_event"] == "COMPLAINT"
        assert row["last_engagement_event"] == "CLICK"

    def test_engagement_that_is_not_tracked_is_not_told(self, url, sesv2_fake):
        self.seed(sesv2_fake, click_tracking=False).open().click()
        self.seed(sesv2_fake, "m-2", open_tracking=False, click_tracking=False).open()

        first, second = json.loads(messages(url, "JSON"))
        assert first["last_engagement_event"] == "OPEN"
        assert "last_engagement_event" not in second

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({"Include": {"Destination": ["ann@gmail.com"]}}, "a"),
            ({"Include": {"Destination": ["Ann@gmail.com"]}}, ""),
            ({"Include": {"Destination": ["*@gmail.com"]}}, "ac"),
            ({"Include": {"Destination": ["ann*"]}}, "ab"),
            ({"Include": {"Destination": ["*@*"]}}, "abc"),
            ({"Include": {"Destination": ["*"]}}, "abc"),
            ({"Include": {"Destination": [r"\*@gmail.com"]}}, "c"),
            ({"Include": {"Isp": ["Yahoo", "Gmail"], "LastDeliveryEvent": ["SEND"]}}, "bc"),
            ({"Include": {"LastDeliveryEvent": []}}, "abc"),
            ({"Include": {"Subject": ["*"]}}, ""),
            ({"Include": {"TenantName": ["t"]}}, "b"),
            ({"Exclude": {"Isp": ["Gmail"], "LastDeliveryEvent": ["DELIVERY"]}}, "bc"),
            ({"Exclude": {"Isp": ["Gmail"]}, "MaxResults": 1}, "b"),
            ({"MaxResults": 2}, "ab"),
        ],
    )
    def test_filters(self, url, sesv2_fake, filters, found):
        self.seed(sesv2_fake, "a").deliver()
        self.seed(sesv2_fake, "b", "ann@yahoo.com", tenant="t")
        self.seed(sesv2_fake, "c", "*@gmail.com")

        rows = json.loads(messages(url, "JSON", **filters))
        assert "".join(row["messageid"] for row in rows) == found
        job = listed(url)["ExportJobs"][0]["JobId"]
        sent = get(url, job)["ExportDataSource"]["MessageInsightsDataSource"]
        assert {name: sent[name] for name in filters} == filters


class TestFile:
    def test_names_say_when_and_which(self, url, sesv2_fake):
        first, second = (
            completed(url),
            completed(url, MESSAGES, "JSON", "MessageInsightsDataSource"),
        )

        names = [job.file_name for job in sesv2_fake.export_jobs]
        assert names[0] == f"ses-metrics-20260108_120000-{first['JobId']}.csv"
        assert names[1] == f"20260108_120000_{second['JobId'].replace('-', '')[:10]}.json"
        for job, name in zip((first, second), names):
            path = job["ExportDestination"]["S3Url"].partition("?")[0]
            assert path.endswith(f"/{name}")

    def test_after_five_minutes_its_url_is_403_and_a_new_look_gives_a_new_one(self, url, frozen):
        job = completed(url)
        old = job["ExportDestination"]["S3Url"]
        frozen.shift(300)
        assert download(old)
        frozen.shift(1)

        assert b"Request has expired" in forbidden(old)
        assert download(get(url, job["JobId"])["ExportDestination"]["S3Url"])

    @pytest.mark.parametrize(
        ("old", "new"),
        [("Signature=", "Signature=0"), ("Date=2026", "Date=2036"), ("metrics-", "x-")],
    )
    def test_a_url_that_was_changed_is_403(self, url, old, new):
        made = completed(url)["ExportDestination"]["S3Url"]

        assert forbidden(made.replace(old, new))

    def test_a_url_of_a_fake_that_was_reset_is_403(self, url, sesv2_fake):
        made = completed(url)["ExportDestination"]["S3Url"]
        sesv2_fake.reset()

        assert forbidden(made)

    def test_the_url_of_another_served_fake_has_its_path(self, url):
        _, made = control(url, "POST", "fakes", {})
        base = made["url"].removeprefix(url)

        def of_it(method, path, body=None):
            return ask(url, method, f"{base}{path}", body)[2]

        job = of_it("POST", JOBS, {**SOURCE, **DESTINATION})["JobId"]
        of_it("GET", f"{JOBS}/{job}")
        assert download(of_it("GET", f"{JOBS}/{job}")["ExportDestination"]["S3Url"])


@IN_BOTOCORE
class TestInProcess:
    def completed(self, using=None):
        using = using or client()
        job_id = using.create_export_job(
            ExportDataSource={"MetricsDataSource": METRICS},
            ExportDestination={"DataFormat": "CSV"},
        )["JobId"]
        assert using.get_export_job(JobId=job_id)["JobStatus"] == "PROCESSING"
        return using.get_export_job(JobId=job_id)

    def test_a_file_is_on_loopback_until_the_fake_ends(self):
        with mock_sesv2() as fake:
            fake.send(SENDER, "ann@gmail.com", at=MONDAY)
            made = self.completed()["ExportDestination"]["S3Url"]
            other = self.completed()["ExportDestination"]["S3Url"]
            assert made.startswith("http://127.0.0.1:")
            assert made.partition("/ses-exports/")[0] == other.partition("/ses-exports/")[0]
            assert "Gmail,1.0000,0.0000\n" in download(made)
            request = urllib.request.Request(made, method="HEAD")
            with urllib.request.urlopen(request) as response:
                assert response.headers["Content-Type"] == "text/csv"
                assert response.read() == b""
            assert forbidden(made.partition("?")[0])

        with pytest.raises(urllib.error.URLError, match="refused"):
            download(made)
        assert fake.export_jobs[0].status == "COMPLETED"

    @pytest.mark.filterwarnings("ignore:A test tried to use socket")
    def test_where_no_socket_may_be_opened_the_hint_names_the_option(
        self, sesv2_fake, socket_disabled
    ):
        with pytest.warns(UserWarning, match="--allow-hosts=127.0.0.1 instead of --disable-socket"):
            job = self.completed()

        assert job["JobStatus"] == "COMPLETED"
        assert job["ExportDestination"]["S3Url"].startswith("http://127.0.0.1:0/ses-exports/")
        assert sesv2_fake.export_jobs[0].content.startswith("ISP,SEND_VOLUME")

    @pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy"])
    def test_a_proxy_that_would_get_the_download_is_named(self, sesv2_fake, monkeypatch, name):
        monkeypatch.setenv(name, "http://proxy.example:3128")

        with pytest.warns(UserWarning, match=r"proxy http://proxy.example:3128 .*NO_PROXY=127"):
            self.completed()

        monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
        assert download(self.completed()["ExportDestination"]["S3Url"])

    def test_its_timestamps_are_datetimes(self, sesv2_fake):
        job = self.completed()

        assert job["CreatedTimestamp"] == job["CompletedTimestamp"] == NOW
        assert job["ExportDataSource"]["MetricsDataSource"]["StartDate"] == MONDAY

    def test_another_region_does_not_know_it(self, sesv2_fake):
        job_id = self.completed()["JobId"]

        with pytest.raises(ClientError, match="Invalid JobId"):
            client("eu-west-1").get_export_job(JobId=job_id)
        assert client("eu-west-1").list_export_jobs()["ExportJobs"] == []

    def test_a_fault_fails_it(self, sesv2_fake):
        sesv2_fake.fail_requests("LimitExceededException", operation="CreateExportJob", times=1)

        with pytest.raises(client().exceptions.LimitExceededException):
            self.completed()

    def test_a_fake_that_was_never_started_has_none(self):
        assert mock_sesv2().export_jobs == []
