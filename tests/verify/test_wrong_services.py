"""Services that are wrong on purpose: each wrong answer is reported."""

from datetime import datetime, timezone

import pytest
from answers import PROBES, altered, asking_client, differing, http, service, verified

NOW = datetime.now(timezone.utc)
ANSWERED = {probe.id for probe in PROBES if probe.expected.startswith("200")}
REFUSED = {probe.id for probe in PROBES} - ANSWERED
MIDNIGHT = int(NOW.timestamp()) // 86400 * 86400


def results(**members):
    """A change of each result."""

    def change(status, payload):
        for result in payload.get("Results", ()):
            result.update(members)
        return payload

    return change


def without(name):
    return lambda status, payload: {k: v for k, v in payload.items() if k != name}


def failed(status, payload):
    for result in payload.get("Results", ()):
        payload["Errors"].append({"Id": result["Id"], "Code": "ACCESS_DENIED", "Message": "m"})
    return payload


def doubled(status, payload):
    return {name: v * 2 if name == "Results" else v for name, v in payload.items()}


def no_lists(status, payload):
    for result in payload.get("Results", ()):
        del result["Values"]
    return payload


DAYS = [MIDNIGHT - 2 * 86400, MIDNIGHT - 86400]
WRONG = {
    "Errors missing": (without("Errors"), ANSWERED, "200: no Errors"),
    "Results missing": (
        without("Results"),
        ANSWERED,
        "200: no Results; not one result for each query",
    ),
    "a query's error": (failed, ANSWERED, "200: errors of queries: ACCESS_DENIED"),
    "results twice": (doubled, ANSWERED, "200: not one result for each query"),
    "no lists": (no_lists, ANSWERED, "200: a result without its lists"),
    "lists of two lengths": (
        results(Timestamps=DAYS, Values=[1]),
        {"plain"},
        "200: lists of two lengths",
    ),
    "no midnight": (
        results(Timestamps=[DAYS[0] + 3600], Values=[1]),
        {"plain"},
        "200: a timestamp that is no midnight UTC",
    ),
    "descending": (
        results(Timestamps=DAYS[::-1], Values=[1, 1]),
        {"plain"},
        "200: days that do not ascend",
    ),
    "one day twice": (
        results(Timestamps=[DAYS[0]] * 2, Values=[1, 1]),
        {"plain"},
        "200: days that do not ascend",
    ),
    "the end's day": (
        results(Timestamps=[MIDNIGHT], Values=[1]),
        {"plain"},
        "200: a day outside the interval",
    ),
    "a day too early": (
        results(Timestamps=[MIDNIGHT - 8 * 86400], Values=[1]),
        {"plain"},
        "200: a day outside the interval",
    ),
    "a day of 0": (
        results(Timestamps=DAYS, Values=[1, 0]),
        {"plain"},
        "200: a day with no count above 0",
    ),
    "counts of nobody": (
        results(Timestamps=DAYS, Values=[1, 1]),
        {probe.id for probe in PROBES if probe.expected == service.EMPTY} - {"future"},
        "200: one result for each query",
    ),
    "another message": (
        lambda status, payload: {**payload, "message": "Oh."} if status == 400 else payload,
        REFUSED,
        "Oh.",
    ),
    "another status": (
        lambda status, payload: (422 if status == 400 else status, payload),
        REFUSED,
        "422 ",
    ),
    "no JSON": (lambda status, payload: b"<html>", ANSWERED, "200: no Results; no Errors"),
    "text for a list": (
        lambda status, payload: {**payload, "Results": 7} if status == 200 else payload,
        ANSWERED,
        "an answer that botocore cannot read",
    ),
    "out of order": (lambda status, payload: (500, payload), ANSWERED | REFUSED, "500 "),
}


@pytest.mark.parametrize(("change", "ids", "got"), WRONG.values(), ids=WRONG)
def test_each_wrong_answer_is_reported(change, ids, got):
    result = verified(altered(change))

    assert ids <= differing(result)
    assert all(got in finding.got for finding in result.differing if finding.id in ids)


def test_a_service_that_answers_everything_fails_every_refusal():
    def respond(request):
        return http(request.url, 200, {"Results": [], "Errors": []})

    assert differing(verified(asking_client(respond))) >= REFUSED
