"""What the tests share; the fixtures under test come through the installed pytest plugin."""

import functools
import gc
import os
import signal
import sys

import botocore.loaders
import botocore.session
import pytest
from hypothesis import HealthCheck, Phase, settings

pytest_plugins = ["pytester"]


@pytest.fixture
def pytester(pytester, monkeypatch):
    """Its runs load this plugin alone, by name: less work than to look for all there are."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "sesv2_fake.pytest_plugin")
    return pytester


@pytest.fixture
def users_pytester(pytester, monkeypatch):
    """Its runs load what is installed, as those of users do."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_PLUGINS")
    return pytester


@pytest.fixture
def interruptible():
    """What starts meanwhile heeds SIGINT, also where this run is in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


# Clients without credentials would ask the metadata service of a virtual machine for some.
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

# Each session of botocore would read its files anew; those of a test run share what was read.
loader = functools.cache(botocore.loaders.create_loader)
botocore.loaders.create_loader = botocore.session.create_loader = loader

# Nothing here is a timed test. The quick suite tries few examples, the same each time; the matrix
# tries more, and `tox -e nightly` many.
UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=20, derandomize=True, database=None, **UNTIMED)
settings.register_profile("thorough", max_examples=200, **UNTIMED)
settings.register_profile("nightly", max_examples=20_000, **UNTIMED)
# Run once for each mutant: no example is new, and the first that fails will do.
settings.register_profile(
    "mutants",
    max_examples=12,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    **UNTIMED,
)
settings.load_profile("quick")


def pytest_addoption(parser):
    """An option for tox environments whose tests need what a machine may not have."""
    parser.addoption("--no-skip", action="store_true", help="a test that is skipped fails")


def pytest_collection_finish():
    """Spares the garbage collector most of its rounds through what stays to the end."""
    # `gc.freeze` would spare it all, but hides who refers to a random that Hypothesis looks after.
    gc.set_threshold(20_000, 50, 100)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Of a test."""
    return _unless_skipped(item.config, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Of a module that skips itself."""
    return _unless_skipped(collector.config, (yield))


def _unless_skipped(config, report):
    """Where an environment is there for these tests, a skip means that something is missing."""
    if report.skipped and not hasattr(report, "wasxfail") and config.getoption("--no-skip"):
        _, _, reason = report.longrepr
        report.outcome, report.longrepr = "failed", f"what this test needs is missing. {reason}"
    return report


if "mutmut" in sys.modules:
    from sesv2_fake import checks

    # Its own frames stand between a test's line and the package.
    checks._CARRIERS.add("mutmut")  # noqa: SLF001 - for mutmut alone

    #: Others keep what botocore says, which no mutant changes.
    WITH_CACHES = ("sesv2_fake.counting.", "sesv2_fake.emails.", "sesv2_fake.operations.metric_")

    def pytest_runtest_setup():
        """What the original has kept is not the mutant's."""
        for name, module in [*sys.modules.items()]:
            if name.startswith(WITH_CACHES):
                for value in vars(module).values():
                    if hasattr(value, "cache_clear"):
                        value.cache_clear()
