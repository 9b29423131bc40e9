-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Harbour Logistics
-- MAGIC Engagement `ENG-0131`, owner j.whitcombe@example.com.
-- MAGIC
-- MAGIC Amounts are in GBP; every run is keyed by `depot_id` and the business date.

-- COMMAND ----------

-- Bookings that the ledger does not know, by depot_id
CREATE OR REPLACE TEMPORARY VIEW unmatched AS
SELECT b.depot_id, b.booked_at, b.amount, b.currency
FROM harbour.bronze.bookings AS b
LEFT ANTI JOIN harbour.silver.ledger AS l
  ON l.depot_id = b.depot_id
 AND abs(l.amount - b.amount) <= 0.02
 AND date(l.booked_at) = date(b.booked_at)

-- COMMAND ----------

SELECT depot_id, count(*) AS bookings, sum(amount) AS amount_gbp
FROM unmatched
GROUP BY depot_id
HAVING sum(amount) <> 0
ORDER BY abs(sum(amount)) DESC

-- COMMAND ----------

MERGE INTO harbour.silver.exceptions AS t
USING unmatched AS s
ON t.depot_id = s.depot_id AND t.booked_at = s.booked_at
WHEN MATCHED THEN UPDATE SET t.amount = s.amount, t.seen_at = current_timestamp()
WHEN NOT MATCHED THEN INSERT (depot_id, booked_at, amount, currency, seen_at)
  VALUES (s.depot_id, s.booked_at, s.amount, s.currency, current_timestamp())
