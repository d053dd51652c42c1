"""`--no-skip`, for tox environments whose tests need what a machine may not have."""

from pathlib import Path

CONFTEST = Path(__file__).parents[1] / "conftest.py"
TESTS = """
    import pytest

    @pytest.mark.skipif(True, reason="needs a browser")
    def test_skipped(): ...

    @pytest.mark.xfail(strict=True)
    def test_expected(): assert False
"""


def test_a_skipped_test_fails_and_says_what_is_missing(pytester):
    pytester.makeconftest(CONFTEST.read_text("utf-8"))
    pytester.makepyfile(TESTS, test_module="import pytest; pytest.importorskip('no_such_module')")

    result = pytester.runpytest_subprocess("--no-skip", "--continue-on-collection-errors")

    result.assert_outcomes(xfailed=1, errors=2)
    result.stdout.fnmatch_lines(["*missing. Skipped: needs a browser*"])
    result.stdout.fnmatch_lines(["*missing. Skipped: could not import 'no_such_module'*"])
