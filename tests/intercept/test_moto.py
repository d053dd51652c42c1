"""Beside moto: this operation is answered here, every other SES operation by moto."""

import pytest
from asking import MONDAY, new_client, query, series

from sesv2_fake import mock_sesv2

moto = pytest.importorskip("moto", reason="moto needs a newer botocore than the oldest we take")

CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}


def check_both(made):
    (value,) = series(made.batch_get_metric_data(Queries=[query()])).values()
    assert value == 3
    made.create_email_identity(EmailIdentity="news@example.com")
    identities = made.list_email_identities()["EmailIdentities"]
    assert [identity["IdentityName"] for identity in identities] == ["news@example.com"]


def seed(fake):
    fake.send("news@example.com", "ann@gmail.com", at=MONDAY, count=3)


def test_moto_around_the_fake():
    with moto.mock_aws(), mock_sesv2() as ses:
        seed(ses)
        check_both(new_client(**CREDENTIALS))


def test_the_fake_around_moto():
    with mock_sesv2() as ses, moto.mock_aws():
        seed(ses)
        check_both(new_client(**CREDENTIALS))


def test_a_client_made_between_them():
    with moto.mock_aws():
        made = new_client(**CREDENTIALS)
        with mock_sesv2() as ses:
            seed(ses)
            check_both(made)


def test_a_client_made_before_both():
    made = new_client(**CREDENTIALS)
    moto.core.patch_client(made)
    with moto.mock_aws(), mock_sesv2() as ses:
        seed(ses)
        check_both(made)


@moto.mock_aws
@mock_sesv2
def test_both_as_decorators(sesv2_fake):
    seed(sesv2_fake)
    check_both(new_client(**CREDENTIALS))


def test_the_fixture_inside_moto(sesv2_fake):
    seed(sesv2_fake)
    with moto.mock_aws():
        check_both(new_client(**CREDENTIALS))


def test_faults_are_retried_under_moto():
    with moto.mock_aws(), mock_sesv2() as ses:
        seed(ses)
        ses.throttle(times=2)
        response = new_client(**CREDENTIALS).batch_get_metric_data(Queries=[query()])

    assert response["ResponseMetadata"]["RetryAttempts"] == 2


def test_other_handlers_see_the_request_as_it_is_when_all_is_done(sesv2_fake):
    urls = []
    made = new_client()
    made.meta.events.register(
        "request-created.sesv2.BatchGetMetricData", lambda request, **_: urls.append(request)
    )
    made.batch_get_metric_data(Queries=[query()])

    assert urls[0].url == "https://email.us-east-1.amazonaws.com/v2/email/metrics/batch"


def test_moto_alone_is_as_before():
    with mock_sesv2():
        pass
    with moto.mock_aws():
        made = new_client(**CREDENTIALS)

        with pytest.raises(NotImplementedError):
            made.batch_get_metric_data(Queries=[query()])
