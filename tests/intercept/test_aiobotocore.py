"""Async clients: aiobotocore's and aioboto3's."""

import asyncio
import gc
import subprocess
import sys
import time
from typing import ClassVar
from unittest import mock

import pytest
from asking import MONDAY, query, series
from asking import ask as ask_a_client_of_botocore

from sesv2_fake import LiveDivergenceWarning, mock_sesv2

aiobotocore_session = pytest.importorskip(
    "aiobotocore.session", reason="aiobotocore is in the tox environment aio"
)
from aiobotocore.config import AioConfig  # noqa: E402  # after the check that it is here
from aiobotocore.httpsession import AIOHTTPSession  # noqa: E402  # the same
from botocore.endpoint import Endpoint  # noqa: E402  # the same
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError  # noqa: E402  # the same
from botocore.httpsession import URLLib3Session  # noqa: E402  # the same

SENDER = "news@example.com"
MODES = pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])


def create(**how):
    session = aiobotocore_session.get_session()
    return session.create_client("sesv2", region_name="us-east-1", **how)


async def ask(made, *queries):
    return await made.batch_get_metric_data(Queries=list(queries or [query()]))


def run(coroutine):
    return asyncio.run(coroutine)


def test_the_same_answer_as_boto3s(sesv2_fake, sesv2_client):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    async def main():
        async with create() as made:
            return await ask(made)

    response = run(main())

    assert series(response) == {MONDAY.date(): 1}
    theirs = sesv2_client.batch_get_metric_data(Queries=[query()])
    assert response["Results"] == theirs["Results"]


@pytest.mark.filterwarnings("ignore:aiobotocore.s httpx backend:DeprecationWarning")
def test_a_client_of_the_httpx_backend_is_answered(sesv2_fake):
    httpxsession = pytest.importorskip("aiobotocore.httpxsession")
    pytest.importorskip("httpx")
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    async def main():
        config = AioConfig(http_session_cls=httpxsession.HttpxSession)
        async with create(config=config) as made:
            return await ask(made)

    assert list(series(run(main())).values()) == [1]


class TestSessionClassOfTheUsersOwn:
    """`http_session_cls`: nothing reaches it that does not reach aiobotocore's own."""

    @pytest.fixture
    def own(self):
        class Own:
            """Not a word of aiobotocore's; what reaches it, would leave."""

            sent: ClassVar = []

            def __init__(self, **_):
                pass

            async def __aenter__(self):
                return self

            async def __aexit__(self, *_):
                pass

            async def send(self, request):
                self.sent.append(request)
                raise ConnectionClosedError(endpoint_url=request.url)

        return Own

    def create(self, own):
        credentials = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        config = AioConfig(http_session_cls=own, retries={"total_max_attempts": 1})
        return create(config=config, **credentials)

    def test_a_call_that_nobody_answers_does_not_reach_it(self, sesv2_fake, own):
        async def main():
            async with self.create(own) as made:
                await made.list_contact_lists()

        with pytest.raises(RuntimeError, match="ListContactLists is not answered by sesv2_fake"):
            run(main())

        assert own.sent == []

    def test_it_is_reached_after_the_fake(self, own):
        async def main():
            async with self.create(own) as made:
                with mock_sesv2():
                    await ask(made)
                await made.list_contact_lists()

        with pytest.raises(ConnectionClosedError):
            run(main())

        assert len(own.sent) == 1

    def test_a_subclass_of_aiobotocores_is_guarded_by_its_send(self, sesv2_fake):
        class Own(AIOHTTPSession):
            pass

        async def main():
            async with self.create(Own) as made:
                await ask(made)
                assert type(made._endpoint.http_session) is Own
                await made.list_contact_lists()

        with pytest.raises(RuntimeError, match="ListContactLists is not answered by sesv2_fake"):
            run(main())


def test_a_client_made_before_is_answered_and_is_then_as_it_was():
    async def main():
        async with create() as early:
            handlers = early.meta.events._emitter._handlers.prefix_search
            before = list(handlers("before-send.sesv2.BatchGetMetricData"))
            with mock_sesv2() as ses:
                ses.send(SENDER, "ann@gmail.com", at=MONDAY)
                response = await ask(early)
            after = list(handlers("before-send.sesv2.BatchGetMetricData"))
            return response, before == after

    response, as_before = run(main())

    assert series(response) == {MONDAY.date(): 1}
    assert as_before


@MODES
def test_faults_are_retried_without_waiting(sesv2_fake, monkeypatch, mode):
    slept = []
    real_sleep = asyncio.sleep

    async def sleep(seconds, *args):
        if seconds:  # without, it is the turn that a call gives the loop
            slept.append(seconds)
        await real_sleep(0)

    async def main():
        config = AioConfig(retries={"mode": mode})
        async with create(config=config) as made:
            sesv2_fake.throttle(times=2)
            response = await ask(made)
            sesv2_fake.drop_connections("read-timeout", times=None)
            with pytest.raises(ReadTimeoutError):
                await ask(made)
            return response

    monkeypatch.setattr(asyncio, "sleep", sleep)
    started = time.monotonic()
    response = run(main())

    assert response["ResponseMetadata"]["RetryAttempts"] == 2
    assert slept == []
    assert time.monotonic() - started < 30


@pytest.mark.sesv2_fake(instant_retries=False)
def test_without_the_option_they_wait_as_ever(sesv2_fake, monkeypatch):
    slept = []

    async def sleep(seconds, *_):
        if seconds:
            slept.append(seconds)

    async def main():
        async with create(config=AioConfig(retries={"mode": "legacy"})) as made:
            sesv2_fake.throttle(times=2)
            await ask(made)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    run(main())

    assert len(slept) == 2


def test_many_calls_at_once(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    fault = sesv2_fake.deny(times=20)

    async def main():
        async with create() as made:
            return await asyncio.gather(*(ask(made) for _ in range(60)))

    responses = run(main())

    assert sum(len(response["Errors"]) for response in responses) == fault.hits == 20
    assert sum(len(response["Results"]) for response in responses) == 40
    assert len(sesv2_fake.calls) == 60


def test_a_divergence_warns_at_the_users_line(sesv2_fake):
    async def main():
        async with create() as made:
            await made.batch_get_metric_data(Queries=[query(ISP="*")])

    with pytest.warns(LiveDivergenceWarning) as caught:
        run(main())

    assert caught[0].filename == __file__


def test_a_client_whose_handlers_were_taken_off_is_answered(sesv2_fake):
    async def main():
        async with create(aws_access_key_id="a", aws_secret_access_key="b") as made:
            await ask(made)
            event = "before-send.sesv2.BatchGetMetricData"
            for handler in list(made.meta.events._emitter._handlers.prefix_search(event)):
                if "sesv2_fake" in handler.__module__:
                    made.meta.events.unregister(event, handler)
            await ask(made)

    run(main())

    assert len(sesv2_fake.calls) == 2


def test_a_call_that_somebody_keeps_from_the_fake_is_answered(sesv2_fake, monkeypatch):
    async def make_request(endpoint, operation, request_dict):
        return await endpoint._send_request(request_dict, operation)

    async def main():
        async with create(aws_access_key_id="a", aws_secret_access_key="b") as made:
            await ask(made)
            monkeypatch.setattr(Endpoint, "make_request", make_request)
            await ask(made)

    run(main())

    assert len(sesv2_fake.calls) == 2


def test_nothing_is_left_of_calls_inside_a_patch_of_somebody_elses():
    async def main():
        async with create() as made:
            await ask(made)
            await ask(made)

    before = URLLib3Session.send
    for _ in range(3):
        with mock_sesv2(), mock.patch.object(URLLib3Session, "send"):
            run(main())

    assert URLLib3Session.send is before


# botocore has a context of its own that it cannot reset then.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_call_that_is_dropped_unfinished_is_over():
    async def main():
        async with create() as made:

            async def hang(**_):
                await asyncio.Event().wait()

            made.meta.events.register("before-send.sesv2", hang)
            task = asyncio.ensure_future(ask(made))
            await asyncio.sleep(0.05)
            task._log_destroy_pending = False

    before = Endpoint.make_request
    with mock_sesv2():
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.close()
        del loop
        gc.collect()
    gc.collect()

    assert Endpoint.make_request is before


def test_a_loop_of_calls_leaves_the_loop_its_turns(sesv2_fake):
    """As calls on the network do: a timeout around a loop of them comes, and others run."""

    async def main():
        async with create() as made:
            others = asyncio.create_task(count_turns())
            for _ in range(10):
                await ask(made)
            others.cancel()
            return turns

    turns = []

    async def count_turns():
        while True:
            turns.append(None)
            await asyncio.sleep(0)

    assert len(run(main())) >= 10


def test_a_loop_of_calls_can_be_timed_out(sesv2_fake):
    async def poll():
        async with create() as made:
            while True:
                await ask(made)

    async def main():
        await asyncio.wait_for(poll(), 0.01)

    with pytest.raises(asyncio.TimeoutError):
        run(main())


@mock_sesv2
async def decorated(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    async with create() as made:
        return series(await ask(made))


def test_a_decorated_coroutine():
    assert run(decorated()) == {MONDAY.date(): 1}


def test_aioboto3(sesv2_fake):
    aioboto3 = pytest.importorskip("aioboto3")
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    async def main():
        async with aioboto3.Session().client("sesv2", region_name="us-east-1") as made:
            return await ask(made)

    assert series(run(main())) == {MONDAY.date(): 1}


async def ask_once():
    async with create() as made:
        await ask(made)


def test_a_fake_starts_whatever_aiobotocore_waits_by(monkeypatch):
    with mock_sesv2():
        run(ask_once())
    monkeypatch.delattr("aiobotocore.endpoint.asyncio")

    with mock_sesv2() as ses:
        ses.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert ask_a_client_of_botocore("SEND") == {MONDAY.date(): 1}


def test_aiobotocore_is_not_loaded_unless_the_user_has():
    program = (
        "import sys, sesv2_fake\n"
        "with sesv2_fake.mock_sesv2(): pass\n"
        "assert 'botocore' in sys.modules\n"
        "assert 'aiobotocore' not in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def test_aiobotocore_loaded_while_the_fake_is_active_is_guarded_too():
    program = """
import asyncio, sys, time
from sesv2_fake import mock_sesv2

async def main():
    with mock_sesv2() as ses:
        assert "aiobotocore" not in sys.modules
        from aiobotocore.config import AioConfig
        from aiobotocore.session import get_session
        config = AioConfig(retries={"mode": "legacy"})
        async with get_session().create_client("sesv2", "us-east-1", config=config) as made:
            from aiobotocore.httpsession import AIOHTTPSession
            await made.batch_get_metric_data(Queries=[{
                "Id": "q", "Namespace": "VDM", "Metric": "SEND", "StartDate": 0, "EndDate": 86400,
            }])
            assert AIOHTTPSession.send.__module__.startswith("sesv2_fake.")
    assert AIOHTTPSession.send.__module__ == "aiobotocore.httpsession"

asyncio.run(main())
"""

    subprocess.run([sys.executable, "-c", program], check=True)
