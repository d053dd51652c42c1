"""Records of one email: what one of them says holds for all, in whatever order they come."""

from datetime import date, timedelta

import pytest
from asking import DAY, MONDAY, ask, client, query, total
from hypothesis import given
from hypothesis import strategies as st
from records import bounce, record

from sesv2_fake import Metric, mock_sesv2

NO_TAGS = {"tags": None}
TUESDAY = MONDAY + DAY


def as_notification(made):
    """As SES publishes it if feedback notifications are set up: without tags."""
    made["mail"].pop("tags")
    made["notificationType"] = made.pop("eventType")
    return made


class TestRecordsOfOneEmail:
    @pytest.mark.parametrize("turned", [False, True])
    @pytest.mark.parametrize("loads", [1, 2])
    def test_a_notification_belongs_to_the_set_of_its_send(self, sesv2_fake, turned, loads):
        records = [
            record(tags={"ses:configuration-set": ["weekly"], "ses:recipient-isp": ["Aol"]}),
            as_notification(bounce()),
        ]
        records = records[::-1] if turned else records
        for part in [records] if loads == 1 else [[one] for one in records]:
            sesv2_fake.load_events(part)

        for metric in ("SEND", "PERMANENT_BOUNCE"):
            assert total(metric) == total(metric, CONFIGURATION_SET="weekly", ISP="Aol") == 1
            assert total(metric, ISP="Yahoo") == 0

    def test_a_delegate_sender_is_one_for_all_of_them(self, sesv2_fake):
        # A Send of a templated email has no sourceArn.
        sesv2_fake.load_events(
            [record(sourceArn=None, sendingAccountId="1"), record("Delivery", sendingAccountId="1")]
        )

        assert total("SEND") == total("DELIVERY") == 0
        assert "delegate sender" in sesv2_fake.explain(query("SEND"))

    @pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")
    def test_deliveries_move_with_their_email_and_keep_their_hours(self, sesv2_fake):
        noon = TUESDAY + DAY / 2
        deliveries = [
            record("Delivery", MONDAY, id="m-1", **NO_TAGS),
            record("Delivery", noon, id="m-2", **NO_TAGS),
        ]
        sesv2_fake.load_events(deliveries)
        sesv2_fake.load_events([record("Send", MONDAY, id="m-2")])

        assert ask("DELIVERY", start=MONDAY, end=noon) == {MONDAY.date(): 1}
        assert ask("DELIVERY", start=noon, end=noon + DAY / 4) == {TUESDAY.date(): 1}

    def test_opens_move_with_their_email(self, sesv2_fake):
        sesv2_fake.load_events([record("Open", at=TUESDAY, **NO_TAGS), record("Open", **NO_TAGS)])
        assert total("OPEN", CONFIGURATION_SET="news") == 0

        sesv2_fake.load_events([record()])

        assert ask("OPEN") == ask("OPEN", CONFIGURATION_SET="news") == {date(2026, 1, 5): 1}

    def test_subject_and_tags_are_those_that_any_tells(self, sesv2_fake):
        tags = {"campaign": ["spring"]}
        sesv2_fake.freeze(MONDAY)
        sesv2_fake.load_events(
            [
                record(),
                record("Delivery", sourceArn=None, commonHeaders={"subject": "Hi"}, tags=tags),
            ]
        )
        sesv2_fake.load_events([record("Open", sourceArn=None, tags={"team": ["red"]})])
        if not hasattr(client(), "get_message_insights"):
            pytest.skip("not in this botocore")

        insights = client().get_message_insights(MessageId="m-1")

        assert insights["Subject"] == "Hi"
        assert {"Name": "campaign", "Value": "spring"} in insights["EmailTags"]
        assert {"Name": "team", "Value": "red"} in insights["EmailTags"]

    def test_an_unreadable_arn_is_a_warning_and_the_rest_counts(self, sesv2_fake):
        redacted = [record(id=f"m-{n}", sourceArn="arn:aws:ses:REDACTED") for n in range(3)]

        with pytest.warns(UserWarning, match="no identity's ARN") as caught:
            sesv2_fake.load_events(redacted)

        assert [warning.filename for warning in caught] == [__file__]
        assert total("SEND", CONFIGURATION_SET="news") == 3


class TestRecordsOfAnEmailThatWasSent:
    @pytest.mark.parametrize("region", [None, "us-east-1"])
    def test_records_have_the_facts_of_their_email(self, sesv2_fake, region):
        sesv2_fake.send(
            "news@example.com",
            "ann@gmail.com",
            at=MONDAY,
            configuration_set="weekly",
            tenant="acme",
            isp="Aol",
            identity="other.example",
            region=region,
            open_tracking=False,
            message_id="m-1",
        )

        sesv2_fake.load_events([record("Delivery", **NO_TAGS), record(tags={"x": ["y"]})])
        sesv2_fake.load_events([record("Open", **NO_TAGS)], region=region)

        of_email = {
            "CONFIGURATION_SET": "weekly",
            "ISP": "Aol",
            "EMAIL_IDENTITY": "other.example",
        }
        assert total("SEND", **of_email) == total("SEND") == 1
        assert total("DELIVERY", **of_email) == total("DELIVERY", TENANT_NAME="acme") == 1
        assert total("DELIVERY_OPEN") == total("OPEN") == 0

    def test_records_of_one_region_are_of_an_email_of_all(self, sesv2_fake):
        sesv2_fake.send(
            "a@b.c", "ann@gmail.com", at=MONDAY, configuration_set="s", message_id="m-1"
        )

        sesv2_fake.load_events([record("Delivery", **NO_TAGS)], region="eu-west-1")

        assert total("DELIVERY", CONFIGURATION_SET="s") == 1

    def test_records_of_another_region_are_of_another_email(self, sesv2_fake):
        sesv2_fake.send("a@b.c", "d@e.f", at=MONDAY, region="us-east-1", message_id="m-1")

        sesv2_fake.load_events([record("Delivery")], region="eu-west-1")

        assert total("DELIVERY") == 0

    def test_the_suppression_list_is_the_records_to_say(self, sesv2_fake):
        sesv2_fake.send("a@b.c", "ann@gmail.com", at=MONDAY, message_id="m-1")

        sesv2_fake.load_events([bounce(sub_type="OnAccountSuppressionList")])

        assert total("PERMANENT_BOUNCE") == 0
        assert "suppression list" in sesv2_fake.explain(query("PERMANENT_BOUNCE"))


#: What a record may say of its email beside the event.
FACTS = st.fixed_dictionaries(
    {
        "tags": st.sampled_from(
            [
                None,
                {"ses:configuration-set": ["news"]},
                {"ses:configuration-set": ["other"], "ses:recipient-isp": ["Aol"]},
                {"ses:recipient-isp": ["Gmail"]},
            ]
        ),
        "sourceArn": st.sampled_from(
            [None, *(f"arn:aws:ses:us-east-1:1:identity/{name}" for name in ("a.example", "b.c"))]
        ),
        "sendingAccountId": st.sampled_from([None, "1", "2"]),
    }
)
DETAILS = {
    "Bounce": [
        {"bounceType": kind, "bounceSubType": sub_type}
        for kind in ("Permanent", "Transient")
        for sub_type in ("General", "OnAccountSuppressionList")
    ],
    "Complaint": [{}, {"complaintSubType": "OnAccountSuppressionList"}],
}


@st.composite
def records_of_two_emails(draw):
    event_type = draw(
        st.sampled_from(["Send", "Delivery", "Bounce", "Complaint", "Open", "Open", "Click"])
    )
    at = MONDAY if event_type == "Send" else MONDAY + draw(st.integers(0, 2)) * DAY
    return record(
        event_type,
        at=at,
        id=draw(st.sampled_from(["m-1", "m-2"])),
        detail=draw(st.sampled_from(DETAILS.get(event_type, [{}]))),
        **draw(FACTS),
    )


def answers(loads):
    """What queries of all metrics and of each dimension's values are answered."""
    filters = [
        {},
        {"CONFIGURATION_SET": "news"},
        {"ISP": "Aol"},
        {"EMAIL_IDENTITY": "a.example"},
    ]
    found = []
    with mock_sesv2() as fake:
        fake.send("news@example.com", "ann@gmx.net", at=MONDAY, tenant="t", message_id="m-2")
        for records in loads:
            fake.load_events(records)
        for dimensions in filters:
            queries = [
                query(metric.value, id=metric.value, end=MONDAY + timedelta(days=5), **dimensions)
                for metric in Metric
            ]
            results = client().batch_get_metric_data(Queries=queries)["Results"]
            found += [(one["Id"], one["Timestamps"], one["Values"]) for one in results]
    return found


@given(st.lists(records_of_two_emails(), max_size=8), st.data())
def test_neither_their_order_nor_the_number_of_loads_matters(records, data):
    turned = data.draw(st.permutations(records))
    cut = data.draw(st.integers(0, len(records)))

    assert answers([records]) == answers([turned[:cut], turned[cut:]])
