"""The stopped clock."""

import asyncio
import math
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import date, datetime, timedelta, timezone
from xml.etree import ElementTree

import freezegun
import hypothesis
import pytest
from asking import MONDAY, ask, new_client, query
from botocore.config import Config
from botocore.retries.bucket import TokenBucket

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
TUESDAY = datetime(2026, 1, 6, tzinfo=timezone.utc)
SUNDAY = datetime(2026, 1, 4, tzinfo=timezone.utc)
#: Moments of other clocks of freezegun are naive.
EARLIER = "2020-01-01"


class TestClock:
    """`freeze` and `advance`."""

    def test_seeded_days_are_real_dates(self, sesv2_fake):
        sesv2_fake.record("SEND", 1, at="2026-01-05")
        sesv2_fake.freeze(MONDAY)

        (day,) = sesv2_fake.seeded_days()

        assert type(day) is type(MONDAY.date())

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
        ("time", "error", "message"),
        [
            ("monday", ValueError, "time: expected ISO 8601 such as .*, got 'monday'"),
            (datetime(2026, 1, 5), ValueError, "time: .* is naive"),
            (7, TypeError, "time: expected an aware datetime"),
        ],
    )
    def test_a_wrong_time_is_an_error(self, sesv2_fake, time, error, message):
        with pytest.raises(error, match=message):
            sesv2_fake.freeze(time)

    def test_the_clock_runs_on_after_the_fake(self):
        before = datetime.now(timezone.utc)
        with mock_sesv2() as fake:
            fake.freeze("2000-01-01")
            assert datetime.now(timezone.utc).year == 2000
        with mock_sesv2() as fake, pytest.raises(RuntimeError, match="call freeze"):
            fake.advance(days=1)

        assert datetime.now(timezone.utc) >= before

    @pytest.mark.parametrize(
        ("by", "error", "message"),
        [
            ({"days": "1"}, TypeError, "days: expected a number, got '1'"),
            ({"days": math.nan}, TypeError, "days: expected a number, got nan"),
            ({"days": 10**7}, ValueError, "advance: expected a time in the years 1 to 9999, got"),
            ({"days": 10**10}, ValueError, "advance: expected a time in the years 1 to 9999, got"),
        ],
    )
    def test_by_what_is_no_duration_it_is_not_advanced(self, sesv2_fake, by, error, message):
        sesv2_fake.freeze(MONDAY)

        with pytest.raises(error, match=message):
            sesv2_fake.advance(**by)

        assert datetime.now(timezone.utc) == MONDAY

    def test_a_clock_that_runs_cannot_be_advanced(self, sesv2_fake):
        with pytest.raises(RuntimeError, match="the clock is not stopped; call freeze"):
            sesv2_fake.advance(days=1)


def now():
    return datetime.now(timezone.utc)


def is_stopped():
    return time.monotonic() == time.monotonic() and now() == now()


def runs():
    """Whether every clock is the real one again."""
    return (
        abs(now().timestamp() - freezegun.api.real_time()) < 600
        and datetime is freezegun.api.real_datetime
        and time.monotonic is freezegun.api.real_monotonic
    )


class TestMachinery:
    """What runs tests and waits for things goes on by the real clock."""

    def test_every_clock_that_a_test_reads_is_stopped(self, sesv2_fake):
        sesv2_fake.freeze(MONDAY)

        assert now() == MONDAY
        assert time.time() == MONDAY.timestamp()
        assert time.gmtime()[:4] == (2026, 1, 5, 0)
        assert is_stopped()

    def test_asyncio_sleeps_and_times_out(self, sesv2_fake):
        sesv2_fake.freeze(MONDAY)

        async def main():
            await asyncio.sleep(0.001)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), 0.001)
            return now()

        assert asyncio.run(main()) == MONDAY

    def test_a_loop_that_began_before_goes_on(self):
        async def main():
            with mock_sesv2() as fake:
                fake.freeze(MONDAY)
                await asyncio.sleep(0.001)
                inside = now()
            await asyncio.sleep(0.001)
            return inside

        assert asyncio.run(main()) == MONDAY
        assert runs()

    def test_a_subprocess_times_out(self, sesv2_fake):
        sesv2_fake.freeze(MONDAY)
        program = [sys.executable, "-c", "import time; time.sleep(60)"]

        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(program, timeout=0.01, check=False)

    @pytest.mark.parametrize("mode", ["standard", "adaptive"])
    @pytest.mark.sesv2_fake(instant_retries=False)
    def test_retries_of_botocore_end(self, sesv2_fake, monkeypatch, mode):
        # Adaptive mode waits without time.sleep: two seconds a time, or 10 ms at a rate of 100.
        monkeypatch.setattr(TokenBucket.__init__, "__defaults__", (100,))
        monkeypatch.setattr(time, "sleep", lambda _: None)
        made = new_client(config=Config(retries={"mode": mode}))
        sesv2_fake.freeze(MONDAY)
        sesv2_fake.throttle(times=2)

        response = made.batch_get_metric_data(Queries=[query()])

        assert response["ResponseMetadata"]["RetryAttempts"] == 2

    def test_hypothesis_sees_no_deadline_exceeded(self, sesv2_fake):
        @hypothesis.settings(max_examples=5, deadline=60_000, database=None)
        @hypothesis.given(hypothesis.strategies.integers())
        def test(_):
            with mock_sesv2() as fake:
                fake.freeze(MONDAY)
                assert now() == MONDAY
            sesv2_fake.freeze(TUESDAY)

        test()

    def test_durations_and_junit_are_real(self, pytester):
        pytester.makepyfile(
            """
            from datetime import datetime, timezone

            import pytest

            @pytest.fixture
            def monday(sesv2_fake):
                sesv2_fake.freeze(datetime(2026, 1, 5, tzinfo=timezone.utc))

            def test_in_a_fixture(monday): pass

            def test_in_the_test(sesv2_fake):
                sesv2_fake.freeze(datetime(2026, 1, 5, tzinfo=timezone.utc))
            """
        )

        result = pytester.runpytest("--durations=0", "-vv", "--junit-xml=junit.xml")

        result.assert_outcomes(passed=2)
        text = result.stdout.str()
        durations = re.findall(r"^([\d.]+)s (?:setup|call|teardown)", text, re.MULTILINE)
        total = re.search(r"2 passed in ([\d.]+)s", text)
        assert len(durations) == 6
        assert all(0 <= float(seconds) < 600 for seconds in [*durations, total[1]])
        xml = ElementTree.parse(pytester.path / "junit.xml")
        assert all(0 <= float(case.get("time")) < 600 for case in xml.iter("testcase"))

    @pytest.mark.parametrize("name", ["asyncio_helpers", "subprocess_tools", "hypothesis_extra"])
    def test_modules_of_users_with_names_that_begin_alike_are_stopped(
        self, sesv2_fake, tmp_path, monkeypatch, name
    ):
        (tmp_path / f"{name}.py").write_text(
            "import time\n"
            "from datetime import datetime, timezone\n"
            "from time import time as clock\n"
            "def all_of_them():\n"
            "    return time.time(), clock(), datetime.now(timezone.utc).timestamp()\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        module = __import__(name)
        monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, name, module)
        sesv2_fake.freeze(MONDAY)

        assert module.all_of_them() == (MONDAY.timestamp(),) * 3

    def test_what_is_loaded_under_the_stopped_clock_does_not_wait_for_ever(self):
        program = (
            "import datetime as dt\n"
            "from sesv2_fake import mock_sesv2\n"
            "with mock_sesv2() as fake:\n"
            "    fake.freeze(dt.datetime(2026, 1, 5, tzinfo=dt.timezone.utc))\n"
            "    import asyncio, concurrent.futures, subprocess\n"
            "    asyncio.run(asyncio.sleep(0.001))\n"
            "    with concurrent.futures.ThreadPoolExecutor(1) as pool:\n"
            "        assert pool.submit(int).result(timeout=60) == 0\n"
            "    import botocore.retries.bucket\n"
            "    assert botocore.retries.bucket.Clock().current_time() > 1_768_000_000\n"
        )

        subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


class TestOthersClocks:
    """Beside other clocks of freezegun, and other fakes that stop theirs."""

    def test_inside_a_frozen_time(self):
        with freezegun.freeze_time(EARLIER) as outer:
            with mock_sesv2() as fake:
                fake.freeze(MONDAY)
                assert now() == MONDAY
                fake.advance(days=1)
                assert now() == TUESDAY
            assert now().year == 2020
            outer.tick(86_400)
            assert now().day == 2

        assert runs()

    @pytest.mark.parametrize("how", [{}, {"tick": True}, {"auto_tick_seconds": 5}])
    def test_the_clock_that_was_moved_last_holds(self, sesv2_fake, how):
        with freezegun.freeze_time(EARLIER, **how) as theirs:
            if not hasattr(theirs, "move_to"):
                pytest.skip("a ticking clock of an old freezegun cannot be moved")
            sesv2_fake.freeze(MONDAY)
            theirs.tick(timedelta(days=1))
            assert now().date() == TUESDAY.date()
            theirs.move_to(SUNDAY)
            assert now().date() == SUNDAY.date()
            sesv2_fake.advance(days=1)
            assert now().date() == MONDAY.date()
            assert now() == now()
            theirs.move_to("2020-05-05")
            sesv2_fake.freeze(TUESDAY)
            assert now() == TUESDAY
            theirs.move_to("2020-06-06")
            sesv2_fake.reset()
            assert (now().year, now().month) == (2020, 6)
            theirs.move_to("2020-07-07")
            assert now().month == 7

        assert runs()

    def test_of_two_frozen_fakes_the_one_that_moved_last_holds(self):
        with (
            freezegun.freeze_time(EARLIER) as theirs,
            mock_sesv2() as outer,
            mock_sesv2() as inner,
        ):
            outer.freeze(SUNDAY)
            inner.freeze(MONDAY)
            theirs.move_to("2020-05-05")
            inner.advance(days=1)
            assert (now().month, now().day) == (5, 6)
            theirs.move_to("2020-06-06")
            outer.freeze(TUESDAY)
            assert now() == TUESDAY
            inner.reset()
            assert now() == TUESDAY
            outer.reset()
            assert now().month == 6
            assert "tick" not in vars(theirs)

        assert runs()

    @freezegun.freeze_time(EARLIER, tz_offset=3)
    def test_the_outer_clocks_offset_is_back_too(self):
        before = datetime.now(), now()
        with mock_sesv2() as fake:
            fake.freeze(MONDAY)
            assert datetime.now() == MONDAY.replace(tzinfo=None)

        assert (datetime.now(), now()) == before

    def test_around_a_frozen_time(self, sesv2_fake):
        sesv2_fake.freeze(MONDAY)
        with freezegun.freeze_time(EARLIER):
            assert now().year == 2020

        assert now() == MONDAY

    @pytest.mark.parametrize("first", [0, 1])
    @pytest.mark.parametrize("outer", [False, True])
    def test_two_frozen_fakes_stop_in_either_order(self, first, outer):
        with ExitStack() as around:
            if outer:
                around.enter_context(freezegun.freeze_time(EARLIER))
            fakes = [mock_sesv2().start(), mock_sesv2().start()]
            fakes[0].freeze(MONDAY)
            fakes[1].freeze(TUESDAY)
            assert now() == TUESDAY
            fakes[first].stop()
            assert now() == (TUESDAY if first == 0 else MONDAY)
            fakes[1 - first].stop()
            assert now().year == (2020 if outer else freezegun.api.real_datetime.now().year)

        assert runs()

    def test_three_frozen_fakes_stop_in_any_order(self):
        fakes = [mock_sesv2().start() for _ in range(3)]
        for fake, moment in zip(fakes, (SUNDAY, MONDAY, TUESDAY)):
            fake.freeze(moment)
        fakes[1].stop()
        assert now() == TUESDAY
        fakes[2].stop()
        assert now() == SUNDAY
        fakes[0].stop()

        assert runs()

    @pytest.mark.parametrize("stops_first", ["the fake", "the other"])
    @pytest.mark.parametrize("freezes_first", ["the fake", "the other"])
    def test_whichever_ends_first_the_clock_runs_in_the_end(self, stops_first, freezes_first):
        fake = mock_sesv2().start()
        other = freezegun.freeze_time(EARLIER)
        steps = [lambda: fake.freeze(MONDAY), other.start]
        for step in steps if freezes_first == "the fake" else steps[::-1]:
            step()
        ends = [fake.stop, lambda: other.stop()]  # noqa: PLW0108 - looked up at the end
        for end in ends if stops_first == "the fake" else ends[::-1]:
            end()

        assert runs()
        asyncio.run(asyncio.sleep(0))

    def test_the_clocks_of_others_go_on_after_the_fakes(self):
        fake = mock_sesv2().start()
        fake.freeze(MONDAY)
        with freezegun.freeze_time(EARLIER):
            with freezegun.freeze_time("2021-01-01"):
                fake.stop()
                assert now().year == 2021
                with mock_sesv2() as another:
                    another.freeze(TUESDAY)
                    assert now() == TUESDAY
                assert now().year == 2021
            assert now().year == 2020

        assert runs()
        with freezegun.freeze_time(EARLIER):
            assert now().year == 2020
        assert runs()

    @pytest.mark.parametrize("fixtures", ["freezer, sesv2_fake", "sesv2_fake, freezer"])
    def test_beside_the_fixture_of_pytest_freezer(self, pytester, fixtures):
        pytester.makepyfile(
            f"""
            from datetime import datetime, timezone

            import freezegun
            import pytest

            MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)

            @pytest.fixture
            def freezer():
                clock = freezegun.freeze_time()
                yield clock.start()
                clock.stop()

            def test_it({fixtures}):
                sesv2_fake.freeze(MONDAY)
                assert datetime.now(timezone.utc) == MONDAY
                sesv2_fake.advance(days=1)
                assert datetime.now(timezone.utc).day == 6

            def test_then():
                now = datetime.now(timezone.utc)
                assert type(now).__name__ == "datetime"
                assert abs(now.timestamp() - freezegun.api.real_time()) < 600
            """
        )

        pytester.runpytest().assert_outcomes(passed=2)
