"""Junk is an error that says so, and never a traceback."""

import json
from typing import NamedTuple

import pytest
from controlling import JSON, control, exchanged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sesv2_fake import mock_sesv2


class Change(NamedTuple):
    """What takes a body, as the API's own document has it."""

    method: str
    path: str
    body: dict
    statuses: set[int]


def changes():
    with mock_sesv2() as fake, fake.serve() as url:
        document = control(url, "GET", "openapi.json")[1]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                body = operation["requestBody"]["content"]["application/json"]["schema"]
                statuses = {int(status) for status in operation["responses"] if status.isdigit()}
                below = path.removeprefix("/_sesv2_fake/").format(
                    message_id="m1", operation="ListContactLists"
                )
                yield Change(method.upper(), below, body, statuses)


CHANGES = [*changes()]

#: JSON of any shape, with names that the API knows and values that it nearly takes.
NAMES = sorted(
    {
        name
        for endpoint in CHANGES
        for name in (
            *endpoint.body.get("properties", ()),
            "event",
            "kind",
            "sender",
            "to",
            "events",
        )
    }
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["SEND", "2026-01-05", "a@b.c", "query", "request", "connection", "deliver", "*", "q"]
    )
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture
def url(sesv2_fake):
    with sesv2_fake.serve() as url:
        yield url
        # What junk has set up is not what the test is about.
        sesv2_fake.reset()


QUIET = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("endpoint", CHANGES, ids=lambda endpoint: endpoint.path)
@QUIET
@given(body=JUNK)
def test_any_json_is_taken_or_is_an_error_with_a_message(url, caplog, endpoint, body):
    path = endpoint.path

    status, answered = control(url, endpoint.method, path, json.dumps(body).encode())
    assert status in endpoint.statuses | {400, 404, 409}
    assert status < 300 or answered["message"]
    assert caplog.records == []


@pytest.mark.parametrize("endpoint", CHANGES, ids=lambda endpoint: endpoint.path)
@QUIET
@given(body=st.binary(max_size=40))
def test_any_bytes_are_taken_or_are_an_error(url, caplog, endpoint, body):
    path = f"/_sesv2_fake/{endpoint.path}"

    status, _, _ = exchanged(url, endpoint.method, path, body, JSON)
    assert status in endpoint.statuses | {400, 404}
    assert caplog.records == []


@QUIET
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]),
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)
def test_any_path_is_answered(url, caplog, method, path):
    status, _, _ = exchanged(url, method, f"/_sesv2_fake/{path}", None, {})

    assert 200 <= status < 500
    assert caplog.records == []
