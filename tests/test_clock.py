"""The stopped clock."""

from datetime import date, datetime, timezone

import pytest
from asking import ask

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"


class TestClock:
    """`freeze` and `advance`."""

    def test_seeds_happen_when_the_clock_says(self, sesv2_fake, sesv2_client):
        sesv2_fake.freeze("2026-01-05")
        email = sesv2_fake.send(SENDER, "ann@gmail.com")
        sesv2_fake.advance(days=1, hours=3)
        email.open(at=datetime.now(timezone.utc))
        sesv2_fake.record("CLICK", 2)

        assert ask("SEND", using=sesv2_client) == {date(2026, 1, 5): 1}
        assert ask("OPEN", using=sesv2_client) == {date(2026, 1, 6): 1}
        assert ask("CLICK", using=sesv2_client) == {date(2026, 1, 6): 2}
        assert sesv2_fake.calls[0].time == datetime(2026, 1, 6, 3, tzinfo=timezone.utc)

    def test_freezing_again_moves_the_clock(self, sesv2_fake):
        sesv2_fake.freeze("2026-01-05")
        sesv2_fake.freeze(datetime(2026, 2, 1, tzinfo=timezone.utc))
        sesv2_fake.send(SENDER, "ann@gmail.com")

        assert sesv2_fake.seeded_days() == [date(2026, 2, 1)]

    @pytest.mark.parametrize("time", [date(2026, 2, 1), "2026-02-01", "2026-02-01T01:30+01:00"])
    def test_dates_and_texts_are_utc_unless_they_say_otherwise(self, sesv2_fake, time):
        sesv2_fake.freeze(time)

        now = datetime.now(timezone.utc)
        assert now == datetime(2026, 2, 1, 0, 30 if "+" in str(time) else 0, tzinfo=timezone.utc)

    @pytest.mark.parametrize(
        ("time", "error", "told"),
        [
            ("monday", ValueError, "time: expected ISO 8601 such as .*, got 'monday'"),
            (datetime(2026, 1, 5), ValueError, "time: .* is naive"),
            (7, TypeError, "time: expected an aware datetime"),
        ],
    )
    def test_what_names_no_moment_is_an_error(self, sesv2_fake, time, error, told):
        with pytest.raises(error, match=told):
            sesv2_fake.freeze(time)

    def test_the_clock_runs_on_after_the_fake(self):
        before = datetime.now(timezone.utc)
        with mock_sesv2() as fake:
            fake.freeze("2000-01-01")
            assert datetime.now(timezone.utc).year == 2000
        with mock_sesv2() as fake, pytest.raises(RuntimeError, match="call freeze"):
            fake.advance(days=1)

        assert datetime.now(timezone.utc) >= before

    def test_a_clock_that_runs_cannot_be_advanced(self, sesv2_fake):
        with pytest.raises(RuntimeError, match="the clock is not stopped; call freeze"):
            sesv2_fake.advance(days=1)
