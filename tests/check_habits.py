"""The workflows, hooks and templates: `tox -e habits`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
CHOOSER = GITHUB / "ISSUE_TEMPLATE" / "config.yml"
FORMS = sorted({*CHOOSER.parent.glob("*.yml")} - {CHOOSER})
SCHEMAS = [
    *(("vendor.github-workflows", path) for path in WORKFLOWS),
    *(("vendor.github-issue-forms", path) for path in FORMS),
    ("vendor.github-issue-config", CHOOSER),
    ("vendor.dependabot", GITHUB / "dependabot.yml"),
]
#: An action, by the tag of a version.
TAGGED = re.compile(r"[\w.-]+/[\w.-]+@v\d+(\.\d+)*")


def run(tool, *arguments):
    done = subprocess.run(
        [Path(sys.executable).with_name(tool), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


JOBS = {
    f"{path.stem}-{name}": job
    for path in WORKFLOWS
    for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items()
}


def commands_of(job):
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    return [line.strip() for script in scripts for line in script.splitlines()]


@pytest.mark.parametrize(("schema", "path"), SCHEMAS, ids=lambda value: getattr(value, "name", ""))
def test_it_has_the_form_that_github_wants(schema, path):
    run("check-jsonschema", "--builtin-schema", schema, str(path))


def test_the_workflows_have_no_weakness_that_is_known():
    run("zizmor", "--offline", "--pedantic", str(GITHUB))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_permitted_that_no_job_asks_for(path):
    assert yaml.safe_load(path.read_text("utf-8"))["permissions"] == {}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_actions_are_named_by_the_tag_of_a_version(job):
    for step in job["steps"]:
        assert "uses" not in step or TAGGED.fullmatch(step["uses"]), step


def test_the_workflow_runs_what_ci_runs():
    """The README's commands, and the others by name."""
    blocks = re.findall(r"^```bash\n(.*)\n```$", (ROOT / "README.md").read_text("utf-8"), re.M)

    assert commands_of(JOBS["test-quick"]) == blocks
    packages, install_tox, *matrix = commands_of(JOBS["test-matrix"])
    ci = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert install_tox == blocks[1].rpartition(" && ")[0]
    assert [packages, *matrix] == [
        line for line in ci if line == ".ci/system-packages" or line.startswith(".venv/bin/tox")
    ]


def test_the_hooks_of_pre_commit_are_valid():
    run("pre-commit", "validate-config")


def test_the_hooks_of_pre_commit_use_the_versions_of_the_project():
    text = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    project = (ROOT / "pyproject.toml").read_text("utf-8")

    for pinned in re.findall(r"\w+==[\d.]+", text):
        assert f'"{pinned}"' in project, pinned
