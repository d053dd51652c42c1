"""What a test holds: the fake, from its start to its end."""

import asyncio
import copy
import inspect
import pickle
import traceback
from datetime import datetime, timedelta, timezone

import botocore.exceptions
import pytest
from asking import MONDAY, query, total

import sesv2_fake
from sesv2_fake import FakeSESv2, mock_sesv2

SENDER = "news@example.com"


def test_each_start_begins_with_nothing_seeded():
    fake = mock_sesv2()
    with fake:
        fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        assert total("SEND") == 1
    with fake:
        assert total("SEND") == 0
        assert len(fake.calls) == 1


def test_start_and_stop_do_what_the_with_statement_does():
    fake = mock_sesv2()
    assert fake.start() is fake
    fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    assert total("SEND") == 1
    fake.stop()

    assert not fake.is_active


@pytest.mark.parametrize(
    "use",
    [
        lambda fake: fake.send(SENDER, "ann@gmail.com"),
        lambda fake: fake.record("SEND", 1),
        lambda fake: fake.load_events([]),
        lambda fake: fake.reset(),
        lambda fake: fake.stop(),
        lambda fake: setattr(fake, "vdm_enabled", False),
        lambda fake: fake.freeze(MONDAY),
        lambda fake: fake.advance(days=1),
        lambda fake: fake.deny(),
        lambda fake: fake.explain(query()),
        lambda fake: fake.seeded_days(),
        lambda fake: fake.serve().__enter__(),
    ],
    ids=[
        "send",
        "record",
        "load_events",
        "reset",
        "stop",
        "vdm_enabled",
        "freeze",
        "advance",
        "deny",
        "explain",
        "seeded_days",
        "serve",
    ],
)
def test_a_fake_that_is_not_active_says_so(use):
    fake = FakeSESv2()
    with pytest.raises(RuntimeError, match="this fake is not active; call start"):
        use(fake)

    with fake:
        pass
    with pytest.raises(RuntimeError, match="this fake was stopped; call start"):
        use(fake)


def test_an_email_of_a_fake_that_was_stopped_says_so():
    fake = mock_sesv2()
    with fake:
        email = fake.send(SENDER, "ann@gmail.com", at=MONDAY).open()

    uses = [email.deliver, email.deliver, email.click, email.click, email.open]
    for use in (*uses, lambda: email.deliver(count=0)):
        with fake, pytest.raises(RuntimeError, match="fake was stopped after this email was sent"):
            use()


def test_an_active_fake_cannot_be_started_again(sesv2_fake):
    with pytest.raises(RuntimeError, match="active already"):
        sesv2_fake.start()


class TestEnd:
    """What can be read of a fake after its end, and what its end leaves."""

    def test_calls_and_report_can_still_be_read(self):
        with mock_sesv2() as fake:
            fake.send(SENDER, "ann@gmail.com", at=MONDAY)
            total("SEND")

        assert [call.operation for call in fake.calls] == ["BatchGetMetricData"]
        assert "1 call" in fake.report()
        assert "SEND" in fake.report()

    def test_a_fake_that_never_started_has_no_calls_and_reports_nothing(self):
        fake = mock_sesv2()

        assert fake.calls == []
        assert fake.report() == "this fake was never started"
        assert repr(fake) == "<FakeSESv2: not active>"

    def test_an_end_that_fails_is_an_end(self, monkeypatch):
        fake = mock_sesv2().start()
        fake.freeze(MONDAY)
        fake.throttle()
        stopped = type(fake._clock)
        stop = stopped.stop
        monkeypatch.setattr(stopped, "stop", lambda clock: (stop(clock), 1 / 0))

        with pytest.raises((ZeroDivisionError, AssertionError)) as caught:
            fake.stop()

        texts = "".join(traceback.format_exception(caught.value))
        assert "ZeroDivisionError" in texts
        assert "1 fault was not triggered" in texts
        assert not fake.is_active
        assert datetime.now(timezone.utc) > MONDAY
        with mock_sesv2() as other:
            assert total("SEND") == 0
            assert len(other.calls) == 1

    def test_a_name_that_there_is_not_is_an_error(self, sesv2_fake):
        with pytest.raises(AttributeError):
            sesv2_fake.vdm_enable = False
        with pytest.raises(AttributeError):
            sesv2_fake.contract = "live"

    def test_it_inherits_nothing(self):
        assert FakeSESv2.__bases__ == (object,)

    def test_what_users_see_of_it_is_what_is_documented(self):
        fake = FakeSESv2()
        undocumented = [
            name
            for name in dir(fake)
            if not name.startswith("_") and not inspect.getdoc(getattr(type(fake), name))
        ]

        assert undocumented == []


class TestAsync:
    """`async with`."""

    def test_it_answers_inside(self):
        async def main():
            async with mock_sesv2() as fake:
                fake.send(SENDER, "ann@gmail.com", at=MONDAY)
                return fake, total("SEND")

        fake, counted = asyncio.run(main())

        assert counted == 1
        assert not fake.is_active

    def test_missed_faults_are_reported(self):
        async def main():
            async with mock_sesv2() as fake:
                fake.throttle()

        with pytest.raises(AssertionError, match="1 fault was not triggered"):
            asyncio.run(main())

    def test_an_exception_comes_through_alone(self):
        async def main():
            async with mock_sesv2() as fake:
                fake.throttle()
                raise KeyError

        with pytest.raises(KeyError):
            asyncio.run(main())


class TestReset:
    """`reset()`: as just after the start."""

    def test_seeds_calls_and_faults_are_gone(self, sesv2_fake, sesv2_client):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        total("SEND")
        fault = sesv2_fake.throttle()
        sesv2_fake.reset()

        assert sesv2_fake.seeded_days() == []
        assert sesv2_fake.calls == []
        assert total("SEND", using=sesv2_client) == 0
        assert fault.hits == 0

    @pytest.mark.sesv2_fake(vdm_enabled=False)
    def test_options_are_as_given(self, sesv2_fake):
        sesv2_fake.vdm_enabled = True
        sesv2_fake.reset()

        assert not sesv2_fake.vdm_enabled

    def test_the_clock_goes_on(self, sesv2_fake):
        sesv2_fake.freeze(MONDAY)
        sesv2_fake.reset()

        assert datetime.now(timezone.utc) - MONDAY > timedelta(seconds=1)
        with pytest.raises(RuntimeError, match="the clock is not stopped"):
            sesv2_fake.advance(days=1)
        sesv2_fake.freeze(MONDAY)
        assert datetime.now(timezone.utc) == MONDAY

    def test_an_email_of_before_says_so(self, sesv2_fake):
        email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        sesv2_fake.reset()

        with pytest.raises(RuntimeError, match="the fake was reset after this email was sent"):
            email.open()

    def test_it_stays_the_innermost(self):
        with mock_sesv2() as outer, mock_sesv2() as inner:
            outer.reset()
            inner.send(SENDER, "ann@gmail.com", at=MONDAY)

            assert total("SEND") == 1


class TestErrors:
    """What was wrong, and what was meant."""

    def test_a_with_statement_without_parentheses(self):
        with pytest.raises(TypeError, match=r"with mock_sesv2\(\) as fake:"), mock_sesv2:
            pass

    def test_an_async_with_statement_without_parentheses(self):
        async def main():
            async with mock_sesv2:
                pass

        with pytest.raises(TypeError, match=r"async with mock_sesv2\(\) as fake:"):
            asyncio.run(main())

    def test_a_misspelt_unit(self, sesv2_fake):
        sesv2_fake.freeze(MONDAY)

        with pytest.raises(ValueError, match=r"advance: expected one of days, .*mean 'days'"):
            sesv2_fake.advance(day=1)

    def test_a_duration_that_is_no_number(self, sesv2_fake):
        sesv2_fake.freeze(MONDAY)

        with pytest.raises(TypeError, match="days"):
            sesv2_fake.advance(days="1")

    @pytest.mark.parametrize(
        "use",
        [
            lambda fake, region: fake.send(SENDER, "ann@gmail.com", region=region),
            lambda fake, region: fake.record("SEND", 1, region=region),
            lambda fake, region: fake.load_events([], region=region),
            lambda fake, region: fake.explain(query(), region=region),
        ],
        ids=["send", "record", "load_events", "explain"],
    )
    def test_a_wrong_region(self, sesv2_fake, use):
        with pytest.raises(TypeError, match=r"region: .* such as 'eu-west-1', got 7 \(int\)"):
            use(sesv2_fake, 7)
        with pytest.raises(ValueError, match=r"region: .* such as 'eu-west-1', got 'Frankfurt'"):
            use(sesv2_fake, "Frankfurt")

    def test_a_query_that_explain_is_asked_about(self, sesv2_fake):
        with pytest.raises(ValueError, match=r"^query: 1 validation error"):
            sesv2_fake.explain(query("SENT"))

    def test_an_operation_that_does_not_exist(self, sesv2_fake):
        with pytest.raises(ValueError, match="no 'BatchGetMetricsData' of SES; did you mean"):
            sesv2_fake.throttle(operation="BatchGetMetricsData")

    def test_any_operation(self, sesv2_fake, sesv2_client):
        fault = sesv2_fake.fail_requests("BadRequestException", operation="*")

        with pytest.raises(sesv2_client.exceptions.BadRequestException):
            sesv2_client.batch_get_metric_data(Queries=[query()])
        assert fault.hits == 1
        assert "(400) for *" in repr(fault)

    @pytest.mark.parametrize(
        "line",
        [
            "sesv2_fake.send('news', 'ann@gmail.com')",
            "sesv2_fake.send('news@example.com', 'ann@gmail.com', at=7)",
            "sesv2_fake.send('news@example.com', 'ann@gmail.com', region=7)",
            "sesv2_fake.send('news@example.com', 'ann@gmail.com').bounce('Permanant')",
            "sesv2_fake.record('SENT', 1)",
            "sesv2_fake.load_events([{}])",
            "sesv2_fake.load_response({}, {})",
            "sesv2_fake.explain({})",
            "sesv2_fake.deny(id='')",
            "sesv2_fake.throttle(times=0)",
            "sesv2_fake.drop_connections('timeout')",
            "sesv2_fake.freeze(7)",
            "sesv2_fake.advance(days=1)",
            "sesv2_fake.start()",
            "sesv2_fake.vdm_enabled = 1",
            "mock_sesv2(contract='lived')",
            "mock_sesv2(contrct='live')",
            "mock_sesv2()(7)",
            "mock_sesv2().stop()",
            "mock_sesv2.__enter__()",
        ],
    )
    def test_the_last_frame_is_the_users_line(self, pytester, line):
        """Of an error about what the user handed in, pytest shows no frame of the package."""
        pytester.makepyfile(
            f"from sesv2_fake import mock_sesv2\n\ndef test_it(sesv2_fake):\n    {line}\n"
        )

        result = pytester.runpytest("--tb=short")

        result.assert_outcomes(failed=1)
        frames = [text for text in result.outlines if ": in " in text]
        assert frames == ["test_the_last_frame_is_the_users_line.py:4: in test_it"]


def test_exceptions_can_be_copied_and_pickled(sesv2_fake, sesv2_client):
    """They go from one process to another in Django's parallel tests and process pools."""
    sesv2_fake.throttle()
    caught = []
    for wrong in (
        lambda: sesv2_client.batch_get_metric_data(Queries=[query()]),
        lambda: sesv2_fake.send("news", "ann@gmail.com"),
        lambda: mock_sesv2().stop(),
    ):
        with pytest.raises((botocore.exceptions.ClientError, ValueError, RuntimeError)) as raised:
            wrong()
        caught.append(raised.value)
    with pytest.raises(ArithmeticError) as raised, mock_sesv2() as inner:
        inner.throttle()
        raise ArithmeticError("on its own")
    caught.append(raised.value)
    with pytest.raises(AssertionError) as raised, mock_sesv2() as inner:
        inner.throttle()
    caught.append(raised.value)

    for error in caught:
        assert not any("sesv2_fake" in type(value).__module__ for value in vars(error).values())
        copied = copy.deepcopy(error)
        assert str(copied) == str(error)
        if not isinstance(error, botocore.exceptions.ClientError):  # their classes are made anew
            assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_package_names_what_it_offers():
    assert set(sesv2_fake.__all__) == set(dir(sesv2_fake))
    for name in sesv2_fake.__all__:
        assert getattr(sesv2_fake, name)
    with pytest.raises(AttributeError, match="no attribute 'mock_ses'"):
        assert sesv2_fake.mock_ses
