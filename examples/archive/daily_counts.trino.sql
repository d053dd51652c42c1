-- Written by translate.py from daily_counts.sql, for Athena and Trino.
-- The tests only parse it: they have neither of the two.
/* The ten metrics of Virtual Deliverability Manager, by day and dimension, out of SES's event records. */
/* `records` has one record a row, as JSON text in the column `record`. Written for DuckDB. */
/* What each metric counts and leaves out: reference/service.md, "The ten metrics". */
WITH metrics(event, metric) AS (
  SELECT
    *
  FROM (VALUES
    ('Send', 'SEND'),
    ('Delivery', 'DELIVERY'),
    ('Delivery', 'DELIVERY_OPEN'),
    ('Delivery', 'DELIVERY_CLICK'),
    ('Delivery', 'DELIVERY_COMPLAINT'),
    ('Permanent', 'PERMANENT_BOUNCE'),
    ('Transient', 'TRANSIENT_BOUNCE'),
    ('Complaint', 'COMPLAINT'),
    ('Open', 'OPEN'),
    ('Click', 'CLICK')) AS _values
), parsed AS (
  SELECT
    JSON_EXTRACT_SCALAR(record, '$.mail.messageId') AS message_id,
    COALESCE(
      JSON_EXTRACT_SCALAR(record, '$.bounce.bounceType'),
      JSON_EXTRACT_SCALAR(record, '$.eventType'),
      JSON_EXTRACT_SCALAR(record, '$.notificationType')
    ) AS event, /* A bounce counts by its type. */
    COALESCE(
      JSON_EXTRACT_SCALAR(record, '$.bounce.bounceSubType'),
      JSON_EXTRACT_SCALAR(record, '$.complaint.complaintSubType'),
      ''
    ) AS sub_type,
    COALESCE(
      JSON_EXTRACT_SCALAR(record, '$.delivery.timestamp'),
      JSON_EXTRACT_SCALAR(record, '$.bounce.timestamp'),
      JSON_EXTRACT_SCALAR(record, '$.complaint.timestamp'),
      JSON_EXTRACT_SCALAR(record, '$.open.timestamp'),
      JSON_EXTRACT_SCALAR(record, '$.click.timestamp'),
      JSON_EXTRACT_SCALAR(record, '$.mail.timestamp')
    ) AS happened, /* In UTC, as SES writes it: 2026-01-05T09:30:00.000Z. A Send has no time but its email's. */
    LOWER(
      REGEXP_EXTRACT(JSON_EXTRACT_SCALAR(record, '$.mail.source'), '([^<> ]+@[^<> ]+)>? *$', 1)
    ) AS sender, /* Of `Name <address>`, too. */
    LOWER(JSON_EXTRACT_SCALAR(record, '$.mail.destination[0]')) AS recipient,
    JSON_EXTRACT_SCALAR(record, '$.mail.destination[1]') AS second_recipient,
    SPLIT_PART(JSON_EXTRACT_SCALAR(record, '$.mail.sourceArn'), ':', 5) AS account_of_identity,
    JSON_EXTRACT_SCALAR(record, '$.mail.sendingAccountId') AS sending_account,
    JSON_EXTRACT_SCALAR(record, '$.mail.tags["ses:configuration-set"][0]') AS configuration_set,
    JSON_EXTRACT_SCALAR(record, '$.mail.tags["ses:recipient-isp"][0]') AS isp
  FROM records
), events /* A repeated record is one event. Of opens and clicks, the email's first one counts. */ AS (
  SELECT
    message_id,
    event,
    MAX(sub_type) AS sub_type,
    MIN(happened) AS happened
  FROM parsed
  GROUP BY
    message_id,
    event,
    CASE WHEN event IN ('Open', 'Click') THEN '' ELSE happened END
), emails /* Records of one email may say more or less of it. */ AS (
  SELECT
    message_id,
    MAX(sender) AS sender,
    MAX(configuration_set) AS configuration_set,
    COALESCE(MAX(isp), 'UNKNOWN_ISP') AS isp
  FROM parsed
  GROUP BY
    message_id
  /* No metric counts an email to several recipients, to the mailbox simulator, or by a delegate. */
  HAVING
    MAX(second_recipient) IS NULL
    AND MAX(CASE WHEN recipient LIKE '%@simulator.amazonses.com%' THEN 1 ELSE 0 END) = 0
    AND MAX(CASE WHEN account_of_identity <> sending_account THEN 1 ELSE 0 END) = 0
)
SELECT
  SUBSTR(events.happened, 1, 10) AS date,
  metrics.metric AS metric,
  COUNT(*) AS count,
  emails.sender AS EMAIL_IDENTITY, /* The fake finds an address by its domain too. */
  emails.configuration_set AS CONFIGURATION_SET,
  emails.isp AS ISP
FROM events
INNER JOIN metrics
  ON metrics.event = events.event
INNER JOIN emails
  ON emails.message_id = events.message_id
WHERE
  NOT (
    events.sub_type = 'OnAccountSuppressionList'
    AND metrics.metric IN ('PERMANENT_BOUNCE', 'COMPLAINT')
  )
  AND /* They have no feedback loop with SES, so none of their complaints is known. */ NOT (
    emails.isp IN ('Gmail', 'UNKNOWN_ISP') AND metrics.metric = 'DELIVERY_COMPLAINT'
  )
GROUP BY
  1,
  2,
  4,
  5,
  6
ORDER BY
  1,
  2,
  4,
  5,
  6
