# Databricks notebook source
# MAGIC %md
# MAGIC # Seasonality of orders

# COMMAND ----------

library(forecast)
orders <- SparkR::collect(SparkR::sql("SELECT trunc(ordered_on, 'MM') AS month, count(*) AS n FROM main.default.orders GROUP BY 1 ORDER BY 1"))
series <- ts(orders$n, frequency = 12, start = c(2022, 1))

# COMMAND ----------

fit <- stl(series, s.window = "periodic", robust = TRUE)
strength <- max(0, 1 - var(fit$time.series[, "remainder"]) / var(fit$time.series[, "seasonal"] + fit$time.series[, "remainder"]))
cat(sprintf("strength of season: %.2f\n", strength))
autoplot(forecast(auto.arima(series), h = 12))
