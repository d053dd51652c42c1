"""The service that is asked, through a botocore client; nothing of the account is changed."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from ..untyped import JSON, JSONObject, Members, Untyped

#: The description of a 200 that has nothing wrong.
ANSWERED = "200: one result for each query"
EMPTY = "200: one result for each query, with two empty lists"


class Day(NamedTuple):
    """A date in a request: days after today's midnight UTC, and seconds."""

    days: int
    seconds: int = 0
    as_text: bool = False


class Probe(NamedTuple):
    """A request, and the answer that is expected."""

    id: str
    #: Of the expected answer: "doc", "live", or "open" for the fake's own choice.
    grade: str
    asks: str
    #: The body: bytes, or a value for JSON with `Day`s in it.
    request: JSON
    #: As `described` returns it; if it ends in "...", the answer may go on.
    expected: str
    #: The open point that any answer closes.
    closes: str = ""


class OperationProbe(NamedTuple):
    """A call of another operation that only reads, and the answer that is expected."""

    id: str
    grade: str
    asks: str
    operation: str
    parameters: JSONObject
    #: As in a probe; an answer is `200`, whatever it holds.
    expected: str
    closes: str = ""


def query(**members: JSON) -> JSONObject:
    """A valid query of the last week, but for these members; None leaves one out."""
    query = {
        "Id": "q",
        "Namespace": "VDM",
        "Metric": "SEND",
        "StartDate": Day(-7),
        "EndDate": Day(0),
        **members,
    }
    return {name: value for name, value in query.items() if value is not None}


def one(**members: JSON) -> JSONObject:
    """A request of one such query."""
    return {"Queries": [query(**members)]}


def where(**dimensions: str | None) -> JSONObject:
    """A request of one query with these dimensions."""
    return one(Dimensions=dimensions)


def refused(message: str) -> str:
    """The answer that most refusals are."""
    return f"400 BadRequestException: {message}"


#: Seconds between two calls: an eighth of the rate that SES allows, for ten queries a call too.
PAUSE = 0.5

#: So many times as long before a call of another operation: SES allows one a second.
_SLOWER = 3

#: Seconds before each further attempt if SES is too busy.
_PAUSES_IF_BUSY = (2, 5, 10)
#: Statuses of a service that is too busy for now; 501 stays.
_BUSY = ("429", "500", "502", "503", "504")

_DAY = 86_400
_OPERATION = "sesv2.BatchGetMetricData"
_VDM_OFF = "404 NotFoundException: To use this feature you must enable Virtual"
#: What botocore raises for an answer in an unexpected form.
_UNREADABLE = (ResponseParserError, ValueError, TypeError, AttributeError, KeyError)
_SECRETS = re.compile(r"arn:[^\s\"'>]+|\b\d{12}\b")


class CannotVerify(Exception):
    """Nothing can be said of the service; the text says why."""


class NotPermitted(CannotVerify):
    """These credentials may not call an operation."""


class Service:
    """Sends one body after the other, not faster than SES allows."""

    def __init__(
        self, client: Untyped, *, wait: Callable[[float], object], identity: str | None = None
    ) -> None:
        self._client = client
        self._wait = wait
        self._identity = identity
        self._pauses_if_busy: tuple[int, ...] = _PAUSES_IF_BUSY
        self.today = dt.datetime.now(dt.timezone.utc).replace(
            hour=0, minute=0, second=0, microsecond=0
        )

    def vdm_is_on(self) -> bool | None:
        """Whether Virtual Deliverability Manager is on; None if the service does not say."""
        try:
            account = self._client.get_account()
        except (ClientError, *_UNREADABLE):
            return None
        return bool(account.get("VdmAttributes", {}).get("VdmEnabled") == "ENABLED")

    def ask(self, request: JSON) -> tuple[str, Members]:
        """The description of the answer to a probe's request, and the answer if it is a 200.

        Raises CannotVerify without permission, or if SES is too busy.
        """
        body = request if isinstance(request, bytes) else json.dumps(self._dated(request)).encode()
        got, answer = self._patiently(lambda: self._send(body), PAUSE)
        if answer is not None:
            got = described(answer, *_asked(body))
        return self._without_the_account(got), answer or {}

    def has(self, operation: str) -> bool:
        """Whether the client's botocore has an operation."""
        return operation in self._client.meta.service_model.operation_names

    def call(self, operation: str, parameters: JSONObject) -> str:
        """The description of the answer to a call: `200`, or the refusal.

        Raises CannotVerify as `ask` does.
        """

        def send() -> tuple[str, None]:
            try:
                self._client._make_api_call(operation, parameters)
            except ClientError as error:
                return _refusal(error.response, operation), None
            except _UNREADABLE:
                return "an answer that botocore cannot read", None
            return "200", None

        return self._without_the_account(self._patiently(send, PAUSE * _SLOWER)[0])

    def _patiently(
        self, send: Callable[[], tuple[str, Members | None]], pace: float
    ) -> tuple[str, Members | None]:
        """What comes of a call; it is sent again while SES is busy."""
        for pause in (*self._pauses_if_busy, None):
            self._wait(pace)
            got, answer = send()
            busy = got[:3] in _BUSY or "Throttling" in got
            if not busy:
                break
            if pause is not None:
                self._wait(pause)
        if busy and got[:1] != "5":
            raise CannotVerify(f"SES throttles these calls ({got.partition(':')[0]}): try later")
        if busy:  # for good: do not wait again before each of the other probes
            self._pauses_if_busy = ()
        return got, answer

    def _send(self, body: bytes) -> tuple[str, Members | None]:
        # botocore could not make every body that is asked.
        put = partial(_put, body)
        event = f"before-call.{_OPERATION}"
        self._client.meta.events.register_first(event, put)
        try:
            return "", self._client.batch_get_metric_data()
        except ClientError as error:
            return _refusal(error.response, "BatchGetMetricData"), None
        except _UNREADABLE:
            return "an answer that botocore cannot read", None
        finally:
            self._client.meta.events.unregister(event, put)

    def _dated(self, value: JSON) -> JSON:
        if isinstance(value, Day):
            moment = self.today + dt.timedelta(value.days, value.seconds)
            return moment.isoformat() if value.as_text else int(moment.timestamp())
        if isinstance(value, dict):
            return {name: self._dated(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self._dated(member) for member in value]
        return value

    def _without_the_account(self, got: str) -> str:
        if self._identity is not None:
            got = re.sub(re.escape(self._identity), "<identity>", got, flags=re.IGNORECASE)
        return _SECRETS.sub("<account>", got)


def is_without_vdm(got: str) -> bool:
    """Whether an answer says that Virtual Deliverability Manager is off."""
    return got.startswith(_VDM_OFF)


def _put(body: bytes, params: JSONObject, **_: object) -> None:
    params["body"] = body


def _refusal(response: Members, operation: str) -> str:
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    error = response["Error"]
    code = error["Code"]
    if code.startswith("AccessDenied"):
        raise NotPermitted(f"no permission: these credentials may not call ses:{operation}")
    if status in (401, 403):
        raise CannotVerify(f"the service does not accept these credentials ({code})")
    return f"{status} {code}: {error['Message']}"


def _asked(body: bytes) -> tuple[list[str], float, float]:
    """The ids that a body asks for and its widest interval; no ids without valid queries."""
    try:
        queries = json.loads(body)["Queries"]
        return (
            [query["Id"] for query in queries],
            min(_seconds(query["StartDate"]) for query in queries),
            max(_seconds(query["EndDate"]) for query in queries),
        )
    except (ValueError, TypeError, KeyError):
        return [], 0, 0


def _seconds(date: JSON) -> float:
    return dt.datetime.fromisoformat(date).timestamp() if isinstance(date, str) else float(date)


def described(answer: Members, ids: list[str], start: float, end: float) -> str:
    """What a 200 holds: `ANSWERED` or `EMPTY`, or what is wrong with it; never a count."""
    wrong = [f"no {name}" for name in ("Results", "Errors") if name not in answer]
    codes = sorted({str(error.get("Code")) for error in answer.get("Errors", ())})
    if codes:
        wrong.append(f"errors of queries: {', '.join(codes)}")
    results = answer.get("Results", [])
    if sorted(str(result.get("Id")) for result in results) != sorted(ids):
        wrong.append("not one result for each query")
    for result in results:
        wrong += _wrong_with(result, start - start % _DAY, end)
    if wrong:
        return f"200: {'; '.join(dict.fromkeys(wrong))}"
    return ANSWERED if any(result["Values"] for result in results) else EMPTY


def _wrong_with(result: Members, start: float, end: float) -> list[str]:
    if not {"Timestamps", "Values"} <= result.keys():
        return ["a result without its lists"]
    days = [time.timestamp() for time in result["Timestamps"]]
    values = result["Values"]
    checks = {
        "lists of two lengths": len(days) != len(values),
        "a timestamp that is no midnight UTC": any(day % _DAY for day in days),
        "days that do not ascend": any(day >= later for day, later in pairwise(days)),
        "a day outside the interval": any(not start <= day < end for day in days),
        "a day with no count above 0": any(value < 1 for value in values),
    }
    return [what for what, is_wrong in checks.items() if is_wrong]
