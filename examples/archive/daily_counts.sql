-- The ten metrics of Virtual Deliverability Manager, by day and dimension, out of SES's event records.
-- `records` has one record a row, as JSON text in the column `record`. Written for DuckDB.
-- What each metric counts and leaves out: reference/service.md, "The ten metrics".
WITH metrics (event, metric) AS (
    VALUES
        ('Send', 'SEND'),
        ('Delivery', 'DELIVERY'),
        -- Records do not say whether an email had trackers: all are taken to have had both.
        ('Delivery', 'DELIVERY_OPEN'),
        ('Delivery', 'DELIVERY_CLICK'),
        ('Delivery', 'DELIVERY_COMPLAINT'),
        ('Permanent', 'PERMANENT_BOUNCE'),
        ('Transient', 'TRANSIENT_BOUNCE'),
        ('Complaint', 'COMPLAINT'),
        ('Open', 'OPEN'),
        ('Click', 'CLICK')
),
parsed AS (
    SELECT
        record ->> '$.mail.messageId' AS message_id,
        -- A bounce counts by its type.
        coalesce(
            record ->> '$.bounce.bounceType',
            record ->> '$.eventType',
            record ->> '$.notificationType'
        ) AS event,
        coalesce(
            record ->> '$.bounce.bounceSubType',
            record ->> '$.complaint.complaintSubType',
            ''
        ) AS sub_type,
        -- In UTC, as SES writes it: 2026-01-05T09:30:00.000Z. A Send has no time but its email's.
        coalesce(
            record ->> '$.delivery.timestamp',
            record ->> '$.bounce.timestamp',
            record ->> '$.complaint.timestamp',
            record ->> '$.open.timestamp',
            record ->> '$.click.timestamp',
            record ->> '$.mail.timestamp'
        ) AS happened,
        -- Of `Name <address>`, too.
        lower(regexp_extract(record ->> '$.mail.source', '([^<> ]+@[^<> ]+)>? *$', 1)) AS sender,
        lower(record ->> '$.mail.destination[0]') AS recipient,
        record ->> '$.mail.destination[1]' AS second_recipient,
        split_part(record ->> '$.mail.sourceArn', ':', 5) AS account_of_identity,
        record ->> '$.mail.sendingAccountId' AS sending_account,
        record ->> '$.mail.tags."ses:configuration-set"[0]' AS configuration_set,
        record ->> '$.mail.tags."ses:recipient-isp"[0]' AS isp
    FROM records
),
-- A repeated record is one event. Of opens and clicks, the email's first one counts.
events AS (
    SELECT message_id, event, max(sub_type) AS sub_type, min(happened) AS happened
    FROM parsed
    GROUP BY message_id, event, CASE WHEN event IN ('Open', 'Click') THEN '' ELSE happened END
),
-- Records of one email may say more or less of it.
emails AS (
    SELECT
        message_id,
        max(sender) AS sender,
        max(configuration_set) AS configuration_set,
        coalesce(max(isp), 'UNKNOWN_ISP') AS isp
    FROM parsed
    GROUP BY message_id
    -- No metric counts an email to several recipients, to the mailbox simulator, or by a delegate.
    HAVING
        max(second_recipient) IS NULL
        AND max(CASE WHEN recipient LIKE '%@simulator.amazonses.com%' THEN 1 ELSE 0 END) = 0
        AND max(CASE WHEN account_of_identity <> sending_account THEN 1 ELSE 0 END) = 0
)
SELECT
    substr(events.happened, 1, 10) AS date,
    metrics.metric AS metric,
    count(*) AS count,
    -- The fake finds an address by its domain too.
    emails.sender AS EMAIL_IDENTITY,
    emails.configuration_set AS CONFIGURATION_SET,
    emails.isp AS ISP
FROM events
INNER JOIN metrics ON metrics.event = events.event
INNER JOIN emails ON emails.message_id = events.message_id
WHERE
    NOT (
        events.sub_type = 'OnAccountSuppressionList'
        AND metrics.metric IN ('PERMANENT_BOUNCE', 'COMPLAINT')
    )
    -- They have no feedback loop with SES, so none of their complaints is known.
    AND NOT (
        emails.isp IN ('Gmail', 'UNKNOWN_ISP')
        AND metrics.metric = 'DELIVERY_COMPLAINT'
    )
GROUP BY 1, 2, 4, 5, 6
ORDER BY 1, 2, 4, 5, 6
