# Databricks notebook source
import logging

logging.getLogger("py4j").setLevel(logging.WARNING)
spark.conf.set("spark.sql.session.timeZone", "UTC")
spark.conf.set("spark.databricks.delta.optimizeWrite.enabled", "true")

# COMMAND ----------

def latest_partition(table: str, column: str = "run_date") -> str:
    """The newest value of a partition column, without reading data files."""
    rows = spark.sql(f"SHOW PARTITIONS {table}").select(column).distinct().collect()
    if not rows:
        raise LookupError(f"{table} has no partitions")
    return max(row[0] for row in rows)
