"""Probes of an identity's own data."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from answers import (
    DATA_PROBES,
    NEEDS_EVERY_PROBE,
    OPERATION_PROBES,
    asking_client,
    command,
    differing,
    http,
    refused,
    verified,
)
from asking import answer

from sesv2_fake import FakeSESv2

NOW = datetime.now(timezone.utc)
ALL = {look.id for look in DATA_PROBES}
DIVERGES = pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")


def seed(fake: FakeSESv2, days=(0, 3, 40, 100)):
    for day in days:
        at = NOW - timedelta(days=day)
        for domain in ("gmail.com", "yahoo.com"):
            fake.send("news@example.com", f"ann@{domain}", at=at, count=7919).deliver()


def looked(result):
    return {finding.id: finding for finding in result.findings if finding.id in ALL}


@pytest.mark.sesv2_fake(contract="live")
@NEEDS_EVERY_PROBE
def test_all_probes_hold_for_the_live_contract(sesv2_fake):
    seed(sesv2_fake)

    result = verified(identity="example.com")

    assert (differing(result), result.notes) == (set(), [])
    found = looked(result)
    assert found.keys() == ALL
    assert found["results-order"].got == "another order than the queries'"
    assert found["how-far-back"].got == "data of 61 to 120 days ago, and nothing older"


@DIVERGES
def test_the_documented_contract_keeps_the_queries_order(sesv2_fake):
    seed(sesv2_fake)

    assert looked(verified(identity="example.com"))["results-order"].got == (
        "the order of the queries"
    )


@DIVERGES
@NEEDS_EVERY_PROBE
def test_an_identity_without_mail_is_not_judged(sesv2_fake):
    result = verified(identity="example.com")

    assert looked(result).keys() == {"results-order"}
    assert len(result.notes) == len(ALL) - 1
    assert result.notes[0] == "sparse-days was not judged: the identity's data do not show it"


@DIVERGES
def test_a_day_of_mail_on_each_day_does_not_tell_of_days_without(sesv2_fake):
    seed(sesv2_fake, days=range(1, 61))

    assert "sparse-days" not in looked(verified(identity="example.com"))


@DIVERGES
@pytest.mark.parametrize("output", [command.as_json, command.as_text])
def test_nothing_about_the_account_is_told(sesv2_fake, output):
    seed(sesv2_fake)

    result = verified(identity="news@example.com")

    told = output(result) + command.as_report(result, "about") + str(result.notes)
    for secret in ("7919", "15838", "example.com", "news@", "AKIA", "testing"):
        assert secret not in told


def test_the_account_is_cut_out_of_what_the_service_says():
    said = (
        "No NEWS@example.com for 111122223333 in arn:aws:ses:us-east-1:111122223333:identity/b.com"
    )

    result = verified(
        asking_client(lambda request: refused(request.url, message=said)),
        identity="news@example.com",
    )

    others = {probe.id for probe in OPERATION_PROBES}
    assert {finding.got for finding in result.findings if finding.id not in others} == {
        "400 BadRequestException: No <identity> for <account> in <account>"
    }


def wrong(change):
    """A service as the live one, but for its series: `change(query, series)`, days to counts."""

    def respond(request):
        right = answer(request.body, "live")
        payload = json.loads(right.body)
        if right.status == 200:
            queries = {query["Id"]: query for query in json.loads(request.body)["Queries"]}
            for result in payload["Results"]:
                query = queries[result["Id"]]
                series = change(query, query.get("Dimensions", {}))
                days = sorted(series)
                result["Timestamps"] = days
                result["Values"] = [series[day] for day in days]
        return http(request.url, right.status, payload, right.headers.get("x-amzn-ErrorType"))

    return asking_client(respond)


def days_of(query):
    return range(int(query["StartDate"]), int(query["EndDate"]), 86400)


def other_alone(query, dimensions):
    days = days_of(query)
    return {day: 1 if len(days) > 1 else 2 for day in days}


def case_matters(query, dimensions):
    upper = dimensions.get("EMAIL_IDENTITY", "").isupper()
    return {} if upper else dict.fromkeys(days_of(query), 1)


def any_case_of_isp(query, dimensions):
    return dict.fromkeys(days_of(query), 1)


def another_isp(query, dimensions):
    return dict.fromkeys(days_of(query), 2 if dimensions.get("ISP") == "gmail" else 1)


def unknown_isps(query, dimensions):
    return {} if dimensions.get("ISP", "Gmail") != "Gmail" else any_case_of_isp(query, dimensions)


def half_unknown(query, dimensions):
    if "ISP" not in dimensions:
        return dict.fromkeys(days_of(query), 5)
    return unknown_isps(query, dimensions)


def loops(query, dimensions):
    """Yahoo has no feedback loop, Gmail has one."""
    isp = dimensions.get("ISP")
    none = query["Metric"] == "DELIVERY_COMPLAINT" and isp == "Yahoo"
    return {} if none else any_case_of_isp(query, dimensions)


FOUND = {
    "single-days": (other_alone, "a day has another count alone than among others"),
    "letter-case": (case_matters, "another in another letter case"),
    "isp-letter-case": (any_case_of_isp, "`gmail` is `Gmail`"),
    "isp-letter-case, other": (another_isp, "`gmail` is neither `Gmail` nor nothing"),
    "isp-names": (any_case_of_isp, "the known names add up to more than the total"),
    "isp-names, other": (half_unknown, "the known names add up to less than the total"),
    "feedback-loops": (loops, "Gmail has one, UNKNOWN_ISP has one, Yahoo has none"),
}


@pytest.mark.parametrize("id", FOUND)
def test_each_wrong_series_is_reported(id):
    change, got = FOUND[id]
    result = verified(wrong(change), identity="example.com")

    finding = looked(result)[id.partition(",")[0]]
    assert (finding.holds, finding.got) == (False, got)


def test_a_refused_query_of_own_data_is_reported():
    result = verified(
        asking_client(lambda request: refused(request.url, message="No.")), identity="example.com"
    )

    assert {(finding.holds, finding.got) for finding in looked(result).values()} == {
        (False, "400 BadRequestException: No.")
    }
