"""The OpenAPI document says what the server does: schemathesis asks it all that it says."""

import inspect
import subprocess
import sys
from importlib.util import find_spec

import pytest
from controlling import control

from sesv2_fake import Email, FakeSESv2
from sesv2_fake.control import schemas
from sesv2_fake.control.endpoints import ENDPOINTS


@pytest.fixture
def url(sesv2_fake):
    with sesv2_fake.serve() as url:
        yield url
        sesv2_fake.reset()


def test_the_document_has_every_endpoint(url):
    status, document = control(url, "GET", "openapi.json")

    assert (status, document["openapi"]) == (200, "3.1.0")
    assert {
        (method.upper(), path.removeprefix("/_sesv2_fake/"))
        for path, methods in document["paths"].items()
        for method in methods
    } == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def test_each_fake_has_a_document_of_its_own(url):
    fake = control(url, "POST", "fakes", {})[1]

    document = control(fake["url"], "GET", "openapi.json")[1]
    assert document["servers"] == [{"url": f"/_sesv2_fake/fakes/{fake['id']}"}]
    assert "/_sesv2_fake/fakes" not in document["paths"]


#: What cannot be said in JSON.
NOT_IN_JSON = {"self", "where", "source", "progress"}


@pytest.mark.parametrize(
    ("function", "schema"),
    [
        (FakeSESv2.send, schemas.SEND),
        (FakeSESv2.record, schemas.RECORD),
        (FakeSESv2.load_events, schemas.LOAD_EVENTS),
        (FakeSESv2.load_response, schemas.LOAD_RESPONSE),
        (FakeSESv2.explain, schemas.EXPLAIN),
        (FakeSESv2.fail_queries, schemas.FAULTS["query"]),
        (FakeSESv2.fail_requests, schemas.FAULTS["request"]),
        (FakeSESv2.drop_connections, schemas.FAULTS["connection"]),
        *((getattr(Email, name), schema) for name, schema in schemas.EVENTS.items()),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_members_are_the_arguments_in_python(function, schema):
    parameters = inspect.signature(function).parameters

    assert set(schema["properties"]) == set(parameters) - NOT_IN_JSON
    nullable = {
        name for name, kind in schema["properties"].items() if "null" in kind.get("type", "")
    }
    assert nullable == {
        name
        for name, parameter in parameters.items()
        if parameter.default is None and name not in NOT_IN_JSON and schema != schemas.LOAD_EVENTS
    }
    assert schema.get("required", []) == [
        name
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty and name not in NOT_IN_JSON
    ]


@pytest.mark.skipif(
    not find_spec("schemathesis"), reason="schemathesis is in the tox environment openapi"
)
def test_schemathesis_finds_nothing(url):
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/_sesv2_fake/openapi.json"]
    # A text that is no time, or an id of nothing, is refused although it is a text.
    options = ["--exclude-checks=positive_data_acceptance", "--max-examples=30", "--no-color"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
