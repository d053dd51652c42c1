"""Which fake answers: the innermost of the task or thread, else the innermost of the process."""

import asyncio
import concurrent.futures
import sys
import threading

import boto3
import pytest
from asking import MONDAY, query, series, total

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"


def ask(made):
    return sum(series(made.batch_get_metric_data(Queries=[query()])).values())


def test_the_innermost_fake_answers():
    with mock_sesv2() as outer:
        outer.send(SENDER, "ann@gmail.com", at=MONDAY)
        with mock_sesv2() as inner:
            inner.send(SENDER, "ann@gmail.com", at=MONDAY, count=10)
            assert total("SEND") == 10
        assert total("SEND") == 1

    assert (len(outer.calls), len(inner.calls)) == (1, 1)


def test_fakes_may_end_in_any_order():
    first, second = mock_sesv2().start(), mock_sesv2().start()
    first.stop()
    second.send(SENDER, "ann@gmail.com", at=MONDAY)
    assert total("SEND") == 1
    second.stop()

    assert (len(first.calls), len(second.calls)) == (0, 1)


def test_fakes_that_end_in_another_order_leave_nothing_behind():
    first, second, third = (mock_sesv2().start() for _ in range(3))
    for number, fake in enumerate((first, second, third), 1):
        fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=number)
    counts = [total("SEND")]
    second.stop()
    counts.append(total("SEND"))
    third.stop()
    counts.append(total("SEND"))
    first.stop()

    assert counts == [3, 3, 1]
    with mock_sesv2() as fresh:
        assert total("SEND") == 0
        assert len(fresh.calls) == 1


def test_a_fake_may_be_stopped_by_another_thread():
    fake = mock_sesv2().start()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(fake.stop).result()

    with mock_sesv2() as other:
        other.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND") == 1


@mock_sesv2
async def ask_twice(count, both_seeded, sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=count)
    await both_seeded()
    first = total("SEND")
    await asyncio.sleep(0)
    return first, total("SEND"), len(sesv2_fake.calls)


def test_two_decorated_coroutines_at_once_do_not_see_each_others_seeds():
    arrived = []

    async def both_seeded():
        arrived.append(None)
        while len(arrived) < 2:
            await asyncio.sleep(0)

    async def main():
        return await asyncio.gather(ask_twice(1, both_seeded), ask_twice(20, both_seeded))

    assert asyncio.run(main()) == [(1, 1, 2), (20, 20, 2)]


@mock_sesv2
async def ask_in_a_thread(count, sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=count)
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    return (
        await loop.run_in_executor(None, total, "SEND"),
        await asyncio.to_thread(total, "SEND"),
        len(sesv2_fake.calls),
    )


def test_what_a_coroutine_hands_to_a_thread_pool_asks_its_fake():
    async def main():
        return await asyncio.gather(*map(ask_in_a_thread, [1, 20, 300]))

    assert asyncio.run(main()) == [(1, 1, 2), (20, 20, 2), (300, 300, 2)]


def test_a_thread_pool_outlives_the_fake_that_it_worked_for():
    async def main(pool):
        loop = asyncio.get_running_loop()
        with mock_sesv2() as fake:
            fake.send(SENDER, "ann@gmail.com", at=MONDAY)
            first = await loop.run_in_executor(pool, total, "SEND")
        with mock_sesv2():
            return first, await loop.run_in_executor(pool, total, "SEND")

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert asyncio.run(main(pool)) == (1, 0)
        with mock_sesv2() as fake:
            fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=20)
            assert pool.submit(total, "SEND").result() == 20


def test_two_threads_with_a_fake_each_do_not_see_each_others_seeds():
    both_seeded = threading.Barrier(2)

    def work(count):
        with mock_sesv2() as fake:
            fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=count)
            both_seeded.wait(60)
            counted = total("SEND")
            both_seeded.wait(60)
            return counted, len(fake.calls)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, [1, 20])) == [(1, 1), (20, 1)]


def test_a_thread_without_a_fake_asks_the_innermost_of_the_process():
    with mock_sesv2() as outer, mock_sesv2() as inner:
        outer.send(SENDER, "ann@gmail.com", at=MONDAY)
        inner.send(SENDER, "ann@gmail.com", at=MONDAY, count=20)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            assert pool.submit(total, "SEND").result() == 20


def test_a_task_made_inside_asks_the_fake_that_it_was_made_under():
    async def later(outer_has_another):
        await outer_has_another.wait()
        return total("SEND")

    async def main():
        with mock_sesv2() as outer:
            outer.send(SENDER, "ann@gmail.com", at=MONDAY)
            event = asyncio.Event()
            task = asyncio.create_task(later(event))
            with mock_sesv2() as inner:
                inner.send(SENDER, "ann@gmail.com", at=MONDAY, count=20)
                event.set()
                return total("SEND"), await task

    assert asyncio.run(main()) == (20, 1)


def test_a_task_outlives_the_fake_that_it_was_made_under():
    async def later(is_over):
        await is_over.wait()
        with mock_sesv2() as other:
            other.send(SENDER, "ann@gmail.com", at=MONDAY, count=20)
            return total("SEND")

    async def main():
        with mock_sesv2():
            is_over = asyncio.Event()
            task = asyncio.create_task(later(is_over))
        is_over.set()
        return await task

    assert asyncio.run(main()) == 20


@pytest.mark.parametrize("fakes", [1, 2])
def test_nothing_of_a_fake_is_kept_after_its_end(fakes):
    import gc
    import weakref

    kept = []
    for _ in range(fakes):
        with mock_sesv2() as fake:
            total("SEND")
            kept.append(weakref.ref(fake._account))
        del fake
    gc.collect()

    assert [gone() for gone in kept] == [None] * fakes


def test_a_fake_that_another_thread_has_stopped_answers_no_more():
    first, second = mock_sesv2(), mock_sesv2()
    first.start()
    thread = threading.Thread(target=lambda: (second.start(), first.stop()))
    thread.start()
    thread.join()
    try:
        second.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND") == 1
    finally:
        second.stop()


RAW = {"Raw": {"Data": b"Subject: Hi\n\nHi"}}


@pytest.mark.parametrize("end", ["reset", "stop"])
@pytest.mark.parametrize("to", ["ann@gmail.com", "bounce@simulator.amazonses.com"])
def test_a_send_in_flight_belongs_to_the_account_that_it_began_under(end, to):
    """As another thread may end it meanwhile."""
    made = boto3.client("sesv2", region_name="us-east-1")
    fake = mock_sesv2().start()
    before = fake.outbox
    made.meta.events.register_first("request-created.sesv2", lambda **_: getattr(fake, end)())
    sent = made.send_email(FromEmailAddress=SENDER, Destination={"ToAddresses": [to]}, Content=RAW)
    if end == "reset":
        assert len(fake.outbox) == 0
        fake.stop()

    assert [email.message_id for email in before] == [sent["MessageId"]]
    with pytest.raises(RuntimeError, match="after this email was sent"):
        before[0].deliver()


class TestThreads:
    """No count and no call is lost."""

    def test_one_of_two_threads_starts_the_fake(self):
        def start():
            both.wait(60)
            try:
                fake.start()
            except RuntimeError as error:
                return str(error)
            return "started"

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                for _ in range(20):
                    fake, both = mock_sesv2(), threading.Barrier(2)
                    outcomes = [pool.submit(start) for _ in range(2)]
                    found = sorted(outcome.result()[:27] for outcome in outcomes)
                    fake.stop()
                    assert found == ["started", "this fake is active already"]
        finally:
            sys.setswitchinterval(interval)

    def test_seeding_and_asking_from_many_threads(self, sesv2_fake, sesv2_client):
        email = sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY, count=800)
        start = threading.Barrier(8)

        def work():
            start.wait()
            for _ in range(100):
                sesv2_fake.send(SENDER, "bob@yahoo.com", at=MONDAY).deliver()
                email.open(count=1)
            for _ in range(5):
                ask(sesv2_client)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(sesv2_fake.calls) == 40
        assert (total("SEND"), total("DELIVERY"), total("OPEN")) == (1600, 800, 800)

    def test_faults_are_triggered_as_often_as_set_up(self, sesv2_fake, sesv2_client):
        fault = sesv2_fake.deny(times=50)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            failed = pool.map(
                lambda _: len(sesv2_client.batch_get_metric_data(Queries=[query()])["Errors"]),
                range(80),
            )

        assert (sum(failed), fault.hits) == (50, 50)

    def test_sessions_made_in_threads_see_the_fake(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        def work(_):
            return ask(boto3.Session().client("sesv2", region_name="us-east-1"))

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(8))) == [1] * 8

    def test_asyncio_to_thread_sees_the_fake(self, sesv2_fake, sesv2_client):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        async def work():
            return await asyncio.gather(*(asyncio.to_thread(ask, sesv2_client) for _ in range(4)))

        assert asyncio.run(work()) == [1] * 4
