"""What SES refuses: every check, its words, its order; through clients and on bare bytes."""

import functools
from datetime import timedelta

import pytest
from asking import DAY, MONDAY, WIRE_QUERY, new_client, query, told
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


@functools.cache
def unchecked_client(**how):
    """A client that leaves every check to the service."""
    return new_client(config=Config(parameter_validation=False, retries={"max_attempts": 0}), **how)


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


PARTIAL_DAY = (
    "To get daily aggregated data you must not specify partial-day timestamps. "
    "Please make your interval go from midnight to midnight UTC."
)
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
        PARTIAL_DAY,
    ),
    "end within a day": (
        {"Queries": [query(end=MONDAY + timedelta(days=1, seconds=1))]},
        PARTIAL_DAY,
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
    made = new_client(config=Config(parameter_validation=validation))

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


def test_a_null_query_is_a_missing_member():
    _, _, payload = told({"Queries": [WIRE_QUERY, None]})

    assert payload["message"] == f"{ONE_ERROR}{at('queries.2.member')}Member must not be null"


def test_a_null_member_is_a_missing_one():
    _, _, payload = told({"Queries": [{**WIRE_QUERY, "Metric": None}]})

    assert payload["message"].endswith(
        "metric' failed to satisfy constraint: Member must not be null"
    )
