"""Activation: who is answered while a fake is active, and that nothing stays behind."""

import os

import boto3
import botocore
import botocore.handlers
import botocore.session
import pytest
from asking import MONDAY, ask, client, query, total
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ParamValidationError

from sesv2_fake import FakeSESv2, mock_sesv2

SENDER = "news@example.com"
EVENTS = ("before-send.sesv2.BatchGetMetricData", "choose-signer.sesv2.BatchGetMetricData")


def handlers_of(made):
    return [list(made.meta.events._emitter._handlers.prefix_search(event)) for event in EVENTS]


def refused_by_the_network(made):
    """Whether a call of this client goes out: there is nobody at that port."""
    with pytest.raises(EndpointConnectionError):
        made.batch_get_metric_data(Queries=[query()])
    return True


@pytest.fixture
def early():
    """A client made before the fake, of an endpoint where nobody is."""
    return client(
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"max_attempts": 0}),
    )


def test_a_client_made_inside_is_answered():
    with mock_sesv2() as ses:
        ses.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND") == 1


def test_a_client_made_before_is_answered(early):
    with mock_sesv2() as ses:
        ses.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND", using=early) == 1


def test_a_session_made_before_makes_clients_that_are_answered():
    sessions = [boto3.Session(), botocore.session.Session()]
    with mock_sesv2() as ses:
        ses.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND", using=sessions[0].client("sesv2", region_name="us-east-1")) == 1
        assert total("SEND", using=sessions[1].create_client("sesv2", "us-east-1")) == 1


def test_a_client_is_as_it_was_after_the_fake(early):
    before = handlers_of(early)
    with mock_sesv2():
        assert handlers_of(early) != before

    assert handlers_of(early) == before
    assert refused_by_the_network(early)


def test_a_client_made_inside_goes_its_normal_way_after_the_fake():
    with mock_sesv2():
        kept = client(
            endpoint_url="http://127.0.0.1:9",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=Config(retries={"max_attempts": 0}),
        )

    assert refused_by_the_network(kept)


def test_a_client_made_inside_and_kept_is_answered_by_the_next_fake():
    with mock_sesv2():
        kept = client()

    with mock_sesv2() as ses:
        ses.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND", using=kept) == 1
        assert len(ses.calls) == 1


def test_everything_is_as_before_after_an_exception(early):
    class Oops(Exception):
        pass

    before = handlers_of(early), BaseClient.__init__, list(botocore.handlers.BUILTIN_HANDLERS)
    fake = mock_sesv2()
    with pytest.raises(Oops), fake:
        raise Oops

    assert (
        handlers_of(early),
        BaseClient.__init__,
        list(botocore.handlers.BUILTIN_HANDLERS),
    ) == before
    assert not fake.is_active


def test_a_patch_of_botocore_put_on_inside_stays_and_the_fake_is_gone(monkeypatch):
    with mock_sesv2():
        ours = BaseClient.__init__

        def theirs(self, *args, **kwargs):
            ours(self, *args, **kwargs)

        monkeypatch.setattr(BaseClient, "__init__", theirs)

    assert BaseClient.__init__ is theirs
    assert not [
        h for handlers in handlers_of(client()) for h in handlers if "sesv2_fake" in repr(h)
    ]
    with mock_sesv2() as ses:
        total("SEND")

        assert len(ses.calls) == 1


def test_no_credentials_and_no_environment_are_needed(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with mock_sesv2():
        made = botocore.session.Session().create_client("sesv2", "us-east-1")

        assert made.batch_get_metric_data(Queries=[query()])["Errors"] == []


def test_the_environment_is_never_changed():
    before = dict(os.environ)
    with mock_sesv2():
        ask("SEND")
        inside = dict(os.environ)

    assert before == inside == dict(os.environ)


def test_botocores_own_validation_runs(sesv2_fake, sesv2_client):
    with pytest.raises(ParamValidationError, match="Invalid length for parameter Queries"):
        sesv2_client.batch_get_metric_data(Queries=[])

    assert sesv2_fake.calls == []


def test_each_start_begins_with_nothing_seeded():
    fake = mock_sesv2()
    with fake:
        fake.send(SENDER, "ann@gmail.com", at=MONDAY)
        assert total("SEND") == 1
    with fake:
        assert total("SEND") == 0
        assert len(fake.calls) == 1


def test_start_and_stop_do_what_the_with_statement_does():
    fake = mock_sesv2()
    assert fake.start() is fake
    fake.send(SENDER, "ann@gmail.com", at=MONDAY)
    assert total("SEND") == 1
    fake.stop()

    assert not fake.is_active


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


def test_other_operations_of_ses_are_not_answered(sesv2_fake):
    other = client(
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"max_attempts": 0}),
    )

    with pytest.raises(EndpointConnectionError):
        other.get_account()


@pytest.mark.parametrize(
    "use",
    [
        lambda fake: fake.send(SENDER, "ann@gmail.com"),
        lambda fake: fake.record("SEND", 1),
        lambda fake: fake.load_events([]),
        lambda fake: fake.reset(),
        lambda fake: fake.stop(),
        lambda fake: setattr(fake, "vdm_enabled", False),
    ],
    ids=["send", "record", "load_events", "reset", "stop", "vdm_enabled"],
)
def test_a_fake_that_is_not_active_says_so(use):
    fake = FakeSESv2()
    with pytest.raises(RuntimeError, match="not active: start it"):
        use(fake)

    with fake:
        pass
    with pytest.raises(RuntimeError, match="this fake has ended"):
        use(fake)


def test_an_email_of_a_fake_that_has_ended_says_so():
    fake = mock_sesv2()
    with fake:
        email = fake.send(SENDER, "ann@gmail.com", at=MONDAY)

    with fake, pytest.raises(RuntimeError, match="this fake has ended"):
        email.deliver()


def test_an_active_fake_cannot_be_started_again(sesv2_fake):
    with pytest.raises(RuntimeError, match="active already"):
        sesv2_fake.start()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"contract": "lived"}, ValueError, "contract: expected one of documented, live.*'live'"),
        ({"contrct": "live"}, TypeError, "no option 'contrct'; did you mean 'contract'"),
        ({"zzz": 1}, TypeError, "no option 'zzz'; there are contract, vdm_enabled"),
        ({"vdm_enabled": "no"}, TypeError, "vdm_enabled: expected True or False, got 'no'"),
        ({"isps_without_feedback_loop": "Gmail"}, TypeError, "expected a list of ISP names"),
        ({"isps_without_feedback_loop": ["gmail"]}, ValueError, "SES writes 'Gmail'"),
    ],
)
def test_an_option_that_cannot_be_is_an_error(options, error, message):
    with pytest.raises(error, match=message):
        mock_sesv2(**options)
