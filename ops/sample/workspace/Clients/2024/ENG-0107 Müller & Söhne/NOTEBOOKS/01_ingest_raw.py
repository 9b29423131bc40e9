# Databricks notebook source
# MAGIC %md
# MAGIC # Müller & Söhne
# MAGIC Engagement `ENG-0107`, owner anna.keller@example.com.
# MAGIC
# MAGIC Amounts are in EUR; every run is keyed by `werk_nr` and the business date.

# COMMAND ----------

dbutils.widgets.text("run_date", "2024-03-10")
dbutils.widgets.dropdown("mode", "append", ["append", "overwrite"])
run_date = dbutils.widgets.get("run_date")
catalog = "mueller_soehne"

# COMMAND ----------

from pyspark.sql import functions as F
from pyspark.sql.types import DecimalType, StringType, StructField, StructType, TimestampType

schema = StructType([
    StructField("werk_nr", StringType(), nullable=False),
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
unknown = raw.filter(~F.col("werk_nr").isin(['Stuttgart', 'Ulm', 'Köln']))
assert unknown.limit(1).count() == 0, f"unknown werk_nr in {run_date}"

# COMMAND ----------

(
    raw.dropDuplicates(["source_file", "booked_at", "amount"])
    .write.format("delta")
    .mode(dbutils.widgets.get("mode"))
    .option("replaceWhere", f"date(booked_at) = '{run_date}'")
    .saveAsTable(f"{catalog}.bronze.bookings")
)
