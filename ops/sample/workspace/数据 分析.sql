-- Databricks notebook source
-- MAGIC %md
-- MAGIC # 数据分析
-- MAGIC 每个国家的订单数量和金额。

-- COMMAND ----------

-- 按国家统计
SELECT country AS `国家`, count(*) AS `订单数`, round(sum(amount), 2) AS `金额`
FROM main.default.orders
GROUP BY country
ORDER BY `金额` DESC
