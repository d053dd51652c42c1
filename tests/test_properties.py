"""Rules that hold for all inputs."""

import base64
import functools
import io
import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import botocore.session
import pytest
from asking import DAY, MONDAY, WIRE_QUERY, answer, answer_of, new_account
from hypothesis import given
from hypothesis import strategies as st
from records import record

from sesv2_fake import Metric, mock_sesv2
from sesv2_fake.operations import dispatch, routes
from sesv2_fake.operations.requests import HttpRequest

SENDERS = ["news@example.com", "Shop <shop@example.com>", "news@example.org"]
RECIPIENTS = {
    "ann@gmail.com": "Gmail",
    "bob@yahoo.co.uk": "Yahoo",
    "cat@example.net": "UNKNOWN_ISP",
    "success@simulator.amazonses.com": "UNKNOWN_ISP",
}
SETS = [None, "news", "shop"]
REGIONS = [None, "us-east-1", "eu-west-1"]

moments = st.integers(0, 10 * 86_400 - 1).map(lambda second: MONDAY + timedelta(seconds=second))


@st.composite
def emails(draw):
    """One email or some alike that were sent, and what happened to them, as plain data."""
    to = draw(st.lists(st.sampled_from(list(RECIPIENTS)), min_size=1, max_size=2))
    count = draw(st.integers(1, 4))
    so_many = st.integers(1, count)
    # To all of them, or to so many of those that it had not happened to yet.
    firsts = st.lists(st.tuples(moments, st.none() | so_many), max_size=3)
    return {
        "count": count,
        "sender": draw(st.sampled_from(SENDERS)),
        "to": to,
        "at": draw(moments),
        "configuration_set": draw(st.sampled_from(SETS)),
        "tenant": draw(st.sampled_from([None, "acme"])),
        "region": draw(st.sampled_from(REGIONS)),
        "open_tracking": draw(st.booleans()),
        "click_tracking": draw(st.booleans()),
        "opens": draw(firsts),
        "clicks": draw(firsts),
        "deliver": draw(st.none() | st.tuples(moments, so_many)),
        "bounce": draw(
            st.none()
            | st.tuples(
                st.sampled_from(["Permanent", "Transient", "Undetermined"]),
                st.sampled_from(["General", "OnAccountSuppressionList"]),
                moments,
                so_many,
            )
        ),
        "complain": draw(
            st.none()
            | st.tuples(st.sampled_from([None, "OnAccountSuppressionList"]), moments, so_many)
        ),
    }


GIVEN_TO_SEND = (
    "at",
    "configuration_set",
    "tenant",
    "region",
    "count",
    "open_tracking",
    "click_tracking",
)


def seed(fake, email):
    """Tell the fake of an email."""
    sent = fake.send(email["sender"], email["to"], **{name: email[name] for name in GIVEN_TO_SEND})
    for at, count in possible(email["opens"], email["count"]):
        sent.open(at=at, count=count)
    for at, count in possible(email["clicks"], email["count"]):
        sent.click(at=at, count=count)
    if email["deliver"]:
        at, count = email["deliver"]
        sent.deliver(at=at, count=count)
    if email["bounce"]:
        bounce_type, sub_type, at, count = email["bounce"]
        sent.bounce(bounce_type, sub_type, at=at, count=count)
    if email["complain"]:
        sub_type, at, count = email["complain"]
        sent.complain(sub_type, at=at, count=count)


def possible(firsts, emails_alike):
    """Without those that name more emails than are left."""
    left = emails_alike
    for at, count in firsts:
        if count is None or count <= left:
            left -= left if count is None else count
            yield at, count


def earliest(firsts, emails_alike):
    """The earliest moment of each email, told one by one."""
    found = []
    for at, count in possible(firsts, emails_alike):
        if count is None:
            found = [min(at, before) for before in found]
        found += (emails_alike - len(found) if count is None else count) * [at]
    return found


def counted_at(email, metric):
    """When the metric counts each of these emails: the table of the ten metrics, spelt out."""
    if len(email["to"]) > 1:
        return []
    if "simulator.amazonses.com" in email["to"][0]:
        return []
    if metric == "OPEN":
        return earliest(email["opens"], email["count"]) if email["open_tracking"] else []
    if metric == "CLICK":
        return earliest(email["clicks"], email["count"]) if email["click_tracking"] else []
    if metric == "SEND":
        return email["count"] * [email["at"]]
    bounce_type, bounce_sub_type, bounced_at, bounces = email["bounce"] or (None, None, None, 0)
    if metric == "PERMANENT_BOUNCE":
        counts = bounce_type == "Permanent" and bounce_sub_type == "General"
        return bounces * [bounced_at] if counts else []
    if metric == "TRANSIENT_BOUNCE":
        return bounces * [bounced_at] if bounce_type == "Transient" else []
    if metric == "COMPLAINT":
        sub_type, at, count = email["complain"] or (None, None, 0)
        return count * [at] if sub_type is None else []
    if metric == "DELIVERY_OPEN" and not email["open_tracking"]:
        return []
    if metric == "DELIVERY_CLICK" and not email["click_tracking"]:
        return []
    isp = RECIPIENTS[email["to"][0]]
    if metric == "DELIVERY_COMPLAINT" and isp in ("Gmail", "UNKNOWN_ISP"):
        return []
    at, count = email["deliver"] or (None, 0)
    return count * [at]


def seen_by(email, dimensions):
    """Whether a query with these dimensions sees the email."""
    address = email["sender"].split("<")[-1].rstrip(">")
    has = {
        "EMAIL_IDENTITY": {address, address.split("@")[1]},
        "ISP": {RECIPIENTS[to] for to in email["to"]},
        "CONFIGURATION_SET": {email["configuration_set"]} - {None},
        "TENANT_NAME": {email["tenant"]} - {None},
    }
    return all(
        has[name] if value == "*" else has[name] & set(value.split(","))
        for name, value in dimensions.items()
    )


def brute_force(some_emails, metric, region, dimensions, start, end):
    days = Counter()
    for email in some_emails:
        if email["region"] in (None, region) and seen_by(email, dimensions):
            for at in counted_at(email, metric):
                if start <= at < end:
                    days[at.replace(hour=0, minute=0, second=0)] += 1
    return sorted(days.items())


identities = ["example.com", "example.org", "news@example.com", "com", "example.com,example.org"]
dimensions = st.fixed_dictionaries(
    {},
    optional={
        "EMAIL_IDENTITY": st.sampled_from(identities),
        "ISP": st.sampled_from(["Gmail", "Yahoo", "Aol"]),
        "CONFIGURATION_SET": st.sampled_from(["news", "shop", "*"]),
        "TENANT_NAME": st.sampled_from(["acme", "other"]),
    },
).filter(lambda some: len(some) <= 3 and not ("*" in some.values() and "," in str(some.values())))


@st.composite
def valid_queries(draw):
    found = []
    for number in range(draw(st.integers(1, 10))):
        start = draw(moments)
        found.append(
            {
                "Id": f"q{number}",
                "Metric": draw(st.sampled_from(list(Metric.__members__))),
                "Dimensions": draw(dimensions),
                "StartDate": start,
                "EndDate": start + draw(st.integers(1, 10 * 86_400)) * timedelta(seconds=1),
            }
        )
    return found


def wire(query):
    made = {**query, "Namespace": "VDM"}
    for bound in ("StartDate", "EndDate"):
        made[bound] = int(made[bound].timestamp())
    if not made["Dimensions"]:
        del made["Dimensions"]
    return made


def ask(fake, queries, region="us-east-1"):
    body = json.dumps({"Queries": [wire(query) for query in queries]}).encode()
    http = answer_of(fake._account, body, region)
    payload = json.loads(http.body)
    assert http.status == 200, payload
    return {
        result["Id"]: [
            (datetime.fromtimestamp(second, timezone.utc), value)
            for second, value in zip(result["Timestamps"], result["Values"], strict=True)
        ]
        for result in payload["Results"]
    }


@given(
    st.lists(emails(), max_size=12), valid_queries(), st.sampled_from(["us-east-1", "us-west-1"])
)
def test_every_answer_is_what_counting_one_by_one_gives(some_emails, queries, region):
    with mock_sesv2() as fake:
        for email in some_emails:
            seed(fake, email)

        assert ask(fake, queries, region) == {
            query["Id"]: brute_force(
                some_emails,
                query["Metric"],
                region,
                query["Dimensions"],
                query["StartDate"],
                query["EndDate"],
            )
            for query in queries
        }


@given(st.lists(emails(), max_size=8), st.sampled_from(list(Metric.__members__)))
def test_a_filter_and_its_complement_add_up_to_the_total(some_emails, metric):
    isps = sorted(set(RECIPIENTS.values()))
    whole = {"Id": "q", "Metric": metric, "StartDate": MONDAY, "EndDate": MONDAY + 10 * DAY}
    with mock_sesv2() as fake:
        for email in some_emails:
            seed(fake, email)
        of_all = Counter(dict(ask(fake, [{**whole, "Dimensions": {}}])["q"]))
        of_each = Counter()
        for isp in isps:
            of_each.update(dict(ask(fake, [{**whole, "Dimensions": {"ISP": isp}}])["q"]))

    assert of_each == of_all


@given(st.lists(emails(), max_size=8))
def test_opens_and_clicks_never_exceed_emails(some_emails):
    whole = {"Dimensions": {}, "StartDate": MONDAY, "EndDate": MONDAY + 10 * DAY}
    with mock_sesv2(isps_without_feedback_loop=[]) as fake:
        for email in some_emails:
            seed(fake, email)
        answers = ask(fake, [{**whole, "Id": m, "Metric": m} for m in ("OPEN", "CLICK")])

    single = sum(
        email["count"]
        for email in some_emails
        if len(email["to"]) == 1 and email["region"] != "eu-west-1"
    )
    assert all(sum(dict(series).values()) <= single for series in answers.values())


@st.composite
def event_records(draw):
    """One record of one of three emails; two of them may contradict one another."""
    event_type = draw(st.sampled_from(["Send", "Delivery", "Bounce", "Complaint", "Open", "Click"]))
    detail = {
        "Bounce": st.fixed_dictionaries(
            {
                "bounceType": st.sampled_from(["Permanent", "Transient", "Undetermined"]),
                "bounceSubType": st.sampled_from(["General", "OnAccountSuppressionList"]),
            }
        ),
        "Complaint": st.fixed_dictionaries(
            {"complaintSubType": st.sampled_from([None, "OnAccountSuppressionList"])}
        ),
    }.get(event_type, st.none())
    tags = {"ses:configuration-set": ["news"], "ses:recipient-isp": ["Gmail"]}
    return record(
        event_type,
        # Few moments, so that some records are of one event.
        at=MONDAY + draw(st.integers(0, 3)) * DAY / 2,
        id=draw(st.sampled_from(["m-1", "m-2", "m-3"])),
        detail=draw(detail),
        source=draw(st.sampled_from(SENDERS[:2])),
        destination=draw(st.sampled_from([["ann@yahoo.com"], ["ann@yahoo.com", "bob@gmail.com"]])),
        tags={name: tags[name] for name in draw(st.sets(st.sampled_from(list(tags))))},
    )


def answers_to_everything(fake):
    """Every metric of the days that `event_records` happen on, whole and by each dimension."""
    filters = [
        {},
        {"EMAIL_IDENTITY": "news@example.com"},
        {"CONFIGURATION_SET": "news"},
        {"ISP": "Gmail"},
    ]
    whole = {"StartDate": MONDAY, "EndDate": MONDAY + 2 * DAY}
    return [
        ask(fake, [{**whole, "Id": m, "Metric": m, "Dimensions": some} for m in Metric.__members__])
        for some in filters
    ]


@given(
    st.lists(event_records(), max_size=10).flatmap(
        lambda made: st.tuples(st.just(made), st.permutations(made), st.integers(0, len(made)))
    )
)
def test_any_order_of_the_records_gives_the_same_answers(orders):
    in_order, shuffled, half = orders
    with mock_sesv2() as fake:
        fake.load_events(in_order)
        expected = answers_to_everything(fake)
    with mock_sesv2() as fake:
        fake.load_events(shuffled[:half])
        fake.load_events(shuffled[half:])

        assert answers_to_everything(fake) == expected


@given(
    st.lists(emails(), max_size=6).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    )
)
def test_any_order_of_the_seeds_gives_the_same_answers(orders):
    answers = []
    for some_emails in orders:
        with mock_sesv2() as fake:
            for email in some_emails:
                seed(fake, email)
            answers.append(answers_to_everything(fake))

    assert answers[0] == answers[1]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
members = st.fixed_dictionaries(
    {},
    optional={
        "Id": st.text(max_size=3) | json_values,
        "Namespace": st.just("VDM") | json_values,
        "Metric": st.sampled_from(list(Metric.__members__)) | json_values,
        "Dimensions": st.dictionaries(
            st.sampled_from(["ISP", "EMAIL_IDENTITY", "CONFIGURATION_SET", "TENANT_NAME", "X"]),
            st.text(max_size=5) | json_values,
            max_size=4,
        )
        | json_values,
        "StartDate": st.integers() | st.floats() | json_values,
        "EndDate": st.integers() | st.floats() | st.dates().map(str) | json_values,
    },
)


@st.composite
def almost_valid_bodies(draw):
    """Valid queries, with a member of some of them put otherwise."""
    queries = [wire(query) for query in draw(valid_queries())]
    values = st.text("*, @.aZ0_-", max_size=8)
    names = st.sampled_from(["ISP", "EMAIL_IDENTITY", "CONFIGURATION_SET", "TENANT_NAME"])
    otherwise = st.fixed_dictionaries({"Dimensions": st.dictionaries(names, values, max_size=3)})
    for _ in range(draw(st.integers(0, 2))):
        draw(st.sampled_from(queries)).update(draw(otherwise | members))
    return {"Queries": queries}


bodies = (
    json_values
    | st.fixed_dictionaries({"Queries": st.lists(members | json_values, max_size=11) | json_values})
    | almost_valid_bodies()
)


@given(bodies, st.sampled_from(["documented", "live"]))
def test_any_json_value_is_answered_or_refused_in_sess_form(body, contract):
    check_form(answer(json.dumps(body).encode(), contract))


@st.composite
def damaged(draw, texts):
    """One of the texts as bytes, with some stretch of it replaced."""
    text = draw(st.sampled_from(texts)).encode()
    start = draw(st.integers(0, len(text)))
    return text[:start] + draw(st.binary(max_size=40)) + text[start + draw(st.integers(0, 40)) :]


#: Bodies that are answered, each with other forms of a dimension's value.
BODIES = [
    json.dumps({"Queries": [WIRE_QUERY | {"Dimensions": some}]})
    for some in (
        {"ISP": "Gmail"},
        {"ISP": "*", "CONFIGURATION_SET": "news"},
        {"EMAIL_IDENTITY": "example.com,news@example.com", "TENANT_NAME": "acme"},
    )
]


@given(
    st.binary(max_size=200) | damaged(BODIES),
    st.sampled_from(["documented", "live"]),
)
def test_any_bytes_are_answered_or_refused_in_sess_form(body, contract):
    check_form(answer(body, contract))


def check_form(http):
    payload = json.loads(http.body)
    assert http.headers["x-amzn-RequestId"]
    if http.status == 200:
        assert set(payload) == {"Results", "Errors"}
        assert "x-amzn-ErrorType" not in http.headers
    else:
        assert http.status == 400
        assert http.headers["x-amzn-ErrorType"] in ("BadRequestException", "SerializationException")
        assert list(payload) == ["message"]


def check_refusable(http):
    """An answer in SES's form, whatever it says."""
    assert http.headers["x-amzn-RequestId"]
    if http.headers["Content-Type"] == "text/xml":
        root = ElementTree.fromstring(http.body)
        assert root.tag.endswith("}ErrorResponse") == (http.status != 200)
    else:
        payload = json.loads(http.body)
        assert ("x-amzn-ErrorType" in http.headers) == (http.status != 200)
        assert http.status == 200 or list(payload) == ["message"]
    assert http.status in (200, 400, 404, 409)


FORMS = [
    urlencode({"Action": action, **members})
    for action, members in (
        ("SendEmail", {"Source": "a@b.c", "Destination.ToAddresses.member.1": "d@e.f"}),
        ("SendEmail", {"Message.Subject.Data": "Hi", "Message.Body.Html.Charset": "UTF-8"}),
        ("SendRawEmail", {"RawMessage.Data": "RnJvbTogYUBiLmMKVG86IGRAZS5mCgpIaQ=="}),
        ("SendTemplatedEmail", {"Source": "a@b.c", "Template": "T", "TemplateData": "{}"}),
        ("SendBulkTemplatedEmail", {"Destinations.member.1.Destination.ToAddresses": "a@b.c"}),
        ("CreateTemplate", {"Template.TemplateName": "T", "Template.SubjectPart": "Hi"}),
        ("ListTemplates", {"MaxItems": "10", "NextToken": "e30="}),
        ("GetSendQuota", {"Version": "2010-12-01"}),
    )
]
actions = st.sampled_from([route.operation for route in routes.ROUTES if route.service == "ses"])
form_names = st.lists(
    st.sampled_from(["Source", "Destination", "ToAddresses", "member", "1", "Message", "Data", ""]),
    min_size=1,
    max_size=5,
).map(".".join)
forms = st.tuples(actions, st.dictionaries(form_names, st.text(max_size=8), max_size=5)).map(
    lambda made: urlencode({"Action": made[0], **made[1]}).encode()
)


@given(st.binary(max_size=200) | damaged(FORMS) | forms)
def test_any_form_is_answered_or_refused_in_sess_form(body):
    account, action = new_account(), routes.action_of(body)
    if routes.named("ses", action) is None:
        check_refusable(dispatch.refuse_unknown(account, "ses", action, "a form", asked(body=body)))
    else:
        check_refusable(answer_of(account, body, service="ses", operation=action))
    assert len(account.calls) == 1


def asked(body=b"", path="", query=""):
    return HttpRequest("us-east-1", body, 1, path, query)


QUERIES = [
    "PageSize=10&NextToken=WyJhIiwgImIiXQ==",
    "Reason=BOUNCE&Reason=COMPLAINT&StartDate=2026-01-05T00%3A00%3A00Z&EndDate=1767571200",
    "PageSize=1&TenantName=acme",
]
PATHS = [
    f"/v2/email/{path}"
    for path in (
        "suppression/addresses",
        "suppression/addresses/ann%40gmail.com",
        "identities",
        "identities/example.com",
        "templates",
        "templates/welcome",
        "export-jobs/x",
        "insights/0100019b8d3f3ac0-0d2a0b2f",
        "account",
    )
]
texts = st.text(st.characters(codec="ascii"), max_size=20)


@given(
    st.sampled_from(["GET", "DELETE", "PUT"]),
    st.sampled_from(PATHS) | st.tuples(st.sampled_from(PATHS), texts).map("/".join),
    damaged(QUERIES).map(lambda made: made.decode("ascii", "replace")) | texts,
)
def test_any_path_and_query_string_are_answered_or_refused_in_sess_form(method, path, query):
    route = routes.find(method, path)
    if route is not None:
        with mock_sesv2() as fake:
            fake.suppress("ann@gmail.com")
            fake.add_identity("example.com")
            fake.add_template("welcome", subject="Hi", text="Hi")
            check_refusable(
                dispatch.answer(fake._account, route, asked(path=path, query=query)).http
            )


MAILS = [
    "From: a@b.c\nTo: d@e.f, G <g@h.i>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nHi",
    (
        "From: A <a@b.c>\nTo: d@e.f\nCc: x@y.z\nReply-To: r@b.c\nX-SES-MESSAGE-TAGS: a=b, c=d\n"
        "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
        "Content-Transfer-Encoding: base64\n\nPGEgaHJlZj0iaHR0cHM6Ly94Lm9yZyI+eDwvYT4="
    ),
    (
        "From: a@b.c\nTo: d@e.f\nX-SES-CONFIGURATION-SET: news\nContent-Type: multipart/mixed; "
        "boundary=b\n\n--b\n\nHi\n--b\nContent-Type: text/csv\nContent-Disposition: attachment; "
        "filename*=utf-8''%C3%9C.csv\n\n1,2\n--b--\n"
    ),
]
header_names = st.sampled_from(
    [
        *("From", "To", "Cc", "Bcc", "Reply-To", "Return-Path", "Subject", "Date", "Message-ID"),
        *("Content-Type", "Content-Transfer-Encoding", "X-SES-MESSAGE-TAGS", "X-SES-TENANT", "X"),
    ]
)
header_values = st.text(
    st.sampled_from("ab@.,;:<>()[]\"\\=?_ \tü=%*'/") | st.characters(codec="utf-8"), max_size=20
)
raw_mails = st.lists(st.tuples(header_names, header_values).map(": ".join), max_size=6).map(
    lambda lines: "\n".join(["From: a@b.c", *lines, "", "Hi"]).encode()
)


@given(st.binary(max_size=100) | damaged(MAILS) | raw_mails)
def test_any_raw_mail_is_sent_or_refused_in_sess_form(raw):
    to = {"ToAddresses": ["d@e.f"]}
    content = {"Raw": {"Data": base64.b64encode(raw).decode()}}
    with mock_sesv2() as fake:
        body = json.dumps({"Destination": to, "Content": content}).encode()
        http = answer_of(fake._account, body, operation="SendEmail")
        check_refusable(http)
        assert len(fake.outbox) == (http.status == 200)
        for email in fake.outbox:
            assert email.message["From"] is not None
            assert email.recipients == (*email.to, *email.cc, *email.bcc)
            assert isinstance(email.headers, Mapping)
            for read in (email.text, email.html, email.subject):
                assert read is None or isinstance(read, str)
            for attachment in email.attachments:
                assert attachment.get_content_type()
            json.dumps(email.event_record("Send"))


_STRINGS = st.sampled_from(["a@b.c", "example.com", "T", "{}", "2026-01-05", "*"])
_LEAVES = {
    "string": _STRINGS | st.text(max_size=8),
    "boolean": st.booleans(),
    "integer": st.integers(-1, 1001),
    "long": st.integers(-1, 1001),
    "timestamp": st.integers(1767571200, 1767571200 + 9 * 86_400) | st.floats(),
    "blob": st.binary(max_size=20).map(lambda made: base64.b64encode(made).decode()),
}


def nearly(shape, depth=0):
    """Values that a shape of botocore's nearly has."""
    if shape.type_name == "structure" and depth < 5:
        members = {name: nearly(inner, depth + 1) for name, inner in shape.members.items()}
        made = st.fixed_dictionaries({}, optional=members)
    elif shape.type_name == "list" and depth < 5:
        made = st.lists(nearly(shape.member, depth + 1), max_size=3)
    elif shape.type_name == "map" and depth < 5:
        made = st.dictionaries(_STRINGS, nearly(shape.value, depth + 1), max_size=2)
    else:
        made = _LEAVES.get(shape.type_name, st.none())
    if getattr(shape, "enum", None):
        made = st.sampled_from(shape.enum) | made
    return st.one_of(made, made, made, json_values)


@functools.cache
def input_of(operation):
    """Nearly valid bodies of an operation, any JSON for one that botocore does not know."""
    model = botocore.session.get_session().get_service_model("sesv2")
    if operation not in model.operation_names:
        return json_values
    shape = model.operation_model(operation).input_shape
    return json_values if shape is None else nearly(shape)


@given(st.data(), st.sampled_from([one for one in routes.ROUTES if one.service == "sesv2"]))
def test_any_json_value_is_answered_or_refused_by_every_operation(data, route):
    body = json.dumps(data.draw(input_of(route.operation))).encode()
    with mock_sesv2() as fake:
        fake.add_identity("b.c")
        fake.add_template("T", subject="Hi", text="Hi {{name}}")
        check_refusable(answer_of(fake._account, body, operation=route.operation))
        for email in fake.outbox:
            assert email.recipients or email.message["From"]
            json.dumps(email.event_record("Send"))
            email.text, email.html  # noqa: B018 - it is read


SAMPLES = (Path(__file__).parent / "data" / "aws_developer_guide.jsonl").read_text().splitlines()


@st.composite
def damaged_records(draw):
    """One of AWS's samples with some member, anywhere in it, replaced or left out."""
    made = json.loads(draw(st.sampled_from(SAMPLES)))
    owner = made
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(owner)))
        if isinstance(owner[name], dict) and owner[name] and draw(st.booleans()):
            owner = owner[name]
        elif draw(st.booleans()):
            owner[name] = draw(json_values)
        else:
            del owner[name]
            break
    return draw(
        st.sampled_from(
            [made, [made], {"detail": made}, {"Message": json.dumps(made)}, {"Sns": made}]
        )
    )


#: What loads well may still be worth a warning.
may_warn = pytest.mark.filterwarnings("ignore:some records have a sourceArn:UserWarning")


@may_warn
# A text may be a path, or a pattern of paths.
@given(damaged_records() | json_values.filter(lambda value: not isinstance(value, str)))
def test_any_record_is_taken_or_refused_with_its_place(made):
    with mock_sesv2() as fake:
        try:
            loaded = fake.load_events([made])
        except ValueError as error:
            assert str(error).startswith("item 1")
            assert fake.seeded_days() == []
        else:
            counters = (loaded.taken, loaded.skipped, loaded.repeated)
            assert sum(sum(counter.values()) for counter in counters) <= 1


@may_warn
@given(st.binary(max_size=200) | damaged(["\n".join(SAMPLES[:3]), *SAMPLES]))
def test_any_bytes_are_taken_or_refused_with_their_line(made):
    with mock_sesv2() as fake:
        try:
            fake.load_events(io.BytesIO(made))
        except ValueError as error:
            assert str(error).startswith(("source, line ", "source: expected a gzip file"))
            assert fake.seeded_days() == []


#: One thing wrong each, by the step that refuses it.
FLAWS = {
    1: {"StartDate": []},
    3: {"Id": "taken"},
    4: {"Dimensions": {"X": "y"}},
    5: {"Metric": "X"},
    6: {"Dimensions": {"ISP": ""}},
    7: {"EndDate": 1767571200},
    8: {"EndDate": 1767571200 + 61 * 86_400},
}


@given(
    st.permutations([1, 3, 4, 5, 6, 7, 8]),
    st.integers(2, 7),
    st.sampled_from(["documented", "live"]),
)
def test_the_order_of_two_flaws_never_changes_which_is_reported(steps, number, contract):
    def reported(some_steps):
        queries = [{**WIRE_QUERY, "Id": "taken"}]
        queries += [{**WIRE_QUERY, "Id": f"q{step}", **FLAWS[step]} for step in some_steps]
        return json.loads(answer({"Queries": queries}, contract).body)["message"]

    # A validation error names the query's place, so that the words of step 5 may differ.
    told = reported(steps[:number]).partition("queries.")[0]
    alone = reported([min(steps[:number])]).partition("queries.")[0]
    assert told == alone


@given(st.lists(emails(), max_size=8), valid_queries().map(lambda queries: queries[:2]))
def test_splitting_an_interval_adds_up_to_the_whole(some_emails, queries):
    with mock_sesv2() as fake:
        for email in some_emails:
            seed(fake, email)
        for query in queries:
            whole = Counter(dict(ask(fake, [query])[query["Id"]]))
            parts = Counter()
            start = query["StartDate"]
            while start < query["EndDate"]:
                end = min(start.replace(hour=0, minute=0, second=0) + DAY, query["EndDate"])
                parts.update(
                    dict(ask(fake, [{**query, "StartDate": start, "EndDate": end}])[query["Id"]])
                )
                start = end

            assert parts == whole
