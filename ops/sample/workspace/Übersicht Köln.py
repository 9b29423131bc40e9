# Databricks notebook source
# MAGIC %md
# MAGIC # Übersicht Köln
# MAGIC Kennzahlen der Niederlassung, täglich um 06:00 Uhr.

# COMMAND ----------

umsatz = spark.sql("SELECT sum(amount) AS umsatz FROM mueller_soehne.bronze.bookings WHERE werk_nr = 'Köln'").first().umsatz
print(f"Umsatz: {umsatz or 0:,.2f} €")

# COMMAND ----------

größte = spark.sql("SELECT note, amount FROM mueller_soehne.bronze.bookings WHERE werk_nr = 'Köln' ORDER BY amount DESC LIMIT 5")
display(größte)
