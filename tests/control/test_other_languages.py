"""The test files in docs/other-languages.md, run as they are."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from serving import JAVASCRIPT_SDK, NEEDS_JAVASCRIPT

DOCUMENT = Path(__file__).parents[2] / "docs" / "other-languages.md"
JAVASCRIPT = re.findall(r"```js\n(// (\S+)\n.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with the files, and what they need."""
    folder = tmp_path_factory.mktemp("javascript")
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    for content, name in JAVASCRIPT:
        (folder / name).write_text(content, "utf-8")
    packages = [JAVASCRIPT_SDK, "vitest@3"]
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", *packages],
        cwd=folder,
        check=True,
        timeout=300,
    )
    return folder


@NEEDS_JAVASCRIPT
@pytest.mark.parametrize(
    "command",
    [["node", "--test", "dashboard.test.mjs"], ["npx", "vitest", "run", "dashboard.spec.mjs"]],
    ids=["node", "vitest"],
)
def test_javascript(sesv2_fake, project, command):
    with sesv2_fake.serve() as url:
        done = subprocess.run(
            command,
            cwd=project,
            env={**os.environ, "SESV2_FAKE_URL": url},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"pass 2\b|2 passed", done.stdout)
