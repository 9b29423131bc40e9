// Databricks notebook source
case class Rate(currency: String, day: java.sql.Date, toEuro: BigDecimal)

def rates(day: java.sql.Date): Map[String, BigDecimal] =
  spark.table("shared.reference.rates").as[Rate].filter(_.day == day).collect().map(r => r.currency -> r.toEuro).toMap

// COMMAND ----------

val toEuro = udf { (amount: java.math.BigDecimal, currency: String) =>
  Option(amount).flatMap(a => rates(today).get(currency).map(_ * BigDecimal(a)))
}
spark.udf.register("to_euro", toEuro)
