-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Café Lumière
-- MAGIC Engagement `ENG-0230`, owner c.moreau@example.com.
-- MAGIC
-- MAGIC Amounts are in EUR; every run is keyed by `boutique_id` and the business date.

-- COMMAND ----------

-- Bookings that the ledger does not know, by boutique_id
CREATE OR REPLACE TEMPORARY VIEW unmatched AS
SELECT b.boutique_id, b.booked_at, b.amount, b.currency
FROM lumiere.bronze.bookings AS b
LEFT ANTI JOIN lumiere.silver.ledger AS l
  ON l.boutique_id = b.boutique_id
 AND abs(l.amount - b.amount) <= 0.03
 AND date(l.booked_at) = date(b.booked_at)

-- COMMAND ----------

SELECT boutique_id, count(*) AS bookings, sum(amount) AS amount_eur
FROM unmatched
GROUP BY boutique_id
HAVING sum(amount) <> 0
ORDER BY abs(sum(amount)) DESC

-- COMMAND ----------

MERGE INTO lumiere.silver.exceptions AS t
USING unmatched AS s
ON t.boutique_id = s.boutique_id AND t.booked_at = s.booked_at
WHEN MATCHED THEN UPDATE SET t.amount = s.amount, t.seen_at = current_timestamp()
WHEN NOT MATCHED THEN INSERT (boutique_id, booked_at, amount, currency, seen_at)
  VALUES (s.boutique_id, s.booked_at, s.amount, s.currency, current_timestamp())
