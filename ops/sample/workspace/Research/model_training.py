# Databricks notebook source
# MAGIC %md
# MAGIC # Training run

# COMMAND ----------

import mlflow
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

# COMMAND ----------

frame = spark.table("research.churn.features").toPandas().fillna(0)
target, groups = frame.pop("churned"), frame.pop("customer_id")
scores = []
with mlflow.start_run(run_name="gradient boosting"):
    for fold, (train, test) in enumerate(GroupKFold(5).split(frame, target, groups)):
        model = GradientBoostingClassifier(n_estimators=300, max_depth=3, learning_rate=0.05, random_state=fold)
        model.fit(frame.iloc[train], target.iloc[train])
        scores.append(roc_auc_score(target.iloc[test], model.predict_proba(frame.iloc[test])[:, 1]))
        mlflow.log_metric("auc", scores[-1], step=fold)
print(f"AUC {sum(scores) / len(scores):.3f}")
