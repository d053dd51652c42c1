"""What SES refuses: every check, its words, its order; through clients and on bare bytes."""

import json
from datetime import datetime, timedelta

import pytest
from asking import DAY, MONDAY, WIRE_QUERY, answer, client, query
from botocore.config import Config
from botocore.exceptions import ClientError

ENUM = (
    "Member must satisfy enum value set: [DELIVERY_COMPLAINT, CLICK, SEND, OPEN, COMPLAINT, "
    "DELIVERY, DELIVERY_OPEN, PERMANENT_BOUNCE, DELIVERY_CLICK, TRANSIENT_BOUNCE]"
)
LEAST = "Member must have length greater than or equal to"
MOST = "Member must have length less than or equal to"
ONE_ERROR = "1 validation error detected: "
BOTH = pytest.mark.parametrize(
    "contract",
    ["documented", pytest.param("live", marks=pytest.mark.sesv2_fake(contract="live"))],
)


def at(member):
    return f"Value at '{member}' failed to satisfy constraint: "


def unchecked_client(**how):
    """A client that leaves every check to the service."""
    return client(config=Config(parameter_validation=False, retries={"max_attempts": 0}), **how)


def refusal(asked, using=None):
    """Status, error and message of a refused call."""
    with pytest.raises(ClientError) as caught:
        (using or unchecked_client()).batch_get_metric_data(**asked)
    response = caught.value.response
    return (
        response["ResponseMetadata"]["HTTPStatusCode"],
        response["Error"]["Code"],
        response["Error"]["Message"],
    )


def changed(**members):
    """A valid query but for these members; None leaves a member out."""
    return {name: value for name, value in {**query(), **members}.items() if value is not None}


def dimensions(**values):
    return {"Queries": [changed(Dimensions=values)]}


def told(*args, **how):
    """Status, error and payload of the service's bare answer to a body."""
    http = answer(*args, **how)
    return http.status, http.headers.get("x-amzn-ErrorType"), json.loads(http.body)


REFUSED = {
    # Step 2
    "no queries": ({"Queries": []}, f"{ONE_ERROR}{at('queries')}{LEAST} 1"),
    "queries missing": ({}, f"{ONE_ERROR}{at('queries')}{LEAST} 1"),
    "11 queries": (
        {"Queries": [changed(Id=f"q{n}") for n in range(11)]},
        f"{ONE_ERROR}{at('queries')}{MOST} 10",
    ),
    # Step 3
    "one id twice": ({"Queries": [query(), query()]}, "All queries must have a unique identifier."),
    # Step 4
    "unknown dimension": (dimensions(COUNTRY="DE"), "Unsupported dimension provided."),
    # Step 5
    "unknown metric": (
        {"Queries": [changed(Metric="SENDS")]},
        f"{ONE_ERROR}{at('queries.1.member.metric')}{ENUM}",
    ),
    "no metric": (
        {"Queries": [changed(Metric=None)]},
        f"{ONE_ERROR}{at('queries.1.member.metric')}Member must not be null",
    ),
    "no namespace": (
        {"Queries": [changed(Namespace=None)]},
        f"{ONE_ERROR}{at('queries.1.member.namespace')}Member must not be null",
    ),
    "unknown namespace": (
        {"Queries": [changed(Namespace="vdm")]},
        f"{ONE_ERROR}{at('queries.1.member.namespace')}Member must satisfy enum value set: [VDM]",
    ),
    "empty id": (
        {"Queries": [changed(Id="")]},
        f"{ONE_ERROR}{at('queries.1.member.id')}{LEAST} 1",
    ),
    "id of 256": (
        {"Queries": [changed(Id="x" * 256)]},
        f"{ONE_ERROR}{at('queries.1.member.id')}{MOST} 255",
    ),
    "no dimensions": (
        {"Queries": [changed(Dimensions={})]},
        f"{ONE_ERROR}{at('queries.1.member.dimensions')}{LEAST} 1",
    ),
    "4 dimensions": (
        dimensions(EMAIL_IDENTITY="a.com", ISP="Gmail", CONFIGURATION_SET="s", TENANT_NAME="t"),
        f"{ONE_ERROR}{at('queries.1.member.dimensions')}{MOST} 3",
    ),
    "no dates": (
        {"Queries": [changed(StartDate=None, EndDate=None)]},
        (
            "2 validation errors detected: "
            f"{at('queries.1.member.startDate')}Member must not be null; "
            f"{at('queries.1.member.endDate')}Member must not be null"
        ),
    ),
    "all that is wrong": (
        {
            "Queries": [
                changed(Id="", Namespace="X", Metric="Y", Dimensions={}),
                query(id="fine"),
                changed(Id=None, Metric="Z"),
            ]
        },
        (
            "6 validation errors detected: "
            f"{at('queries.1.member.metric')}{ENUM}; "
            f"{at('queries.1.member.namespace')}Member must satisfy enum value set: [VDM]; "
            f"{at('queries.1.member.id')}{LEAST} 1; "
            f"{at('queries.1.member.dimensions')}{LEAST} 1; "
            f"{at('queries.3.member.metric')}{ENUM}; "
            f"{at('queries.3.member.id')}Member must not be null"
        ),
    ),
    # Step 6
    "empty identity": (dimensions(EMAIL_IDENTITY=""), "Invalid email identity provided."),
    "empty ISP": (dimensions(ISP=""), "Invalid ISP name provided."),
    "empty set": (
        dimensions(CONFIGURATION_SET=""),
        "The configuration set name must be specified.",
    ),
    "empty tenant": (dimensions(TENANT_NAME=""), "TenantName cannot be empty"),
    # Step 7
    "start at end": (
        {"Queries": [query(end=MONDAY)]},
        "Expected start date to be before the end date.",
    ),
    "start after end": (
        {"Queries": [query(end=MONDAY - DAY)]},
        "Expected start date to be before the end date.",
    ),
    # Step 8
    "61 days": (
        {"Queries": [query(end=MONDAY + 61 * DAY)]},
        "Invalid interval, can request at most 60 days. Please partition your requested interval.",
    ),
}


@BOTH
@pytest.mark.parametrize(("asked", "message"), REFUSED.values(), ids=REFUSED)
def test_the_service_refuses_with_its_own_words(sesv2_fake, contract, asked, message):
    assert refusal(asked) == (400, "BadRequestException", message)


LIVE = {
    "any identity": (dimensions(EMAIL_IDENTITY="*"), "Invalid email identity provided."),
    "any ISP": (dimensions(ISP="*"), "Invalid ISP name provided."),
    "two ISPs": (dimensions(ISP="Gmail,Yahoo"), "Invalid ISP name provided."),
    "two identities": (
        dimensions(EMAIL_IDENTITY="a.com,b.com"),
        "Invalid email identity provided.",
    ),
    "no local part": (dimensions(EMAIL_IDENTITY="@a.com"), "Invalid email identity provided."),
    "no domain": (dimensions(EMAIL_IDENTITY="a@"), "Invalid email identity provided."),
    "a space": (dimensions(EMAIL_IDENTITY="a b@c.com"), "Invalid email identity provided."),
    "ISP charset": (dimensions(ISP="Gmail."), "Invalid ISP name provided."),
    "ISP not ASCII": (dimensions(ISP="Gmaïl"), "Invalid ISP name provided."),
    "set charset": (
        dimensions(CONFIGURATION_SET="my set"),
        (
            "Invalid configuration set name <my set>: only alphanumeric ASCII characters, '_', and "
            "'-' are allowed."
        ),
    ),
    "tenant charset": (
        dimensions(TENANT_NAME="a.b"),
        "Invalid tenant name <a.b>: only alphanumeric ASCII characters, '_', and '-' are allowed.",
    ),
    "start within a day": (
        {"Queries": [query(start=MONDAY + timedelta(hours=1))]},
        "Invalid interval, start date and end date must be midnight UTC.",
    ),
    "end within a day": (
        {"Queries": [query(end=MONDAY + timedelta(days=1, seconds=1))]},
        "Invalid interval, start date and end date must be midnight UTC.",
    ),
}


@pytest.mark.sesv2_fake(contract="live")
@pytest.mark.parametrize(("asked", "message"), LIVE.values(), ids=LIVE)
def test_the_live_service_refuses_more(sesv2_fake, asked, message):
    assert refusal(asked) == (400, "BadRequestException", message)


@pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")
@pytest.mark.parametrize(("asked", "_"), LIVE.values(), ids=LIVE)
def test_as_documented_they_are_answered(sesv2_fake, asked, _):
    response = unchecked_client().batch_get_metric_data(**asked)

    assert [len(response["Results"]), response["Errors"]] == [1, []]


@BOTH
def test_what_is_at_the_limit_is_answered(contract):
    body = {
        "Queries": [
            {
                "Id": f"{n}".rjust(255, "x"),
                "Namespace": "VDM",
                "Metric": "SEND",
                "Dimensions": {
                    "EMAIL_IDENTITY": "news@example.com",
                    "ISP": "UNKNOWN_ISP",
                    "CONFIGURATION_SET": "a-B_9",
                },
                "StartDate": 1767571200,
                "EndDate": 1767571200 + 60 * 86400,
            }
            for n in range(10)
        ]
    }

    status, error, payload = told(body, contract)

    assert (status, error, len(payload["Results"])) == (200, None, 10)


ONE_VALUE = "can have only one value where another dimension is '*'."
DOCUMENTED = {
    "11 values": (
        {"ISP": ",".join(f"Isp{n}" for n in range(11))},
        "ISP can have at most 10 values.",
    ),
    "any in a list": ({"ISP": "*,Gmail"}, "ISP can have either '*' or a list of values."),
    "any beside a list": ({"ISP": "Gmail,Yahoo", "EMAIL_IDENTITY": "*"}, f"ISP {ONE_VALUE}"),
    "any beside a list, other way": (
        {"EMAIL_IDENTITY": "a.com,b.com", "ISP": "*"},
        f"EMAIL_IDENTITY {ONE_VALUE}",
    ),
    "an empty value in a list": ({"ISP": "Gmail,,Yahoo"}, "Invalid ISP name provided."),
}


@pytest.mark.parametrize(("values", "message"), DOCUMENTED.values(), ids=DOCUMENTED)
def test_the_documentations_own_limits_of_values(values, message):
    body = {"Queries": [{**WIRE_QUERY, "Dimensions": values}]}

    assert told(body) == (400, "BadRequestException", {"message": message})
    assert told(body, "live")[:2] == (400, "BadRequestException")


def test_ten_values_are_answered():
    ten = ",".join(f"Isp{n}" for n in range(10))

    assert told({"Queries": [{**WIRE_QUERY, "Dimensions": {"ISP": ten}}]})[0] == 200


ORDER = [
    ({"Queries": [query()] * 11}, "less than or equal to 10"),
    ({"Queries": [query(), changed(Dimensions={"X": "1"})]}, "unique identifier"),
    (
        {"Queries": [changed(Id="", Metric="X"), changed(Id="b", Dimensions={"X": ""})]},
        "Unsupported",
    ),
    ({"Queries": [changed(Dimensions={"ISP": ""}), changed(Id="")]}, "validation error"),
    ({"Queries": [query(end=MONDAY - DAY), changed(Id="b", Dimensions={"ISP": ""})]}, "ISP name"),
    ({"Queries": [query(end=MONDAY + 99 * DAY), query(id="b", end=MONDAY)]}, "before the end"),
]


@pytest.mark.sesv2_fake(contract="live")
@pytest.mark.parametrize(("asked", "first"), ORDER, ids=[first for _, first in ORDER])
@pytest.mark.parametrize("turn", [list, reversed], ids=["as is", "reversed"])
def test_each_step_looks_at_the_whole_call_before_the_next(sesv2_fake, asked, first, turn):
    _, _, message = refusal({"Queries": list(turn(asked["Queries"]))})

    assert first in message


@pytest.mark.sesv2_fake(contract="live")
def test_60_days_are_checked_before_midnight(sesv2_fake):
    bound = MONDAY + timedelta(hours=1)

    assert "at most 60 days" in refusal({"Queries": [query(start=bound, end=bound + 61 * DAY)]})[2]


@BOTH
def test_one_refused_query_refuses_the_whole_call(sesv2_fake, contract):
    with pytest.raises(ClientError):
        unchecked_client().batch_get_metric_data(Queries=[query(), query(id="b", end=MONDAY)])

    assert sesv2_fake.calls[-1].results == []


@pytest.mark.parametrize("validation", [True, False])
def test_a_refusal_is_the_clients_own_exception(sesv2_fake, validation):
    made = client(config=Config(parameter_validation=validation))

    with pytest.raises(made.exceptions.BadRequestException) as caught:
        made.batch_get_metric_data(Queries=[query(end=MONDAY)])

    assert len(caught.value.response["ResponseMetadata"]["RequestId"]) == 36
    assert sesv2_fake.calls[-1].error == "BadRequestException"


def vdm_off(using):
    return refusal({"Queries": []}, using) == (
        404,
        "NotFoundException",
        "To use this feature you must enable Virtual Deliverability Manager",
    )


@BOTH
def test_an_account_without_vdm_is_refused_before_the_body_is_looked_at(contract):
    status, error, payload = told(b"{no json", contract, vdm_enabled=False)

    assert (status, error) == (404, "NotFoundException")
    assert payload["message"].startswith("To use this feature you must enable Virtual")


@pytest.mark.sesv2_fake(vdm_enabled=False)
def test_vdm_can_be_switched_on_and_off(sesv2_fake):
    made = unchecked_client()

    assert vdm_off(made)
    sesv2_fake.vdm_enabled = True
    assert made.batch_get_metric_data(Queries=[query()])["Errors"] == []
    sesv2_fake.vdm_enabled = False
    assert vdm_off(made)
    with pytest.raises(made.exceptions.NotFoundException):
        made.batch_get_metric_data(Queries=[query()])


NO_JSON = "The request body is not valid JSON."
OUT_OF_RANGE = "Timestamp out of range."
STRUCTURE = "Start of structure or map found where not expected."
LIST = "Start of list found where not expected"
WRONG_TYPES = {
    "queries an object": ({"Queries": {}}, STRUCTURE),
    "query a list": ({"Queries": [[]]}, LIST),
    "body a list": ([], LIST),
    "dimensions a list": ({"Queries": [{**WIRE_QUERY, "Dimensions": []}]}, LIST),
    "id an object": ({"Queries": [{**WIRE_QUERY, "Id": {}}]}, STRUCTURE),
    "id a list": ({"Queries": [{**WIRE_QUERY, "Id": ["q"]}]}, LIST),
    "id a number": ({"Queries": [{**WIRE_QUERY, "Id": 7}]}, "Expected a string."),
    "metric true": ({"Queries": [{**WIRE_QUERY, "Metric": True}]}, "Expected a string."),
    "queries text": ({"Queries": "SEND"}, "Expected a list."),
    "query text": ({"Queries": ["SEND"]}, "Expected a structure or map."),
    "body text": ("SEND", "Expected a structure or map."),
    "body a number": (7, "Expected a structure or map."),
    "body null": (None, "Expected a structure or map."),
    "dimensions text": (
        {"Queries": [{**WIRE_QUERY, "Dimensions": "ISP=Gmail"}]},
        "Expected a structure or map.",
    ),
    "a dimension's value a list": (
        {"Queries": [{**WIRE_QUERY, "Dimensions": {"ISP": ["Gmail"]}}]},
        LIST,
    ),
    "a date true": ({"Queries": [{**WIRE_QUERY, "StartDate": True}]}, "Expected a timestamp."),
    "a date no date": (
        {"Queries": [{**WIRE_QUERY, "StartDate": "monday"}]},
        "Invalid timestamp: monday",
    ),
    "a date of no month": (
        {"Queries": [{**WIRE_QUERY, "StartDate": "2026-13-01"}]},
        "Invalid timestamp: 2026-13-01",
    ),
    "a text too early": (
        {"Queries": [{**WIRE_QUERY, "StartDate": "0001-01-01T00:00:00+10:00"}]},
        "Invalid timestamp: 0001-01-01T00:00:00+10:00",
    ),
    "a text too late": (
        {"Queries": [{**WIRE_QUERY, "EndDate": "9999-12-31T20:00:00-10:00"}]},
        "Invalid timestamp: 9999-12-31T20:00:00-10:00",
    ),
    "a date too late": ({"Queries": [{**WIRE_QUERY, "EndDate": 10**18}]}, OUT_OF_RANGE),
    "a date too early": ({"Queries": [{**WIRE_QUERY, "StartDate": -(10**18)}]}, OUT_OF_RANGE),
    "a date in a list": ({"Queries": [{**WIRE_QUERY, "StartDate": [1767571200]}]}, LIST),
    "a date much too late": ({"Queries": [{**WIRE_QUERY, "EndDate": 10**400}]}, OUT_OF_RANGE),
}


@BOTH
@pytest.mark.parametrize(("body", "message"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_member_of_the_wrong_type_cannot_be_deserialized(contract, body, message):
    status, error, payload = told(body, contract)

    assert (status, error) == (400, "SerializationException")
    assert payload == {"message": message}


TWICE = "Duplicate member found in a structure or map."
NO_JSON_BODIES = {
    "no JSON": b"Queries",
    "cut off": b'{"Queries": [',
    "two values": b"{} {}",
    "not UTF-8": b'{"Queries": "\xff"}',
    "UTF-16": '{"Queries": []}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"Queries": []}',
    "a megabyte of brackets": b"[" * 2**20,
    "a megabyte of braces": b'{"a":' * 2**18,
    "not a number": b'{"Queries": NaN}',
    "infinity": b'{"Queries": [{"StartDate": -Infinity}]}',
    "a number of 5000 digits": b'{"Queries": ' + b"9" * 5000 + b"}",
    "an exponent out of range": b'{"Queries": [{"StartDate": 1e999999999999999999999}]}',
}
TWO_MEMBERS = {
    "a member twice": b'{"Queries": [], "Queries": []}',
    "a dimension twice": b'{"Queries": [{"Dimensions": {"ISP": "a", "ISP": "a"}}]}',
}


@BOTH
@pytest.mark.parametrize("body", NO_JSON_BODIES.values(), ids=NO_JSON_BODIES)
def test_what_is_no_json_is_a_400(contract, body):
    assert told(body, contract) == (400, "SerializationException", {"message": NO_JSON})


@BOTH
@pytest.mark.parametrize("body", TWO_MEMBERS.values(), ids=TWO_MEMBERS)
def test_a_member_that_is_there_twice_is_a_400(contract, body):
    assert told(body, contract) == (400, "SerializationException", {"message": TWICE})


def test_a_timestamp_with_a_large_exponent_is_out_of_range():
    body = b'{"Queries": [{"StartDate": 1e99999}]}'

    assert told(body) == (400, "SerializationException", {"message": OUT_OF_RANGE})


def test_an_invalid_timestamp_is_shown_as_far_as_50_characters():
    _, _, payload = told({"Queries": [{**WIRE_QUERY, "EndDate": "x" * 60}]})

    assert payload == {"message": f"Invalid timestamp: {'x' * 50}"}


@pytest.mark.parametrize("bound", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_second_of_the_calendar_are_in_range(bound):
    second = datetime.fromisoformat(bound.replace("Z", "+00:00")).timestamp()
    for date in (bound, int(second)):
        body = {"Queries": [{**WIRE_QUERY, "StartDate": date, "EndDate": date}]}

        _, error, payload = told(body)

        assert (error, payload["message"]) == (
            "BadRequestException",
            "Expected start date to be before the end date.",
        )


def test_an_empty_body_has_no_queries():
    status, error, payload = told(b"")

    assert (status, error) == (400, "BadRequestException")
    assert "'queries'" in payload["message"]


def test_a_null_query_is_a_missing_member():
    _, _, payload = told({"Queries": [WIRE_QUERY, None]})

    assert payload["message"] == f"{ONE_ERROR}{at('queries.2.member')}Member must not be null"


def test_a_null_member_is_a_missing_one():
    _, _, payload = told({"Queries": [{**WIRE_QUERY, "Metric": None}]})

    assert payload["message"].endswith(
        "metric' failed to satisfy constraint: Member must not be null"
    )


def test_a_member_that_ses_does_not_know_is_passed_over():
    assert told({"Queries": [{**WIRE_QUERY, "Period": 60}], "Extra": {}})[0] == 200


def test_every_answer_has_a_request_id():
    answers = [answer(body, "live") for body in (b"", b"[", {"Queries": [WIRE_QUERY]})]

    assert [http.status for http in answers] == [400, 400, 200]
    assert len({http.headers["x-amzn-RequestId"] for http in answers}) == 3
