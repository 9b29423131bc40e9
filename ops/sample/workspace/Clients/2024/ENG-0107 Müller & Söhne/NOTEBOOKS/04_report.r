# Databricks notebook source
# MAGIC %md
# MAGIC # Müller & Söhne
# MAGIC Engagement `ENG-0107`, owner anna.keller@example.com.
# MAGIC
# MAGIC Amounts are in EUR; every run is keyed by `werk_nr` and the business date.

# COMMAND ----------

library(SparkR)
library(ggplot2)
bookings <- sql("SELECT date(booked_at) AS day, werk_nr, sum(amount) AS amount
                 FROM mueller_soehne.bronze.bookings GROUP BY 1, 2 ORDER BY 1")
daily <- collect(bookings)

# COMMAND ----------

daily$week <- format(as.Date(daily$day), "%G-W%V")
weekly <- aggregate(amount ~ week + werk_nr, data = daily, FUN = sum)
weekly$share <- weekly$amount / ave(weekly$amount, weekly$week, FUN = sum)

# COMMAND ----------

ggplot(weekly, aes(x = week, y = amount, fill = werk_nr)) +
  geom_col() +
  labs(title = "Müller & Söhne", x = NULL, y = "EUR") +
  theme_minimal()
