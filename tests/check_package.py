"""The wheel and the sdist, as whoever installs them finds them: `tox -e package`."""

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WEEK = str(ROOT / "examples" / "newsletter_week.jsonl")
#: What the sdist has beside what git knows.
MADE = {"PKG-INFO"}


def run(*command, **how):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **how)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The built wheel and sdist, by their kind."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT))
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def tracked(*folders):
    """The files that git knows."""
    return set(run("git", "ls-files", *folders, cwd=ROOT).splitlines())


def test_twine_finds_nothing_wrong(files):
    told = run(sys.executable, "-m", "twine", "check", "--strict", *map(str, files.values()))

    assert told.count("PASSED") == 2


def test_a_package_indexs_page_has_no_link_to_a_file_of_the_sources(files):
    with zipfile.ZipFile(files["wheel"]) as wheel:
        (metadata,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
        page = wheel.read(metadata).decode()

    assert re.findall(r"\]\((?!https://)[^)]*\)", page) == []
    assert "usage, seeding, email-backends (Django, anymail, Flask)" in page


def test_the_wheel_holds_the_package_and_its_licence_alone(files):
    with zipfile.ZipFile(files["wheel"]) as wheel:
        names = {name for name in wheel.namelist() if not name.endswith("/")}
    info = {name for name in names if ".dist-info/" in name}

    assert names - info == tracked("sesv2_fake")
    assert "sesv2_fake/py.typed" in names
    assert {name.partition(".dist-info/")[2] for name in info} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_the_sdist_holds_nothing_that_git_does_not_know(files):
    with tarfile.open(files["sdist"]) as sdist:
        names = {member.name.partition("/")[2] for member in sdist if member.isfile()}

    assert names - MADE <= tracked()
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "conftest.py"} < names
    assert tracked("sesv2_fake", "tests", "examples", "docs", "reference") <= names


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_installs_into_an_empty_environment_and_runs(files, kind, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(str(scripts / "python"), "-m", "pip", "install", "--quiet", str(files[kind]))

    told = run(str(scripts / "sesv2-fake"), "query", "--events", WEEK, cwd=tmp_path)
    run(str(scripts / "python"), "-m", "pip", "check")

    assert "SEND" in told
    installed = run(str(scripts / "python"), "-m", "pip", "list", "--format=freeze")
    assert {line.partition("==")[0].lower() for line in installed.splitlines()} <= {
        # botocore and what it needs, the environment's own, and nothing of the extras.
        "botocore",
        "jmespath",
        "pip",
        "python-dateutil",
        "sesv2-fake",
        "setuptools",
        "six",
        "urllib3",
    }
