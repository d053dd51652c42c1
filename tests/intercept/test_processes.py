"""Processes that fork, hand exceptions on, or run Python with other flags."""

import os
import subprocess
import sys

import pytest

PRELUDE = """
import datetime as dt
import faulthandler
import os
import signal
import sys
import threading
import warnings

import boto3
from botocore.config import Config

from sesv2_fake import mock_sesv2

warnings.filterwarnings("ignore", message=".*fork")  # of a process with threads, which it is about
MONDAY = dt.datetime(2026, 1, 5, tzinfo=dt.timezone.utc)
client = boto3.client("sesv2", region_name="us-east-1")


def ask():
    (result,) = client.batch_get_metric_data(Queries=[{
        "Id": "q", "Namespace": "VDM", "Metric": "SEND",
        "StartDate": MONDAY, "EndDate": MONDAY + dt.timedelta(days=1),
    }])["Results"]
    return sum(result["Values"])
"""


def run(program):
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + program],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

#: Threads that hold the fake's locks as often as they can, and a child that needs all of them.
FORKS_BESIDE_BUSY_THREADS = """
stop = threading.Event()


def seed():
    while not stop.wait(0.0002):
        fake.send("news@example.com", "ann@gmail.com", at=MONDAY).deliver()


def call():
    while not stop.wait(0.0002):
        ask()


def start():
    while not stop.wait(0.0002):
        with mock_sesv2(): pass


def child():
    faulthandler.dump_traceback_later(20, exit=True)
    fake.send("news@example.com", "ann@gmail.com", at=MONDAY).deliver()
    before = ask()
    with mock_sesv2() as inner:
        inner.send("news@example.com", "ann@gmail.com", at=MONDAY)
        assert ask() == 1
    assert ask() == before
    fake.stop()


with mock_sesv2(enforce_rate_limits=False) as fake:
    fake.deny(id="other", optional=True)
    threads = [threading.Thread(target=work) for work in (seed, call, start)]
    for thread in threads:
        thread.start()
    statuses = []
    for _ in range(FORKS):
        pid = os.fork()
        if not pid:
            try:
                child()
            except BaseException:
                import traceback; traceback.print_exc()
                os._exit(1)
            os._exit(0)
        statuses.append(os.waitpid(pid, 0)[1])
    stop.set()
    for thread in threads:
        thread.join()
assert statuses == [0] * FORKS, statuses
"""


@needs_fork
def test_a_fork_beside_busy_threads_does_not_hang():
    done = run(FORKS_BESIDE_BUSY_THREADS.replace("FORKS", "5"))

    assert done.returncode == 0, done.stderr


@needs_fork
def test_request_ids_of_a_fork_are_its_own():
    program = """
import os
from sesv2_fake.operations.errors import new_request_id
new_request_id()
if os.fork():
    os.wait()
print(new_request_id(), flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert len(set(done.stdout.split())) == 2


@needs_fork
def test_a_fork_while_another_thread_resets_releases_what_it_holds():
    done = run(
        """
from sesv2_fake.intercept.interceptor import interceptor

with mock_sesv2() as fake:
    interceptor.before_fork()
    old = fake._account
    fake.reset()  # as another thread may, between the two
    interceptor.after_fork()
    assert old is not fake._account
    taken = []
    def take():
        for account in (old, fake._account):
            for lock in account.locks():
                assert lock.acquire(timeout=10)
                lock.release()
                taken.append(lock)
    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    assert len(taken) == 6
"""
    )

    assert done.returncode == 0, done.stderr


@needs_fork
def test_workers_of_a_process_pool_hand_their_errors_on():
    done = run(
        """
import concurrent.futures
import multiprocessing

def work(step):
    fake.throttle(optional=True)
    if step == "seed":
        fake.send("news", "ann@gmail.com")
    if step == "misses":
        with mock_sesv2() as inner:
            inner.throttle()
    if step == "fails":
        with mock_sesv2() as inner:
            raise KeyError("on its own")
    return "fine"

context = multiprocessing.get_context("fork")
with mock_sesv2() as fake:
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        found = []
        for step in ("seed", "misses", "fails", "none"):
            try:
                found.append(pool.submit(work, step).result(60))
            except Exception as error:
                found.append(type(error).__name__)
assert found == ["ValueError", "AssertionError", "KeyError", "fine"], found
"""
    )

    assert done.returncode == 0, done.stderr


ORDINARY = """
with mock_sesv2() as fake:
    fake.send("news@example.com", "ann@gmail.com", at=MONDAY)
    assert ask() == 1 or sys.exit("wrong")
    if ask() != 1:
        sys.exit("wrong")
    fake.throttle(times=2)
    ask()
    try:
        fake.send("news", "ann@gmail.com")
    except ValueError:
        pass
    else:
        sys.exit("no error")
try:
    with mock_sesv2() as fake:
        fake.throttle()
except AssertionError:
    print("all as it should be")
"""


@pytest.mark.parametrize("flags", [["-OO", "-I"], ["-bb", "-X", "dev", "-W", "error"]])
def test_with_any_flags_of_python(flags):
    # With -I there is no PYTHONPATH; the package may be installed or not.
    path = [*filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    program = f"import sys; sys.path[:0] = {path!r}\n{PRELUDE}{ORDINARY}"

    done = subprocess.run(
        [sys.executable, *flags, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.stdout == "all as it should be\n", done.stderr


def test_modules_that_are_loaded_again_answer_a_call_once():
    """As pytester's runs in the same process drop what they loaded, and keep the rest."""
    done = run(
        """
import sys

client = boto3.client("sesv2", region_name="us-east-1")
for _ in range(3):
    with mock_sesv2() as fake:
        client.get_account()
        client.get_account()
        assert len(fake.calls) == 2, fake.calls
    for name in [name for name in sys.modules if name.startswith("sesv2_fake.intercept.")]:
        if name != "sesv2_fake.intercept.interceptor":
            del sys.modules[name]
"""
    )

    assert done.returncode == 0, done.stderr
