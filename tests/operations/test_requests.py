"""Bodies that no client would send: step 1 of the checks, on bare bytes."""

from datetime import datetime

import pytest
from asking import WIRE_QUERY, answer, told

BOTH = pytest.mark.parametrize("contract", ["documented", "live"])

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
def test_a_body_that_is_not_json_is_a_400(contract, body):
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


def test_the_last_microsecond_of_the_calendar_is_in_range():
    dates = {"StartDate": "9999-12-31", "EndDate": "9999-12-31T23:59:59.999999Z"}

    assert told({"Queries": [{**WIRE_QUERY, **dates}]})[0] == 200


@pytest.mark.parametrize("bound", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_second_of_the_calendar_are_in_range(bound):
    second = datetime.fromisoformat(bound.replace("Z", "+00:00")).timestamp()
    for date in (bound, int(second), second):
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


def test_a_member_that_ses_does_not_know_is_passed_over():
    assert told({"Queries": [{**WIRE_QUERY, "Period": 60}], "Extra": {}})[0] == 200


def test_every_answer_has_a_request_id():
    answers = [answer(body, "live") for body in (b"", b"[", {"Queries": [WIRE_QUERY]})]

    assert [http.status for http in answers] == [400, 400, 200]
    assert len({http.headers["x-amzn-RequestId"] for http in answers}) == 3
