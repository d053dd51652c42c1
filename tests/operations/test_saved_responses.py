"""Answers saved from a real account, replayed."""

import json
from datetime import date, datetime, timezone

import pytest
from asking import DAY, MONDAY, ask, client, query, series, total

REQUEST = {
    "Queries": [
        query("SEND", id="all", end=MONDAY + 3 * DAY),
        query("SEND", id="gmail", end=MONDAY + 3 * DAY, ISP="Gmail", EMAIL_IDENTITY="a.com"),
        query("OPEN", id="denied", end=MONDAY + 3 * DAY),
    ]
}
RESPONSE = {
    "Results": [
        {"Id": "gmail", "Timestamps": [MONDAY + 2 * DAY], "Values": [40]},
        {"Id": "all", "Timestamps": [MONDAY, MONDAY + 2 * DAY], "Values": [100, 70]},
    ],
    "Errors": [{"Id": "denied", "Code": "ACCESS_DENIED", "Message": "Not for you."}],
    "ResponseMetadata": {"HTTPStatusCode": 200},
}


def plain(value):
    """As the AWS CLI prints and takes it."""
    return json.loads(json.dumps(value, default=datetime.isoformat))


@pytest.mark.parametrize("form", [lambda value: value, plain], ids=["boto3", "cli"])
def test_the_same_request_gets_the_same_answer(sesv2_fake, sesv2_client, form):
    sesv2_fake.load_response(form(REQUEST), form(RESPONSE))

    response = sesv2_client.batch_get_metric_data(**REQUEST)

    assert series(response, "all") == {date(2026, 1, 5): 100, date(2026, 1, 7): 70}
    assert series(response, "gmail") == {date(2026, 1, 7): 40}
    assert response["Errors"] == RESPONSE["Errors"]


def test_files_as_the_aws_cli_takes_and_prints_them(sesv2_fake, sesv2_client, tmp_path):
    paths = [tmp_path / "input.json", tmp_path / "answer.json"]
    for path, value in zip(paths, (REQUEST, RESPONSE), strict=True):
        path.write_text(json.dumps(plain(value)))
    sesv2_fake.load_response(str(paths[0]), paths[1])

    assert total("SEND", using=sesv2_client) == 170


def test_a_list_of_queries_is_a_request(sesv2_fake):
    sesv2_fake.load_response(REQUEST["Queries"], RESPONSE)

    assert total("SEND") == 170


def test_the_error_is_of_the_same_query_alone(sesv2_fake, sesv2_client):
    sesv2_fake.load_response(REQUEST, RESPONSE)

    response = sesv2_client.batch_get_metric_data(Queries=[query("OPEN", id="denied")])

    assert response["Errors"] == []


def test_an_answer_of_this_fake_can_be_loaded_into_another(sesv2_fake, sesv2_client):
    sesv2_fake.send("news@a.com", "ann@gmail.com", at=MONDAY, count=3)
    asked = {"Queries": [query(), query("OPEN", id="o")]}
    response = sesv2_client.batch_get_metric_data(**asked)
    sesv2_fake.reset()
    sesv2_fake.load_response(asked, response)

    again = client().batch_get_metric_data(**asked)

    assert again["Results"] == response["Results"]


def answered(*timestamps_and_values, id="q"):
    timestamps, values = zip(*timestamps_and_values, strict=True)
    result = {"Id": id, "Timestamps": list(timestamps), "Values": list(values)}
    return {"Results": [result], "Errors": []}


NONE = {"Results": [], "Errors": []}
BAD = {
    "contradiction": ([query()], answered((MONDAY, 99)), "99 for SEND on 2026-01-05 contradicts"),
    "a zero that contradicts": (
        [query(start=MONDAY + DAY)],
        answered((MONDAY + DAY, 1)),
        "the 0 of",
    ),
    "refused": ([query("SENT")], answered((MONDAY, 1)), "request: 1 validation error"),
    "no request": ("SEND", answered((MONDAY, 1)), "SEND"),
    "no answer": ([query()], NONE, "expected one result or error of query 'q'"),
    "a stranger": ([query()], answered((MONDAY, 1), id="x"), "the request has no query 'x'"),
    "no response": ([query()], [], "response: expected a list of Results"),
    "errors missing": ([query()], {"Results": []}, "response: expected a list of Errors"),
    "one id twice": (
        [query()],
        {"Results": answered((MONDAY, 1))["Results"] * 2, "Errors": []},
        "two entries of Results have one Id",
    ),
    "no lists": ([query()], {"Results": [{"Id": "q"}], "Errors": []}, "lists of Timestamps and"),
    "uneven": (
        [query()],
        {"Results": [{"Id": "q", "Timestamps": [MONDAY], "Values": []}], "Errors": []},
        "1 Timestamps and 0 Values",
    ),
    "outside": ([query()], answered((MONDAY - DAY, 1)), "not a day of the query's interval"),
    "within a day": ([query()], answered((MONDAY + DAY / 2, 1)), "not a day of the query's"),
    "one list": (
        [query()],
        {"Results": [{"Id": "q", "Timestamps": [MONDAY], "Values": 1}], "Errors": []},
        "response: result 'q': expected lists of Timestamps and",
    ),
    "a truth": ([query()], answered((True, 1)), "response: result 'q': expected a time, got True"),
    "no JSON": (
        [query(id=b"q")],
        answered((MONDAY, 1)),
        "request: expected JSON's types and datetimes, got b'q'",
    ),
    "negative": ([query()], answered((MONDAY, -1)), "Values: expected 0 or more, got -1"),
    "no time": ([query()], answered(("monday", 1)), "expected a time, got 'monday'"),
    "naive time": (
        [query()],
        answered((datetime(2026, 1, 5), 1)),
        "response: result 'q': .* is naive",
    ),
    "unknown code": (
        [query()],
        {"Results": [], "Errors": [{"Id": "q", "Code": "X", "Message": ""}]},
        "response: Code: expected one of ACCESS_DENIED",
    ),
    **{
        f"{moment} as a time": ([query()], answered((moment, 1)), "expected a time")
        for moment in (float("inf"), float("-inf"), float("nan"), 1e300, -1e12, True)
    },
    "bounds within a day": (
        [query(end=MONDAY + DAY / 2)],
        answered((MONDAY, 1)),
        "does not start and end at midnight UTC",
    ),
}


@pytest.mark.parametrize(("request_", "response", "message"), BAD.values(), ids=BAD)
def test_a_response_that_does_not_fit_is_an_error_and_nothing_is_loaded(
    sesv2_fake, request_, response, message
):
    sesv2_fake.load_response(REQUEST, RESPONSE)

    with pytest.raises((ValueError, OSError), match=message):
        sesv2_fake.load_response(request_, response)

    assert ask("SEND") == {date(2026, 1, 5): 100, date(2026, 1, 7): 70}


def test_a_file_that_is_no_json_is_an_error(sesv2_fake, tmp_path):
    path = tmp_path / "answer.json"
    path.write_text("Results")

    with pytest.raises(ValueError, match=r"answer\.json: expected JSON"):
        sesv2_fake.load_response(REQUEST, path)


def test_epoch_seconds_are_times_too(sesv2_fake):
    monday = int(MONDAY.timestamp())
    sesv2_fake.load_response([query()], answered((monday, 4), (float(monday + 86_400), 5)))

    assert ask("SEND") == {MONDAY.date(): 4, (MONDAY + DAY).date(): 5}
    assert MONDAY.tzinfo is timezone.utc
