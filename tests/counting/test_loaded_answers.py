"""What a loaded response counts, and for which queries."""

from datetime import date

import pytest
from asking import DAY, MONDAY, ask, client, query, total


def load(fake, counts, start=MONDAY, end=MONDAY + 3 * DAY, metric="SEND", **dimensions):
    """A response to one query, with the counts of some days."""
    days = {start + n * DAY: count for n, count in counts.items()}
    result = {"Id": "q", "Timestamps": list(days), "Values": list(days.values())}
    fake.load_response(
        [query(metric, start=start, end=end, **dimensions)], {"Results": [result], "Errors": []}
    )


def test_a_part_of_the_interval_gets_its_part(sesv2_fake):
    load(sesv2_fake, {0: 100, 2: 70})

    assert ask("SEND", start=MONDAY + DAY) == {date(2026, 1, 7): 70}


def test_only_the_same_filters_get_it_in_whatever_order(sesv2_fake):
    load(sesv2_fake, {0: 40}, ISP="Gmail", EMAIL_IDENTITY="a.com")

    assert total("SEND", EMAIL_IDENTITY="a.com", ISP="Gmail") == 40
    assert total("SEND", ISP="Gmail") == 0
    assert total("SEND") == 0
    assert total("DELIVERY", EMAIL_IDENTITY="a.com", ISP="Gmail") == 0


def test_one_without_filters_is_for_queries_without(sesv2_fake):
    load(sesv2_fake, {0: 40})

    assert total("SEND") == 40
    assert total("SEND", ISP="Gmail") == 0


def test_every_region_gets_it(sesv2_fake):
    load(sesv2_fake, {0: 40})

    assert total("SEND", using=client("eu-west-1")) == 40


def test_seeds_add_to_a_loaded_response(sesv2_fake):
    load(sesv2_fake, {0: 100, 2: 70})
    sesv2_fake.send("news@a.com", "ann@gmail.com", at=MONDAY)

    assert ask("SEND") == {date(2026, 1, 5): 101, date(2026, 1, 7): 70}


def test_an_answer_twice_is_one_and_one_that_goes_on_adds_its_days(sesv2_fake):
    load(sesv2_fake, {0: 100, 2: 70})
    load(sesv2_fake, {0: 100, 2: 70})
    load(sesv2_fake, {0: 70, 1: 9}, start=MONDAY + 2 * DAY, end=MONDAY + 4 * DAY)

    assert ask("SEND") == {date(2026, 1, 5): 100, date(2026, 1, 7): 70, date(2026, 1, 8): 9}


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({0: 99}, "99 for SEND on 2026-01-05 contradicts the 100 of another answer"),
        ({0: 100, 1: 1}, "1 for SEND on 2026-01-06 contradicts the 0 of another answer"),
    ],
)
def test_a_day_that_contradicts_another_answer_is_an_error_and_nothing_is_added(
    sesv2_fake, counts, message
):
    load(sesv2_fake, {0: 100, 2: 70})

    with pytest.raises(ValueError, match=f"response: {message}"):
        load(sesv2_fake, counts, end=MONDAY + 9 * DAY)

    assert ask("SEND") == {date(2026, 1, 5): 100, date(2026, 1, 7): 70}


def test_two_results_of_one_response_must_not_contradict_each_other(sesv2_fake):
    results = [{"Id": id, "Timestamps": [MONDAY], "Values": [n]} for id, n in (("a", 1), ("b", 2))]

    with pytest.raises(ValueError, match="2 for SEND on 2026-01-05 contradicts the 1 of another"):
        sesv2_fake.load_response([query(id="a"), query(id="b")], {"Results": results, "Errors": []})

    assert total("SEND") == 0


def test_days_that_a_response_counts_on_are_seeded_days(sesv2_fake):
    load(sesv2_fake, {0: 100, 2: 70})

    assert sesv2_fake.seeded_days() == [date(2026, 1, 5), date(2026, 1, 7)]
