"""Beside plugins of pytest that run tests again or stop the clock, and Django's test runner."""

import importlib.util
import subprocess
import sys

import pytest


def needs(module):
    return pytest.mark.skipif(
        importlib.util.find_spec(module) is None,
        reason=f"{module} is in the tox environment neighbours",
    )


@needs("pytest_rerunfailures")
@pytest.mark.parametrize("fake", ["sesv2_fake", "mine"])
def test_pytest_rerunfailures_reports_missed_faults_of_every_run(users_pytester, fake):
    users_pytester.makepyfile(
        f"""
        import pytest

        from sesv2_fake import mock_sesv2

        runs = []

        @pytest.fixture
        def mine():
            with mock_sesv2() as fake:
                yield fake

        @pytest.mark.sesv2_fake(contract="live")
        def test_it({fake}):
            runs.append(1)
            assert "live" in repr({fake})
            {fake}.throttle()
            assert len(runs) == 2, "the first run fails"
        """
    )

    result = users_pytester.runpytest("--reruns=1", "-p", "no:randomly")

    result.stdout.fnmatch_lines(["*1 fault was not triggered as often as set up:*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@needs("pytest_freezer")
@pytest.mark.parametrize("fixtures", ["freezer, sesv2_fake", "sesv2_fake, freezer"])
def test_pytest_freezers_clock_is_as_it_was(users_pytester, fixtures):
    users_pytester.makepyfile(
        f"""
        import time
        from datetime import datetime, timezone

        START = time.time()

        def test_it({fixtures}):
            before = datetime.now(timezone.utc)
            sesv2_fake.freeze("2026-01-05")
            assert datetime.now(timezone.utc).year == 2026
            sesv2_fake.advance(days=365)
            assert datetime.now(timezone.utc).year == 2027
            sesv2_fake.reset()
            assert datetime.now(timezone.utc) == before
            freezer.move_to("2020-01-01")
            assert datetime.now(timezone.utc).year == 2020

        def test_then():
            assert 0 <= time.time() - START < 600
            assert type(datetime.now()).__name__ == "datetime"
        """
    )

    users_pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=2)


DJANGO_TESTS = """
import boto3
from django.test import SimpleTestCase

from sesv2_fake import mock_sesv2


def ask():
    client = boto3.client("sesv2", region_name="us-east-1")
    return client.batch_get_metric_data(Queries=[{
        "Id": "q", "Namespace": "VDM", "Metric": "SEND", "StartDate": 0, "EndDate": 86400,
    }])


@mock_sesv2
class TestFirst(SimpleTestCase):
    def test_passes(self, sesv2_fake):
        ask()

    def test_fails(self, sesv2_fake):
        sesv2_fake.throttle()
        self.assertEqual(sesv2_fake.calls, ["none"])


@mock_sesv2
class TestSecond(SimpleTestCase):
    def test_passes(self, sesv2_fake):
        ask()

    def test_misses_a_fault(self, sesv2_fake):
        sesv2_fake.throttle()

    def test_gives_a_wrong_address(self, sesv2_fake):
        sesv2_fake.send("news", "ann@gmail.com")
"""


# Django's parallel runner needs it to hand tracebacks on.
@needs("tblib")
@needs("django")
def test_djangos_parallel_tests_hand_every_failure_on(tmp_path):
    (tmp_path / "settings.py").write_text("SECRET_KEY = 'x'\nDATABASES = {}\nUSE_TZ = True\n")
    (tmp_path / "tests.py").write_text(DJANGO_TESTS)

    done = subprocess.run(
        [sys.executable, "-m", "django", "test", "--parallel", "2", "--settings", "settings"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert "Ran 5 tests" in done.stderr, done.stderr
    assert "FAILED (failures=2, errors=1)" in done.stderr, done.stderr
    assert "1 fault was not triggered as often as set up" in done.stderr
    assert "sender: " in done.stderr
