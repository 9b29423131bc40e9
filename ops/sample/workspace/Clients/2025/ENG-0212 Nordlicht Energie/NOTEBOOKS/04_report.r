# Databricks notebook source
# MAGIC %md
# MAGIC # Nordlicht Energie
# MAGIC Engagement `ENG-0212`, owner sven.aalto@example.com.
# MAGIC
# MAGIC Amounts are in SEK; every run is keyed by `station_id` and the business date.

# COMMAND ----------

library(SparkR)
library(ggplot2)
bookings <- sql("SELECT date(booked_at) AS day, station_id, sum(amount) AS amount
                 FROM nordlicht.bronze.bookings GROUP BY 1, 2 ORDER BY 1")
daily <- collect(bookings)

# COMMAND ----------

daily$week <- format(as.Date(daily$day), "%G-W%V")
weekly <- aggregate(amount ~ week + station_id, data = daily, FUN = sum)
weekly$share <- weekly$amount / ave(weekly$amount, weekly$week, FUN = sum)

# COMMAND ----------

ggplot(weekly, aes(x = week, y = amount, fill = station_id)) +
  geom_col() +
  labs(title = "Nordlicht Energie", x = NULL, y = "SEK") +
  theme_minimal()
