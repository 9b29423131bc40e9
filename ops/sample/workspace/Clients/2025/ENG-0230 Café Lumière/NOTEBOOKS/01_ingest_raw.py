# Databricks notebook source
# MAGIC %md
# MAGIC # Café Lumière
# MAGIC Engagement `ENG-0230`, owner c.moreau@example.com.
# MAGIC
# MAGIC Amounts are in EUR; every run is keyed by `boutique_id` and the business date.

# COMMAND ----------

dbutils.widgets.text("run_date", "2025-06-13")
dbutils.widgets.dropdown("mode", "append", ["append", "overwrite"])
run_date = dbutils.widgets.get("run_date")
catalog = "lumiere"

# COMMAND ----------

from pyspark.sql import functions as F
from pyspark.sql.types import DecimalType, StringType, StructField, StructType, TimestampType

schema = StructType([
    StructField("boutique_id", StringType(), nullable=False),
    StructField("booked_at", TimestampType(), nullable=False),
    StructField("amount", DecimalType(18, 2), nullable=True),
    StructField("currency", StringType(), nullable=True),
    StructField("note", StringType(), nullable=True),
])

# COMMAND ----------

raw = (
    spark.read.schema(schema)
    .option("header", True)
    .option("mode", "FAILFAST")
    .csv(f"/Volumes/{catalog}/landing/files/{run_date}/*.csv")
    .withColumn("source_file", F.input_file_name())
    .withColumn("ingested_at", F.current_timestamp())
)
unknown = raw.filter(~F.col("boutique_id").isin(['Lyon', 'Orléans', 'Besançon']))
assert unknown.limit(1).count() == 0, f"unknown boutique_id in {run_date}"

# COMMAND ----------

(
    raw.dropDuplicates(["source_file", "booked_at", "amount"])
    .write.format("delta")
    .mode(dbutils.widgets.get("mode"))
    .option("replaceWhere", f"date(booked_at) = '{run_date}'")
    .saveAsTable(f"{catalog}.bronze.bookings")
)
