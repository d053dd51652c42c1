"""What botocore makes of an answer of ours is made by us: the same to the last bit."""

import asyncio
import base64
import datetime as dt
import functools
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from unittest import mock

import boto3
import botocore.session
import pytest
from asking import DAY, MONDAY, client, has, new_client, query
from botocore.model import ShapeResolver
from botocore.parsers import BaseJSONParser, BaseRestParser, RestJSONParser
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from sesv2_fake import mock_sesv2
from sesv2_fake.intercept.parsing import Body, parsing
from sesv2_fake.operations.errors import encode

HEADERS = {"x-amzn-requestid": "r", "Content-Type": "application/json", "X-Other": "x"}
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "EST5EDT", "Australia/Lord_Howe"]
CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}


def told(value):
    """All that can be seen of a value: types, the order of keys, a datetime's zone."""
    if isinstance(value, dict):
        return type(value), [(name, told(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return type(value), [told(inner) for inner in value]
    if isinstance(value, dt.datetime):
        zone = value.tzinfo
        seen = value.isoformat(), value.fold, type(zone), repr(zone), value.tzname(), value.dst()
        return type(value), seen
    return type(value), value


def outcome(parser, body, shape):
    response = {"status_code": 200, "headers": HEADERS, "body": body, "context": {}}
    try:
        return told(parser.parse(response, shape))
    except Exception as error:  # noqa: BLE001 - whatever botocore raises
        return type(error)


def already_read(body):
    """The body of an answer of which it is known what it says."""
    read = Body(body)
    with suppress(ValueError):
        read.members = json.loads(body)
    return read


def assert_the_same(body, shape, *, parser_class=RestJSONParser, parsed_by_us=True, **parser_args):
    """Ours is what botocore makes of the same bytes."""
    theirs = BaseRestParser._do_parse
    botocores = mock.Mock(side_effect=theirs)
    ours = parsing(botocores)
    expected = outcome(parser_class(**parser_args), bytes(body), shape)
    with mock.patch.object(BaseRestParser, "_do_parse", ours):
        # Twice: what is kept of the first is the same again.
        for _ in range(2):
            assert outcome(parser_class(**parser_args), Body(body), shape) == expected
        for _ in range(2):
            assert outcome(parser_class(**parser_args), already_read(body), shape) == expected
    assert botocores.called is not parsed_by_us


@pytest.fixture(autouse=True)
def zone():
    """Set the process's time zone, until the test is over."""

    def set_to(name):
        os.environ["TZ"] = name
        time.tzset()

    before = os.environ.get("TZ")
    yield set_to
    if before is None:
        del os.environ["TZ"]
        time.tzset()
    else:
        set_to(before)


@pytest.fixture(autouse=True)
def _some_zone(zone):
    zone("UTC")


@functools.cache
def shape_of(operation):
    return new_client(**CREDENTIALS).meta.service_model.operation_model(operation).output_shape


OPERATIONS = list(new_client(**CREDENTIALS).meta.service_model.operation_names)
SECONDS = st.integers(-62_135_000_000, 253_402_000_000)
SCALARS = {
    "string": st.text(max_size=5),
    "boolean": st.booleans() | st.sampled_from(["true", "False"]),
    "integer": st.integers() | st.booleans(),
    "long": st.integers() | st.just(1.0),
    "float": st.floats(-1e9, 1e9) | st.integers(-5, 5),
    "double": st.floats(-1e9, 1e9) | st.integers(-5, 5),
    "timestamp": SECONDS | SECONDS.map(lambda n: n / 8) | st.just("2026-01-05T00:00:00Z"),
    "blob": st.binary(max_size=5).map(lambda data: base64.b64encode(data).decode()),
}


def values_of(shape, depth=0):
    """JSON values of a shape, with members left out or null, and some that SES does not have."""
    if shape.type_name == "structure":
        members = {
            member.serialization.get("name", name): values_of(member, depth + 1) | st.none()
            for name, member in shape.members.items()
            if depth < 6
        }
        return st.fixed_dictionaries({}, optional={**members, "Unknown": st.integers()})
    if shape.type_name == "list":
        return st.lists(values_of(shape.member, depth + 1), max_size=4)
    if shape.type_name == "map":
        return st.dictionaries(st.text(max_size=3), values_of(shape.value, depth + 1), max_size=3)
    return SCALARS[shape.type_name]


@given(operation=st.sampled_from(OPERATIONS), data=st.data())
def test_any_answer_of_any_operation(operation, data):
    shape = shape_of(operation)
    body = encode(data.draw(values_of(shape))).encode()

    assert_the_same(body, shape, parsed_by_us="eventstream" not in shape.serialization)


@pytest.mark.parametrize("name", ZONES)
@given(times=st.lists(SECONDS | SECONDS.map(lambda n: n / 8), max_size=5))
def test_any_time_in_any_zone(name, times):
    os.environ["TZ"] = name
    time.tzset()
    results = [{"Id": "q", "Timestamps": times, "Values": [1] * len(times)}]

    assert_the_same(encode({"Results": results}).encode(), shape_of("BatchGetMetricData"))


NULLS = [b'{"Results":[null]}', b'{"Results":[{"Timestamps":[1767571200,null],"Values":[null]}]}']


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]", b"no JSON", *NULLS])
def test_any_other_body(body):
    assert_the_same(body, shape_of("BatchGetMetricData"))


def test_a_shape_that_holds_itself():
    """As no answer of SES does so far."""
    own = {"type": "structure", "members": {"Own": {"shape": "Own"}, "At": {"shape": "T"}}}
    shape = ShapeResolver({"Own": own, "T": {"type": "timestamp"}}).get_shape_by_name("Own")
    body = b'{"At": 1767571200, "Own": {"At": 5, "Own": {"At": 6}}}'

    assert_the_same(body, shape)


BODY = b'{"Results":[{"Id":"q","Timestamps":[1767571200,1767657600],"Values":[1,2]}],"Errors":[]}'


class TestTheClock:
    def test_a_zone_that_is_set_meanwhile(self, zone):
        for name in (*ZONES, *ZONES):
            zone(name)
            assert_the_same(BODY, shape_of("BatchGetMetricData"))

    def test_a_stopped_clocks_own_datetime(self):
        assert_the_same(BODY, shape_of("BatchGetMetricData"))
        with freeze_time("2026-01-05"):
            assert_the_same(BODY, shape_of("BatchGetMetricData"))
        assert_the_same(BODY, shape_of("BatchGetMetricData"))

    def test_more_times_than_are_kept(self, monkeypatch):
        monkeypatch.setattr("sesv2_fake.intercept.parsing._MANY", 100)
        results = [{"Timestamps": list(range(250))}]
        assert_the_same(encode({"Results": results}).encode(), shape_of("BatchGetMetricData"))


class TestUnusual:
    """Botocore, or whoever stands in its place, parses."""

    def test_a_timestamp_parser_of_the_users(self):
        seen = []

        def parse(value):
            seen.append(value)
            return [value]

        assert_the_same(BODY, shape_of("BatchGetMetricData"), timestamp_parser=parse)

        assert seen == [1767571200, 1767657600] * 5  # each value of each answer

    def test_a_parser_of_the_users(self):
        class Own(RestJSONParser):
            def _handle_timestamp(self, shape, value):
                return value

        assert_the_same(BODY, shape_of("BatchGetMetricData"), parser_class=Own, parsed_by_us=False)

    def test_a_method_that_somebody_has_replaced(self):
        shape = new_client(**CREDENTIALS).meta.service_model.operation_model("BatchGetMetricData")
        with mock.patch.object(BaseJSONParser, "_handle_timestamp", lambda *args: args[-1]):
            assert_the_same(BODY, shape.output_shape, parsed_by_us=False)

    def test_a_handler_that_changes_the_answer(self, sesv2_fake):
        made = new_client(**CREDENTIALS)

        def change(response_dict, **_):
            changed.append(response_dict)
            response_dict["body"] = BODY

        changed = []
        made.meta.events.register("before-parse.sesv2", change)
        (result,) = made.batch_get_metric_data(Queries=[query(id="other")])["Results"]
        if not changed:
            pytest.skip("this botocore does not have the event before-parse")

        assert (result["Id"], result["Values"]) == ("q", [1, 2])


def ask_all(made, fake):
    """One call of each operation that a client of any botocore has, and what botocore saw of it."""
    fake.send("news@example.com", "ann@gmail.com", at=MONDAY, count=3).deliver().open()
    fake.send("news@example.com", "ann@gmail.com", message_id="m")
    yield "batch_get_metric_data", {"Queries": [query(), query("OPEN", id="r")]}
    yield "get_account", {}
    yield "put_account_vdm_attributes", {"VdmAttributes": {"VdmEnabled": "ENABLED"}}
    yield (
        "send_email",
        {
            "FromEmailAddress": "news@example.com",
            "Destination": {"ToAddresses": ["ann@gmail.com"]},
            "Content": {"Raw": {"Data": b"Subject: Hi\n\nHi"}},
        },
    )
    fake.answer("GetContactList", {"ContactListName": "news", "CreatedTimestamp": MONDAY})
    yield "get_contact_list", {"ContactListName": "news"}
    yield "list_suppressed_destinations", {}
    if has("GetMessageInsights"):
        yield "get_message_insights", {"MessageId": "m"}
    if has("CreateExportJob"):
        source = {"Namespace": "VDM", "Dimensions": {"ISP": ["*"]}, "StartDate": MONDAY}
        volume = {**source, "Metrics": [{"Name": "SEND", "Aggregation": "VOLUME"}]}
        yield (
            "create_export_job",
            {
                "ExportDataSource": {"MetricsDataSource": {**volume, "EndDate": MONDAY + DAY}},
                "ExportDestination": {"DataFormat": "CSV"},
            },
        )
        yield "get_export_job", {"JobId": fake.export_jobs[0].job_id}
        yield "list_export_jobs", {}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("name", ZONES[:3])
def test_every_operation_that_a_fake_answers(name, zone, sesv2_fake, frozen):
    zone(name)
    if frozen:
        with freeze_time("2026-01-07"):
            check_every_operation(sesv2_fake)
    else:
        check_every_operation(sesv2_fake)


def check_every_operation(sesv2_fake):
    made, bodies = new_client(**CREDENTIALS), []
    made.meta.events.register(
        "response-received.sesv2", lambda response_dict, **_: bodies.append(response_dict)
    )
    for call, how in ask_all(made, sesv2_fake):
        response = getattr(made, call)(**how)
        shape = shape_of("".join(part.title() for part in call.split("_")))
        theirs = RestJSONParser().parse({**bodies[-1], "body": bytes(bodies[-1]["body"])}, shape)
        theirs["ResponseMetadata"]["RetryAttempts"] = 0

        assert told(response) == told(theirs)


def test_every_operation_by_a_client_of_aiobotocore(sesv2_fake):
    session = pytest.importorskip("aiobotocore.session").get_session()

    async def main():
        async with session.create_client("sesv2", region_name="us-east-1", **CREDENTIALS) as made:
            for call, how in ask_all(made, sesv2_fake):
                response = await getattr(made, call)(**how)
                if "export" in call:  # another call finds the job in another state
                    continue
                theirs = getattr(new_client(**CREDENTIALS), call)(**how)
                for changing in ("ResponseMetadata", "MessageId"):
                    response.pop(changing, None)
                    theirs.pop(changing, None)

                assert told(response) == told(theirs)

    asyncio.run(main())


@given(
    ids=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4, unique=True),
    counts=st.lists(st.integers(1, 10**20), max_size=3),
    failed=st.sets(st.integers(0, 3)),
)
def test_any_series_and_errors(ids, counts, failed):
    """What is handed over beside the bytes of an answer is what the bytes say."""
    made, bodies = client(), []
    with mock_sesv2() as fake, capturing(made, bodies):
        for day, count in enumerate(counts):
            fake.record("SEND", count, at=MONDAY + day * DAY)
        for place in failed & set(range(len(ids))):
            fake.deny(id=ids[place])
        queries = [query(id=one, end=MONDAY + 3 * DAY) for one in ids]
        response = made.batch_get_metric_data(Queries=queries)

    shape = shape_of("BatchGetMetricData")
    theirs = RestJSONParser().parse({**bodies[-1], "body": bytes(bodies[-1]["body"])}, shape)
    del response["ResponseMetadata"], theirs["ResponseMetadata"]
    assert told(response) == told(theirs)


@contextmanager
def capturing(made, bodies):
    def capture(response_dict, **_):
        bodies.append(response_dict)

    made.meta.events.register("response-received.sesv2", capture)
    yield
    made.meta.events.unregister("response-received.sesv2", capture)


def test_a_response_is_the_callers_own(sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY)
    made = new_client(**CREDENTIALS)
    first, second = (made.batch_get_metric_data(Queries=[query()]) for _ in range(2))
    (result,) = first["Results"]
    result["Timestamps"].clear()
    result["Values"][0] = 7

    for response in (second, made.batch_get_metric_data(Queries=[query()])):
        assert response["Results"][0]["Values"] == [1]
        assert response["Results"][0]["Timestamps"] == [MONDAY]


def test_responses_in_many_threads_share_nothing_that_can_change(sesv2_fake):
    for day in range(30):
        sesv2_fake.record("SEND", 1, at=MONDAY + day * DAY)
    made = new_client(**CREDENTIALS)
    month = query(start=MONDAY, end=MONDAY + 30 * DAY)

    def ask(_):
        (result,) = made.batch_get_metric_data(Queries=[month])["Results"]
        times = list(result["Timestamps"])
        result["Timestamps"].clear()
        result["Values"].clear()
        return times

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(200)))

    assert answers == [[MONDAY + day * DAY for day in range(30)]] * 200


def test_a_timestamp_parser_of_a_session_is_used(sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY)
    session = botocore.session.get_session()
    factory = session.get_component("response_parser_factory")
    factory.set_parser_defaults(timestamp_parser=lambda value: f"at {value}")
    made = boto3.Session(botocore_session=session).client(
        "sesv2", region_name="us-east-1", **CREDENTIALS
    )
    (result,) = made.batch_get_metric_data(Queries=[query()])["Results"]

    assert result["Timestamps"] == ["at 1767571200"]


def test_a_parser_is_as_it_was_after_the_fake():
    before = BaseRestParser._do_parse
    with mock_sesv2():
        assert BaseRestParser._do_parse is not before
    assert BaseRestParser._do_parse is before
