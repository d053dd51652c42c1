"""Which clients are answered while a fake is active, and that nothing stays on them."""

import gc
import io
import os
import unittest.mock
import weakref

import boto3
import botocore
import botocore.awsrequest
import botocore.handlers
import botocore.session
import pytest
from asking import MONDAY, ask, new_client, query, total
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ParamValidationError

from sesv2_fake import mock_sesv2

SENDER = "news@example.com"
MADE_AT_IMPORT = new_client()
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
    return new_client(
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
        assert handlers_of(early) == before  # it is met at its first call
        ask("SEND", using=early)
        assert handlers_of(early) != before

    assert handlers_of(early) == before
    assert refused_by_the_network(early)


def test_a_client_made_inside_goes_its_normal_way_after_the_fake():
    with mock_sesv2():
        kept = new_client(
            endpoint_url="http://127.0.0.1:9",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=Config(retries={"max_attempts": 0}),
        )

    assert refused_by_the_network(kept)


def test_a_client_made_inside_and_kept_is_answered_by_the_next_fake():
    with mock_sesv2():
        kept = new_client()

    with mock_sesv2() as ses:
        ses.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND", using=kept) == 1
        assert len(ses.calls) == 1


def test_everything_is_as_before_after_an_exception(early):
    class Oops(Exception):
        pass

    before = handlers_of(early), list(botocore.handlers.BUILTIN_HANDLERS)
    fake = mock_sesv2()
    with pytest.raises(Oops), fake:
        ask("SEND", using=early)
        raise Oops

    assert (handlers_of(early), list(botocore.handlers.BUILTIN_HANDLERS)) == before
    assert not fake.is_active


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


def test_the_headers_of_an_answer_are_also_where_aiobotocore_reads_them(sesv2_fake):
    """Its versions before 2.21, and only those: as bytes, on what stands for the wire."""
    answers = []
    made = new_client()
    made.meta.events.register(
        "needs-retry.sesv2.BatchGetMetricData",
        lambda response, **_: answers.append(response[0]),
    )

    made.batch_get_metric_data(Queries=[query()])

    (answer,) = answers
    assert dict(answer.raw.raw_headers) == {
        name.encode(): value.encode() for name, value in answer.headers.items()
    }
    assert len(answer.headers) == 3


def test_other_operations_of_ses_are_not_answered(sesv2_fake):
    other = new_client(
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"max_attempts": 0}),
    )

    with pytest.raises(EndpointConnectionError):
        other.list_configuration_sets()


class TestEarlyClients:
    """Clients made before the fake, in each of the ways to use it."""

    def test_by_the_fixture(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND", using=MADE_AT_IMPORT) == 1

    @mock_sesv2
    def test_by_the_decorator(self, sesv2_fake):
        sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND", using=MADE_AT_IMPORT) == 1

    def test_by_start(self):
        fake = mock_sesv2().start()
        fake.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND", using=MADE_AT_IMPORT) == 1
        fake.stop()

    def test_of_another_session_and_region(self):
        early = boto3.Session().client("sesv2", region_name="eu-west-1")
        with mock_sesv2() as ses:
            ses.send(SENDER, "ann@gmail.com", at=MONDAY, region="eu-west-1")

            assert (total("SEND", using=early), total("SEND", using=MADE_AT_IMPORT)) == (1, 0)

    def test_of_a_fixture_that_comes_first(self, pytester):
        pytester.makepyfile(
            """
            import boto3, pytest
            from datetime import datetime, timedelta, timezone

            MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)

            @pytest.fixture(scope="session", autouse=True)
            def made_first():
                return boto3.client("sesv2", region_name="us-east-1")

            @pytest.mark.parametrize("n", range(2))
            def test_it(made_first, sesv2_fake, n):
                sesv2_fake.send("a@example.com", "b@example.com", at=MONDAY, count=n + 1)
                (result,) = made_first.batch_get_metric_data(Queries=[{
                    "Id": "q", "Namespace": "VDM", "Metric": "SEND",
                    "StartDate": MONDAY, "EndDate": MONDAY + timedelta(days=1),
                }])["Results"]
                assert result["Values"] == [n + 1]
            """
        )

        pytester.runpytest().assert_outcomes(passed=2)

    def test_what_only_pretends_to_be_a_client_is_left_alone(self):
        early = new_client()
        mock = unittest.mock.Mock(spec=type(early))
        other = unittest.mock.MagicMock(spec=early)
        half_made = type(early).__new__(type(early))
        with mock_sesv2() as ses:
            ses.send(SENDER, "ann@gmail.com", at=MONDAY)

            assert total("SEND", using=early) == 1
        assert mock.mock_calls == other.mock_calls == []
        assert vars(half_made) == {}

    def test_a_client_that_is_gone_is_not_kept(self):
        with mock_sesv2():
            made = new_client()
            ask("SEND", using=made)
            gone = weakref.ref(made)
        del made
        gc.collect()

        assert gone() is None

    def test_of_a_class_that_cannot_be_hashed(self):
        """A client class with `__eq__` and no `__hash__`."""

        class Unhashable:
            def __eq__(self, other):
                return True

            __hash__ = None

        session = botocore.session.Session()
        session.register(
            "creating-client-class.sesv2",
            lambda base_classes, **_: base_classes.insert(0, Unhashable),
        )
        early = session.create_client("sesv2", "us-east-1")
        with mock_sesv2() as ses:
            ses.send(SENDER, "ann@gmail.com", at=MONDAY)

            assert total("SEND", using=early) == 1

    def test_that_the_garbage_collector_does_not_see(self):
        """As after `gc.freeze()`, which servers call before they fork."""
        early = new_client()
        gc.freeze()
        try:
            with mock_sesv2() as ses:
                ses.send(SENDER, "ann@gmail.com", at=MONDAY)

                assert total("SEND", using=early) == 1
        finally:
            gc.unfreeze()


@pytest.mark.parametrize("how", [{}, {"aws_access_key_id": "a", "aws_secret_access_key": "b"}])
def test_a_client_whose_emitter_remembers_no_handler_of_the_fake_is_answered(how):
    """As after a call of another thread that looked them up while they were put on."""
    made = new_client(**how)
    before = handlers_of(made)
    with mock_sesv2() as ses:
        total("SEND", using=made)
        remembered = made.meta.events._emitter._lookup_cache
        for event in remembered:
            if event in EVENTS:
                remembered[event] = [h for h in remembered[event] if "sesv2" not in h.__module__]
        ses.send(SENDER, "ann@gmail.com", at=MONDAY)

        assert total("SEND", using=made) == 1
        assert total("SEND", using=made) == 1
        assert len(ses.calls) == 3
    assert handlers_of(made) == before


def test_an_operation_that_is_let_out_goes_as_ever():
    made = new_client(aws_access_key_id="a", aws_secret_access_key="b")
    response = botocore.awsrequest.AWSResponse("", 200, {}, io.BytesIO(b""))
    response._content = b'{"ConfigurationSets": []}'
    seen = []
    made.meta.events.register("before-send", lambda request, **_: seen.append(request) or response)

    with mock_sesv2(other_operations="allow") as fake:
        made.list_configuration_sets()

    assert seen[0].url.startswith("https://email.us-east-1.amazonaws.com/")
    assert fake.calls == []
