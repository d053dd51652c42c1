"""A made-up month of mail, and what a test finds of it."""

from datetime import date, timedelta

import pytest
from asking import MONDAY, ask, total

from sesv2_fake import Metric

MONTH = {"start": MONDAY, "days": 28, "per_day": 10_000}
#: All opens of the month and the days after.
UNTIL = {"end": MONDAY + timedelta(days=40)}
SENDER = "news@example.com"


def rate(made, part, whole):
    return sum(made[part].values()) / sum(made[whole].values())


class TestNumbers:
    def test_clients_are_answered_what_is_returned(self, sesv2_fake):
        made = sesv2_fake.send_traffic(SENDER, **MONTH)

        assert {metric: ask(metric.value, **UNTIL) for metric in Metric} == made
        assert total("SEND", EMAIL_IDENTITY="example.com", **UNTIL) == sum(made["SEND"].values())

    def test_they_are_about_what_was_asked_for(self, sesv2_fake):
        made = sesv2_fake.send_traffic(
            SENDER, **MONTH, weekend=0.5, bounce_rate=0.02, open_rate=0.4, click_rate=0.8
        )

        weekday, saturday = made["SEND"][date(2026, 1, 7)], made["SEND"][date(2026, 1, 10)]
        assert 9_400 < weekday < 10_600
        assert 4_700 < saturday < 5_300
        assert rate(made, "PERMANENT_BOUNCE", "SEND") == pytest.approx(0.02, rel=0.1)
        assert rate(made, "OPEN", "DELIVERY_OPEN") == pytest.approx(0.4, rel=0.02)
        assert rate(made, "CLICK", "DELIVERY_CLICK") == pytest.approx(0.8, rel=0.02)

    def test_isps_have_their_shares(self, sesv2_fake):
        made = sesv2_fake.send_traffic(SENDER, **MONTH, isps={"Gmail": 3, "Yahoo": 1})

        gmail = total("SEND", ISP="Gmail", **UNTIL)
        assert gmail / sum(made["SEND"].values()) == pytest.approx(0.75, abs=0.01)

    def test_complaints_come_from_isps_with_a_feedback_loop_alone(self, sesv2_fake):
        made = sesv2_fake.send_traffic(SENDER, **MONTH, complaint_rate=0.01)

        assert total("COMPLAINT", ISP="Gmail", **UNTIL) == 0
        assert rate(made, "COMPLAINT", "DELIVERY_COMPLAINT") == pytest.approx(0.01, rel=0.15)

    def test_opens_come_over_the_days_after_too(self, sesv2_fake):
        made = sesv2_fake.send_traffic(SENDER, start=MONDAY, days=1, per_day=10_000)

        by_day = list(made["OPEN"].values())
        assert len(by_day) == 6
        assert by_day == sorted(by_day, reverse=True)

    def test_few_emails_are_sent_as_well(self, sesv2_fake):
        made = sesv2_fake.send_traffic(
            SENDER, start=MONDAY, days=28, per_day=3, isps={"Yahoo": 1}, bounce_rate=0.5
        )

        assert sum(made["SEND"].values()) == pytest.approx(68, abs=10)
        assert 0.3 < rate(made, "PERMANENT_BOUNCE", "SEND") < 0.7

    @pytest.mark.parametrize("everything", [0, 1])
    def test_rates_of_none_and_of_all(self, sesv2_fake, everything):
        made = sesv2_fake.send_traffic(
            SENDER, **MONTH, bounce_rate=0, transient_bounce_rate=0, open_rate=everything
        )

        assert made["DELIVERY"] == made["SEND"]
        assert sum(made["OPEN"].values()) == everything * sum(made["DELIVERY_OPEN"].values())

    def test_no_emails_make_no_numbers(self, sesv2_fake):
        made = sesv2_fake.send_traffic(SENDER, start=MONDAY, days=7, per_day=0)

        assert not any(made.values())
        assert sesv2_fake.seeded_days() == []


class TestSeed:
    def test_the_same_numbers_for_the_same_seed(self, sesv2_fake):
        first = sesv2_fake.send_traffic(SENDER, **MONTH, seed=7)

        assert sesv2_fake.send_traffic(SENDER, **MONTH, seed=7) == first
        assert sesv2_fake.send_traffic(SENDER, **MONTH, seed=8) != first

    def test_they_stay_the_same_in_each_version_of_python(self, sesv2_fake):
        made = sesv2_fake.send_traffic(SENDER, start=MONDAY, days=2, per_day=1_000, seed=1)

        assert list(made["SEND"].values()) == [984, 981]
        assert list(made["CLICK"].values()) == [14, 29, 7, 4]
        assert list(made["TRANSIENT_BOUNCE"].values()) == [7, 5]


class TestIncidents:
    def test_a_bad_day_changes_no_other(self, sesv2_fake):
        usual = sesv2_fake.send_traffic(SENDER, **MONTH)["PERMANENT_BOUNCE"]
        bad = sesv2_fake.send_traffic(
            SENDER, **MONTH, incidents={"2026-01-15": {"bounce_rate": 0.12}}
        )

        bounces = bad["PERMANENT_BOUNCE"]
        day = date(2026, 1, 15)
        assert bounces[day] / bad["SEND"][day] == pytest.approx(0.12, rel=0.1)
        assert {**bounces, day: usual[day]} == usual

    def test_several_incidents_on_a_day_may_each_be_of_one_isp(self, sesv2_fake):
        day = {"start": "2026-01-15", "end": "2026-01-16"}
        sesv2_fake.send_traffic(
            SENDER,
            **MONTH,
            incidents={
                date(2026, 1, 15): [
                    {"ISP": "Yahoo", "bounce_rate": 1},
                    {"ISP": "Hotmail", "per_day": 0},
                ]
            },
        )

        assert total("DELIVERY", ISP="Yahoo", **day) == 0 < total("SEND", ISP="Yahoo", **day)
        assert total("SEND", ISP="Hotmail", **day) == 0
        assert 0 < total("PERMANENT_BOUNCE", ISP="Gmail", **day) < 100


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ({"per_day": -1}, ValueError, "per_day: expected 0 or more"),
        ({"days": 0}, ValueError, "days: expected 1 or more"),
        ({"days": 10**9}, ValueError, "days: expected an end before the year 10000"),
        ({"start": "soon"}, ValueError, "start: expected ISO 8601"),
        ({"open_rate": 1.5}, ValueError, "open_rate: expected a number from 0 to 1, got 1.5"),
        ({"open_rate": "high"}, TypeError, "open_rate: expected a number from 0 to 1"),
        ({"isps": {}}, TypeError, "isps: expected ISPs and their shares"),
        ({"isps": {"Gmial": 1}}, ValueError, "isps: SES writes 'Gmail'"),
        ({"isps": {"Gmail": -1}}, ValueError, "isps: expected shares of 0 or more"),
        ({"isps": {"Gmail": 0}}, ValueError, "isps: expected a share above 0"),
        ({"incidents": ["x"]}, TypeError, "incidents: expected days"),
        ({"incidents": {"x": {}}}, ValueError, "incidents: expected ISO 8601"),
        ({"incidents": {MONDAY: 1}}, TypeError, "incidents: expected rates by their names"),
        ({"incidents": {MONDAY: {"bounces": 1}}}, ValueError, "incidents: no rate 'bounces'"),
        ({"incidents": {MONDAY: {"ISP": "Cox"}}}, ValueError, "no mail goes to 'Cox'"),
        ({"seed": "x"}, TypeError, "seed: expected a whole number"),
        ({"region": "x"}, ValueError, "region: expected a name"),
        ({"configuration_set": "a b"}, ValueError, "configuration_set: expected a name"),
    ],
)
def test_a_wrong_argument_is_an_error_and_nothing_counts(sesv2_fake, how, error, words):
    with pytest.raises(error, match=words):
        sesv2_fake.send_traffic(SENDER, **{**MONTH, **how})
    assert sesv2_fake.seeded_days() == []
