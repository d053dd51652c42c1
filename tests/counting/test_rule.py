"""One counting rule: the answer, its explanation and the report count the same."""

import re
import warnings
from collections import Counter
from datetime import timedelta
from functools import lru_cache

import asking
from asking import DAY, MONDAY, query, series
from hypothesis import given
from hypothesis import strategies as st

from sesv2_fake import LiveDivergenceWarning, Metric, mock_sesv2

METRICS = list(Metric.__members__)
WHOLE = {"start": MONDAY, "end": MONDAY + 6 * DAY}
RECIPIENTS = ["ann@gmail.com", "bob@aol.com", "success@simulator.amazonses.com"]

hours = st.integers(0, 6 * 24 - 1).map(lambda hour: MONDAY + timedelta(hours=hour))
regions = st.sampled_from([None, "us-east-1"])
client = lru_cache(asking.client)


@st.composite
def emails(draw):
    sent = {
        "sender": draw(st.sampled_from(["news@a.com", "shop@a.com", "news@b.com"])),
        "to": draw(
            st.sampled_from([*RECIPIENTS, RECIPIENTS[:2]]),
        ),
        "at": draw(hours),
        "count": draw(st.integers(1, 3)),
        "configuration_set": draw(st.sampled_from([None, "news", "shop"])),
        "tenant": draw(st.sampled_from([None, "acme"])),
        "region": draw(regions),
        "open_tracking": draw(st.booleans()),
    }
    events = draw(st.lists(st.tuples(st.sampled_from(["open", "click"]), hours), max_size=3))
    once = draw(st.lists(st.sampled_from(["deliver", "bounce", "complain"]), unique=True))
    events += [(event, draw(hours)) for event in once]

    def seed(fake):
        email = fake.send(**sent)
        for event, at in events:
            getattr(email, event)(at=at)

    return seed


all_values = st.sampled_from(
    [
        {"ISP": "*"},
        {"CONFIGURATION_SET": "*"},
        {"EMAIL_IDENTITY": "*"},
        {"EMAIL_IDENTITY": "*", "ISP": "Gmail"},
    ]
)
dimensions = all_values | st.fixed_dictionaries(
    {},
    optional={
        "EMAIL_IDENTITY": st.sampled_from(["a.com", "news@a.com", "news@a.com,shop@a.com,a.com"]),
        "ISP": st.sampled_from(["Gmail", "Aol", "Gmail,Aol"]),
        "CONFIGURATION_SET": st.sampled_from(["news", "news,shop"]),
        "TENANT_NAME": st.just("acme"),
    },
).filter(lambda some: len(some) <= 3)


@st.composite
def plain_counts(draw):
    metric, count, at = draw(st.sampled_from(METRICS)), draw(st.integers(0, 3)), draw(hours)
    one_value = {"EMAIL_IDENTITY": "news@a.com", "ISP": "Gmail", "CONFIGURATION_SET": "news"}
    names = draw(st.sets(st.sampled_from(list(one_value))))
    some = {name: one_value[name] for name in names}
    region = draw(regions)
    return lambda fake: fake.record(metric, count, at=at, dimensions=some, region=region)


@st.composite
def loaded_responses(draw):
    metric, some = draw(st.sampled_from(METRICS)), draw(dimensions)
    days = draw(st.sets(st.integers(0, 5)))

    def seed(fake):
        result = {
            "Id": "q",
            "Timestamps": [MONDAY + day * DAY for day in sorted(days)],
            "Values": [7 for _ in days],
        }
        try:
            fake.load_response(
                [query(metric, **WHOLE, **some)], {"Results": [result], "Errors": []}
            )
        except ValueError as error:  # of other days than one before
            assert "contradicts" in str(error)

    return seed


@st.composite
def questions(draw):
    start = draw(hours)
    return query(
        draw(st.sampled_from(METRICS)),
        start=start,
        end=start + draw(st.integers(1, 6 * 24)) * timedelta(hours=1),
        **draw(dimensions),
    )


def answered(asked):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiveDivergenceWarning)
        return sum(series(client().batch_get_metric_data(Queries=[asked])).values())


def explained(fake, asked):
    told = fake.explain(asked).splitlines()[1]
    found = re.match(r" *(\d+) of \d+ .* count", told)
    assert found or "were seeded" in told
    return int(found[1]) if found else 0


def reported(fake):
    """The total of each metric, of every region and of the one that is asked."""
    found = Counter()
    for line in fake.report().splitlines():
        words = line.split()
        if words[0] in METRICS:
            found[words[0]] += int(words[-1])
    return found


@given(
    st.lists(emails() | plain_counts() | loaded_responses(), max_size=6),
    st.lists(questions(), max_size=5),
)
def test_the_answer_its_explanation_and_the_report_agree(seeds, asked):
    with mock_sesv2() as fake:
        for seed in seeds:
            seed(fake)
        totals = reported(fake)

        for one in asked:
            assert explained(fake, one) == answered(one)
        for metric in METRICS:
            whole = query(metric, **WHOLE)
            assert totals[metric] == answered(whole) == explained(fake, whole)


@given(st.lists(emails() | plain_counts(), min_size=1, max_size=6), questions())
def test_an_answer_does_not_depend_on_what_was_asked_before(seeds, asked):
    with mock_sesv2() as fake:
        for seed in seeds:
            seed(fake)
            answered(asked)  # the store may keep what it worked out
        often = answered(asked)
    with mock_sesv2() as fake:
        for seed in seeds:
            seed(fake)

        assert answered(asked) == often
