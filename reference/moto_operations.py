# ruff: noqa: INP001 - a script beside the facts that it asks for, in no package
"""Writes sesv2_fake/operations/moto_operations.py: `python reference/moto_operations.py`.

Asks the installed moto which operations of SES it has.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from botocore import xform_name
from botocore.loaders import Loader

PAGE = Path(__file__).parents[1] / "sesv2_fake" / "operations" / "moto_operations.py"
#: Where moto has the operations of each service: a method each, named as boto3 names it.
CLASSES = {
    "sesv2": ("moto.sesv2.responses", "SESV2Response"),
    "ses": ("moto.ses.responses", "EmailResponse"),
}


def operations(service: str) -> list[str]:
    """The operations of a service that moto has."""
    module, name = CLASSES[service]
    methods = dir(getattr(import_module(module), name))
    known = Loader().load_service_model(service, "service-2")["operations"]
    return sorted(operation for operation in known if xform_name(operation) in methods)


def page() -> str:
    """The module."""
    rows = "".join(
        f'    "{service}": frozenset(\n        """\n'
        f"{textwrap.indent(textwrap.fill(' '.join(operations(service)), 88), ' ' * 8)}\n"
        '        """.split()  # noqa: SIM905 - words wrap by themselves\n    ),\n'
        for service in CLASSES
    )
    made = f"Made of moto {version('moto')} on {dt.date.today().isoformat()}"
    return (
        '"""The operations of SES that moto has, by service.\n\n'
        f'{made} by reference/moto_operations.py.\n"""\n\n'
        f"OPERATIONS: dict[str, frozenset[str]] = {{\n{rows}}}\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
