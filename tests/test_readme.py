"""Every code block of the README and of the recipes runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
RECIPES = BLOCK.findall((ROOT / "docs" / "recipes.md").read_text("utf-8"))
PYTHON = [code for language, code in (*BLOCKS, *RECIPES) if language == "python"]
BASH = [code for language, code in BLOCKS if language == "bash"]
TESTS = [code for code in PYTHON if "def test_" in code]
SCRIPTS = [code for code in PYTHON if code not in TESTS]


def test_every_block_is_of_a_language_that_is_run():
    assert {language for language, _ in BLOCKS} == {"python", "bash", "console"}
    assert {language for language, _ in RECIPES} == {"python"}
    assert len(RECIPES) == 8
    assert len(TESTS) >= 12
    assert len(SCRIPTS) >= 3


@pytest.mark.parametrize("code", TESTS)
def test_a_block_of_tests_passes(pytester, code):
    for module in ("aiobotocore", "moto"):
        if re.search(rf"^(?:from|import) {module}\b", code, re.M):
            pytest.importorskip(module, reason=f"{module} is in a tox environment of its own")
    pytester.makepyfile(code)

    result = pytester.runpytest("--strict-markers", "-W", "error")

    result.assert_outcomes(passed=code.count("def test_"))


@pytest.mark.parametrize("code", SCRIPTS)
def test_a_block_of_script_runs(code):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_console_block_shows_what_the_commands_say(monkeypatch):
    """The server as the block starts it, but for the port; test_http_server.py runs the AWS CLI."""
    ((serve, told, ask),) = [
        code.splitlines() for language, code in BLOCKS if language == "console"
    ]
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    command = serve.removeprefix("$ ").replace("8025", "0").split()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        line = running.stdout.readline().strip()
        running.terminate()

    assert re.sub(r":\d+$", ":8025", line) == told
    assert told.rpartition(" ")[2] in ask


def test_the_first_command_shows_the_main_job(monkeypatch):
    """Its last part, on what is installed here; .ci/run makes the environment anew for both."""
    set_up, _, show = BASH[0].strip().rpartition(" && .venv/bin/")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))

    done = subprocess.run(show.split(), capture_output=True, text=True, cwd=ROOT, check=True)

    assert set_up == "python3 -m venv .venv && .venv/bin/pip install --quiet ."
    assert done.stdout.splitlines()[0].split()[:3] == ["day", "(UTC)", "SEND"]
    assert done.stdout.splitlines()[-1].split()[:2] == ["total", "980"]
