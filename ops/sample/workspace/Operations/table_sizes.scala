// Databricks notebook source
val sizes = for {
  table <- spark.catalog.listTables("default").collect().toSeq if table.tableType == "MANAGED"
  detail = spark.sql(s"DESCRIBE DETAIL ${table.name}").select("numFiles", "sizeInBytes").as[(Long, Long)].head
} yield (table.name, detail._1, detail._2)

// COMMAND ----------

display(sizes.toDF("table", "files", "bytes").orderBy($"bytes".desc))
