"""Options: arguments, marker and ini options take the same names."""

import re
from importlib.util import find_spec

import pytest

from sesv2_fake import mock_sesv2


class TestOptions:
    """Marker, ini options and arguments take the same names."""

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

    def test_it_holds_for_each_way_to_use_a_fake(self, pytester):
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
        with mock_sesv2() as fake:
            assert "documented" in repr(fake)

    def test_the_command_line_sets_it_too(self, pytester):
        pytester.makepyfile("def test_it(sesv2_fake): assert 'live' in repr(sesv2_fake)")

        pytester.runpytest("-o", "sesv2_fake_contract=live").assert_outcomes(passed=1)

    @pytest.mark.parametrize("where", ["ini", "toml", "command line"])
    def test_an_unknown_one_is_left_to_pytest(self, pytester, where):
        options = []
        if where == "ini":
            pytester.makeini("[pytest]\nsesv2_fake_contrct = live\n")
        elif where == "toml":
            pytester.makepyprojecttoml("[tool.pytest.ini_options]\nsesv2_fake_contrct = 'live'\n")
        else:
            options = ["-o", "sesv2_fake_contrct=live"]
        pytester.makepyfile("def test_it(sesv2_fake): pass")

        result = pytester.runpytest("-W", "default", *options)

        assert result.parseoutcomes()["passed"] == 1
        strict = pytester.runpytest("--strict-config", *options)
        # Whether it looks at the command line, and what its exit status is, is pytest's own.
        assert strict.ret != 0 or where == "command line"

    @pytest.mark.parametrize(
        "other",
        [
            "[dependency-groups]\nsesv2_fake_dev = ['sesv2-fake']\n",
            "[tool.myapp]\nsesv2_fake_port = 8025\n",
        ],
    )
    def test_names_of_other_sections_that_look_alike_do_no_harm(self, pytester, other):
        pytester.makepyprojecttoml(
            f"[tool.pytest.ini_options]\nsesv2_fake_contract = 'live'\n{other}"
        )
        pytester.makepyfile("def test_it(sesv2_fake): assert 'live' in repr(sesv2_fake)")

        pytester.runpytest("-W", "error", "--strict-config").assert_outcomes(passed=1)

    def test_an_unknown_one_of_the_marker_is_an_error_that_suggests_the_nearest(self, pytester):
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


def test_a_marker_given_is_stronger_than_ini_and_arguments_than_both(pytester):
    pytester.makeini("[pytest]\nsesv2_fake_contract = live\nsesv2_fake_vdm_enabled = false\n")
    pytester.makepyfile(
        """
        import pytest

        from sesv2_fake import mock_sesv2

        @pytest.mark.sesv2_fake(contract="documented")
        def test_it(sesv2_fake):
            assert "documented" in repr(sesv2_fake)
            assert not sesv2_fake.vdm_enabled
            with mock_sesv2(contract="live") as fake:
                assert "live" in repr(fake)
                assert not fake.vdm_enabled
        """
    )

    pytester.runpytest().assert_outcomes(passed=1)


def test_an_iterator_of_isps_holds_for_each_call_of_a_decorated_function():
    @mock_sesv2(isps_without_feedback_loop=map(str, ["Yahoo"]))
    def of_yahoo(sesv2_fake):
        return repr(sesv2_fake.send("news@example.com", "ann@yahoo.com"))

    assert "no feedback" in of_yahoo()
    assert "no feedback" in of_yahoo()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"contract": "lived"}, ValueError, "contract: expected one of documented, live.*'live'"),
        ({"contrct": "live"}, TypeError, "no option 'contrct'; did you mean 'contract'"),
        ({"zzz": 1}, TypeError, "no option 'zzz'; there are contract, vdm_enabled"),
        ({"vdm_enabled": "no"}, TypeError, "vdm_enabled: expected True, False or None, got 'no'"),
        ({"isps_without_feedback_loop": "Gmail"}, TypeError, "expected a list of ISP names"),
        ({"isps_without_feedback_loop": ["gmail"]}, ValueError, "SES writes 'Gmail'"),
    ],
)
def test_an_option_that_cannot_be_is_an_error(options, error, message):
    with pytest.raises(error, match=message):
        mock_sesv2(**options)


@pytest.mark.parametrize(
    ("module", "use", "extra"),
    [
        ("freezegun", lambda fake: fake.freeze("2026-01-05"), "freezegun"),
        ("werkzeug", lambda fake: fake.serve().__enter__(), "server"),
        ("responses", lambda _: mock_sesv2(intercept_requests=True).start(), "requests"),
    ],
    ids=["freezegun", "werkzeug", "responses"],
)
def test_a_missing_extra_is_an_error_that_names_it(sesv2_fake, module, use, extra, monkeypatch):
    monkeypatch.setattr(
        "sesv2_fake.checks.find_spec", lambda name: None if name == module else find_spec(name)
    )

    words = re.escape(f"needs {module}: pip install 'sesv2-fake[{extra}]'")
    with pytest.raises(ModuleNotFoundError, match=words):
        use(sesv2_fake)
