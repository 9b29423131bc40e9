# Databricks notebook source
# MAGIC %md
# MAGIC # Müller & Söhne
# MAGIC Engagement `ENG-0107`, owner anna.keller@example.com.
# MAGIC
# MAGIC Amounts are in EUR; every run is keyed by `werk_nr` and the business date.

# COMMAND ----------

checks = {
    "no_null_keys": "SELECT count(*) FROM mueller_soehne.bronze.bookings WHERE werk_nr IS NULL",
    "one_currency": "SELECT count(DISTINCT currency) - 1 FROM mueller_soehne.bronze.bookings",
    "no_future_dates": "SELECT count(*) FROM mueller_soehne.bronze.bookings WHERE booked_at > current_timestamp()",
}

# COMMAND ----------

failed = []
for name, statement in checks.items():
    rows = spark.sql(statement).first()[0]
    print(f"{name:20} {'ok' if rows == 0 else f'{rows} rows'}")
    if rows:
        failed.append((name, rows))

# COMMAND ----------

share = 0.015
total = spark.table("mueller_soehne.bronze.bookings").count()
if sum(rows for _, rows in failed) > share * total:
    raise ValueError(f"more than {share:.1%} of {total} rows are bad: {failed}")
dbutils.notebook.exit("ok" if not failed else "warnings")
