-- Databricks notebook source
SELECT usage_metadata.job_id, custom_tags.team, sum(usage_quantity) AS units
FROM system.billing.usage
WHERE usage_date >= date_sub(current_date(), 30)
GROUP BY ALL
ORDER BY units DESC
LIMIT 100

-- COMMAND ----------

SELECT date_trunc('week', usage_date) AS week, sum(usage_quantity * list_price) AS amount
FROM system.billing.usage JOIN system.billing.list_prices USING (sku_name)
GROUP BY 1 ORDER BY 1
