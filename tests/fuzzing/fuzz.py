"""Feed a property what a coverage-guided fuzzer thinks of: `tox -e fuzz`, some twelve minutes.

`fuzz.py NAME SECONDS FOLDER` takes a property of test_properties.py. Atheris changes hypothesis's
own choices by what of the package they reach, and the first example that the property fails on
ends the run with its traceback.
"""

import argparse
import sys
from pathlib import Path

import atheris

TESTS = Path(__file__).parents[1]


def main() -> None:
    """Fuzz for so many seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("property")
    parser.add_argument("seconds", type=int)
    parser.add_argument("folder", help="where an input that the property fails on is kept")
    given = parser.parse_args()
    settings = {
        "max_total_time": given.seconds,
        "max_len": 4096,
        "len_control": 0,
        "artifact_prefix": f"{given.folder}/",
    }
    sys.path.insert(0, str(TESTS))
    # What the properties load is instrumented: without it the fuzzer is guided by nothing.
    with atheris.instrument_imports(include=["sesv2_fake"]):
        import test_properties

    fuzz_one_input = getattr(test_properties, given.property).hypothesis.fuzz_one_input
    atheris.Setup(
        [sys.argv[0], *(f"-{name}={value}" for name, value in settings.items())],
        fuzz_one_input,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
