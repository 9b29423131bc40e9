# Databricks notebook source
# MAGIC %md
# MAGIC # Churn features
# MAGIC One row per customer and month; windows never look ahead.

# COMMAND ----------

from pyspark.sql import Window, functions as F

months = Window.partitionBy("customer_id").orderBy("month")
orders = spark.table("main.default.orders").withColumn("month", F.trunc("ordered_on", "month"))

# COMMAND ----------

monthly = orders.groupBy("customer_id", "month").agg(
    F.count("*").alias("orders"), F.sum("amount").alias("amount"), F.countDistinct("country").alias("countries"))
features = (
    monthly.withColumn("orders_before", F.lag("orders").over(months))
    .withColumn("amount_3m", F.sum("amount").over(months.rowsBetween(-2, 0)))
    .withColumn("silent_months", F.months_between("month", F.lag("month").over(months)) - 1)
)

# COMMAND ----------

display(features.orderBy(F.desc("amount_3m")).limit(50))
