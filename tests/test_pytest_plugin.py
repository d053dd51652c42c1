"""What pytest users get without an import: fixtures, marker, ini option."""

import sys

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

    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=5)


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
    ("option", "value", "message"),
    [
        ("contract", "alive", "contract: expected one of documented, live, got 'alive'*"),
        ("vdm_enabled", "maybe", "invalid truth value 'maybe'"),
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
    result.stdout.fnmatch_lines(["*sesv2_fake marker takes keywords alone*contract=*"])


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
                with pytest.raises(RuntimeError, match="this fake was stopped"):
                    use()
        """
    )

    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=2)


def test_help_and_markers_name_the_plugin(pytester):
    pytester.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.sesv2_fake(*"])
    pytester.runpytest("--help").stdout.fnmatch_lines(["*sesv2_fake_contract*"])


def test_a_run_without_a_fake_loads_the_plugin_alone(pytester):
    pytester.makepyfile(
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
            names = ("checks", "options", "pytest_plugin")
            assert ours == {"sesv2_fake", *(f"sesv2_fake.{name}" for name in names)}
        """
    )

    result = pytester.run(sys.executable, "-m", "pytest", "-p", "no:randomly", "-q")

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

    result = pytester.run(sys.executable, "-m", "pytest", "-p", "no:randomly", "-q")

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

    def test_the_environment_does_not_matter(self, monkeypatch, sesv2_client_factory):
        monkeypatch.setenv("AWS_PROFILE", "none-of-that-name")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "nowhere")

        assert sesv2_client_factory("eu-north-1").meta.region_name == "eu-north-1"
