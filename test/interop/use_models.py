"""Logs, registers, loads and evaluates models through MLflow's client against the server in argv[1].

Prints what it read back; ids become names in the order in which they are met, clocks and sizes of generated files are left out.
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
import pandas as pd
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
    """Run, model and trace ids as r0, m0, ... in the order in which they are met."""

    def name(match):
        text = match.group(0)
        return known.setdefault(text, f"<{'m' if text.startswith('m-') else 'r'}{len(known)}>")

    return re.sub(r"(?:m-)?\b[0-9a-f]{32}\b", name, value) if isinstance(value, str) else value


def code_of(action):
    try:
        action()
    except MlflowException as error:
        return error.error_code
    return None


def told_of(model):
    keep = {k: named(v) for k, v in model.tags.items() if not k.startswith("mlflow.")}
    metrics = sorted({(m.key, m.value, m.step, m.dataset_name, m.dataset_digest, named(m.run_id)) for m in model.metrics or []}, key=str)
    return [
        named(model.model_id), model.name, model.status.name, model.model_type, named(model.source_run_id), keep,
        dict(sorted(model.params.items())), metrics, named(model.artifact_location),
    ]


def files_of(listing, path=None):
    """Names of all files below a folder."""
    found = []
    for file in listing(path):
        found += files_of(listing, file.path) if file.is_dir else [file.path]
    return sorted(found)


def told_of_run(run):
    return {
        "params": dict(sorted(run.data.params.items())),
        "metrics": {k: round(v, 9) for k, v in sorted(run.data.metrics.items())},
        "tags": {k: v for k, v in run.data.tags.items() if k in ("estimator_name", "estimator_class", "mlflow.autologging")},
        "files": files_of(lambda path: client.list_artifacts(run.info.run_id, path)),
        "datasets": sorted((i.dataset.name, i.dataset.digest, i.dataset.source_type) for i in run.inputs.dataset_inputs),
        "model_inputs": sorted(named(i.model_id) for i in run.inputs.model_inputs),
        "outputs": [(named(o.model_id), o.step) for o in run.outputs.model_outputs],
    }


say("imported")
features, labels = load_iris(return_X_y=True, as_frame=True)
experiment = mlflow.set_experiment("models").experiment_id

# Autologging: params, metrics, figures, a dataset and a model.
mlflow.sklearn.autolog(log_input_examples=False, silent=True)
with mlflow.start_run(run_name="auto") as auto:
    LogisticRegression(C=0.5, max_iter=500).fit(features, labels)
mlflow.sklearn.autolog(disable=True)
say("autologged")
seen["auto"] = told_of_run(client.get_run(auto.info.run_id))
(auto_model,) = client.search_logged_models([experiment], f"source_run_id = '{auto.info.run_id}'")
seen["auto model"] = told_of(auto_model)

# A model by hand: signature, example, registered at once.
model = LogisticRegression(max_iter=500).fit(features, labels)
expected = model.predict(features).tolist()
with mlflow.start_run(run_name="hand") as hand:
    mlflow.log_params({"kind": "plain", "c": 1.0})
    info = mlflow.sklearn.log_model(
        model,
        name="iris",
        registered_model_name="Iris",
        signature=infer_signature(features, expected),
        input_example=features.head(2),
        pip_requirements=["scikit-learn"],
        serialization_format="cloudpickle",
        step=3,
        tags={"stage": "trial"},
        params={"extra": "1"},
        model_type="classifier",
    )
    train = mlflow.data.from_pandas(features.assign(target=labels), name="iris-train", targets="target")
    mlflow.log_metric("acc", 0.5, step=1, timestamp=1000, model_id=info.model_id, dataset=train)
    mlflow.log_metric("acc", 0.75, step=2, timestamp=2000, model_id=info.model_id, dataset=train)
    mlflow.log_metric("loss", 0.25, step=3, timestamp=3000, model_id=info.model_id)
say("logged and registered")
run_id, model_id = hand.info.run_id, info.model_id
seen["hand"] = told_of_run(client.get_run(run_id))
seen["hand model"] = told_of(mlflow.get_logged_model(model_id))
seen["model files"] = files_of(lambda path: client.list_logged_model_artifacts(model_id, path))
version = client.get_model_version("Iris", 1)
seen["version"] = [version.version, named(version.source), named(version.run_id), version.status]
seen["download uri"] = named(client.get_model_version_download_uri("Iris", "1"))
links = json.loads(mlflow.get_logged_model(model_id).tags["mlflow.modelVersions"])
seen["links"] = sorted({(link["name"], str(link["version"])) for link in links})

client.set_registered_model_alias("Iris", "champ", "1")
again = mlflow.register_model(f"runs:/{run_id}/iris", "Iris", tags={"from": "run"})
seen["again"] = [again.version, named(again.source), named(again.run_id), again.tags]
third = mlflow.register_model(f"models:/{model_id}", "Iris")
seen["third"] = [third.version, named(third.source), named(third.run_id)]
copied = client.copy_model_version("models:/Iris@champ", "Copy")
seen["copied"] = [copied.version, named(copied.source), named(copied.run_id)]
say("registered again")

uris = ["models:/Iris/1", "models:/Iris@champ", "models:/Iris/latest", f"models:/{model_id}", f"runs:/{run_id}/iris", "models:/Copy/1"]
seen["predictions"] = {named(uri): mlflow.sklearn.load_model(uri).predict(features).tolist() == expected for uri in uris}
loaded = mlflow.pyfunc.load_model(f"models:/{model_id}")
seen["pyfunc"] = [loaded.predict(features).tolist() == expected, loaded.metadata.signature.to_dict(), named(loaded.metadata.model_id)]
seen["example"] = mlflow.models.get_model_info("models:/Iris/1").saved_input_example_info["type"]
say("loaded")

# Evaluation: metrics, figures, tables, linked to the model and to the data.
with mlflow.start_run(run_name="evaluation") as run:
    result = mlflow.models.evaluate(
        f"models:/{model_id}",
        features.assign(target=labels).iloc[::5],
        targets="target",
        model_type="classifier",
        evaluators="default",
        evaluator_config={"log_model_explainability": False},
    )
say("evaluated")
seen["evaluation"] = told_of_run(client.get_run(run.info.run_id))
seen["evaluated"] = told_of(client.get_logged_model(model_id))
seen["result"] = sorted(result.artifacts)
seen["table"] = pd.read_csv(client.download_artifacts(run.info.run_id, "per_class_metrics.csv")).round(6).to_dict("list")

# Searching.
for i in range(4):
    made = mlflow.initialize_logged_model(name=f"made{i}", params={"p": str(i)}, tags={"even": str(i % 2 == 0)}, model_type="made")
    mlflow.finalize_logged_model(made.model_id, "READY" if i else "FAILED")
    with mlflow.start_run(run_name=f"scores {i}"):
        mlflow.log_metric("score", i / 2, step=i, timestamp=i, model_id=made.model_id)


def found(**query):
    return [m.name for m in mlflow.search_logged_models(output_format="list", **query)]


by_score = [{"field_name": "metrics.score", "ascending": False}]
seen["search"] = {
    "all": found(),
    "filtered": found(filter_string="params.p IN ('1', '3') AND tags.even = 'False'"),
    "by metric": found(filter_string="metrics.score >= 0.5", order_by=by_score),
    "by name": found(order_by=[{"field_name": "name"}], max_results=3),
    "of data": found(filter_string="metrics.acc > 0.6", datasets=[{"dataset_name": "iris-train", "dataset_digest": train.digest}]),
    "of other data": found(filter_string="metrics.acc > 0.6", datasets=[{"dataset_name": "other", "dataset_digest": "x"}]),
    "like": found(filter_string="name LIKE 'made%' AND status = 2", order_by=[{"field_name": "creation_timestamp"}]),
}
frame = mlflow.search_logged_models(filter_string="model_type = 'made'", order_by=by_score)
seen["frame"] = [sorted(frame.columns), frame["name"].tolist(), [str(s) for s in frame["status"]]]
page = client.search_logged_models([experiment], max_results=4)
pages = [[m.name for m in page]]
while page.token:
    page = client.search_logged_models([experiment], max_results=4, page_token=page.token)
    pages.append([m.name for m in page])
seen["pages"] = pages

# Tags, params, deletion.
last = mlflow.search_logged_models(filter_string="name = 'made3'", output_format="list")[0]
mlflow.set_logged_model_tags(last.model_id, {"a": "1", "b": 2})
mlflow.delete_logged_model_tag(last.model_id, "a")
client.log_model_params(last.model_id, {f"k{i}": str(i) for i in range(150)})
client.log_model_artifact(last.model_id, __file__, "src")
seen["changed"] = told_of(client.get_logged_model(last.model_id))
seen["changed files"] = files_of(lambda path: client.list_logged_model_artifacts(last.model_id, path))
client.delete_logged_model(last.model_id)
seen["left"] = found(filter_string="model_type = 'made'")
say("searched and changed")

seen["codes"] = [
    code_of(lambda: client.get_logged_model(last.model_id)),
    code_of(lambda: client.get_logged_model("m-" + "0" * 32)),
    code_of(lambda: client.set_logged_model_tags("m-" + "0" * 32, {"a": "b"})),
    code_of(lambda: client.delete_logged_model_tag(model_id, "nothing")),
    code_of(lambda: mlflow.initialize_logged_model(name="a/b")),
    code_of(lambda: client.create_logged_model("31337", name="x")),
    code_of(lambda: client.search_logged_models([experiment], "bogus.x = '1'")),
    code_of(lambda: client.search_logged_models([experiment], order_by=[{"field_name": "bogus"}])),
    code_of(lambda: mlflow.register_model(f"runs:/{run_id}/nothing", "Nothing")),
    code_of(lambda: mlflow.sklearn.load_model("models:/Iris/77")),
]
say("done")
print(json.dumps(seen, default=str))
