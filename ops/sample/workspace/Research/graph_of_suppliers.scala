// Databricks notebook source
// MAGIC %md
// MAGIC # Suppliers who share bank accounts

// COMMAND ----------

import org.apache.spark.graphx._
import org.apache.spark.rdd.RDD

val vertices: RDD[(VertexId, String)] = spark.table("research.suppliers").select($"id".cast("long"), $"name").as[(Long, String)].rdd
val edges = spark.sql("""
  SELECT a.id AS src, b.id AS dst FROM research.suppliers a JOIN research.suppliers b
  ON a.iban = b.iban AND a.id < b.id""").as[(Long, Long)].rdd.map { case (s, d) => Edge(s, d, 1) }

// COMMAND ----------

val groups = Graph(vertices, edges).connectedComponents().vertices
groups.map(_.swap).groupByKey().filter(_._2.size > 2).take(20).foreach { case (id, members) =>
  println(s"group $id: ${members.mkString(", ")}")
}
