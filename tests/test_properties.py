"""Rules that hold for all inputs."""

import io
import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from asking import DAY, MONDAY, WIRE_QUERY, answer, answer_of
from hypothesis import given
from hypothesis import strategies as st
from records import record

from sesv2_fake import Metric, mock_sesv2

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


@given(damaged_records() | json_values)
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
