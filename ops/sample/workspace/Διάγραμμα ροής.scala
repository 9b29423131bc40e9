// Databricks notebook source
// MAGIC %md
// MAGIC # Διάγραμμα ροής
// MAGIC Από το αρχείο στον πίνακα.

// COMMAND ----------

val ροή = Seq("ανάγνωση", "καθαρισμός", "συγχώνευση")
ροή.zipWithIndex.foreach { case (βήμα, i) => println(s"${i + 1}. $βήμα") }
