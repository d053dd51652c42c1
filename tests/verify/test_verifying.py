"""What `verify` finds: of the fake, of accounts without VDM, of services that are wrong."""

from datetime import datetime, timedelta, timezone

import pytest
from answers import (
    NEEDS_EVERY_PROBE,
    OPERATION_PROBES,
    OPERATIONS_WITHOUT_VDM,
    PROBES,
    WITHOUT_VDM,
    altered,
    asking_client,
    differing,
    http,
    refused,
    service,
    verified,
)
from asking import answer, has
from botocore.exceptions import EndpointConnectionError

PAUSE = service.PAUSE

NOW = datetime.now(timezone.utc)
#: What the live service refuses and the documented contract answers, or refuses otherwise.
DOCUMENTED = {
    "any-identity",
    "half-identity",
    "any-isp",
    "isp-charset",
    "identity-charset",
    "list-comma",
    "list-space",
    "list-bar",
    "list-json",
    "11-values",
    "any-configuration-set",
    "configuration-set-charset",
    "any-tenant",
    "tenant-charset",
    "two-any",
    "partial-start",
    "partial-end",
}
DIVERGES = pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")


@pytest.fixture
def seeded(sesv2_fake):
    for days in (1, 3, 40, 100):
        sesv2_fake.send(
            "news@example.com", "ann@gmail.com", at=NOW - timedelta(days=days), count=7919
        ).deliver()
    sesv2_fake.send("other@example.org", "ann@yahoo.com", at=NOW - timedelta(days=2)).deliver()
    return sesv2_fake


@pytest.mark.sesv2_fake(contract="live")
@NEEDS_EVERY_PROBE
def test_all_probes_hold_for_the_live_contract(seeded):
    result = verified()

    assert differing(result) == set()
    assert len(result.findings) == len(PROBES) + sum(
        has(probe.operation) for probe in OPERATION_PROBES
    )
    assert result.notes == []


@DIVERGES
def test_the_known_probes_differ_for_the_documented_contract(seeded):
    assert differing(verified()) == DOCUMENTED


@pytest.mark.sesv2_fake(contract="live")
def test_all_probes_hold_without_mail(sesv2_fake):
    assert differing(verified()) == set()


@DIVERGES
def test_only_operations_that_read_are_called(seeded):
    calls = []
    made = asking_client()
    made.meta.events.register_first(
        "before-call.sesv2", lambda model, **_: calls.append(model.name)
    )

    verified(made, identity="example.com")

    assert calls[0] == "GetAccount"
    others = {probe.operation for probe in OPERATION_PROBES if has(probe.operation)}
    assert set(calls[1:]) == {"BatchGetMetricData", *others}
    assert all(name.startswith(("Get", "List", "BatchGet")) for name in calls)


@DIVERGES
def test_a_call_waits_before_it_is_made(seeded):
    waited = []

    verified(wait=waited.append)

    assert set(waited) == {PAUSE, 3 * PAUSE}
    first, *probed = [call.operation for call in seeded.calls]
    assert first == "GetAccount"
    assert len(waited) == len(probed)


@DIVERGES
def test_the_client_is_as_it_was(seeded):
    made = asking_client()

    verified(made)

    day = {"StartDate": 1767571200, "EndDate": 1767657600}
    query = {"Id": "mine", "Namespace": "VDM", "Metric": "SEND", **day}
    response = made.batch_get_metric_data(Queries=[query])
    assert [found["Id"] for found in response["Results"]] == ["mine"]


@DIVERGES
def test_progress_goes_from_the_first_to_the_last(seeded):
    told = []

    result = verified(identity="example.com", progress=lambda *how: told.append(how))

    total = len(result.findings) + len(result.notes)
    assert [position for position, *_ in told] == list(range(1, total + 1))
    assert {number for _, number, _ in told} == {total}
    assert told[0][2] == "plain"


@pytest.mark.parametrize(
    "account",
    [
        {},
        {"VdmAttributes": {"VdmEnabled": "DISABLED"}},
        lambda request: refused(request.url, "AccessDeniedException", status=403),
        lambda request: http(request.url, 200, {"VdmAttributes": 7}),
    ],
    ids=["never set up", "off", "may not ask", "unreadable"],
)
@NEEDS_EVERY_PROBE
def test_without_vdm_only_the_404_is_judged(account):
    result = verified(altered(account=account, vdm_enabled=False), identity="example.com")

    assert [finding.id for finding in result.findings] == [
        probe.id for probe in (*WITHOUT_VDM, *OPERATIONS_WITHOUT_VDM)
    ]
    assert differing(result) == set()
    assert result.findings[0].closes.startswith("the rest of the 404's message")
    assert "only the 404 could be judged" in result.notes[0]


def test_an_account_that_says_off_and_answers_differs():
    assert differing(verified(altered(account={}))) >= {"vdm-off", "vdm-off-first"}


def test_an_account_that_says_on_and_answers_404_differs():
    assert len(differing(verified(altered(vdm_enabled=False)))) >= len(PROBES)


def test_an_account_that_does_not_say_is_asked():
    result = verified(altered(account=lambda request: refused(request.url)))

    assert len(result.findings) == len(PROBES) + sum(
        has(probe.operation) for probe in OPERATION_PROBES
    )


def busy(times, status, error):
    """A service that is busy for so many calls, and then as the live one."""
    left = [times]

    def respond(request):
        left[0] -= 1
        if left[0] >= 0:
            return refused(request.url, error, status=status)
        right = answer(request.body, "live")
        error_type = right.headers.get("x-amzn-ErrorType")
        return http(request.url, right.status, right.body, error_type)

    return asking_client(respond)


def test_a_service_that_stays_busy_is_waited_for_once():
    waited = []

    result = verified(busy(999_999, 503, "Unavailable"), wait=waited.append)

    assert len(result.differing) > 1
    assert [pause for pause in waited if pause not in (PAUSE, 3 * PAUSE)] == [2, 5, 10]


def test_a_service_that_has_no_such_operation_is_not_waited_for():
    waited = []

    verified(busy(999_999, 501, "NotImplemented"), wait=waited.append)

    assert set(waited) == {PAUSE, 3 * PAUSE}


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, "TooManyRequestsException"), (400, "ThrottlingException"), (503, "Unavailable")],
)
def test_a_service_that_is_busy_is_asked_again_later(status, error):
    waited = []

    result = verified(busy(3, status, error), wait=waited.append)

    assert differing(result) == set()
    assert waited[:7] == [PAUSE, 2, PAUSE, 5, PAUSE, 10, PAUSE]


def test_a_service_that_throttles_for_ever_cannot_be_verified():
    with pytest.raises(
        service.CannotVerify, match=r"throttles these calls \(429 TooMany.*try later"
    ):
        verified(busy(999, 429, "TooManyRequestsException"))


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        ("AccessDeniedException", 403, "may not call ses:BatchGetMetricData"),
        ("ExpiredTokenException", 403, "does not accept these credentials"),
        ("UnrecognizedClientException", 401, r"credentials \(UnrecognizedClientException\)"),
    ],
)
def test_without_permission_nothing_can_be_said(error, status, message):
    said = "User: arn:aws:iam::111122223333:user/ann is not authorized"

    with pytest.raises(service.CannotVerify, match=message) as caught:
        verified(asking_client(lambda request: refused(request.url, error, said, status)))

    assert "ann" not in str(caught.value)


def test_a_network_that_is_not_there_ends_it():
    def nowhere(request):
        raise EndpointConnectionError(endpoint_url=request.url)

    with pytest.raises(EndpointConnectionError):
        verified(asking_client(account=nowhere))


def test_an_operation_that_these_credentials_may_not_call_is_not_judged():
    result = verified(
        altered(
            others=lambda request, **_: refused(request.url, "AccessDeniedException", status=403)
        )
    )

    assert differing(result) == set()
    assert "may not call ses:ListSuppressedDestinations" in result.notes[0]


def test_an_operation_that_botocore_does_not_have_is_not_judged(monkeypatch):
    monkeypatch.setattr(service.Service, "has", lambda service, operation: False)

    result = verified(altered())

    assert len(result.notes) == len(OPERATION_PROBES)
    assert "this botocore has no ListSuppressedDestinations" in result.notes[0]


@pytest.mark.parametrize(
    ("body", "got"),
    [
        ({}, "200"),
        ({"SuppressedDestinationSummaries": 7}, "an answer that botocore cannot read"),
    ],
)
def test_an_operation_that_answers_instead_of_refusing_differs(body, got):
    result = verified(altered(others=lambda request, **_: http(request.url, 200, body)))

    found = {finding.id: finding.got for finding in result.differing}
    assert found["listed-size"] == got
