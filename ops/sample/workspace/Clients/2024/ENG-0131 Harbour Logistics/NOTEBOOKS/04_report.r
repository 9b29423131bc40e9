# Databricks notebook source
# MAGIC %md
# MAGIC # Harbour Logistics
# MAGIC Engagement `ENG-0131`, owner j.whitcombe@example.com.
# MAGIC
# MAGIC Amounts are in GBP; every run is keyed by `depot_id` and the business date.

# COMMAND ----------

library(SparkR)
library(ggplot2)
bookings <- sql("SELECT date(booked_at) AS day, depot_id, sum(amount) AS amount
                 FROM harbour.bronze.bookings GROUP BY 1, 2 ORDER BY 1")
daily <- collect(bookings)

# COMMAND ----------

daily$week <- format(as.Date(daily$day), "%G-W%V")
weekly <- aggregate(amount ~ week + depot_id, data = daily, FUN = sum)
weekly$share <- weekly$amount / ave(weekly$amount, weekly$week, FUN = sum)

# COMMAND ----------

ggplot(weekly, aes(x = week, y = amount, fill = depot_id)) +
  geom_col() +
  labs(title = "Harbour Logistics", x = NULL, y = "GBP") +
  theme_minimal()
