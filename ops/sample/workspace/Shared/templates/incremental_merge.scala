// Databricks notebook source
// MAGIC %md
// MAGIC ## Incremental merge
// MAGIC Reads the change feed since the last run and merges it downstream.

// COMMAND ----------

import io.delta.tables.DeltaTable
import org.apache.spark.sql.functions._

val source = dbutils.widgets.get("source")
val target = dbutils.widgets.get("target")
val since = spark.table("ops.watermarks").where($"table" === source).agg(max($"version")).as[Long].head

// COMMAND ----------

val changes = spark.read.format("delta")
  .option("readChangeFeed", "true")
  .option("startingVersion", since + 1)
  .table(source)
  .where($"_change_type" =!= "update_preimage")

// COMMAND ----------

DeltaTable.forName(spark, target).as("t")
  .merge(changes.as("s"), "t.id = s.id")
  .whenMatched("s._change_type = 'delete'").delete()
  .whenMatched().updateAll()
  .whenNotMatched("s._change_type <> 'delete'").insertAll()
  .execute()
