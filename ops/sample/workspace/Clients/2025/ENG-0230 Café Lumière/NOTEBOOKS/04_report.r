# Databricks notebook source
# MAGIC %md
# MAGIC # Café Lumière
# MAGIC Engagement `ENG-0230`, owner c.moreau@example.com.
# MAGIC
# MAGIC Amounts are in EUR; every run is keyed by `boutique_id` and the business date.

# COMMAND ----------

library(SparkR)
library(ggplot2)
bookings <- sql("SELECT date(booked_at) AS day, boutique_id, sum(amount) AS amount
                 FROM lumiere.bronze.bookings GROUP BY 1, 2 ORDER BY 1")
daily <- collect(bookings)

# COMMAND ----------

daily$week <- format(as.Date(daily$day), "%G-W%V")
weekly <- aggregate(amount ~ week + boutique_id, data = daily, FUN = sum)
weekly$share <- weekly$amount / ave(weekly$amount, weekly$week, FUN = sum)

# COMMAND ----------

ggplot(weekly, aes(x = week, y = amount, fill = boutique_id)) +
  geom_col() +
  labs(title = "Café Lumière", x = NULL, y = "EUR") +
  theme_minimal()
