"""The OpenAPI document says what the server does: schemathesis asks it all that it says."""

import inspect
import subprocess
import sys
from importlib.util import find_spec

import pytest
from controlling import control

from sesv2_fake import Email, FakeSESv2, Metric


@pytest.fixture
def url(sesv2_fake):
    with sesv2_fake.serve() as url:
        yield url
        sesv2_fake.reset()


def test_the_document_has_every_path(url):
    status, document = control(url, "GET", "openapi.json")

    assert (status, document["openapi"]) == (200, "3.1.0")
    assert {path.removeprefix("/_sesv2_fake/") for path in document["paths"]} == {
        "account",
        "answers",
        "answers/{operation}",
        "calls",
        "clock",
        "clock/advance",
        "counts",
        "emails",
        "events",
        "explain",
        "export-jobs",
        "fakes",
        "fakes/{id}",
        "faults",
        "faults/{id}",
        "figures",
        "health",
        "identities",
        "options",
        "outbox",
        "outbox/{message_id}",
        "outbox/{message_id}/events",
        "report",
        "reset",
        "suppression-list",
        "traffic",
    }


def test_each_fake_has_a_document_of_its_own(url):
    fake = control(url, "POST", "fakes", {})[1]

    document = control(fake["url"], "GET", "openapi.json")[1]
    assert document["servers"] == [{"url": f"/_sesv2_fake/fakes/{fake['id']}"}]
    assert "/_sesv2_fake/fakes" not in document["paths"]


#: What JSON cannot say, and the members beside the arguments.
NOT_IN_JSON = {"self", "where", "source", "progress"}
MEMBERS_BESIDE = {"events", "event", "kind"}


def body_of(document, path):
    operation = document["paths"][f"/_sesv2_fake/{path}"]["post"]
    return operation["requestBody"]["content"]["application/json"]["schema"]


def may_be_null(member):
    return "null" in member.get("type", "") or {"type": "null"} in member.get("anyOf", [])


def as_in_python(function, schema):
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in NOT_IN_JSON
    }
    members = {
        name: member for name, member in schema["properties"].items() if name not in MEMBERS_BESIDE
    }
    assert set(members) == set(parameters)
    assert {name for name, member in members.items() if may_be_null(member)} == {
        name for name, parameter in parameters.items() if parameter.default is None
    }
    assert [name for name in schema.get("required", []) if name not in MEMBERS_BESIDE] == [
        name for name, parameter in parameters.items() if parameter.default is parameter.empty
    ]


def test_members_are_the_arguments_in_python(url):
    document = control(url, "GET", "openapi.json")[1]
    email, emails = body_of(document, "emails")["anyOf"]

    assert emails == {"type": "array", "items": email}
    as_in_python(FakeSESv2.send, email)
    as_in_python(FakeSESv2.record, body_of(document, "counts"))
    as_in_python(FakeSESv2.send_traffic, body_of(document, "traffic"))
    as_in_python(FakeSESv2.load_response, body_of(document, "answers"))
    as_in_python(FakeSESv2.explain, body_of(document, "explain"))
    for schema in email["properties"]["events"]["items"]["oneOf"]:
        as_in_python(getattr(Email, schema["properties"]["event"]["const"]), schema)
    for schema in body_of(document, "faults")["oneOf"]:
        method = {"query": "fail_queries", "request": "fail_requests"}
        kind = schema["properties"]["kind"]["const"]
        as_in_python(getattr(FakeSESv2, method.get(kind, "drop_connections")), schema)


def test_parameters_are_the_arguments_in_python(url):
    operation = control(url, "GET", "openapi.json")[1]["paths"]["/_sesv2_fake/events"]["post"]

    assert {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]} == {
        "region": {"type": "string"},
        "open_tracking": {"type": "boolean"},
        "click_tracking": {"type": "boolean"},
    }


def test_members_have_the_values_that_python_takes(url):
    document = control(url, "GET", "openapi.json")[1]
    email, _ = body_of(document, "emails")["anyOf"]
    counts = body_of(document, "counts")["properties"]
    query, request, connection = body_of(document, "faults")["oneOf"]

    assert email["properties"]["to"]["anyOf"][1] == {"type": "array", "items": {"type": "string"}}
    assert email["properties"]["at"]["description"].startswith("ISO 8601")
    assert counts["metric"]["enum"] == [*Metric]
    assert counts["values"]["anyOf"][1]["additionalProperties"]["type"] == "integer"
    assert list(counts["dimensions"]["properties"]) == [
        "EMAIL_IDENTITY",
        "CONFIGURATION_SET",
        "ISP",
        "TENANT_NAME",
    ]
    assert query["properties"]["times"]["minimum"] == 1
    assert query["properties"]["code"]["enum"] == ["ACCESS_DENIED", "INTERNAL_FAILURE"]
    assert request["properties"]["operation"]["type"] == "string"
    assert connection["properties"]["error"]["enum"][-1] is None


def test_what_is_answered_is_described_as_in_python(url):
    document = control(url, "GET", "openapi.json")[1]
    answered = document["paths"]["/_sesv2_fake/outbox"]["get"]["responses"]["200"]
    email = answered["content"]["application/json"]["schema"]["items"]

    assert email["required"] == list(email["properties"])
    assert email["properties"]["sender"]["description"] == Email.sender.__doc__


@pytest.mark.skipif(
    not find_spec("schemathesis"), reason="schemathesis is in the tox environment openapi"
)
def test_schemathesis_finds_nothing(url):
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/_sesv2_fake/openapi.json"]
    # A text that is no time, or an id of nothing, is refused although it is a text.
    options = ["--exclude-checks=positive_data_acceptance", "--max-examples=30", "--no-color"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
