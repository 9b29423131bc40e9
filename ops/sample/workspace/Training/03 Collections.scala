// Databricks notebook source
// MAGIC %md
// MAGIC # Collections in Scala

// COMMAND ----------

val orders = Seq(("DE", 120.0), ("FR", 80.0), ("DE", 45.5), ("SE", 230.0))
val byCountry = orders.groupMapReduce(_._1)(_._2)(_ + _)
byCountry.toSeq.sortBy(-_._2).foreach { case (country, amount) => println(f"$country%s $amount%8.2f") }

// COMMAND ----------

// A lazy view does not build the lists in between.
val firstLarge = (1 to 1000000).view.map(n => n.toLong * n).find(_ > 1000000000L)
assert(firstLarge.contains(1000014129L))
