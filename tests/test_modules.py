"""The house: which module imports which."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import sesv2_fake

ROOT = Path(sesv2_fake.__file__).parent
#: The flow runs down. Rooms of one floor may know each other, as long as there is no circle.
FLOORS = [
    {"__main__"},
    {"cli"},
    {"pytest_plugin"},
    {"verify"},
    {"fake", "clock", "decorator"},
    {"control"},
    {"intercept", "report"},
    {"operations"},
    {"account"},
    {"emails"},
    {"counting"},
    {"options"},
    {"checks", "isps", "untyped", "regions"},
]
#: What hands on the public names without an import of its own that would load them.
LAZY = {""}
#: The check of an option that names ISPs asks the table of ISPs.
MAY_LOOK_UP = {("options", "emails")}


def name_of(path):
    """A module's name within the package, such as `emails.email`; the package itself has none."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}


@functools.cache
def imports_of(name, *, for_types=False):
    """The package's own modules that a module imports anywhere, in functions too.

    With `for_types`, those that it imports under TYPE_CHECKING, and otherwise all others.
    """
    tree = ast.parse(FILES[name].read_text("utf-8"))
    is_package = FILES[name].name == "__init__.py"
    types_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if (node in types_only) is not for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {within(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                parts = name.split(".")[: None if is_package and node.level == 1 else -1]
                up = node.level - 1 - (1 if is_package and node.level > 1 else 0)
                parts = parts[: len(parts) - up] if up else parts
                base = ".".join([*filter(None, parts), *filter(None, [node.module])])
            else:
                base = within(node.module)
            if base is None:
                continue
            for alias in node.names:
                inner = f"{base}.{alias.name}" if base else alias.name
                found.add(inner if inner in FILES else base)
    return {module for module in found if module in FILES} - {name}


def within(absolute):
    """An absolute name as one of the package's own; None if it is somebody else's."""
    package, _, rest = absolute.partition(".")
    return rest if package == "sesv2_fake" else None


def floor_of(name):
    (floor,) = (n for n, rooms in enumerate(FLOORS) if name.partition(".")[0] in rooms)
    return floor


def test_the_graph_is_read_right():
    assert imports_of("fake") >= {
        "checks",
        "decorator",
        "account",
        "operations.faults",
        "intercept.interceptor",
    }
    assert imports_of("intercept.call_context") >= {
        "account",
        "operations.routes",
        "intercept.hosts",
    }
    assert imports_of("account") >= {"emails.email", "options", "counting.timestamps"}
    assert imports_of("checks") == set()
    assert imports_of("account", for_types=True) >= {"operations.calls", "operations.faults"}


def test_every_module_has_its_floor():
    for name in FILES.keys() - LAZY:
        floor_of(name)


@pytest.mark.parametrize("name", sorted(FILES.keys() - LAZY))
def test_no_import_runs_up(name):
    upward = [
        other
        for other in imports_of(name) - LAZY
        if floor_of(other) < floor_of(name) and (name, other.partition(".")[0]) not in MAY_LOOK_UP
    ]

    assert upward == []


def test_no_import_runs_in_a_circle():
    left = {name: imports_of(name) - LAZY for name in FILES.keys() - LAZY}
    while leaves := [name for name, others in left.items() if not others & left.keys()]:
        for name in leaves:
            del left[name]

    assert left == {}


def test_to_import_the_package_loads_neither_botocore_nor_a_server():
    """They take longer to load than the package; botocore is loaded when a fake starts."""
    code = """
import sys
from sesv2_fake import mock_sesv2

assert not {"botocore", "http.server", "ssl", "email.policy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
