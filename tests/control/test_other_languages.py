"""The test files in docs/other-languages.md, run as they are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from serving import JAVASCRIPT_SDK, NEEDS_JAVASCRIPT

DOCUMENT = Path(__file__).parents[2] / "docs" / "other-languages.md"
JAVASCRIPT = re.findall(r"```js\n(// (\S+)\n.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
(SCRIPT,) = re.findall(r"```sh title=.*?\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
#: Says whether the server answers, and ends with a status of its own.
ASKING = """
import os, sys, urllib.request
health = urllib.request.urlopen(os.environ["SESV2_FAKE_URL"] + "/_sesv2_fake/health")
print(health.status, os.environ["AWS_ENDPOINT_URL_SESV2"] == os.environ["SESV2_FAKE_URL"])
sys.exit(3)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with the files, and what they need."""
    folder = tmp_path_factory.mktemp("javascript")
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    for content, name in JAVASCRIPT:
        (folder / name).write_text(content, "utf-8")
    packages = [JAVASCRIPT_SDK, "jest@30", "nodemailer@10", "vitest@3"]
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", *packages],
        cwd=folder,
        check=True,
        timeout=300,
    )
    return folder


def run(command, project, env):
    done = subprocess.run(
        command, cwd=project, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@NEEDS_JAVASCRIPT
@pytest.mark.parametrize("file", ["dashboard.test.mjs", "nightly.test.mjs"])
def test_node_asks_a_server_that_runs_already(sesv2_fake, project, file):
    with sesv2_fake.serve() as url:
        printed = run(
            ["node", "--test", file],
            project,
            {**os.environ, "SESV2_FAKE_URL": url},
        )

    assert re.search(r"pass 2\b", printed)


@NEEDS_JAVASCRIPT
@pytest.mark.parametrize(
    ("command", "passed"),
    [
        (["npx", "vitest", "run", "dashboard.spec.mjs"], "2 passed"),
        (["npx", "jest", "welcome.jest.mjs"], "1 passed"),
    ],
    ids=["vitest", "jest"],
)
def test_a_global_set_up_starts_one_server_for_the_whole_run(project, command, passed):
    env = {name: value for name, value in os.environ.items() if name != "SESV2_FAKE_URL"}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env["NODE_OPTIONS"] = "--experimental-vm-modules"

    assert passed in run(command, project, env)


@pytest.mark.skipif(os.name != "posix", reason="a script of the shell")
def test_a_script_serves_while_its_command_runs(tmp_path):
    (tmp_path / "with-sesv2-fake.sh").write_text(SCRIPT, "utf-8")
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(tmp_path),
    }

    done = subprocess.run(
        ["sh", "with-sesv2-fake.sh", sys.executable, "-c", ASKING],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    # Standard error is at its end, so the server has ended too.
    assert (done.stdout, done.stderr, done.returncode) == ("200 True\n", "", 3)
    assert [path.name for path in tmp_path.iterdir()] == ["with-sesv2-fake.sh"]
