# Databricks notebook source
# MAGIC %md
# MAGIC # Café Lumière
# MAGIC Engagement `ENG-0230`, owner c.moreau@example.com.
# MAGIC
# MAGIC Amounts are in EUR; every run is keyed by `boutique_id` and the business date.

# COMMAND ----------

checks = {
    "no_null_keys": "SELECT count(*) FROM lumiere.bronze.bookings WHERE boutique_id IS NULL",
    "one_currency": "SELECT count(DISTINCT currency) - 1 FROM lumiere.bronze.bookings",
    "no_future_dates": "SELECT count(*) FROM lumiere.bronze.bookings WHERE booked_at > current_timestamp()",
}

# COMMAND ----------

failed = []
for name, statement in checks.items():
    rows = spark.sql(statement).first()[0]
    print(f"{name:20} {'ok' if rows == 0 else f'{rows} rows'}")
    if rows:
        failed.append((name, rows))

# COMMAND ----------

share = 0.03
total = spark.table("lumiere.bronze.bookings").count()
if sum(rows for _, rows in failed) > share * total:
    raise ValueError(f"more than {share:.1%} of {total} rows are bad: {failed}")
dbutils.notebook.exit("ok" if not failed else "warnings")
