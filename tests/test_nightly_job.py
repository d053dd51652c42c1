"""A nightly job that suppresses who bounced, whole, under aiobotocore.

Under boto3 it is a recipe, and under the SDK for JavaScript a page of the docs.
"""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from asking import has

pytestmark = pytest.mark.skipif(not has("GetMessageInsights"), reason="botocore is older than it")


async def suppress_bounced(client, records):
    for record in records:
        bounce = record.get("bounce", {})
        if bounce.get("bounceType") == "Permanent":
            for recipient in bounce["bouncedRecipients"]:
                await client.put_suppressed_destination(
                    EmailAddress=recipient["emailAddress"], Reason="BOUNCE"
                )


async def send(client, to):
    content = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}}
    response = await client.send_email(
        FromEmailAddress="news@example.com", Destination={"ToAddresses": [to]}, Content=content
    )
    return response["MessageId"]


async def counts(client, day, *metrics):
    response = await client.batch_get_metric_data(
        Queries=[
            {
                "Id": metric,
                "Namespace": "VDM",
                "Metric": metric,
                "StartDate": day,
                "EndDate": day + timedelta(days=1),
            }
            for metric in metrics
        ]
    )
    return {result["Id"]: sum(result["Values"]) for result in response["Results"]}


def test_a_nightly_job(sesv2_fake):
    session = pytest.importorskip("aiobotocore.session").get_session()
    records = [
        sesv2_fake.send("news@example.com", "ann@example.org").bounce().event_record("Bounce"),
        sesv2_fake.send("news@example.com", "bob@example.org")
        .bounce("Transient")
        .event_record("Bounce"),
        sesv2_fake.send("news@example.com", "cid@example.org").deliver().event_record("Delivery"),
    ]
    sesv2_fake.reset()
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)

    async def main():
        async with session.create_client("sesv2", region_name="us-east-1") as client:
            await suppress_bounced(client, records)
            ann, bob = [await send(client, f"{name}@example.org") for name in ("ann", "bob")]
            insights = await client.get_message_insights(MessageId=ann)
            listed = await client.list_suppressed_destinations()
            counted = await counts(client, today, "SEND", "DELIVERY", "PERMANENT_BOUNCE")
            return bob, insights["Insights"][0]["Events"], listed, counted

    bob, events, listed, counted = asyncio.run(main())

    assert [entry["EmailAddress"] for entry in listed["SuppressedDestinationSummaries"]] == [
        "ann@example.org"
    ]
    assert sesv2_fake.suppression_list() == {"ann@example.org": "BOUNCE"}
    assert events[1]["Details"]["Bounce"]["BounceSubType"] == "ON_ACCOUNT_SUPPRESSION_LIST"
    bounce = sesv2_fake.sent_to("ann@example.org").event_record("Bounce")["bounce"]
    assert bounce["bounceSubType"] == "OnAccountSuppressionList"
    assert sesv2_fake.sent_to("bob@example.org").message_id == bob
    assert counted == {"SEND": 2, "DELIVERY": 0, "PERMANENT_BOUNCE": 0}
