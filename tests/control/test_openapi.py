"""The OpenAPI document says what the server does: schemathesis asks it all that it says."""

import inspect

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


#: What cannot be said in JSON.
NOT_IN_JSON = {"self", "where", "source"}


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
    assert schema.get("required", []) == [
        name
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty and name not in NOT_IN_JSON
    ]


def test_schemathesis_finds_nothing(url):
    schemathesis = pytest.importorskip(
        "schemathesis", reason="schemathesis is in the tox environment openapi"
    )
    from hypothesis import HealthCheck, settings

    schema = schemathesis.openapi.from_url(f"{url}/_sesv2_fake/openapi.json")
    checks = schemathesis.checks

    @schema.parametrize()
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case):
        case.call_and_validate(excluded_checks=[])

    assert checks
    del check
