# Databricks notebook source
# MAGIC %md
# MAGIC # Nordlicht Energie
# MAGIC Engagement `ENG-0212`, owner sven.aalto@example.com.
# MAGIC
# MAGIC Amounts are in SEK; every run is keyed by `station_id` and the business date.

# COMMAND ----------

checks = {
    "no_null_keys": "SELECT count(*) FROM nordlicht.bronze.bookings WHERE station_id IS NULL",
    "one_currency": "SELECT count(DISTINCT currency) - 1 FROM nordlicht.bronze.bookings",
    "no_future_dates": "SELECT count(*) FROM nordlicht.bronze.bookings WHERE booked_at > current_timestamp()",
}

# COMMAND ----------

failed = []
for name, statement in checks.items():
    rows = spark.sql(statement).first()[0]
    print(f"{name:20} {'ok' if rows == 0 else f'{rows} rows'}")
    if rows:
        failed.append((name, rows))

# COMMAND ----------

share = 0.008
total = spark.table("nordlicht.bronze.bookings").count()
if sum(rows for _, rows in failed) > share * total:
    raise ValueError(f"more than {share:.1%} of {total} rows are bad: {failed}")
dbutils.notebook.exit("ok" if not failed else "warnings")
