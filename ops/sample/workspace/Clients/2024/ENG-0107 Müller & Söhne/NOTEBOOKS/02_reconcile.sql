-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Müller & Söhne
-- MAGIC Engagement `ENG-0107`, owner anna.keller@example.com.
-- MAGIC
-- MAGIC Amounts are in EUR; every run is keyed by `werk_nr` and the business date.

-- COMMAND ----------

-- Bookings that the ledger does not know, by werk_nr
CREATE OR REPLACE TEMPORARY VIEW unmatched AS
SELECT b.werk_nr, b.booked_at, b.amount, b.currency
FROM mueller_soehne.bronze.bookings AS b
LEFT ANTI JOIN mueller_soehne.silver.ledger AS l
  ON l.werk_nr = b.werk_nr
 AND abs(l.amount - b.amount) <= 0.015
 AND date(l.booked_at) = date(b.booked_at)

-- COMMAND ----------

SELECT werk_nr, count(*) AS bookings, sum(amount) AS amount_eur
FROM unmatched
GROUP BY werk_nr
HAVING sum(amount) <> 0
ORDER BY abs(sum(amount)) DESC

-- COMMAND ----------

MERGE INTO mueller_soehne.silver.exceptions AS t
USING unmatched AS s
ON t.werk_nr = s.werk_nr AND t.booked_at = s.booked_at
WHEN MATCHED THEN UPDATE SET t.amount = s.amount, t.seen_at = current_timestamp()
WHEN NOT MATCHED THEN INSERT (werk_nr, booked_at, amount, currency, seen_at)
  VALUES (s.werk_nr, s.booked_at, s.amount, s.currency, current_timestamp())
