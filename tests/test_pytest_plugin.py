"""What pytest users get without an import: fixtures, marker, ini option."""

import sys
import textwrap

import pytest
from asking import MONDAY, query, series, total
from botocore.config import Config

SENDER = "news@example.com"


def test_the_client_asks_us_east_1(sesv2_fake, sesv2_client):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY, region="us-east-1")

    assert sesv2_client.meta.region_name == "us-east-1"
    assert series(sesv2_client.batch_get_metric_data(Queries=[query()])) == {MONDAY.date(): 1}


def test_the_client_fixture_alone_starts_the_fake(sesv2_client):
    assert sesv2_client.batch_get_metric_data(Queries=[query()])["Errors"] == []


def test_every_test_has_a_fresh_fake(pytester):
    pytester.makepyfile(
        """
        import pytest

        fakes = []

        @pytest.mark.parametrize("n", range(3))
        def test_fresh(sesv2_fake, n):
            assert sesv2_fake.calls == []
            sesv2_fake.send("a@example.com", "b@example.com")
            assert len(sesv2_fake.seeded_days()) == 1
            assert not any(fake.is_active for fake in fakes)
            fakes.append(sesv2_fake)
        """
    )

    pytester.runpytest("-W", "error").assert_outcomes(passed=3)


@pytest.mark.sesv2_fake(contract="live")
def test_the_marker_takes_the_options_of_mock_sesv2(sesv2_fake, sesv2_client):
    with pytest.raises(sesv2_client.exceptions.BadRequestException, match="Invalid ISP name"):
        sesv2_client.batch_get_metric_data(Queries=[query(ISP="*")])


@pytest.mark.sesv2_fake(contract="live")
class TestMarkers:
    @pytest.mark.sesv2_fake(vdm_enabled=False)
    def test_options_of_class_and_test_add_up(self, sesv2_fake, sesv2_client):
        with pytest.raises(sesv2_client.exceptions.NotFoundException):
            sesv2_client.batch_get_metric_data(Queries=[query()])
        sesv2_fake.vdm_enabled = True
        with pytest.raises(sesv2_client.exceptions.BadRequestException):
            sesv2_client.batch_get_metric_data(Queries=[query(ISP="*")])

    @pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")
    @pytest.mark.sesv2_fake(contract="documented")
    def test_the_nearest_marker_wins(self, sesv2_fake, sesv2_client):
        assert sesv2_client.batch_get_metric_data(Queries=[query(ISP="*")])["Errors"] == []


def test_the_marker_holds_for_every_fake_of_its_test(pytester):
    pytester.makepyfile(
        """
        import unittest

        import pytest

        from sesv2_fake import mock_sesv2

        live = pytest.mark.sesv2_fake(contract="live")

        @live
        @mock_sesv2
        def test_decorator(sesv2_fake):
            assert "live" in repr(sesv2_fake)

        @live
        def test_context():
            with mock_sesv2() as fake:
                assert "live" in repr(fake)

        @live
        @mock_sesv2(contract="documented")
        def test_what_is_given_wins(sesv2_fake):
            assert "documented" in repr(sesv2_fake)

        @live
        @mock_sesv2
        class TestCase(unittest.TestCase):
            def test_it(self, sesv2_fake):
                assert "live" in repr(sesv2_fake)

        def test_another():
            with mock_sesv2() as fake:
                assert "documented" in repr(fake)
        """
    )

    pytester.runpytest().assert_outcomes(passed=5)


def test_the_ini_option_sets_the_contract_of_a_run(pytester):
    pytester.makeini("[pytest]\nsesv2_fake_contract = live\n")
    pytester.makepyfile(
        """
        import pytest
        from datetime import datetime, timedelta, timezone

        MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)

        def ask(client):
            return client.batch_get_metric_data(Queries=[{
                "Id": "q", "Namespace": "VDM", "Metric": "SEND", "Dimensions": {"ISP": "*"},
                "StartDate": MONDAY, "EndDate": MONDAY + timedelta(days=1),
            }])

        def test_of_the_run(sesv2_client):
            with pytest.raises(sesv2_client.exceptions.BadRequestException):
                ask(sesv2_client)

        @pytest.mark.sesv2_fake(contract="documented")
        def test_of_its_own(sesv2_client):
            with pytest.warns(UserWarning):
                ask(sesv2_client)
        """
    )

    pytester.runpytest("--strict-markers", "-W", "error").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sesv2_fake_isps_without_feedback_loop =", "isps_without_feedback_loop', frozenset()"),
        ("sesv2_fake_isps_without_feedback_loop = Yahoo", "frozenset({'Yahoo'})"),
        ("sesv2_fake_vdm_enabled = none", "vdm_enabled', None"),
        ("sesv2_fake_vdm_enabled = false", "vdm_enabled', False"),
        ("sesv2_fake_vdm_enabled = Yes", "vdm_enabled', True"),
    ],
)
def test_an_ini_value_may_be_an_empty_list_or_none(pytester, line, expected):
    pytester.makeini(f"[pytest]\n{line}\n")
    pytester.makepyfile(
        "def test(sesv2_fake):\n    print(list(sesv2_fake._account.options.items()))\n"
    )

    result = pytester.runpytest_inprocess("-s", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)
    assert expected in result.stdout.str()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("contract", "alive", "contract: expected one of documented, live, got 'alive'*"),
        ("vdm_enabled", "maybe", "vdm_enabled: expected True, False or None, got 'maybe'"),
    ],
)
def test_a_wrong_ini_value_is_an_error_that_says_so(pytester, option, value, message):
    pytester.makeini(f"[pytest]\nsesv2_fake_{option} = {value}\n")

    result = pytester.runpytest()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: ini option sesv2_fake_{option}: {message}"])


def test_a_positional_marker_argument_is_an_error(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.sesv2_fake("live")
        def test_it(sesv2_fake): pass
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*sesv2_fake marker takes only keywords*contract=*"])


def test_a_wrong_marker_option_is_an_error_where_no_fake_is_too(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.sesv2_fake(contract="lived")
        def test_it(): pass
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*contract: expected one of documented, live, got 'lived'*"])


def test_the_fixtures_object_says_so_when_used_after_its_test(pytester):
    pytester.makepyfile(
        """
        import pytest

        kept = []

        def test_keep(sesv2_fake):
            kept.append((sesv2_fake, sesv2_fake.send("a@example.com", "b@example.com")))

        def test_use_later():
            for use in (lambda: kept[0][0].send("a@b.c", "d@e.f"), kept[0][1].deliver):
                with pytest.raises(RuntimeError, match="fake was stopped"):
                    use()
        """
    )

    pytester.runpytest().assert_outcomes(passed=2)


def test_help_and_markers_name_the_plugin(users_pytester):
    users_pytester.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.sesv2_fake(*"])
    users_pytester.runpytest("--help").stdout.fnmatch_lines(["*sesv2_fake_contract*"])


def test_a_run_without_a_fake_loads_the_plugin_alone(users_pytester):
    users_pytester.makepyfile(
        """
        import sys

        import pytest

        def test_that_fails():
            raise AssertionError

        def test_that_is_skipped():
            pytest.skip()

        def test_afterwards():
            assert not {"botocore", "boto3"} & set(sys.modules)
            ours = {name for name in sys.modules if name.startswith("sesv2_fake")}
            names = ("checks", "isps", "options", "pytest_plugin")
            assert ours == {"sesv2_fake", *(f"sesv2_fake.{name}" for name in names)}
        """
    )

    result = users_pytester.run(
        sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:hypothesispytest", "-q"
    )

    result.assert_outcomes(failed=1, skipped=1, passed=1)


def test_a_clock_stopped_before_the_fixture_stays_out_of_later_tests(pytester):
    pytester.makepyfile(
        """
        import datetime

        import freezegun
        import pytest

        @pytest.fixture
        def stopped():
            with freezegun.freeze_time("2026-01-05"):
                yield

        QUERY = {
            "Id": "q", "Namespace": "VDM", "Metric": "SEND", "StartDate": 0, "EndDate": 86400
        }

        def test_first(stopped, sesv2_fake, sesv2_client):
            assert "FakeDatetime" in repr(datetime.datetime)

        def test_later(sesv2_fake, sesv2_client):
            sesv2_client.batch_get_metric_data(Queries=[QUERY])
            (call,) = sesv2_fake.calls
            assert type(call.time) is datetime.datetime
            assert type(call.queries[0].start_date) is datetime.datetime
        """
    )

    result = pytester.run(sys.executable, "-m", "pytest", "-q")

    result.assert_outcomes(passed=2)


class TestClientFactory:
    """`sesv2_client_factory`."""

    def test_another_region(self, sesv2_fake, sesv2_client_factory):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, region="eu-west-1")

        assert total("SEND", using=sesv2_client_factory("eu-west-1")) == 1
        assert total("SEND", using=sesv2_client_factory()) == 0

    def test_another_configuration(self, sesv2_client_factory):
        made = sesv2_client_factory(config=Config(retries={"total_max_attempts": 7}))

        assert made.meta.config.retries["total_max_attempts"] == 7

    def test_equal_arguments_give_one_client(self, sesv2_client, sesv2_client_factory):
        def standard():
            return sesv2_client_factory(config=Config(retries={"mode": "standard"}))

        assert sesv2_client_factory() is sesv2_client
        assert standard() is standard()
        assert standard() is not sesv2_client

    def test_a_client_is_made_once_a_run(self, pytester):
        pytester.makepyfile(
            """
            import pytest

            clients = []

            @pytest.mark.parametrize("n", range(3))
            def test_it(sesv2_client, n):
                clients.append(sesv2_client)
                assert clients[0] is sesv2_client
            """
        )

        pytester.runpytest().assert_outcomes(passed=3)

    def test_no_environment_variable_and_no_file_matters(
        self, tmp_path, monkeypatch, sesv2_client_factory
    ):
        own = "http://127.0.0.1:9"
        (tmp_path / "config").write_text(
            f"[default]\nendpoint_url = {own}\nuse_fips_endpoint = true\n"
        )
        for name, value in {
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_PROFILE": "none-of-that-name",
            "AWS_DEFAULT_REGION": "nowhere",
            "AWS_ENDPOINT_URL": own,
            "AWS_ENDPOINT_URL_SESV2": own,
            "AWS_USE_DUALSTACK_ENDPOINT": "true",
            "AWS_RETRY_MODE": "adaptive",
        }.items():
            monkeypatch.setenv(name, value)

        meta = sesv2_client_factory("eu-north-1").meta

        assert meta.region_name == "eu-north-1"
        assert meta.endpoint_url == "https://email.eu-north-1.amazonaws.com"
        assert meta.config.retries["mode"] == "legacy"


def test_the_marker_of_the_first_test_does_not_decide_for_a_session_fixture(pytester):
    pytester.makeini("[pytest]\nsesv2_fake_vdm_enabled = false\n")
    pytester.makepyfile(
        """
        import pytest

        from sesv2_fake import mock_sesv2

        @pytest.fixture(scope="session")
        def of_session():
            with mock_sesv2() as fake:
                yield fake

        @pytest.fixture(scope="module")
        def of_module(of_session):
            with mock_sesv2() as fake:
                yield fake

        @pytest.mark.sesv2_fake(contract="live")
        @pytest.mark.parametrize("n", range(2))
        def test_it(of_session, of_module, sesv2_fake, n):
            assert "documented" in repr(of_session)
            assert "documented" in repr(of_module)
            assert not of_session.vdm_enabled
            assert "live" in repr(sesv2_fake)
            with mock_sesv2() as fake:
                assert "live" in repr(fake)

        def test_another(of_session, sesv2_fake):
            assert "documented" in repr(sesv2_fake)
        """
    )

    pytester.runpytest().assert_outcomes(passed=3)


def test_the_marker_holds_for_a_fixture_of_the_test_itself(pytester):
    pytester.makepyfile(
        """
        import pytest

        from sesv2_fake import mock_sesv2

        @pytest.fixture
        def mine():
            with mock_sesv2() as fake:
                yield fake

        @pytest.mark.sesv2_fake(contract="live")
        def test_it(mine):
            assert "live" in repr(mine)
        """
    )

    pytester.runpytest().assert_outcomes(passed=1)


OWN_FIXTURE = """
    import pytest

    from sesv2_fake import mock_sesv2

    @pytest.fixture
    def ses():
        with mock_sesv2() as fake:
            yield fake

    def test_it(ses):
        ses.send("news@example.com", "ann@gmail.com")
        ses.throttle()
        {then}
"""


def test_a_fake_in_a_fixture_of_ones_own_is_reported_and_adds_no_second_error(pytester):
    pytester.makepyfile(OWN_FIXTURE.format(then="assert 0"))

    result = pytester.runpytest()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- sesv2_fake (call) -*", "no calls", "*SEND *1*"])


def test_its_missed_faults_are_an_error_of_a_test_that_passes(pytester):
    pytester.makepyfile(OWN_FIXTURE.format(then="pass"))

    pytester.runpytest().assert_outcomes(passed=1, errors=1)


def test_a_fake_of_the_test_itself_is_reported_after_its_end(pytester):
    pytester.makepyfile(
        """
        from sesv2_fake import mock_sesv2

        @mock_sesv2
        def test_it(sesv2_fake):
            sesv2_fake.send("news@example.com", "ann@gmail.com")
            assert 0

        def test_another():
            assert 0
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(failed=2)
    assert result.stdout.str().count("- sesv2_fake (call) -") == 1


RUNS_TWICE = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for is_last in (False, True):
            item._initrequest()
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True
"""


@pytest.mark.parametrize("fake", ["sesv2_fake", "ses"])
def test_a_test_that_is_run_again_reports_its_missed_faults(pytester, fake):
    """As pytest-rerunfailures runs a test again that failed."""
    pytester.makeconftest(RUNS_TWICE)
    pytester.makepyfile(
        f"""
        import pytest

        from sesv2_fake import mock_sesv2

        runs = []

        @pytest.fixture
        def ses():
            with mock_sesv2() as fake:
                yield fake

        @pytest.mark.sesv2_fake(contract="live")
        def test_it({fake}):
            assert "live" in repr({fake})
            runs.append({fake})
            {fake}.throttle()
            assert len(runs) == 2, "the first run fails"
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*1 fault was not triggered as often as set up:*"])


def test_a_skip_or_an_interrupt_inside_a_call_leaves_nothing(pytester):
    """The next fake's clients back off as ever: no state of retries outlives a fake."""
    pytester.makepyfile(
        """
        import time

        import boto3
        import pytest
        from botocore.config import Config

        from sesv2_fake import mock_sesv2

        made = boto3.client(
            "sesv2", region_name="us-east-1", config=Config(retries={"mode": "legacy"})
        )
        QUERY = {
            "Id": "q", "Namespace": "VDM", "Metric": "SEND", "StartDate": 0, "EndDate": 86400
        }

        def leave(_):
            raise leave.by

        @pytest.mark.parametrize("by", [pytest.skip.Exception("no"), SystemExit()])
        def test_that_leaves(sesv2_fake, by):
            leave.by = by
            sesv2_fake.throttle(times=1)
            sesv2_fake.deny(where=leave, optional=True)
            made.batch_get_metric_data(Queries=[QUERY])

        @pytest.mark.sesv2_fake(instant_retries=False)
        def test_that_waits(sesv2_fake, monkeypatch):
            waits = []
            monkeypatch.setattr(time, "sleep", waits.append)
            sesv2_fake.throttle(times=2)
            made.batch_get_metric_data(Queries=[QUERY])
            assert len(waits) == 2
        """
    )

    result = pytester.runpytest()

    result.assert_outcomes(passed=1, skipped=1, failed=1)


def test_a_report_that_cannot_be_made_does_not_end_the_run(pytester, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("sesv2_fake.report.report_of", broken)
    pytester.makepyfile("def test_it(sesv2_fake): assert 0\ndef test_next(sesv2_fake): pass")

    result = pytester.runpytest()

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError*"])


def test_a_failed_assertion_of_a_fake_can_be_pickled_by_a_runner(pytester):
    """Runners such as Django's hand a test's exception from one process to another."""
    pytester.makepyfile(
        """
        import pickle

        import pytest

        def test_it(sesv2_fake):
            with pytest.raises(AssertionError) as caught:
                assert sesv2_fake.calls == [1]
            again = pickle.loads(pickle.dumps(caught.value))
            assert str(again) == str(caught.value)
        """
    )

    pytester.runpytest().assert_outcomes(passed=1)


ANYIO = """
    import asyncio

    import pytest
    from asking import MONDAY, total

    from sesv2_fake import mock_sesv2

    pytestmark = pytest.mark.anyio

    @pytest.fixture(scope="module")
    def anyio_backend():
        return "asyncio"

    @pytest.fixture(scope="module")
    async def wide(anyio_backend):
        async with mock_sesv2() as fake:
            fake.record("SEND", 800, at=MONDAY)
            yield fake
"""


@pytest.fixture
def of_anyio(users_pytester, request):
    """Run tests under anyio's plugin, whose tests and fixtures share one task."""
    pytest.importorskip("anyio")

    def run(tests):
        tests_folder = str(request.path.parent)
        users_pytester.makepyfile(textwrap.dedent(ANYIO) + textwrap.dedent(tests))
        return users_pytester.runpytest("-W", "error", "-o", f"pythonpath={tests_folder}")

    return run


def test_a_fake_of_the_test_is_within_one_of_a_wider_async_fixture(of_anyio):
    result = of_anyio(
        """
        async def test_the_fixture(wide, sesv2_fake):
            sesv2_fake.record("SEND", 7, at=MONDAY)

            assert (total("SEND"), await asyncio.to_thread(total, "SEND")) == (7, 7)

        @pytest.fixture
        def mine():
            with mock_sesv2() as fake:
                fake.record("SEND", 9, at=MONDAY)
                yield

        async def test_a_fixture_of_ones_own(wide, mine):
            assert total("SEND") == 9

        async def test_the_wider_one_alone(wide):
            assert total("SEND") == 800
        """
    )

    result.assert_outcomes(passed=3)


def test_an_async_fixture_asks_the_fake_of_the_test_too(of_anyio):
    result = of_anyio(
        """
        @pytest.fixture
        async def asked(wide, sesv2_fake):
            sesv2_fake.record("SEND", 7, at=MONDAY)
            yield total("SEND")
            assert total("SEND") == 7

        @pytest.fixture
        def innermost(asked):
            with mock_sesv2():
                yield

        async def test_it(asked, innermost):
            assert (asked, total("SEND")) == (7, 0)
        """
    )

    result.assert_outcomes(passed=1)


def test_coroutines_of_an_anyio_test_keep_apart(of_anyio):
    """Also if the test asks for a fixture meanwhile."""
    result = of_anyio(
        """
        @pytest.fixture
        def late():
            pass

        async def test_it(wide, sesv2_fake, request):
            async def one(number):
                async with mock_sesv2() as fake:
                    fake.record("SEND", number, at=MONDAY)
                    await asyncio.sleep(0)
                    request.getfixturevalue("late")
                    await asyncio.sleep(0)
                    return total("SEND")

            assert await asyncio.gather(one(1), one(2), one(3)) == [1, 2, 3]
        """
    )

    result.assert_outcomes(passed=1)


def test_a_thread_of_a_wider_fixture_keeps_its_own_fake(pytester, request):
    pytester.makepyfile(
        """
        import queue
        import threading

        import pytest
        from asking import MONDAY, total

        from sesv2_fake import mock_sesv2

        @pytest.fixture(scope="module")
        def ask():
            questions, answers = queue.Queue(), queue.Queue()

            def work():
                with mock_sesv2() as fake:
                    fake.record("SEND", 800, at=MONDAY)
                    while questions.get():
                        answers.put(total("SEND"))

            thread = threading.Thread(target=work)
            thread.start()
            yield lambda: (questions.put(True), answers.get(timeout=60))[1]
            questions.put(False)
            thread.join()

        def test_it(ask, sesv2_fake):
            assert (ask(), total("SEND")) == (800, 0)
        """
    )

    pytester.syspathinsert(request.path.parent)
    result = pytester.runpytest("-W", "error")
    result.assert_outcomes(passed=1)
