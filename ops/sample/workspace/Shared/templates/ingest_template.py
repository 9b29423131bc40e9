# Databricks notebook source
# MAGIC %md
# MAGIC # Ingest template
# MAGIC Copy this notebook and fill in the widgets.

# COMMAND ----------

dbutils.widgets.text("catalog", "")
dbutils.widgets.text("landing", "")
catalog, landing = dbutils.widgets.get("catalog"), dbutils.widgets.get("landing")
if not catalog or not landing:
    raise ValueError("set both widgets: catalog and landing")

# COMMAND ----------

# MAGIC %run ../lib/setup_session

# COMMAND ----------

stream = (
    spark.readStream.format("cloudFiles")
    .option("cloudFiles.format", "json")
    .option("cloudFiles.schemaLocation", f"{landing}/_schema")
    .load(landing)
)
stream.writeStream.option("checkpointLocation", f"{landing}/_checkpoint").trigger(availableNow=True).toTable(f"{catalog}.bronze.events")
