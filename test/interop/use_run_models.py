"""The work of use_models.py for clients before MLflow 3, whose models are files of runs; argv[1] is the server.

Prints what it read back; run ids become names in the order in which they are met, clocks are left out.
"""

import json
import re
import sys
import time
import warnings

warnings.filterwarnings("ignore")
started = time.monotonic()

import mlflow
import mlflow.sklearn
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
seen = {}
known = {}


def say(what):
    print(f"{time.monotonic() - started:6.1f} s {what}", file=sys.stderr)


def named(value):
    """Run ids as <r0>, <r1>, ... in the order in which they are met."""
    return re.sub(r"\b[0-9a-f]{32}\b", lambda m: known.setdefault(m.group(0), f"<r{len(known)}>"), value)


def code_of(action):
    try:
        action()
    except MlflowException as error:
        return error.error_code
    return None


def files_of(run_id, path=None):
    """Paths of all files below a folder."""
    found = []
    for file in client.list_artifacts(run_id, path):
        found += files_of(run_id, file.path) if file.is_dir else [file.path]
    return sorted(found)


def told_of_run(run):
    return {
        "params": dict(sorted(run.data.params.items())),
        "metrics": {k: round(v, 9) for k, v in sorted(run.data.metrics.items())},
        "history": [
            [named(m["run_id"]), m["artifact_path"], sorted(m["flavors"])]
            for m in json.loads(run.data.tags.get("mlflow.log-model.history", "[]"))
        ],
        "files": files_of(run.info.run_id),
        "datasets": sorted((i.dataset.name, i.dataset.digest, i.dataset.source_type) for i in run.inputs.dataset_inputs),
    }


say("imported")
features, labels = load_iris(return_X_y=True, as_frame=True)
mlflow.set_experiment("models")

mlflow.sklearn.autolog(log_input_examples=False, silent=True)
with mlflow.start_run(run_name="auto") as auto:
    LogisticRegression(C=0.5, max_iter=500).fit(features, labels)
mlflow.sklearn.autolog(disable=True)
seen["auto"] = told_of_run(client.get_run(auto.info.run_id))
say("autologged")

model = LogisticRegression(max_iter=500).fit(features, labels)
expected = model.predict(features).tolist()
with mlflow.start_run(run_name="hand") as hand:
    mlflow.sklearn.log_model(
        model,
        "iris",
        registered_model_name="Iris",
        signature=infer_signature(features, expected),
        input_example=features.head(2),
        pip_requirements=["scikit-learn"],
    )
run_id = hand.info.run_id
seen["hand"] = told_of_run(client.get_run(run_id))
client.set_registered_model_alias("Iris", "champ", "1")
again = mlflow.register_model(f"runs:/{run_id}/iris", "Iris", tags={"from": "run"})
copied = client.copy_model_version("models:/Iris@champ", "Copy")
versions = [client.get_model_version("Iris", "1"), again, copied]
seen["versions"] = [[str(v.version), named(v.source), named(v.run_id), v.tags] for v in versions]
seen["download uri"] = named(client.get_model_version_download_uri("Copy", "1"))
say("registered")

uris = ["models:/Iris/1", "models:/Iris@champ", "models:/Iris/latest", f"runs:/{run_id}/iris", "models:/Copy/1"]
seen["predictions"] = {named(uri): mlflow.sklearn.load_model(uri).predict(features).tolist() == expected for uri in uris}
say("loaded")

with mlflow.start_run(run_name="evaluation") as run:
    result = mlflow.evaluate(
        "models:/Iris/1",
        features.assign(target=labels).iloc[::5],
        targets="target",
        model_type="classifier",
        evaluators="default",
        evaluator_config={"log_model_explainability": False},
    )
seen["evaluation"] = [told_of_run(client.get_run(run.info.run_id)), sorted(result.artifacts)]
say("evaluated")

seen["codes"] = [
    code_of(lambda: mlflow.sklearn.load_model("models:/Iris/77")),
    code_of(lambda: mlflow.sklearn.load_model("models:/Iris@nobody")),
    code_of(lambda: mlflow.sklearn.load_model("models:/Nobody/1")),
]
print(json.dumps(seen, default=str))
