-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Nordlicht Energie
-- MAGIC Engagement `ENG-0212`, owner sven.aalto@example.com.
-- MAGIC
-- MAGIC Amounts are in SEK; every run is keyed by `station_id` and the business date.

-- COMMAND ----------

-- Bookings that the ledger does not know, by station_id
CREATE OR REPLACE TEMPORARY VIEW unmatched AS
SELECT b.station_id, b.booked_at, b.amount, b.currency
FROM nordlicht.bronze.bookings AS b
LEFT ANTI JOIN nordlicht.silver.ledger AS l
  ON l.station_id = b.station_id
 AND abs(l.amount - b.amount) <= 0.008
 AND date(l.booked_at) = date(b.booked_at)

-- COMMAND ----------

SELECT station_id, count(*) AS bookings, sum(amount) AS amount_sek
FROM unmatched
GROUP BY station_id
HAVING sum(amount) <> 0
ORDER BY abs(sum(amount)) DESC

-- COMMAND ----------

MERGE INTO nordlicht.silver.exceptions AS t
USING unmatched AS s
ON t.station_id = s.station_id AND t.booked_at = s.booked_at
WHEN MATCHED THEN UPDATE SET t.amount = s.amount, t.seen_at = current_timestamp()
WHEN NOT MATCHED THEN INSERT (station_id, booked_at, amount, currency, seen_at)
  VALUES (s.station_id, s.booked_at, s.amount, s.currency, current_timestamp())
