"""Does the work of an MLflow client against the server in argv[1]; prints what it read back, without ids and clocks."""

import json
import os
import sys
import tempfile

import mlflow
import mlflow.data
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
seen = {}


def code_of(action):
    try:
        action()
    except MlflowException as error:
        return error.error_code
    return None


def tags_of(entity):
    return {k: v for k, v in entity.tags.items() if k in ("t", "team", "ok", "mlflow.runName")}


mlflow.set_experiment("work")
experiment = client.get_experiment_by_name("work")
with mlflow.start_run(run_name="parent", description="first") as parent:
    mlflow.log_params({"lr": 0.1, "layers": [1, 2], "name": "éclair"})
    mlflow.log_metric("loss", 1.5, step=0, timestamp=1000)
    mlflow.log_metrics({"loss": 0.5, "nan": float("nan"), "inf": float("inf")}, step=1, timestamp=2000)
    mlflow.set_tags({"t": "v", "team": "vision"})
    mlflow.log_text("hello", "notes/a b.txt")
    mlflow.log_dict({"k": [1, 2]}, "d.json")
    mlflow.log_table({"c": [1, 2]}, "t.json")
    mlflow.log_input(mlflow.data.from_numpy(np.array([[1.0, 2.0]]), name="ds"), context="train")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "big.bin"), "wb") as file:
            file.write(bytes(range(256)) * 20000)
        mlflow.log_artifacts(folder, "files")
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_metric("loss", 9.0)

run = client.get_run(parent.info.run_id)
seen["status"] = run.info.status
seen["params"] = run.data.params
seen["metrics"] = {k: repr(v) for k, v in run.data.metrics.items()}
seen["tags"] = tags_of(run.data)
seen["inputs"] = [(i.dataset.name, i.dataset.source_type, [(t.key, t.value) for t in i.tags]) for i in run.inputs.dataset_inputs]
seen["history"] = [(m.step, m.timestamp, m.value) for m in client.get_metric_history(run.info.run_id, "loss")]
seen["files"] = sorted((f.path, f.is_dir, f.file_size) for f in client.list_artifacts(run.info.run_id))
seen["deep"] = [(f.path, f.file_size) for f in client.list_artifacts(run.info.run_id, "files")]
seen["text"] = open(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="notes/a b.txt")).read()
seen["bytes"] = os.path.getsize(client.download_artifacts(run.info.run_id, "files/big.bin"))
seen["table"] = mlflow.load_table("t.json", run_ids=[run.info.run_id]).to_dict("list")
frame = mlflow.search_runs(filter_string="metrics.loss < 5", order_by=["metrics.loss DESC"])
seen["frame"] = [frame["tags.mlflow.runName"].tolist(), frame["metrics.loss"].tolist(), sorted(c for c in frame if c[0] == "p")]
seen["children"] = mlflow.search_runs(filter_string=f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")["tags.mlflow.runName"].tolist()

many = client.create_experiment("many", tags={"team": "x"})
for i in range(7):
    made = client.create_run(many, start_time=i, run_name=f"run {i}")
    client.log_batch(made.info.run_id, [Metric("m", i / 2, 5, j) for j in range(3)], [Param("p", str(i))], [RunTag("t", "v")])
    client.set_terminated(made.info.run_id, "FAILED" if i % 2 else "FINISHED", end_time=100 + i)
page = client.search_runs([many], max_results=3)
pages = [[r.info.run_name for r in page]]
while page.token:
    page = client.search_runs([many], max_results=3, page_token=page.token)
    pages.append([r.info.run_name for r in page])
seen["pages"] = pages
seen["failed"] = [r.info.run_name for r in client.search_runs([many], "status = 'FAILED'")]
first = client.search_runs([many], "params.p = '0'")[0].info.run_id
client.delete_run(first)
seen["deleted"] = [len(client.search_runs([many])), len(client.search_runs([many], run_view_type=ViewType.DELETED_ONLY))]
client.restore_run(first)
client.rename_experiment(many, "renamed")
seen["experiments"] = [e.name for e in client.search_experiments(filter_string="name LIKE 're%'", order_by=["name ASC"])]
client.delete_experiment(many)
seen["gone"] = [len(client.search_experiments()), client.get_experiment(many).lifecycle_stage]

name = "model"
client.create_registered_model(name, tags={"team": "v"}, description="d")
source = f"runs:/{run.info.run_id}/files"
for ok in ("yes", "no", "maybe"):
    client.create_model_version(name, source, run.info.run_id, tags={"ok": ok}, await_creation_for=0)
client.delete_model_version(name, "3")
fourth = client.create_model_version(name, source, run.info.run_id, await_creation_for=0)
client.set_registered_model_alias(name, "champ", "2")
client.transition_model_version_stage(name, "1", "Staging")
client.transition_model_version_stage(name, "2", "Staging", archive_existing_versions=True)
client.update_model_version(name, "1", "old")
model = client.get_registered_model(name)
seen["model"] = [model.description, model.tags, model.aliases, sorted((v.version, v.current_stage) for v in model.latest_versions)]
seen["versions"] = sorted((v.version, v.current_stage, v.description or "", v.status, tags_of(v)) for v in client.search_model_versions(f"name = '{name}'"))
seen["fourth"] = [fourth.version, client.get_model_version_by_alias(name, "champ").version]
client.rename_registered_model(name, "other")
seen["models"] = [m.name for m in client.search_registered_models("name ILIKE 'O%'")]
client.delete_registered_model("other")

seen["codes"] = [
    code_of(lambda: client.create_experiment("work")),
    code_of(lambda: client.get_run("0" * 32)),
    code_of(lambda: client.search_runs([experiment.experiment_id], "metrics.loss >> 1")),
    code_of(lambda: client.log_param(run.info.run_id, "lr", "other")),
    code_of(lambda: client.get_registered_model("other")),
    code_of(lambda: client.get_model_version_by_alias("other", "champ")),
    code_of(lambda: client.log_metric(run.info.run_id, "", 1.0)),
    code_of(lambda: client.set_tag(run.info.run_id, "../x", "v")),
]
print(json.dumps(seen, default=str))
