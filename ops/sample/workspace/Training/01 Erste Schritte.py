# Databricks notebook source
# MAGIC %md
# MAGIC # Erste Schritte
# MAGIC Öffnen, ändern, ausführen: dieses Notebook zeigt die Grundlagen.

# COMMAND ----------

städte = ["Köln", "München", "Zürich", "Wien"]
for nummer, stadt in enumerate(städte, start=1):
    print(f"{nummer}. {stadt}: {len(stadt)} Zeichen, {len(stadt.encode('utf-8'))} Bytes")

# COMMAND ----------

# MAGIC %sh
# MAGIC uname -a
# MAGIC df -h /tmp

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT current_catalog(), current_user()
