# Databricks notebook source
# MAGIC %md
# MAGIC # Modèle naïf
# MAGIC La prévision naïve: demain comme aujourd'hui.

# COMMAND ----------

ventes <- c(lundi = 112, mardi = 98, mercredi = 120, jeudi = 131, vendredi = 170)
prévision <- c(NA, head(ventes, -1))
erreur <- mean(abs(ventes - prévision), na.rm = TRUE)
cat(sprintf("erreur moyenne: %.1f cafés\n", erreur))
