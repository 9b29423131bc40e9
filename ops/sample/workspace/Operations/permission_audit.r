# Databricks notebook source
library(sparklyr)
sc <- spark_connect(method = "databricks")
grants <- DBI::dbGetQuery(sc, "SHOW GRANTS ON CATALOG main")
risky <- subset(grants, ActionType %in% c("ALL PRIVILEGES", "MANAGE") & !grepl("^admins", Principal))
if (nrow(risky) > 0) print(risky) else message("nothing to report")
