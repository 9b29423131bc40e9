# Databricks notebook source
# MAGIC %md
# MAGIC # Data frames in R

# COMMAND ----------

orders <- data.frame(country = c("DE", "FR", "DE", "SE"), amount = c(120, 80, 45.5, 230))
totals <- tapply(orders$amount, orders$country, sum)
print(round(prop.table(totals), 3))

# COMMAND ----------

model <- lm(amount ~ country, data = orders)
summary(model)
