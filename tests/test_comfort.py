"""Options where one looks for them, the client factory, the stopped clock, missing extras."""

import re
import subprocess
import sys
from datetime import date, datetime, timezone

import pytest
from asking import MONDAY, ask, total
from botocore.config import Config

from sesv2_fake import mock_sesv2
from sesv2_fake.options import DEFAULTS

SENDER = "news@example.com"


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
        with pytest.raises(RuntimeError, match="this fake has not stopped the clock, call freeze"):
            sesv2_fake.advance(days=1)


@pytest.mark.parametrize(
    ("module", "use", "extra"),
    [
        ("freezegun", "with mock_sesv2() as f: f.freeze('2026-01-05')", "freezegun"),
        ("werkzeug", "with mock_sesv2() as f, f.serve(): pass", "server"),
        ("responses", "mock_sesv2(intercept_requests=True).start()", "requests"),
    ],
)
def test_a_missing_extra_is_an_error_that_names_it(module, use, extra, tmp_path):
    hide = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        f"hidden = lambda name, *a: None if name == {module!r} else find(name, *a)\n"
        "importlib.util.find_spec = hidden\n"
        "from sesv2_fake import mock_sesv2\n"
    )
    program = tmp_path / "program.py"
    program.write_text(hide + use)

    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)

    assert f"needs {module}: pip install 'sesv2-fake[{extra}]'" in done.stderr


SAMPLE = """
from __future__ import annotations

from datetime import datetime, timezone

from sesv2_fake import Call, Email, FakeSESv2, Fault, Metric, mock_sesv2

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)


def test_fixture(sesv2_fake: FakeSESv2) -> None:
    email: Email = sesv2_fake.send("a@example.com", ["b@example.com"], at=MONDAY).deliver().open()
    fault: Fault = sesv2_fake.deny(metric=Metric.SEND, where=lambda query: query.id == "a")
    calls: list[Call] = sesv2_fake.calls
    reveal_type(email.bounce())
    reveal_type(fault.hits)
    reveal_type([result.values for call in calls for result in call.results])


@mock_sesv2
def decorated(count: int, sesv2_fake: FakeSESv2) -> str:
    return str(count)


@mock_sesv2(contract="live", unused_faults="warn")
async def coroutine(sesv2_fake: FakeSESv2) -> int:
    with mock_sesv2() as inner, inner.serve() as url:
        reveal_type(inner)
        reveal_type(url)
    return 1


reveal_type(decorated)
reveal_type(coroutine)
"""


def mypy(path):
    pytest.importorskip("mypy", reason="mypy is in the tox environment types")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_users_tests_see_exact_types(tmp_path):
    (tmp_path / "test_sample.py").write_text(SAMPLE)

    done = mypy(tmp_path)

    told = done.stdout
    revealed = re.findall(r'Revealed type is "(.*)"', told)
    assert (done.stderr, done.returncode) == ("", 0), told
    expected = [
        r"sesv2_fake\.emails\.email\.Email",
        r"(builtins\.)?int",
        r"(builtins\.)?list\[(builtins\.)?list\[(builtins\.)?int\]\]",
        r"sesv2_fake\.fake\.FakeSESv2",
        r"(builtins\.)?str",
        r"def \(count: (builtins\.)?int, sesv2_fake: sesv2_fake\.fake\.FakeSESv2\) -> .*str",
        r"def \(sesv2_fake: sesv2_fake\.fake\.FakeSESv2\) -> .*Coroutine\[.*int\]",
    ]
    assert len(revealed) == len(expected)
    for type_, pattern in zip(revealed, expected, strict=True):
        assert re.fullmatch(pattern, type_)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("mock_sesv2(contract='lived')", "call-overload"),
        ("mock_sesv2(vdm=False)", "call-overload"),
        ("FakeSESv2(vdm_enabled='no')", "arg-type"),
        ("sesv2_fake.mock_ses()", "attr-defined"),
    ],
)
def test_wrong_names_and_options_are_type_errors(tmp_path, wrong, code):
    sample = tmp_path / "sample.py"
    sample.write_text(f"import sesv2_fake\nfrom sesv2_fake import FakeSESv2, mock_sesv2\n{wrong}\n")

    done = mypy(sample)

    assert done.returncode == 1
    assert f"[{code}]" in done.stdout
