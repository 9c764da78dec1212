"""Prints as JSON all that MLflow's client finds in a folder of its file store, so that two folders can be compared.

usage: read_round_trip.py FOLDER ASKED [ZIP]    reads FOLDER/mlruns, from FOLDER; out of ZIP, if one is given

ASKED is what make_mlruns.py has printed. Doubles are given as the hex of their IEEE 754 bytes. `ROOT` stands for where
the folder lies. Deleted experiments are restored before their artifacts are read: MLflow finds them only then.
"""

import hashlib
import json
import logging
import os
import struct
import sys
import urllib.parse
import warnings
import zipfile

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
sys.dont_write_bytecode = True
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

import mlflow  # noqa: E402
import pandas as pd  # noqa: E402
from mlflow.entities import ViewType  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from old_tracing import mend_tracing  # noqa: E402

IS_OLD = mlflow.__version__.startswith("2.")
if IS_OLD:
    mend_tracing()
VIEWS = {"active": ViewType.ACTIVE_ONLY, "deleted": ViewType.DELETED_ONLY, "all": ViewType.ALL}


def double(value):
    return struct.pack(">d", value).hex()


def or_error(read):
    """What a call gives, or the kind of error that it fails with."""
    try:
        return read()
    except MlflowException as error:
        return {"error": error.error_code}


def read_files(uri):
    """Every file below a place, by its path there."""
    local = mlflow.artifacts.download_artifacts(artifact_uri=uri)
    if os.path.isfile(local):
        return {"": read_file(local)}
    found = {}
    for folder, _, names in os.walk(local):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, local).replace(os.sep, "/")] = read_file(path)
    return found


def read_file(path):
    with open(path, "rb") as file:
        content = file.read()
    # What names the place it was made at is told apart by its text.
    return [len(content), hashlib.sha256(content).hexdigest()]


def list_files(client, run_id, path=None):
    found = {}
    for item in client.list_artifacts(run_id, path):
        if item.is_dir:
            found[item.path + "/"] = None
            found.update(list_files(client, run_id, item.path))
        else:
            found[item.path] = item.file_size
    return found


def read_experiment(experiment):
    return {
        "name": experiment.name,
        "stage": experiment.lifecycle_stage,
        "created": experiment.creation_time,
        "updated": experiment.last_update_time,
        "location": experiment.artifact_location,
        "tags": dict(experiment.tags),
    }


def read_run(client, run):
    info, data = run.info, run.data
    return {
        "info": dict(info),
        "params": dict(data.params),
        "tags": dict(data.tags),
        "metrics": {key: double(value) for key, value in data.metrics.items()},
        "histories": {key: read_history(client, info.run_id, key) for key in data.metrics},
        "datasets": [read_input(i) for i in run.inputs.dataset_inputs],
        **({} if IS_OLD else read_links(run)),
    }


def read_history(client, run_id, key):
    return [
        [
            *[str(m.step), str(m.timestamp), double(m.value)],
            *([] if IS_OLD else [m.dataset_name, m.dataset_digest]),
        ]
        for m in client.get_metric_history(run_id, key)
    ]


def read_links(run):
    outputs = run.outputs.model_outputs if run.outputs else []
    return {
        "modelInputs": sorted(i.model_id for i in run.inputs.model_inputs),
        "modelOutputs": sorted([o.model_id, o.step] for o in outputs),
    }


def read_input(dataset_input):
    tags = {tag.key: tag.value for tag in dataset_input.tags}
    return {"dataset": dict(dataset_input.dataset), "tags": tags}


def read_searches(client, ids):
    """The ids that searches find, in their order."""
    queries = [
        ("", []),
        ("params.lr = '0.01'", []),
        ("metrics.loss < 0.6 AND tags.parent = 'yes'", []),
        ("attributes.status != 'FINISHED'", ["attributes.end_time DESC"]),
        ("attributes.run_name LIKE '%ünï%'", ["tags.number DESC"]),
        ("dataset.name = 'array'", ["metrics.loss ASC"]),
    ]
    return [
        [run.info.run_id for run in client.search_runs(ids, query, view, 1000, order)]
        for query, order in queries
        for view in VIEWS.values()
    ]


def read_frame(ids):
    """The columns of the fluent search, with their types and values."""
    frame = mlflow.search_runs(ids, run_view_type=ViewType.ALL)
    return {
        name: [str(frame[name].dtype), [show(value) for value in frame[name]]]
        for name in sorted(frame.columns)
    }


def show(value):
    return double(value) if isinstance(value, float) else str(value)


def read_run_files(client, run):
    run_id, uri = run.info.run_id, run.info.artifact_uri
    tops = [item.path for item in client.list_artifacts(run_id)]
    return {
        "listed": list_files(client, run_id),
        "files": read_files(uri) if tops else {},
        "byRun": {top: or_error(lambda: read_files(f"runs:/{run_id}/{top}")) for top in tops},
    }


def read_logged_model(client, model):
    metrics = model.metrics or []
    return {
        **{key: value for key, value in model.to_dictionary().items() if key != "metrics"},
        "metrics": sorted(
            [m.key, double(m.value), m.timestamp, m.step, m.run_id, m.dataset_name, m.dataset_digest]
            for m in metrics
        ),
        "files": or_error(lambda: read_files(f"models:/{model.model_id}")),
        "again": or_error(lambda: client.get_logged_model(model.model_id).name),
    }


def read_model(client, model, numbers):
    return {
        "created": model.creation_timestamp,
        "updated": model.last_updated_timestamp,
        "description": model.description,
        "tags": dict(model.tags),
        "aliases": {alias: str(version) for alias, version in dict(model.aliases).items()},
        "latest": sorted(str(v.version) for v in model.latest_versions),
        "byAlias": {
            alias: str(client._get_registry_client().get_model_version_by_alias(model.name, alias).version)
            for alias in model.aliases
        },
        "versions": {
            str(number): or_error(
                lambda: read_version(client, get_version(client, model.name, str(number)))
            )
            for number in numbers
        },
    }


def get_version(client, name, number):
    """Prompts too, which MLflow 2's public calls hide."""
    return client._get_registry_client().get_model_version(name, number)


def read_version(client, version):
    uri = client.get_model_version_download_uri(version.name, version.version)
    isPrompt = "mlflow.prompt.text" in version.tags
    return {
        "created": version.creation_timestamp,
        "updated": version.last_updated_timestamp,
        "stage": version.current_stage,
        "status": version.status,
        "description": version.description,
        "source": version.source,
        "runId": version.run_id,
        "runLink": version.run_link,
        "tags": dict(version.tags),
        "aliases": sorted(version.aliases),
        **({} if IS_OLD else {"modelId": version.model_id}),
        "uri": uri,
        "files": None if "s3:" in uri or isPrompt else read_files(f"models:/{version.name}/{version.version}"),
    }


def read_registry(client):
    prompts = client.search_registered_models("tag.`mlflow.prompt.is_prompt` = 'true'")
    models = [*client.search_registered_models(), *prompts]
    return {
        "models": {m.name: read_model(client, m, range(1, 8)) for m in models},
        "found": sorted([v.name, str(v.version)] for v in client.search_model_versions("")),
        "described": [m.name for m in client.search_registered_models("name ILIKE 'M%'")],
    }


def read_loading(name):
    """That models load and predict, by every kind of address."""
    frame = pd.DataFrame({"x": [1.0, 3.0]})
    found = {}
    for address in ["1", "Production"]:
        model = mlflow.pyfunc.load_model(f"models:/{name}/{address}")
        found[address] = [str(model.metadata.signature), model.predict(frame)["x"].tolist()]
    model = mlflow.pyfunc.load_model(f"models:/{name}@champion")
    found["@champion"] = model.predict(model.input_example)["x"].tolist()
    found["prompt"] = mlflow.load_prompt("prompts:/prompt@production").template
    return found


def search_traces(client, ids):
    found = client.search_traces(**({"experiment_ids": ids} if IS_OLD else {"locations": ids}))
    return {trace.info.request_id: read_trace(client, trace) for trace in found}


def read_trace(client, trace):
    info = trace.info.to_dict()
    own = client.get_trace(trace.info.request_id, display=False)
    return {
        "info": {**info, "assessments": sorted(info.get("assessments") or [], key=str)},
        "spans": [span.to_dict() for span in trace.data.spans],
        "again": [span.to_dict() for span in own.data.spans] == [span.to_dict() for span in trace.data.spans],
        "texts": [trace.data.request, trace.data.response],
        "inputs": [[span.inputs, span.outputs, span.status.status_code.value] for span in own.data.spans],
    }


def read_all(client, asked):
    experiments = client.search_experiments(view_type=ViewType.ALL)
    ids = sorted(e.experiment_id for e in experiments)
    found = {
        "version": mlflow.__version__,
        "experiments": {e.experiment_id: read_experiment(e) for e in experiments},
        "experimentViews": {
            view: [e.experiment_id for e in client.search_experiments(view_type=kind)]
            for view, kind in VIEWS.items()
        },
        "byName": {
            e.name: client.get_experiment_by_name(e.name).experiment_id
            for e in experiments
            if '"' not in e.name
        },
        "searches": read_searches(client, ids),
        "frame": read_frame(ids),
    }
    runs = client.search_runs(ids, run_view_type=ViewType.ALL, max_results=1000)
    found["runs"] = {run.info.run_id: read_run(client, run) for run in runs}
    for experiment in experiments:
        if experiment.lifecycle_stage == "deleted":
            client.restore_experiment(experiment.experiment_id)
    found["artifacts"] = {
        run.info.run_id: read_run_files(client, run)
        for run in runs
        if run.info.experiment_id != asked["elsewhere"]
    }
    mlflow.set_experiment(experiment_id=asked["experiment"])
    found["one"] = read_files(f"runs:/{asked['run']}/sub/dër/two words ünï 🚀.txt")
    found["table"] = mlflow.load_table("table.json", run_ids=[asked["run"]]).to_dict()
    found["registry"] = read_registry(client)
    found["loading"] = read_loading(asked["model"])
    found["traces"] = search_traces(client, ids)
    store = client._tracking_client.store
    # As `mlflow gc` asks for them.
    found["deletedRuns"] = sorted(store._get_deleted_runs())
    if not IS_OLD:
        deleted = store.get_logged_model(asked["deletedModel"], allow_deleted=True)
        found["deletedModel"] = read_logged_model(client, deleted)
        found["deletedModels"] = sorted(store._get_deleted_logged_models())
        models = client.search_logged_models(ids, max_results=1000)
        found["loggedModels"] = {m.model_id: read_logged_model(client, m) for m in models}
    return found


def go_on(client, asked):
    """Work goes on in the folder: a run, what an old run gets, a version, a trace, a model."""
    run_id, name = asked["run"], asked["model"]
    with mlflow.start_run(run_id=run_id) as run:
        mlflow.log_metric("loss", 0.25, step=9999)
        mlflow.log_text("more", "sub/more.txt")
        mlflow.set_tag("later", "yes")
    with mlflow.start_run(run_name="next") as run:
        mlflow.log_param("p", 1)
        mlflow.log_text("next", "model/next.txt")
    version = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    client.set_registered_model_alias(name, "newest", version.version)
    client.transition_model_version_stage(name, 2, "Production", archive_existing_versions=True)
    prompt = mlflow.register_prompt(name="prompt", template="Third.")

    @mlflow.trace
    def traced(x):
        return x + 1

    traced(1)
    traces = client.search_traces([asked["experiment"]])
    again = client.get_run(run_id)
    return {
        "points": len(client.get_metric_history(run_id, "loss")),
        "loss": again.data.metrics["loss"],
        "tag": again.data.tags["later"],
        "text": mlflow.artifacts.load_text(f"runs:/{run_id}/sub/more.txt"),
        "next": list(list_files(client, run.info.run_id)),
        "version": str(version.version),
        "files": list(read_files(f"models:/{name}@newest")),
        "stages": [client.get_model_version(name, str(n)).current_stage for n in [1, 2]],
        "prompt": str(prompt.version),
        "spans": [span.outputs for trace in traces for span in trace.data.spans],
    }


def without_place(value, places):
    """With `ROOT` for the folder, wherever a text begins with it."""
    if isinstance(value, dict):
        return {key: without_place(one, places) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_place(one, places) for one in value]
    if isinstance(value, str):
        for place in places:
            if value == place or value.startswith(place + "/"):
                return "ROOT" + urllib.parse.unquote(value[len(place) :])
    return value


def main():
    folder = os.path.abspath(sys.argv[1])
    if len(sys.argv) > 3:
        with zipfile.ZipFile(sys.argv[3]) as archive:
            archive.extractall(folder)
    os.chdir(folder)
    asked = json.loads(sys.argv[2])
    root = os.path.join(folder, "mlruns")
    mlflow.set_tracking_uri("file://" + urllib.parse.quote(root))
    client = mlflow.MlflowClient()
    found = read_all(client, asked)
    places = ["file://" + urllib.parse.quote(root), "file://" + root, root, "mlruns"]
    answer = {"found": without_place(found, places), "goesOn": go_on(client, asked)}
    sys.stdout.write("\n" + json.dumps(answer, default=str))


main()
