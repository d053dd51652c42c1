"""The ten metrics: what each counts and what it leaves out."""

from datetime import date

import pytest
from asking import DAY, MONDAY, ask, total
from records import bounce, record

from sesv2_fake import Metric

SENDER = "news@example.com"
DELIVERY_METRICS = ["DELIVERY", "DELIVERY_OPEN", "DELIVERY_CLICK", "DELIVERY_COMPLAINT"]


def happen_everything(email):
    """All that can happen to an email, a bounce of each kind aside."""
    return email.deliver().bounce().complain().open().click()


def counted(**how):
    return {metric.value for metric in Metric if total(metric.value, **how)}


def test_there_are_the_ten_metrics_of_the_api():
    assert [metric.value for metric in Metric] == [
        "SEND",
        "COMPLAINT",
        "PERMANENT_BOUNCE",
        "TRANSIENT_BOUNCE",
        "OPEN",
        "CLICK",
        "DELIVERY",
        "DELIVERY_OPEN",
        "DELIVERY_CLICK",
        "DELIVERY_COMPLAINT",
    ]


@pytest.mark.parametrize(
    ("happen", "metrics"),
    [
        (lambda email: email, set()),
        (lambda email: email.deliver(), set(DELIVERY_METRICS)),
        (lambda email: email.bounce(), {"PERMANENT_BOUNCE"}),
        (lambda email: email.bounce("Transient"), {"TRANSIENT_BOUNCE"}),
        (lambda email: email.bounce("Undetermined"), set()),
        (lambda email: email.complain(), {"COMPLAINT"}),
        (lambda email: email.open(), {"OPEN"}),
        (lambda email: email.click(), {"CLICK"}),
    ],
    ids=[
        "nothing",
        "deliver",
        "permanent",
        "transient",
        "undetermined",
        "complain",
        "open",
        "click",
    ],
)
def test_each_event_counts_for_its_metrics_alone(sesv2_fake, happen, metrics):
    happen(sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY))

    assert counted() == {"SEND"} | metrics


@pytest.mark.parametrize(
    "address", ["success@simulator.amazonses.com", "bounce+label@Simulator.AmazonSES.com"]
)
def test_an_email_to_the_mailbox_simulator_counts_for_nothing(sesv2_fake, address):
    happen_everything(sesv2_fake.send(SENDER, address, at=MONDAY))

    assert counted() == set()


def test_an_email_to_several_recipients_counts_for_nothing(sesv2_fake):
    happen_everything(sesv2_fake.send(SENDER, ["ann@yahoo.com", "bob@aol.com"], at=MONDAY))

    assert counted() == set()


def test_an_email_that_a_delegate_sender_sent_counts_for_nothing(sesv2_fake):
    others = [record(name) for name in ("Send", "Delivery", "Complaint", "Open", "Click")]
    for event in [*others, bounce(), bounce("Transient")]:
        event["mail"]["sendingAccountId"] = "999999999999"
        sesv2_fake.load_events([event])

    assert counted() == set()


def test_a_list_of_one_recipient_is_one_recipient(sesv2_fake):
    sesv2_fake.send(SENDER, ["ann@yahoo.com"], at=MONDAY)

    assert total("SEND") == 1


def test_a_permanent_bounce_of_the_account_suppression_list_does_not_count(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY)
    email.bounce("Permanent", "OnAccountSuppressionList")

    assert counted() == {"SEND"}


def test_a_transient_bounce_of_the_account_suppression_list_counts(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY)
    email.bounce("Transient", "OnAccountSuppressionList")

    assert counted() == {"SEND", "TRANSIENT_BOUNCE"}


def test_a_complaint_of_the_account_suppression_list_does_not_count(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY)
    email.complain("OnAccountSuppressionList")

    assert counted() == {"SEND"}


def test_a_bounce_of_another_sub_type_counts(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY).bounce("Permanent", "Suppressed")

    assert counted() == {"SEND", "PERMANENT_BOUNCE"}


def test_an_email_without_open_tracker_has_no_opens(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, open_tracking=False)
    email.deliver().open().click()

    assert counted() == {"SEND", "DELIVERY", "DELIVERY_CLICK", "DELIVERY_COMPLAINT", "CLICK"}


def test_an_email_without_wrapped_links_has_no_clicks(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, click_tracking=False)
    email.deliver().open().click()

    assert counted() == {"SEND", "DELIVERY", "DELIVERY_OPEN", "DELIVERY_COMPLAINT", "OPEN"}


@pytest.mark.parametrize("recipient", ["ann@gmail.com", "ann@example.com"])
def test_gmail_and_unknown_isps_have_no_feedback_loop(sesv2_fake, recipient):
    sesv2_fake.send(SENDER, recipient, at=MONDAY).deliver()

    assert counted() == {"SEND", "DELIVERY", "DELIVERY_OPEN", "DELIVERY_CLICK"}


@pytest.mark.sesv2_fake(isps_without_feedback_loop=["Yahoo"])
def test_which_isps_have_no_feedback_loop_is_an_option(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@gmail.com", at=MONDAY).deliver()
    sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, count=5).deliver()

    assert total("DELIVERY_COMPLAINT") == 1


@pytest.mark.parametrize(("event", "metric"), [("open", "OPEN"), ("click", "CLICK")])
class TestUnique:
    """Opens and clicks: once an email, on the day of the earliest."""

    def test_one_email_counts_once_however_often(self, sesv2_fake, event, metric):
        email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY)
        for hours in range(3):
            getattr(email, event)(at=MONDAY + hours * DAY / 24)

        assert ask(metric) == {date(2026, 1, 5): 1}

    @pytest.mark.parametrize("days", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
    def test_the_earliest_counts_in_whatever_order_seeded(self, sesv2_fake, event, metric, days):
        email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY)
        for day in days:
            getattr(email, event)(at=MONDAY + day * DAY)

        assert ask(metric) == {date(2026, 1, 5): 1}

    def test_a_count_is_of_emails_it_had_not_happened_to(self, sesv2_fake, event, metric):
        email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, count=100)
        getattr(email, event)(count=20, at=MONDAY)
        getattr(email, event)(count=5, at=MONDAY + DAY)

        assert ask(metric) == {date(2026, 1, 5): 20, date(2026, 1, 6): 5}

    def test_all_of_them_later_leaves_the_earlier_where_they_are(self, sesv2_fake, event, metric):
        email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, count=100)
        getattr(email, event)(count=20, at=MONDAY)
        getattr(email, event)(at=MONDAY + DAY)

        assert ask(metric) == {date(2026, 1, 5): 20, date(2026, 1, 6): 80}

    def test_all_of_them_earlier_moves_the_later_ones(self, sesv2_fake, event, metric):
        email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, count=100)
        getattr(email, event)(count=20, at=MONDAY + DAY)
        getattr(email, event)(at=MONDAY)

        assert ask(metric) == {date(2026, 1, 5): 100}

    def test_more_than_there_are_is_an_error(self, sesv2_fake, event, metric):
        email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY, count=10)
        getattr(email, event)(count=8)

        with pytest.raises(
            ValueError, match=r"cannot mark 3 more emails as .*: 8 of 10 already are$"
        ):
            getattr(email, event)(count=3)

        assert total(metric) == 8


def test_an_event_counts_on_its_own_day_and_not_on_the_sends(sesv2_fake):
    email = sesv2_fake.send(SENDER, "ann@yahoo.com", at=MONDAY)
    email.deliver(at=MONDAY + DAY).complain(at=MONDAY + 2 * DAY)

    assert ask("SEND") == {date(2026, 1, 5): 1}
    assert ask("DELIVERY") == {date(2026, 1, 6): 1}
    assert ask("COMPLAINT") == {date(2026, 1, 7): 1}
