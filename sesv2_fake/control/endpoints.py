"""The control API: what each request does, and the table of all of them."""

from __future__ import annotations

import datetime as dt
import functools
import http.client
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from inspect import getdoc
from typing import (
    TYPE_CHECKING,
    Annotated,
    Literal,
    NamedTuple,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
)
from urllib.parse import urlsplit

from .. import __version__, checks
from ..account import AccountSettings
from ..counting import statistics, timestamps
from ..counting.metrics import BY_KEYWORD
from ..emails import seeding
from ..emails.email import Email
from ..emails.json_stream import GZIP
from ..emails.message import DraftMessages
from ..emails.record_reader import LoadedEvents
from ..emails.segments import checked_region
from ..emails.suppression_list import SuppressionReason
from ..intercept.hosts import is_aws
from ..operations import custom
from ..operations.calls import Call
from ..operations.custom import CustomAnswer
from ..operations.faults import DROPS, Fault, unused
from ..operations.requests import MAX_BODY
from ..options import Options, checked
from ..regions import DEFAULT_REGION
from ..untyped import JSON, JSONObject
from . import bodies, schemas, served_fakes
from .bodies import Schema, check_members
from .schemas import (
    arguments_of,
    list_of,
    object_schema,
    one_of,
    one_or_many,
    schema_of,
)
from .served_fakes import (
    LimitReached,
    NotFound,
    ServedFake,
    Server,
)

if TYPE_CHECKING:
    from ..fake import FakeSESv2

_Item = TypeVar("_Item")


class InvalidPart(Exception):
    """A part of the body is invalid: where it is, as a JSON Pointer, and why."""

    def __init__(self, where: str, problem: Exception) -> None:
        super().__init__(str(problem))
        self.where = where


@contextmanager
def _part(where: str) -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError, LookupError) as problem:
        raise InvalidPart(where, problem) from None


def _parts(body: JSON) -> list[tuple[str, JSON]]:
    """Each item of a list, or the one that stands without a list, and where it is."""
    if isinstance(body, list):
        return [(f"/{place}", item) for place, item in enumerate(body)]
    return [("", body)]


# What was sent, and what happened to it

#: What can happen to an email: the names of methods, and the arguments of each.
EVENTS = {
    name: arguments_of(getattr(Email, name))
    for name in ("deliver", "bounce", "complain", "open", "click")
}


def _with_choice(member: str, choices: dict[str, Schema]) -> Schema:
    """The schema of an object one member of which says what its other members are."""
    return {
        "oneOf": [
            object_schema(member, **{member: {"const": name}}, **schema["properties"])
            for name, schema in choices.items()
        ]
    }


EVENT = _with_choice("event", EVENTS)


def email_schema(fake: type[FakeSESv2]) -> Schema:
    """What `send` takes, and what happened to the emails."""
    return arguments_of(fake.send, events=list_of(EVENT))


class Counted(NamedTuple):
    """What a request seeded."""

    emails: Annotated[int, "How many emails were sent"]
    counted: Annotated[dict[str, int], "What queries without filters count of them, by metric"]


def send(served: ServedFake, body: JSON) -> Counted:
    """Send emails, with what happened to them: `send`; all of them, or none if one is invalid."""
    isps = served.account.options["isps_without_feedback_loop"]
    draft = DraftMessages()
    emails = 0
    for where, item in _parts(body):
        with _part(where):
            arguments = dict(check_members(item, email_schema(type(served.fake))))
            events = arguments.pop("events", [])
            email = seeding.send(draft, isps, **arguments)
            emails += email._message.count
            if not isinstance(events, list):
                raise TypeError(f"events: expected a list, got {events!r}")
        for place, event in enumerate(events):
            with _part(f"{where}/events/{place}"):
                _add_event(email, event)
    with _part(""):
        served.account.messages.add_all(draft)
    return Counted(emails, statistics.counts_by_metric(draft.metrics))


def _add_event(email: Email, event: JSON) -> None:
    if not isinstance(event, dict) or "event" not in event:
        raise TypeError(
            f"event: expected an object with an event ({', '.join(EVENTS)}), got {event!r}"
        )
    arguments = dict(event)
    name = checks.one_of(arguments.pop("event"), EVENTS, "event")
    getattr(email, name)(**check_members(arguments, EVENTS[name]))


def send_traffic(served: ServedFake, **how: JSON) -> dict[str, dict[str, int]]:
    """Send made-up mail: `send_traffic`; what is answered are its counts by metric and day."""
    made = served.fake.send_traffic(**how)
    return {
        str(metric): {str(day): count for day, count in days.items()}
        for metric, days in made.items()
    }


def record(served: ServedFake, **count: JSON) -> None:
    """Count more for a metric: `record`"""
    served.fake.record(**count)


def sent(served: ServedFake, message_id: str) -> Email:
    """An email of the outbox"""
    email = next((one for one in served.fake.outbox if one.message_id == message_id), None)
    if email is None:
        raise NotFound(f"no email of the outbox has the message id {message_id!r}")
    return email


def add_events_to_sent(served: ServedFake, message_id: str, body: JSON) -> Email:
    """Count events of an email of the outbox"""
    email = sent(served, message_id)
    for where, event in _parts(body):
        with _part(where):
            _add_event(email, event)
    return email


def load_events(
    served: ServedFake,
    body: bytes,
    region: str | None = None,
    open_tracking: bool = True,
    click_tracking: bool = True,
) -> LoadedEvents:
    """Count event records: `load_events`"""
    if body.startswith(GZIP):
        raise ValueError("events: expected JSON, got gzip; unpack it first")
    return served.fake.load_events(
        io.BytesIO(body),
        region=region,
        open_tracking=open_tracking,
        click_tracking=click_tracking,
    )


_SECONDS = 5
#: Hosts of this machine, in a URL.
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def confirm_subscription(body: bytes) -> LoadedEvents:
    """Visit the URL by which SNS wants a subscription confirmed.

    Raises ValueError if nobody answers there, and if it is neither AWS's SNS nor an emulator on
    this machine: anybody could have written the URL into the request.
    """
    message = bodies.parse(body)
    url = message.get("SubscribeURL") if isinstance(message, dict) else None
    parts = urlsplit(url if isinstance(url, str) else "")
    host = parts.hostname or ""
    from_aws = parts.scheme == "https" and host.startswith("sns.") and is_aws(parts.geturl())
    if not from_aws and not (parts.scheme == "http" and host in _THIS_MACHINE):
        raise ValueError(f"SubscribeURL: expected one of SNS or of this machine, got {url!r:.200}")
    connect = http.client.HTTPSConnection if from_aws else http.client.HTTPConnection
    try:
        connection = connect(host, parts.port, timeout=_SECONDS)
        with closing(connection):
            connection.request("GET", f"{parts.path or '/'}?{parts.query}")
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as problem:
        raise ValueError(f"SubscribeURL: {url!r:.200} did not answer: {problem}") from None
    if status >= 300:
        raise ValueError(f"SubscribeURL: {url!r:.200} answered {status}")
    return LoadedEvents(skipped=Counter(["SubscriptionConfirmation"]))


def load_response(
    served: ServedFake, request: JSONObject | list[JSONObject], response: JSONObject
) -> None:
    """Answer as an account did: `load_response`"""
    for name, value in (("request", request), ("response", response)):
        # In Python, text is the path of a file; over HTTP nobody reads files here.
        if not isinstance(value, (dict, list)):
            raise TypeError(f"{name}: expected an object, got {value!r}")
    served.fake.load_response(request, response)


# What goes wrong

_OPERATION = schemas.described(
    schemas.TEXT, "as the API reference or boto3 names it; `*` for any that is answered"
)
#: By the kind of a fault, the method that sets it up, and what is known of its arguments.
FAULTS: dict[str, tuple[str, dict[str, Schema]]] = {
    "query": ("fail_queries", {}),
    "request": ("fail_requests", {"operation": _OPERATION}),
    "connection": ("drop_connections", {"operation": _OPERATION, "error": one_of(DROPS)}),
}


def fault_schemas(fake: type[FakeSESv2]) -> dict[str, Schema]:
    """By its kind, what a fault takes."""
    return {
        kind: arguments_of(getattr(fake, method), **known)
        for kind, (method, known) in FAULTS.items()
    }


class FaultState(NamedTuple):
    """A fault that was set up."""

    id: str
    what: str
    times: int | None
    hits: int
    optional: bool
    is_missed: Annotated[bool, "Whether it was triggered fewer times than it was set up for"]


def _state(id: str, fault: Fault) -> FaultState:
    return FaultState(id, fault._what, fault.times, fault.hits, fault.optional, fault._is_missed)


def add_fault(served: ServedFake, body: JSON) -> FaultState:
    """Set up a fault: `fail_queries`, `fail_requests`, `drop_connections`"""
    if not isinstance(body, dict):
        raise TypeError(f"body: expected an object with a kind, got {checks.shortened(body)}")
    kind = checks.one_of(body.get("kind"), FAULTS, "kind")
    rest = {name: value for name, value in body.items() if name != "kind"}
    arguments = check_members(rest, fault_schemas(type(served.fake))[kind])
    with served.lock:
        if len(served.faults()) >= served_fakes.MAX_FAULTS:
            raise LimitReached(
                f"{served_fakes.MAX_FAULTS} faults are set up; DELETE some, or POST reset"
            )
        fault: Fault = getattr(served.fake, FAULTS[kind][0])(**arguments)
        fault._site = "POST faults"
        return next(_state(id, one) for id, one in served.faults().items() if one is fault)


def faults(served: ServedFake) -> list[FaultState]:
    """The faults that hold"""
    return [_state(id, fault) for id, fault in served.faults().items()]


def cancel_fault(served: ServedFake, id: str) -> None:
    """Cancel a fault"""
    with served.lock:
        fault = served.faults().get(id)
        if fault is None:
            raise NotFound(f"no fault {id!r}")
        fault.cancel()
        served.account.faults.remove(fault)


class AnswerState(NamedTuple):
    """An answer that a test gave to an operation."""

    operation: str
    what: str
    times: int | None
    hits: int
    optional: bool
    is_missed: bool


def put_answer(served: ServedFake, operation: str, **answer: JSON) -> AnswerState:
    """Answer any operation of SES: `answer`"""
    members = dict(answer)
    response = members.pop("response", None)
    with served.lock:
        if len(served.account.answers) >= served_fakes.MAX_ANSWERS:
            raise LimitReached(
                f"{served_fakes.MAX_ANSWERS} answers are set up; DELETE some, or POST reset"
            )
        given = served.fake.answer(operation, response, **members)
        given._site = "PUT answers"
    return _answer_state(given)


def answers(served: ServedFake) -> list[AnswerState]:
    """The answers that were given to operations"""
    return [_answer_state(answer) for answer in served.account.answers if not answer._cancelled]


def cancel_answers(served: ServedFake, operation: str) -> None:
    """Take back all answers to an operation"""
    with served.lock:
        found = custom.answers_to(served.account, operation)
        if not found:
            raise NotFound(f"no answer to {operation!r}")
        for answer in found:
            answer.cancel()
            served.account.answers.remove(answer)


def _answer_state(answer: CustomAnswer) -> AnswerState:
    return AnswerState(
        answer._operation,
        answer._what,
        answer.times,
        answer.hits,
        answer.optional,
        answer._is_missed,
    )


# What the code under test did


def calls(served: ServedFake, newest: int | None = None) -> list[Call]:
    """The calls, newest last: `calls`"""
    return _newest(served.fake.calls, newest)


def outbox(
    served: ServedFake,
    newest: int | None = None,
    content: Annotated[bool, "Whether text, HTML, headers and attachments are shown too"] = True,
) -> list[Email] | list[JSONObject]:
    """The emails that were sent, newest last: `outbox`"""
    emails = _newest(list(served.fake.outbox), newest)
    return emails if content else [schemas.without_content(email) for email in emails]


def _newest(found: list[_Item], number: int | None) -> list[_Item]:
    return found if number is None else found[max(len(found) - number, 0) :]


class Report(NamedTuple):
    """What `report` says."""

    report: str


def report(served: ServedFake) -> Report:
    """What happened so far: `report`"""
    return Report(served.fake.report())


class Explanation(NamedTuple):
    """What `explain` says."""

    explanation: str


def explain(
    served: ServedFake,
    query: Annotated[JSONObject, "as SDKs take it"],
    region: str = DEFAULT_REGION,
) -> Explanation:
    """Why a query counts what it counts: `explain`"""
    return Explanation(served.fake.explain(query, region=region))


def figures(
    served: ServedFake, region: str | None = None, **filters: str
) -> statistics.DashboardStatistics:
    """What was seeded, by metric and day, and the rates"""
    return statistics.dashboard_statistics(
        served.account.metrics, DEFAULT_REGION, region, **filters
    )


# What else the account holds


class SuppressedAddress(NamedTuple):
    """An address on the suppression list."""

    address: str
    reason: SuppressionReason


def suppression_list(served: ServedFake, region: str = DEFAULT_REGION) -> list[SuppressedAddress]:
    """The account's suppression list in a region: `suppression_list`"""
    found = served.fake.suppression_list(region)
    return [SuppressedAddress(address, reason) for address, reason in found.items()]


def suppress(served: ServedFake, **entry: JSON) -> None:
    """Put an address on the account's suppression list: `suppress`"""
    served.fake.suppress(**entry)


class ExportJobState(NamedTuple):
    """An export job that the code under test created."""

    job_id: str
    region: str
    source_type: str
    data_format: str
    status: str
    file_name: str


def export_jobs(served: ServedFake) -> list[ExportJobState]:
    """The export jobs, newest last: `export_jobs`"""
    return [
        ExportJobState(*(getattr(job, name) for name in ExportJobState._fields))
        for job in served.fake.export_jobs
    ]


class IdentityState(NamedTuple):
    """An address or a domain that mail is sent from."""

    name: str
    verified: bool


def identities(served: ServedFake, region: str = DEFAULT_REGION) -> list[IdentityState]:
    """The account's identities in a region"""
    account = served.account
    with account.messages.lock:
        found = list(account.identities.of(checked_region(region)).values())
    return [IdentityState(identity.name, identity.verified) for identity in found]


def add_identity(served: ServedFake, **identity: JSON) -> None:
    """Give the account an identity: `add_identity`"""
    served.fake.add_identity(**identity)


# How the fake is set up

#: Options of what happens in this process alone; they mean nothing over HTTP.
_IN_PROCESS = ("instant_retries", "intercept_requests", "other_operations")

OPTIONS = object_schema(
    **{
        name: schema_of(Annotated[get_args(hint)[0], get_args(hint)[1].help])
        for name, hint in get_type_hints(Options, include_extras=True).items()
        if name not in _IN_PROCESS
    }
)


def options(served: ServedFake) -> JSONObject:
    """The options that hold"""
    # Clients change some of them too.
    held = {**served.account.options, **served.account.vdm.latest._asdict()}
    return {name: value for name, value in held.items() if name in OPTIONS["properties"]}


def set_options(served: ServedFake, **given: JSON) -> JSONObject:
    """Change options, in all regions; the others stay as they are"""
    changed = checked(given)
    with served.lock:
        account = served.account
        account.options = cast(Options, {**account.options, **changed})
        account.vdm.change(changed)
    return options(served)


ACCOUNT = object_schema(
    **{name: schema_of(hint) for name, hint in get_type_hints(AccountSettings).items()}
)


def account(served: ServedFake) -> JSONObject:
    """What else GetAccount says: `account`"""
    return {name: getattr(served.fake.account, name) for name in ACCOUNT["properties"]}


def set_account(served: ServedFake, **settings: JSON) -> JSONObject:
    """Set what else GetAccount says"""
    served.fake.account._update(settings)
    return account(served)


class ClockState(NamedTuple):
    """The time by which the fake answers."""

    time: dt.datetime
    is_stopped: bool


def clock(served: ServedFake) -> ClockState:
    """The fake's time"""
    stopped_at = served.stopped_at
    now = timestamps.now() if stopped_at is None else stopped_at
    return ClockState(timestamps.to_datetime(now), stopped_at is not None)


def set_clock(served: ServedFake, time: timestamps.Time | None) -> ClockState:
    """Stop the clock at a time; with null, let it go on: `freeze`"""
    served.stopped_at = None if time is None else timestamps.checked(time, "time")
    return clock(served)


def advance(served: ServedFake, **by: float) -> ClockState:
    """Move the stopped clock on: `advance`"""
    with served.lock:
        if served.stopped_at is None:
            raise ValueError("advance: the clock is not stopped; PUT clock stops it")
        try:
            step = dt.timedelta(**by) // dt.timedelta(microseconds=1)
        except OverflowError as problem:
            raise ValueError(f"advance: {problem}") from None
        moved = served.stopped_at + step
        if not timestamps.FIRST <= moved <= timestamps.LAST:
            raise ValueError("advance: expected a time in the years 1 to 9999")
        served.stopped_at = moved
        return clock(served)


def reset(served: ServedFake) -> None:
    """Bring everything back to just after the start: `reset`"""
    served.stopped_at = None
    served.fake.reset()


# The server


class Health(NamedTuple):
    """Whether it answers."""

    status: Literal["ok"]
    version: str
    calls: int
    outbox: int


def health(served: ServedFake) -> Health:
    """Whether it answers"""
    return Health("ok", __version__, len(served.fake.calls), len(served.fake.outbox))


class NewFake(NamedTuple):
    """A fake that was just made."""

    id: str
    url: str


class FakeState(NamedTuple):
    """A fake beside the server's first one."""

    id: str
    url: str
    calls: int


class EndedFake(NamedTuple):
    """What a fake leaves behind."""

    unused_faults: list[str]


def new_fake(server: Server, **options: JSON) -> NewFake:
    """Make an isolated fake with an endpoint of its own"""
    id = server.registry.add(options)
    return NewFake(id, server.url_of(id))


def fakes(server: Server) -> list[FakeState]:
    """The fakes that were made"""
    return [_fake_state(server, id, served) for id, served in server.registry.all().items()]


def fake_of_id(server: Server, id: str) -> FakeState:
    """A fake that was made; its page is at its URL and a slash"""
    return _fake_state(server, id, server.registry.get(id))


def _fake_state(server: Server, id: str, served: ServedFake) -> FakeState:
    return FakeState(id, server.url_of(id), len(served.fake.calls))


def end_fake(server: Server, id: str) -> EndedFake:
    """End a fake; faults that were not triggered as often as set up are listed"""
    ended = server.registry.remove(id)
    return EndedFake([repr(fault) for fault in unused(ended.account)])


class Endpoint(NamedTuple):
    """A method and a path, the function that answers, and what goes in and out."""

    method: str
    #: Below `/_sesv2_fake/`.
    path: str
    #: Takes the fake or the server; what stands in the path, the parameters of the URL and the
    #: members of the body, by their names; a body that is no object as `body`.
    answer: Callable[..., object]
    status: int
    body: Schema | None
    parameters: Schema
    #: What is answered; None for an empty body.
    result: Schema | None
    #: The largest body, in bytes.
    limit: int

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return (getdoc(self.answer) or "").partition("\n")[0].partition(";")[0]

    @property
    def is_raw(self) -> bool:
        """Whether the body is handed on as bytes."""
        return self.answer is load_events

    @property
    def is_of_server(self) -> bool:
        """Whether it is about the server, and not about one of its fakes."""
        return self.answer in (new_fake, fakes, fake_of_id, end_fake)

    @property
    def may_be_empty(self) -> bool:
        """Whether no body is as good as an object without members."""
        return self.body is not None and "properties" in self.body and "required" not in self.body


#: The largest body of event records.
MAX_EVENTS = 64 * 2**20

_IN_PATH = re.compile(r"\{(\w+)\}")


def _endpoint(
    method: str,
    path: str,
    answer: Callable[..., object],
    status: int = 200,
    *,
    body: Schema | None = None,
    parameters: Schema | None = None,
    result: Schema | None = None,
    limit: int = MAX_BODY,
) -> Endpoint:
    """An endpoint; what is not given follows from the types of its function."""
    leave_out = ("served", "server", "body", *_IN_PATH.findall(path))
    arguments = arguments_of(answer, leave_out)
    if method in ("POST", "PUT") and body is None:
        body, arguments = arguments, schemas.NO_MEMBERS
    parameters = parameters or schemas.not_null(arguments)
    result = result or schemas.result_of(answer)
    return Endpoint(method, path, answer, status, body, parameters, result, limit)


@functools.cache
def endpoints(fake: type[FakeSESv2]) -> tuple[Endpoint, ...]:
    """All that can be asked for, of fakes of this class."""
    new_fault = _with_choice("kind", fault_schemas(fake))
    filters = object_schema(**dict.fromkeys((*BY_KEYWORD, "region"), schemas.TEXT))
    return (
        _endpoint("POST", "emails", send, 201, body=one_or_many(email_schema(fake))),
        _endpoint(
            "POST", "events", load_events, 201, body=one_or_many(schemas.OBJECT), limit=MAX_EVENTS
        ),
        _endpoint("POST", "counts", record, 201, body=arguments_of(fake.record)),
        _endpoint("POST", "traffic", send_traffic, 201, body=arguments_of(fake.send_traffic)),
        _endpoint("POST", "answers", load_response, 201),
        _endpoint(
            "PUT",
            "answers/{operation}",
            put_answer,
            body=arguments_of(
                fake.answer, ("operation",), response=schemas.nullable(schemas.OBJECT)
            ),
        ),
        _endpoint("GET", "answers", answers),
        _endpoint("DELETE", "answers/{operation}", cancel_answers, 204),
        _endpoint("GET", "export-jobs", export_jobs),
        _endpoint("POST", "faults", add_fault, 201, body=new_fault),
        _endpoint("GET", "faults", faults),
        _endpoint("DELETE", "faults/{id}", cancel_fault, 204),
        _endpoint("GET", "calls", calls),
        _endpoint("GET", "outbox", outbox, result=list_of(schema_of(Email))),
        _endpoint("GET", "outbox/{message_id}", sent),
        _endpoint(
            "POST", "outbox/{message_id}/events", add_events_to_sent, 201, body=one_or_many(EVENT)
        ),
        _endpoint("GET", "suppression-list", suppression_list),
        _endpoint("POST", "suppression-list", suppress, 201, body=arguments_of(fake.suppress)),
        _endpoint("GET", "identities", identities),
        _endpoint("POST", "identities", add_identity, 201, body=arguments_of(fake.add_identity)),
        _endpoint("GET", "report", report),
        _endpoint("POST", "explain", explain),
        _endpoint("GET", "figures", figures, parameters=filters),
        _endpoint("GET", "options", options, result=OPTIONS),
        _endpoint("PUT", "options", set_options, body=OPTIONS, result=OPTIONS),
        _endpoint("GET", "account", account, result=ACCOUNT),
        _endpoint("PUT", "account", set_account, body=ACCOUNT, result=ACCOUNT),
        _endpoint("GET", "clock", clock),
        _endpoint("PUT", "clock", set_clock),
        _endpoint("POST", "clock/advance", advance, body=schema_of(timestamps.Duration)),
        _endpoint("POST", "reset", reset, 204),
        _endpoint("POST", "fakes", new_fake, 201, body=OPTIONS),
        _endpoint("GET", "fakes", fakes),
        _endpoint("GET", "fakes/{id}", fake_of_id),
        _endpoint("DELETE", "fakes/{id}", end_fake),
        _endpoint("GET", "health", health),
    )
