# Databricks notebook source
from databricks.sdk import WorkspaceClient

client = WorkspaceClient()
broken = []
for job in client.jobs.list():
    runs = list(client.jobs.list_runs(job_id=job.job_id, limit=5, completed_only=True))
    failures = sum(1 for run in runs if run.state.result_state.value != "SUCCESS")
    if runs and failures == len(runs):
        broken.append((job.settings.name, failures))

# COMMAND ----------

for name, failures in sorted(broken, key=lambda item: -item[1]):
    print(f"{failures} of the last {failures} runs failed: {name}")
