"""Faults, options, the account and the clock over HTTP."""

import json

import pytest
from asking import client, new_client, query, total
from controlling import control
from serving import BODY, send

from sesv2_fake.control import served_fakes

DAY = "2026-01-05"


@pytest.fixture
def url(sesv2_fake):
    with sesv2_fake.serve() as url:
        yield url


# Faults


def test_a_fault_of_queries_is_triggered(url):
    status, fault = control(
        url,
        "POST",
        "faults",
        {"kind": "query", "code": "ACCESS_DENIED", "metric": "SEND", "times": 1},
    )

    assert (status, fault) == (
        201,
        {
            "id": "1",
            "what": "ACCESS_DENIED for metric='SEND'",
            "times": 1,
            "hits": 0,
            "optional": False,
            "is_missed": True,
        },
    )
    assert send(url)[2]["Errors"][0]["Code"] == "ACCESS_DENIED"
    assert control(url, "GET", "faults") == (200, [{**fault, "hits": 1, "is_missed": False}])


def test_a_fault_of_calls_is_triggered(url):
    body = {"kind": "request", "error": "TooManyRequestsException", "operation": "*", "times": 1}

    assert control(url, "POST", "faults", body)[0] == 201
    assert [send(url)[0], send(url)[0]] == [429, 200]


def test_a_connection_is_dropped(url):
    control(url, "POST", "faults", {"kind": "connection", "times": 1})

    with pytest.raises(ConnectionError):
        send(url)
    assert send(url)[0] == 200


def test_a_fault_can_be_cancelled(url):
    control(url, "POST", "faults", {"kind": "request"})

    assert control(url, "DELETE", "faults/1") == (204, None)
    assert send(url)[0] == 200
    assert control(url, "GET", "faults") == (200, [])
    assert control(url, "DELETE", "faults/1") == (404, {"message": "no fault '1'"})


def test_faults_of_python_are_shown_too(url, sesv2_fake):
    sesv2_fake.throttle(optional=True)

    (fault,) = control(url, "GET", "faults")[1]
    assert (fault["id"], fault["optional"]) == ("1", True)
    control(url, "DELETE", "faults/1")
    assert send(url)[0] == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "body: expected an object with a kind, got []"),
        ({}, "kind: expected one of query, request, connection, got None"),
        ({"kind": "call"}, "kind: expected one of query, request, connection, got 'call'"),
        ({"kind": "query", "where": "x"}, "no member 'where'"),
        ({"kind": "query", "times": 0}, "times: expected 1 or more, got 0"),
        ({"kind": "request", "error": "No"}, "error: expected one of "),
    ],
)
def test_a_fault_that_cannot_be_is_an_error(url, body, message):
    status, answered = control(url, "POST", "faults", body)

    assert status == 400
    assert message in answered["message"]


def test_there_may_be_a_thousand_faults_at_most(url, sesv2_fake):
    for _ in range(999):
        sesv2_fake.throttle(optional=True)
    body = {"kind": "connection", "optional": True}

    assert control(url, "POST", "faults", body)[0] == 201
    assert control(url, "POST", "faults", body) == (
        409,
        {"message": "1000 faults are set up; DELETE some, or POST reset"},
    )


def test_cancelled_faults_make_room_for_others(url, sesv2_fake):
    for _ in range(999):
        sesv2_fake.throttle(optional=True)
    for _ in range(3):
        status, fault = control(url, "POST", "faults", {"kind": "connection"})
        assert status == 201
        assert control(url, "DELETE", f"faults/{fault['id']}")[0] == 204

    assert len(sesv2_fake._account.faults) == 999


# Answers


def test_the_answers_to_an_operation_are_taken_back(url, sesv2_fake):
    for operation in ("GetContact", "get_contact", "GetContactList"):
        control(url, "PUT", f"answers/{operation}", {})

    assert control(url, "DELETE", "answers/get_contact") == (204, None)

    assert [one["operation"] for one in control(url, "GET", "answers")[1]] == ["GetContactList"]
    sesv2_fake.answer("GetContact").cancel()
    assert control(url, "DELETE", "answers/GetContact")[0] == 404
    assert control(url, "DELETE", "answers/GetContacts")[0] == 400
    assert control(url, "DELETE", "answers/GetContactList")[0] == 204


def test_there_are_no_more_answers_than_the_limit(url, sesv2_fake, monkeypatch):
    monkeypatch.setattr(served_fakes, "MAX_ANSWERS", 1)
    body = {"optional": True}

    assert control(url, "PUT", "answers/GetContact", body)[0] == 200
    status, answered = control(url, "PUT", "answers/GetContact", body)

    assert (status, answered["message"]) == (
        409,
        "1 answers are set up; DELETE some, or POST reset",
    )


def test_an_operation_is_answered(url, sesv2_fake):
    body = {"response": {"ConfigurationSets": ["weekly"]}, "times": 1}

    status, answer = control(url, "PUT", "answers/ListConfigurationSets", body)
    assert (status, answer["times"], answer["hits"], answer["is_missed"]) == (200, 1, 0, True)
    ses = new_client(endpoint_url=url)
    assert ses.list_configuration_sets()["ConfigurationSets"] == ["weekly"]
    assert [one["hits"] for one in control(url, "GET", "answers")[1]] == [1]


def test_an_operation_is_refused(url):
    control(url, "PUT", "answers/get_configuration_set", {"error": "NotFoundException"})

    path = "/v2/email/configuration-sets/weekly"
    assert send(url, b"", method="GET", path=path)[:2] == (404, "NotFoundException")


@pytest.mark.parametrize(
    ("operation", "body"),
    [("ListNothing", {}), ("ListContactLists", {"response": {"No": 1}}),
     ("ListContactLists", {"response": []}), ("ListContactLists", {"anwser": 1})],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_an_error(url, operation, body):
    assert control(url, "PUT", f"answers/{operation}", body)[0] == 400
    assert control(url, "GET", "answers") == (200, [])


def test_export_jobs_are_shown(url):
    source = {
        "MetricsDataSource": {
            "Dimensions": {"ISP": ["Gmail"]}, "Namespace": "VDM", "Metrics": [{"Name": "SEND"}],
            "StartDate": 1767571200, "EndDate": 1767657600,
        }
    }  # fmt: skip
    body = {"ExportDataSource": source, "ExportDestination": {"DataFormat": "CSV"}}
    _, _, created = send(url, json.dumps(body).encode(), path="/v2/email/export-jobs")

    (job,) = control(url, "GET", "export-jobs")[1]
    assert (job["job_id"], job["source_type"], job["status"]) == (
        created["JobId"],
        "METRICS_DATA",
        "PROCESSING",
    )


# Options and the account


def test_options_can_be_changed(url, sesv2_fake):
    before = control(url, "GET", "options")[1]

    status, options = control(url, "PUT", "options", {"vdm_enabled": False, "contract": "live"})
    assert (status, options) == (200, {**before, "vdm_enabled": False, "contract": "live"})
    assert send(url)[0] == 404
    assert sesv2_fake.vdm_enabled is False


def test_an_option_that_a_client_changed_is_shown(url):
    client().put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "DISABLED"})

    assert control(url, "GET", "options")[1]["vdm_enabled"] is False


def test_an_option_leaves_what_clients_set_in_regions_alone(url):
    for region, status in (("us-east-1", "ENABLED"), ("eu-west-1", "DISABLED")):
        client(region).put_account_vdm_attributes(VdmAttributes={"VdmEnabled": status})

    assert control(url, "PUT", "options", {"engagement_metrics": False})[0] == 200
    attributes = [
        client(name).get_account()["VdmAttributes"] for name in ("us-east-1", "eu-west-1")
    ]
    assert [found["VdmEnabled"] for found in attributes] == ["ENABLED", "DISABLED"]
    assert attributes[0]["DashboardAttributes"] == {"EngagementMetrics": "DISABLED"}


def test_an_option_can_hold_from_here_on(url):
    control(url, "PUT", "options", {"isps_without_feedback_loop": ["Yahoo"]})
    control(
        url, "POST", "emails",
        {"sender": "a@b.com", "to": "c@gmail.com", "at": DAY, "events": [{"event": "deliver"}]},
    )  # fmt: skip

    assert total("DELIVERY_COMPLAINT") == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"vdm_enable": True}, "no member 'vdm_enable'; did you mean 'vdm_enabled'?"),
        ({"contract": "dead"}, "contract: expected one of documented, live, got 'dead'"),
        ({"intercept_requests": True}, "no member 'intercept_requests'; there are contract, "),
    ],
)
def test_an_option_that_cannot_be_is_an_error(url, body, message):
    status, answered = control(url, "PUT", "options", body)

    assert status == 400
    assert answered["message"].startswith(message)


def test_the_account_can_be_set(url):
    body = {"sending_enabled": False, "max_send_rate": 1}

    status, account = control(url, "PUT", "account", body)
    assert (status, account["sending_enabled"]) == (200, False)
    assert control(url, "GET", "account") == (200, account)
    assert client().get_account()["SendQuota"]["MaxSendRate"] == 1


def test_a_setting_that_cannot_be_is_an_error(url):
    status, answered = control(url, "PUT", "account", {"sending_enabled": "no"})

    assert (status, answered["message"]) == (
        400,
        "sending_enabled: expected True or False, got 'no'",
    )


@pytest.mark.parametrize("wrong", ["-5", "1e400", '"many"'])
def test_one_wrong_setting_leaves_all_as_they_were(url, wrong):
    before = control(url, "GET", "account")
    body = f'{{"enforcement_status": "SHUTDOWN", "max_send_rate": {wrong}}}'

    status, answered = control(url, "PUT", "account", body.encode())
    assert (status, answered["message"][:13]) == (400, "max_send_rate")
    assert control(url, "GET", "account") == before


# The clock


def test_the_clock_of_the_fake_can_be_stopped_and_moved_on(url, sesv2_fake):
    assert control(url, "PUT", "clock", {"time": "2026-01-05T23:30Z"}) == (
        200,
        {"time": "2026-01-05T23:30:00+00:00", "is_stopped": True},
    )
    control(url, "POST", "emails", {"sender": "a@b.com", "to": "c@d.com"})
    assert control(url, "POST", "clock/advance", {"hours": 1})[1]["time"].startswith("2026-01-06")
    control(url, "POST", "emails", {"sender": "a@b.com", "to": "c@d.com"})
    send(url)

    assert [str(day) for day in sesv2_fake.seeded_days()] == ["2026-01-05", "2026-01-06"]
    assert sesv2_fake.calls[0].time.isoformat() == "2026-01-06T00:30:00+00:00"
    control(url, "PUT", "clock", {"time": None})
    clock = control(url, "GET", "clock")[1]
    assert (clock["is_stopped"], clock["time"] > "2026-01-07") == (False, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PUT", "clock", {"time": "soon"}, "time: expected ISO 8601"),
        ("PUT", "clock", {}, "time: missing"),
        ("POST", "clock/advance", {"hours": 1}, "advance: the clock is not stopped"),
    ],
)
def test_a_clock_that_cannot_be_is_an_error(url, method, path, body, message):
    status, answered = control(url, method, path, body)

    assert status == 400
    assert answered["message"].startswith(message)


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ({"days": 1e8}, "advance: expected a time in the years 1 to 9999"),
        ({"weeks": 2**52}, "advance: "),
        ({"days": "1"}, "unsupported type"),
    ],
)
def test_the_clock_stays_within_its_years(url, by, message):
    control(url, "PUT", "clock", {"time": DAY})

    status, answered = control(url, "POST", "clock/advance", by)
    assert status == 400
    assert message in answered["message"]


# Reset


def test_reset_makes_everything_as_at_the_start(url, sesv2_fake):
    control(url, "POST", "counts", {"metric": "SEND", "values": {DAY: 7}})
    control(url, "PUT", "options", {"vdm_enabled": False})
    control(url, "PUT", "clock", {"time": DAY})
    control(url, "POST", "faults", {"kind": "connection"})
    assert send(url, BODY, path="/nothing")[0] == 404

    assert control(url, "POST", "reset") == (204, None)
    assert control(url, "GET", "clock")[1]["is_stopped"] is False
    assert control(url, "GET", "options")[1]["vdm_enabled"] is True
    assert control(url, "GET", "faults")[1] == []
    (result,) = client().batch_get_metric_data(Queries=[query()])["Results"]
    assert result["Values"] == []
