"""Thousands of fakes beside threads that call, start and stop: nothing is lost, nothing stays."""

import contextlib
import gc
import inspect
import itertools
import threading
import tracemalloc

import botocore.client
import pytest
from asking import MONDAY, new_client, query, series
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.httpsession import URLLib3Session

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
#: Where nobody is: what is not answered is an error at once.
NOBODY = {
    "endpoint_url": "http://127.0.0.1:9",
    "config": Config(retries={"total_max_attempts": 1}),
}


def ask(made):
    return sum(series(made.batch_get_metric_data(Queries=[query()])).values())


class Beside:
    """Threads that do something again and again, until the block ends; their errors are its."""

    def __init__(self, *steps):
        self._stop = threading.Event()
        self._errors = []
        self._threads = [threading.Thread(target=self._repeat, args=[step]) for step in steps]

    def _repeat(self, step):
        try:
            while not self._stop.is_set():
                step()
        except BaseException as error:  # noqa: BLE001 - raised at the end
            self._errors.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for error in self._errors:
            raise error


def test_every_client_is_answered_in_ten_thousand_starts_beside_threads():
    """Clients that other threads make and use while a fake starts, with and without credentials."""
    shared = new_client(**NOBODY, **CREDENTIALS)
    without_credentials = new_client(**NOBODY)
    made_beside = []

    def make():
        made_beside.append(new_client(**NOBODY))
        del made_beside[:-8]

    def use_shared():
        for made in (shared, without_credentials):
            # No fake may be active.
            with contextlib.suppress(EndpointConnectionError, NoCredentialsError):
                ask(made)

    def start_and_stop():
        with mock_sesv2() as fake:
            fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=7)
            assert ask(shared) == 7
            assert len(fake.calls) >= 1

    with Beside(make, use_shared, use_shared, start_and_stop):
        for n in range(10_000):
            with mock_sesv2() as fake:
                fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=3)
                asked = (
                    [shared, without_credentials, *made_beside[-1:]] if n % 10 == 0 else [shared]
                )
                for made in asked:
                    assert ask(made) == 3


def test_a_call_in_flight_when_its_fake_stops_is_answered():
    """What has begun under a fake reaches neither the network nor a signature."""
    clients = [new_client(**NOBODY), new_client(**NOBODY, **CREDENTIALS)]
    turns = 3_000
    both_call = threading.Barrier(len(clients) + 1)
    lost = []

    def call(made):
        for _ in range(turns):
            both_call.wait()
            try:
                ask(made)
            except (EndpointConnectionError, NoCredentialsError) as error:
                if began_under_a_fake(error):
                    lost.append(error)

    def began_under_a_fake(error):
        """Whether the frame that noted the call's account is among the error's."""
        frames = inspect.getinnerframes(error.__traceback__)
        return any(frame.frame.f_locals.get("call") is not None for frame in frames)

    answered = 0
    threads = [threading.Thread(target=call, args=[made]) for made in clients]
    for thread in threads:
        thread.start()
    for turn in range(turns):
        fake = mock_sesv2().start()
        both_call.wait()
        for _ in range(turn % 400):
            pass
        fake.stop()
        answered += len(fake.calls)
    for thread in threads:
        thread.join()

    assert lost == []
    assert answered > turns / 100


PATCHED_BY_USERS = pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Endpoint, "make_request"),
        (botocore.client.BaseClient, "_make_api_call"),
        (URLLib3Session, "send"),
    ],
    ids=["make_request", "_make_api_call", "send"],
)


@PATCHED_BY_USERS
@pytest.mark.parametrize("order", ["monkeypatch first", "fake first"])
def test_nothing_grows_in_ten_thousand_starts_beside_a_test_that_patches(owner, name, order):
    made = new_client(**CREDENTIALS)
    depths = set()

    def measure(**_):
        depths.add(len(inspect.stack(0)))

    def patch_and_call(monkeypatch):
        below = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args: below(*args))  # noqa: PLW0108 - a layer
        assert ask(made) == 0

    def once():
        if order == "fake first":
            with mock_sesv2(), pytest.MonkeyPatch.context() as monkeypatch:
                patch_and_call(monkeypatch)
        else:
            with pytest.MonkeyPatch.context() as monkeypatch, mock_sesv2():
                patch_and_call(monkeypatch)

    def depth():
        depths.clear()
        made.meta.events.register("request-created.sesv2", measure)
        once()
        made.meta.events.unregister("request-created.sesv2", measure)
        return depths.pop()

    before = depth(), memory_after(once, 50)
    for _ in range(10_000 // 6):  # six tests of this kind
        once()

    after = depth(), memory_after(once, 50)
    assert after[0] == before[0]
    assert after[1] < before[1] + 200_000


def memory_after(step, times):
    """Bytes that Python holds more, after doing it some times."""
    gc.collect()
    tracemalloc.start()
    for _ in range(times):
        step()
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held


def test_nothing_stays_after_ten_thousand_starts():
    """No thread, no handler, no object."""
    made = new_client(**CREDENTIALS)

    def handlers():
        emitter = made.meta.events._emitter
        return [
            len(list(emitter._handlers.prefix_search(f"{event}.sesv2.BatchGetMetricData")))
            for event in ("before-send", "choose-signer", "before-sign")
        ]

    def once():
        with mock_sesv2() as fake:
            fake.send(SENDER, "ann@gmail.com", at=MONDAY)
            assert ask(made) == 1

    once()
    before = threading.active_count(), handlers(), len(gc.get_objects())
    for _ in range(10_000):
        once()
    gc.collect()
    after = threading.active_count(), handlers(), len(gc.get_objects())

    assert after[:2] == before[:2]
    assert after[2] < before[2] + 1_000


def test_fakes_that_stop_in_any_order_leave_nothing():
    made = new_client(**CREDENTIALS)
    before = Endpoint.make_request, URLLib3Session.send
    for order in itertools.islice(itertools.cycle(itertools.permutations(range(4))), 1_000):
        fakes = [mock_sesv2().start() for _ in range(4)]
        for n in order:
            fakes[n].stop()
            left = [fake for fake in fakes if fake.is_active]
            if left:
                ask(made)
                assert len(left[-1].calls) >= 1

    assert (Endpoint.make_request, URLLib3Session.send) == before
