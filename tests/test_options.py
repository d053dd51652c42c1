"""Options: arguments, marker and ini options take the same names."""

import re
import subprocess
import sys

import pytest

from sesv2_fake import mock_sesv2
from sesv2_fake.options import described


class TestOptions:
    """Marker, ini options and arguments take the same names."""

    def test_there_is_an_ini_option_for_each(self, pytester):
        text = pytester.runpytest("--help").stdout.str()

        assert set(re.findall(r"sesv2_fake_(\w+) ", text)) >= set(DEFAULTS)

    @pytest.mark.parametrize(
        ("ini", "body"),
        [
            ("contract = live", "assert 'live' in repr(sesv2_fake)"),
            ("vdm_enabled = false", "assert not sesv2_fake.vdm_enabled"),
            ("unused_faults = ignore", "sesv2_fake.throttle()"),
            (
                "isps_without_feedback_loop = Yahoo Aol",
                "e = sesv2_fake.send('a@b.c', 'd@aol.com'); assert 'no feedback' in repr(e)",
            ),
        ],
    )
    def test_an_ini_option_sets_it_for_a_run(self, pytester, ini, body):
        pytester.makeini(f"[pytest]\nsesv2_fake_{ini}\n")
        pytester.makepyfile(f"def test_it(sesv2_fake):\n    {body}")

        pytester.runpytest("-W", "error", "--strict-config").assert_outcomes(passed=1)

    def test_in_every_door(self, pytester):
        pytester.makeini("[pytest]\nsesv2_fake_contract = live\n")
        pytester.makepyfile(
            """
            import pytest

            from sesv2_fake import mock_sesv2

            @mock_sesv2
            def test_decorator(sesv2_fake): assert "live" in repr(sesv2_fake)

            @pytest.mark.sesv2_fake(contract="documented")
            @mock_sesv2
            def test_marker(sesv2_fake): assert "documented" in repr(sesv2_fake)

            def test_context():
                with mock_sesv2() as fake: assert "live" in repr(fake)
                with mock_sesv2(contract="documented") as fake: assert "documented" in repr(fake)
            """
        )

        pytester.runpytest().assert_outcomes(passed=3)
        assert "documented" in repr(mock_sesv2())

    def test_so_does_the_command_line(self, pytester):
        pytester.makepyfile("def test_it(sesv2_fake): assert 'live' in repr(sesv2_fake)")

        pytester.runpytest("-o", "sesv2_fake_contract=live").assert_outcomes(passed=1)

    @pytest.mark.parametrize("where", ["ini", "toml", "command line"])
    def test_an_unknown_one_is_an_error_that_suggests_the_nearest(self, pytester, where):
        options = []
        if where == "ini":
            pytester.makeini("[pytest]\nsesv2_fake_contrct = live\n")
        elif where == "toml":
            pytester.makepyprojecttoml("[tool.pytest.ini_options]\nsesv2_fake_contrct = 'live'\n")
        else:
            options = ["-o", "sesv2_fake_contrct=live"]
        pytester.makepyfile("def test_it(sesv2_fake): pass")

        result = pytester.runpytest("-W", "default", *options)

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["*did you mean 'sesv2_fake_contract'*"])

    def test_so_is_one_of_the_marker(self, pytester):
        pytester.makepyfile(
            """
            import pytest

            @pytest.mark.sesv2_fake(vdm_enable=False)
            def test_it(sesv2_fake): pass
            """
        )

        result = pytester.runpytest("--strict-markers")

        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*no option 'vdm_enable'; did you mean 'vdm_enabled'*"])

    def test_a_misspelt_attribute_is_an_error(self, sesv2_fake):
        with pytest.raises(AttributeError):
            sesv2_fake.vdm_enable = False
        with pytest.raises(AttributeError):
            sesv2_fake.contract = "live"
