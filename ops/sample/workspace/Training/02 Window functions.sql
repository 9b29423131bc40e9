-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Window functions by example

-- COMMAND ----------

SELECT customer_id, ordered_on, amount,
       row_number() OVER (PARTITION BY customer_id ORDER BY ordered_on) AS nth,
       sum(amount) OVER (PARTITION BY customer_id ORDER BY ordered_on ROWS UNBOUNDED PRECEDING) AS running,
       amount - avg(amount) OVER (PARTITION BY country) AS above_country_mean
FROM main.default.orders
QUALIFY nth <= 3
