"""Every code block of the README and of docs/ runs, every link leads somewhere."""

import builtins
import re
import subprocess
import sys
import typing
import unittest.mock  # noqa: F401 - loaded before pytester's runs, which drop what they load
from pathlib import Path
from typing import NamedTuple

import boto3  # noqa: F401 - as above: half a botocore, left from one run, misleads moto in the next
import pytest
from asking import has

import sesv2_fake

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
SECTION = re.compile(r"^## ", re.M)
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")

#: In a tox environment of their own, or in that of the pages.
ELSEWHERE = (
    "aiobotocore",
    "anymail",
    "django",
    "django_ses",
    "duckdb",
    "fastapi",
    "flask",
    "matplotlib",
    "moto",
)
#: What no test runs: signatures, output, settings, and the test files of other languages, of which
#: tests/control runs what it can.
NOT_RUN = {"py", "text", "console", "toml", "json", "js", "java", "go", "php", "sh", "yaml"}


class Block(NamedTuple):
    page: str
    language: str
    code: str
    #: The Python files that the same section names.
    files: dict[str, str]


def blocks_of(page):
    found = []
    for section in SECTION.split(page.read_text("utf-8")):
        blocks = BLOCK.findall(section)
        files = {title: code for language, title, code in blocks if title and language == "python"}
        found += [
            Block(page.name, language, code, files)
            for language, title, code in blocks
            if not title or language != "python"
        ]
    return found


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
BASH = [block.code for block in BLOCKS if block.language == "bash"]
TESTS = [block for block in PYTHON if re.search(r"^ *(async )?def test_", block.code, re.M)]
SCRIPTS = [block for block in PYTHON if block not in TESTS]


def name_of(block):
    first = re.search(r"def (test_\w+)", block.code)
    return f"{block.page}-{first[1] if first else block.code.splitlines()[0]}"


def test_every_block_is_of_a_language_that_is_known():
    assert {block.language for block in BLOCKS} <= {"python", "bash", *NOT_RUN}
    assert len(BASH) == 2
    assert len(TESTS) > 20
    assert len(SCRIPTS) > 4


def skip_if_elsewhere(*codes):
    """Skip what is not installed here; tell what is."""
    if any("create_export_job" in code for code in codes) and not has("CreateExportJob"):
        pytest.skip("botocore is older than export jobs")
    imported = [
        module
        for module in ELSEWHERE
        if any(re.search(rf"^(?:from|import) {module}\b", code, re.M) for code in codes)
    ]
    for module in imported:
        pytest.importorskip(module, reason=f"{module} is in a tox environment of its own")
    return imported


@pytest.mark.parametrize("block", TESTS, ids=name_of)
def test_a_block_of_tests_passes(pytester, monkeypatch, block):
    imported = skip_if_elsewhere(block.code, *block.files.values())
    for name, code in block.files.items():
        (pytester.path / name).write_text(code, "utf-8")
        monkeypatch.delitem(sys.modules, Path(name).stem, raising=False)  # that of an example
    test = pytester.makepyfile(block.code)
    arguments = ["--strict-markers", "-W", "error", "-p", "no:cacheprovider", str(test)]

    if block.files and imported:
        # What the files of a framework's recipe import and set ends with their process.
        result = pytester.runpytest_subprocess(*arguments)
    else:
        result = pytester.runpytest_inprocess(*arguments)

    expected = result.parseoutcomes()
    assert set(expected) <= {"passed"}
    assert expected["passed"] >= block.code.count("def test_")


@pytest.mark.parametrize("block", SCRIPTS, ids=name_of)
def test_a_block_of_script_runs(block, monkeypatch, capsys):
    skip_if_elsewhere(block.code)
    monkeypatch.chdir(ROOT)

    exec(compile(block.code, block.page, "exec"), {"__name__": "__main__"})

    assert capsys.readouterr().err == ""


def test_the_readme_shows_what_a_red_test_prints(pytester):
    first, _, shown = (ROOT / "README.md").read_text("utf-8").partition("a day later")
    green = BLOCK.search(first)[3]
    changed = re.search(r"`(\.bounce\([^`]+)`", shown)[1]
    assert green.count(".bounce(count=5)") == 1
    pytester.makepyfile(green.replace(".bounce(count=5)", changed))

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [re.sub(r"([][*?])", r"[\1]", line) for line in BLOCK.search(shown)[3].splitlines()]
    )


def test_the_picture_of_a_report_shows_what_the_readme_shows(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    import report_picture

    assert report_picture.picture() == (ROOT / "docs" / "report.svg").read_text("utf-8"), (
        "the README has changed; run `python docs/report_picture.py`"
    )


def test_the_page_of_benchmarks_is_that_of_its_table():
    code = """
import page
rows, measured = page.rows_of(page.PAGE.read_text("utf-8"))
assert page.page(rows, measured) == page.PAGE.read_text("utf-8")
assert page.picture(rows) == page.PICTURE.read_text("utf-8")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tests/benchmarks", check=False)

    assert done.returncode == 0, "run `python tests/benchmarks/page.py`"


def test_the_recipe_of_a_month_draws_its_picture_as_a_notebook():
    pytest.importorskip("nbconvert", reason="nbconvert is in the tox environment docs")
    code = "import sys, month_picture; sys.stdout.buffer.write(month_picture.picture())"
    drawn = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT / "docs", check=True
    ).stdout
    shown = (ROOT / "docs" / "month.png").read_bytes()

    # Another release of matplotlib draws other pixels; the size of a picture is in bytes 16 to 24.
    assert drawn[:8] == shown[:8] == b"\x89PNG\r\n\x1a\n"
    for side in (slice(16, 20), slice(20, 24)):
        assert int.from_bytes(drawn[side], "big") == pytest.approx(
            int.from_bytes(shown[side], "big"), abs=40
        )


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
    assert len((ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()) <= 60


def test_the_console_block_shows_what_the_commands_say(monkeypatch):
    """The server as the block starts it, but for the port; test_http_server.py runs the AWS CLI."""
    (serve, shown, ask), *_ = [
        block.code.splitlines()
        for block in BLOCKS
        if block.page == "cli.md" and "$ sesv2-fake serve" in block.code
    ]
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    command = serve.removeprefix("$ ").replace("8025", "0").split()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        line = running.stdout.readline().strip()
        running.terminate()

    assert re.sub(r":\d+$", ":8025", line) == shown
    assert shown.rpartition(" ")[2] in ask


def test_the_first_command_shows_the_main_job(monkeypatch):
    """Its last part, on what is installed here; .ci/run makes the environment anew for both."""
    set_up, _, show = BASH[0].strip().rpartition(" && .venv/bin/")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))

    done = subprocess.run(show.split(), capture_output=True, text=True, cwd=ROOT, check=True)

    assert set_up == "python3 -m venv .venv && .venv/bin/pip install --quiet ."
    assert done.stdout.splitlines()[0].split()[:3] == ["day", "(UTC)", "SEND"]
    assert done.stdout.splitlines()[-1].split()[:2] == ["total", "980"]


def test_the_readme_links_to_every_page():
    linked = set(LINK.findall((ROOT / "README.md").read_text("utf-8")))

    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert pages | {"CHANGELOG.md", "CONTRIBUTING.md", "reference/service.md"} == linked


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_heading_that_is_there(page):
    for link in LINK.findall(page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.M)
            assert anchor in {anchor_of(heading) for heading in headings}, link


def anchor_of(heading):
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


def test_the_api_page_is_made_of_the_docstrings_as_they_are(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    import api_page

    assert api_page.page() == (ROOT / "docs" / "api.md").read_text("utf-8"), (
        "a docstring has changed; run `python docs/api_page.py`"
    )


@pytest.mark.parametrize("name", [name for name in sesv2_fake.__all__ if name != "__version__"])
def test_every_public_name_is_on_the_api_page(name):
    page = (ROOT / "docs" / "api.md").read_text("utf-8")

    assert re.search(rf"^(##+ {name}$|(- )?`{name}`[:,])", page, re.MULTILINE)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in sesv2_fake.__all__
        if isinstance(getattr(sesv2_fake, name), type)
        if name != "Options"  # a table of its own, see tests/test_every_member.py
    ],
)
def test_every_attribute_of_a_public_class_is_on_the_api_page(name):
    public = getattr(sesv2_fake, name)
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)[1]
    others = [base for base in public.__mro__ if not base.__module__.startswith("sesv2_fake")]
    own = set(dir(public)).difference(*map(dir, others))

    assert [
        one for one in sorted(own) if one[0] != "_" and not re.search(rf"\b{one}\b", section)
    ] == []


def test_every_name_of_the_api_page_can_be_imported():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    in_signatures = re.findall(
        r"(?<![.\w])[A-Z][a-z]\w+",
        re.sub(
            r"Literal\[.*?\]|\".*?\"|PathLike", "", "".join(re.findall(r"```py.*?```", page, re.S))
        ),
    )
    headings = re.findall(r"^## ([A-Z]\w+)$", page, re.MULTILINE)

    # Python 3.10's typing has no Self.
    named = {*in_signatures, *headings} - {"Self", *vars(typing), *vars(builtins)}

    assert named - {*dir(sesv2_fake)} == set()


def test_an_old_pip_gets_what_the_group_dev_holds():
    groups = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli").loads(
        (ROOT / "pyproject.toml").read_text("utf-8")
    )
    (include, *dev) = groups["dependency-groups"]["dev"]

    named = re.search(
        r"what `dev` holds:\n`([^`]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    )

    assert include == {"include-group": "test"}
    assert named[1].split() == [
        *groups["dependency-groups"]["test"],
        *(one.partition(";")[0] for one in dev),
    ]


def test_versions_in_docstrings_are_in_words_on_the_api_page_and_in_the_changelog():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    sources = "".join(
        path.read_text("utf-8") for path in Path(sesv2_fake.__file__).parent.rglob("*.py")
    )
    marked = re.findall(r"\.\. version(?:added|changed):: (\S+)", sources)
    released = re.findall(r"^## (\d+\.\d+)\.0 - ", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert ".. version" not in page
    assert len(re.findall(r"^ *\*(?:New|Changed) in version ", page, re.M)) == len(marked)
    major, _, minor = released[0].partition(".")
    assert set(marked) <= {*released, f"{major}.{int(minor) + 1}"}
