-- Databricks notebook source
-- MAGIC %md
-- MAGIC ## Slowly changing dimension, type 2
-- MAGIC Closes the old row and opens a new one in a single MERGE.

-- COMMAND ----------

MERGE INTO ${catalog}.silver.customers AS t
USING (
  SELECT c.customer_id AS merge_key, c.* FROM ${catalog}.bronze.customers AS c
  UNION ALL
  SELECT NULL AS merge_key, c.* FROM ${catalog}.bronze.customers AS c
  JOIN ${catalog}.silver.customers AS s ON s.customer_id = c.customer_id
  WHERE s.is_current AND s.address <> c.address
) AS s
ON t.customer_id = s.merge_key
WHEN MATCHED AND t.is_current AND t.address <> s.address THEN
  UPDATE SET t.is_current = false, t.valid_to = current_date()
WHEN NOT MATCHED THEN
  INSERT (customer_id, address, is_current, valid_from, valid_to)
  VALUES (s.customer_id, s.address, true, current_date(), NULL)
