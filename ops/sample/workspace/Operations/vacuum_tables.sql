-- Databricks notebook source
-- MAGIC %md
-- MAGIC Weekly upkeep. Seven days stay, so that yesterday's readers finish.

-- COMMAND ----------

OPTIMIZE main.default.orders ZORDER BY (customer_id)

-- COMMAND ----------

VACUUM main.default.orders RETAIN 168 HOURS

-- COMMAND ----------

ANALYZE TABLE main.default.orders COMPUTE STATISTICS FOR ALL COLUMNS
