"""Makes a database of MLflow's SQL store with artifacts beside it, and prints as JSON all that MLflow finds in it.

usage: make_mlflow_db.py FOLDER [FIXTURES]    makes FOLDER/mlflow.db, FOLDER/mlruns, FOLDER/mlartifacts and FOLDER/other

With FIXTURES, all this is put into FIXTURES/<version>.zip too, and what is printed into FIXTURES/<version>.expected.json.

Doubles are given as the hex of their IEEE 754 bytes, so that nothing is lost on the way.
"""

import hashlib
import json
import logging
import math
import os
import struct
import sys
import warnings
import zipfile

# Contexts tell of the user, and of the script that runs.
sys.argv[0] = "train.py"
os.environ["LOGNAME"] = "ann"
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

import mlflow  # noqa: E402
from mlflow.entities import (  # noqa: E402
    Dataset,
    DatasetInput,
    InputTag,
    Metric,
    Param,
    RunTag,
    ViewType,
)

import mlflow_db_models as parts  # noqa: E402

TIME = 1_700_000_000_000


def double(value):
    return struct.pack(">d", value).hex()


def fill_runs(client, experiment_id):
    for number, status in enumerate(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]):
        run = client.create_run(
            experiment_id, start_time=TIME + number, run_name=f"{status} ünï {number}"
        )
        client.set_tag(run.info.run_id, "état", "two\nlines\t✓" + "x" * (1000 * number))
        if status not in ("RUNNING", "SCHEDULED"):
            client.set_terminated(run.info.run_id, status, end_time=TIME + 1000 + number)
        elif status == "SCHEDULED":
            client.update_run(run.info.run_id, status=status)
    deleted = client.create_run(experiment_id, tags={"mlflow.user": "zoë"})
    client.log_param(deleted.info.run_id, "p", "of a deleted run")
    client.delete_run(deleted.info.run_id)


def fill_rich_run(client, experiment_id):
    run_id = client.create_run(experiment_id, run_name="rich").info.run_id
    points = [Metric("loss", 1 / (i + 1), TIME + i // 3, i) for i in range(900)]
    odd = [
        Metric("odd/key with. -chars", value, TIME, step)
        for step, value in enumerate([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e308, 0.1])
    ]
    large = [
        Metric("large", 1.0, 2**53 + 1, 2**63 - 1),
        Metric("large", 2.0, 2**53 + 3, -(2**63)),
        Metric("large", 3.0, 0, -5),
    ]
    client.log_batch(run_id, metrics=points)
    client.log_batch(
        run_id,
        metrics=odd + large,
        params=[Param("lr", "0.01"), Param("long", "é" * 6000), Param("empty", "")],
        tags=[RunTag("mlflow.note.content", "# note\n"), RunTag("ключ", "значение")],
    )
    for context in ["train", "eval"]:
        dataset = Dataset(
            name=f"data {context}",
            digest=f"d-{context}",
            source_type="http",
            source='{"url": "https://example.com/ä.csv"}',
            schema='{"mlflow_colspec": []}' if context == "train" else None,
            profile='{"num_rows": 3}',
        )
        tags = [InputTag("mlflow.data.context", context)]
        client.log_inputs(run_id, [DatasetInput(dataset, tags)])
    child = client.create_run(experiment_id, tags={"mlflow.parentRunId": run_id}).info.run_id
    client.log_inputs(child, [DatasetInput(dataset, tags)])
    return run_id


def log_files(client, run_id, folder):
    os.makedirs(os.path.join(folder, "sub", "dër"), exist_ok=True)
    for name, content in {
        "a.txt": b"text",
        "empty": b"",
        "sub/100%+ .bin": bytes(range(256)) * 2000,
        "sub/dër/b.txt": "ünï".encode(),
    }.items():
        with open(os.path.join(folder, *name.split("/")), "wb") as file:
            file.write(content)
    if run_id is not None:
        client.log_artifacts(run_id, folder)


def fill_registry(client, run_id):
    client.create_registered_model("model ü", tags={"team": "a"}, description="Long.\nText.")
    source = f"runs:/{run_id}/model"
    for number in range(1, 5):
        client.create_model_version(
            "model ü",
            source=client.get_run(run_id).info.artifact_uri + f"/model{number}",
            run_id=run_id,
            tags={"n": str(number), "v": "ä"},
            run_link="https://example.com/run",
            description=None if number == 1 else f"Version {number}",
        )
    client.transition_model_version_stage("model ü", 1, "Archived")
    client.transition_model_version_stage("model ü", 2, "Production")
    client.set_registered_model_alias("model ü", "champion", 2)
    client.set_registered_model_alias("model ü", "old", 1)
    client.delete_model_version("model ü", 3)
    client.delete_model_version("model ü", 4)
    client.create_registered_model("empty")
    client.create_registered_model("from a uri")
    client.create_model_version("from a uri", source=source)
    if hasattr(client, "register_prompt"):
        client.register_prompt("prompt", "Hello {{name}}!", "First.", {"p": "q"})


def fill(client, folder):
    first = client.create_experiment("first ü", tags={"team": "a", "mlflow.note.content": "#\n"})
    fill_runs(client, first)
    rich = fill_rich_run(client, first)
    log_files(client, rich, os.path.join(folder, "source"))
    own = client.create_experiment("own place", f"file://{folder}/other/my%20files")
    own_run = client.create_run(own, run_name="own").info.run_id
    log_files(client, own_run, os.path.join(folder, "source"))
    served = client.create_experiment("served", "mlflow-artifacts:/77")
    served_run = client.create_run(served, run_name="served").info.run_id
    log_files(client, None, os.path.join(folder, "mlartifacts", "77", served_run, "artifacts"))
    cloud = client.create_experiment("cloud", "s3://bucket/some/place")
    client.create_run(cloud, run_name="cloud")
    client.create_run(cloud, run_name="cloud, too")
    gone = client.create_experiment("gone", tags={"why": "deleted"})
    gone_run = client.create_run(gone, run_name="gone").info.run_id
    log_files(client, gone_run, os.path.join(folder, "source"))
    client.delete_experiment(gone)
    client.create_run("0", run_name="in Default")
    fill_registry(client, rich)
    deleted = parts.fill_logged_models(client, first, own, os.path.join(folder, "source"))
    parts.fill_traces(client, first, rich, folder)
    return deleted, parts.fill_extras(client, first)


def read_run(client, run, folder):
    info, data = run.info, run.data
    histories = {
        key: sorted(
            [str(m.step), str(m.timestamp), double(m.value)]
            for m in client.get_metric_history(info.run_id, key)
        )
        for key in data.metrics
    }
    return {
        "info": {
            "runId": info.run_id,
            "experimentId": info.experiment_id,
            "runName": info.run_name,
            "userId": info.user_id,
            "status": info.status,
            "startTime": info.start_time,
            "endTime": info.end_time,
            "lifecycleStage": info.lifecycle_stage,
        },
        "params": dict(data.params),
        "tags": dict(data.tags),
        "metrics": {key: double(value) for key, value in data.metrics.items()},
        "histories": histories,
        "datasets": [read_input(i) for i in run.inputs.dataset_inputs],
        "artifacts": read_artifacts(client, info, folder),
        **parts.read_links(client.get_run(info.run_id)),
    }


def read_input(dataset_input):
    dataset = dataset_input.dataset
    return {
        "dataset": {
            "name": dataset.name,
            "digest": dataset.digest,
            "sourceType": dataset.source_type,
            "source": dataset.source,
            "schema": dataset.schema,
            "profile": dataset.profile,
        },
        "tags": {tag.key: tag.value for tag in dataset_input.tags},
    }


def read_artifacts(client, info, folder):
    """By MLflow where the files are its own, from the server's folder where a server would be asked."""
    if info.artifact_uri.startswith("s3:"):
        return {}
    if info.artifact_uri.startswith("mlflow-artifacts:"):
        return walk(os.path.join(folder, "mlartifacts", "77", info.run_id, "artifacts"))
    return list_artifacts(client, info.run_id)


def list_artifacts(client, run_id, path=None):
    found = {}
    for item in client.list_artifacts(run_id, path):
        if item.is_dir:
            found.update(list_artifacts(client, run_id, item.path))
        else:
            found[item.path] = digest(client.download_artifacts(run_id, item.path))
    return found


def walk(root):
    paths = [os.path.join(at, name) for at, _, names in os.walk(root) for name in names]
    return {os.path.relpath(path, root): digest(path) for path in paths}


def digest(path):
    with open(path, "rb") as file:
        content = file.read()
    return [len(content), hashlib.sha256(content).hexdigest()]


def read_experiment(experiment):
    return {
        "experimentId": experiment.experiment_id,
        "name": experiment.name,
        "artifactLocation": experiment.artifact_location,
        "lifecycleStage": experiment.lifecycle_stage,
        "creationTime": experiment.creation_time,
        "lastUpdateTime": experiment.last_update_time,
        "tags": dict(experiment.tags),
    }


def all_models(client):
    if not hasattr(client, "register_prompt"):
        return client.search_registered_models()
    prompts = client.search_registered_models("tag.`mlflow.prompt.is_prompt` = 'true'")
    return [*client.search_registered_models(), *prompts]


def read_model(client, model):
    versions = all_versions(client, model.name)
    store = client._get_registry_client().store
    return {
        "name": model.name,
        "creationTimestamp": model.creation_timestamp,
        "lastUpdatedTimestamp": model.last_updated_timestamp,
        "description": model.description,
        "tags": all_tags(model),
        "aliases": {alias: str(version) for alias, version in model.aliases.items()},
        "versions": [read_version(version) for version in versions],
        "download": {
            str(v.version): store.get_model_version_download_uri(model.name, v.version)
            for v in versions
        },
    }


def all_versions(client, name):
    """Those of a prompt too, which the client hides."""
    store = client._get_registry_client().store
    found = []
    for number in range(1, 6):
        try:
            found.append(store.get_model_version(name, number))
        except mlflow.exceptions.MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
    return found


def all_tags(thing):
    """With those that say of a prompt that it is one."""
    return dict(getattr(thing, "_tags", thing.tags))


def read_version(version):
    return {
        "name": version.name,
        "version": str(version.version),
        "creationTimestamp": version.creation_timestamp,
        "lastUpdatedTimestamp": version.last_updated_timestamp,
        "currentStage": version.current_stage,
        "description": version.description,
        "source": version.source,
        "runId": version.run_id or "",
        "runLink": version.run_link or "",
        "status": version.status,
        "tags": all_tags(version),
        "aliases": sorted(version.aliases),
    }


def main():
    folder = os.path.realpath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    client = mlflow.MlflowClient()
    deleted, left_out = fill(client, folder)
    experiments = client.search_experiments(view_type=ViewType.ALL)
    ids = [e.experiment_id for e in experiments]
    runs = client.search_runs(ids, run_view_type=ViewType.ALL, max_results=1000)
    answer = {
        "version": mlflow.__version__,
        "experiments": [read_experiment(e) for e in experiments],
        "runs": [read_run(client, run, folder) for run in runs],
        "models": [read_model(client, model) for model in all_models(client)],
        "loggedModels": parts.read_logged_models(client, ids),
        "deletedModels": deleted,
        "traces": parts.read_traces(client, ids),
        "links": parts.links_of(client, ids, [run.info.run_id for run in runs]),
        "leftOut": left_out,
    }
    text = json.dumps(answer, ensure_ascii=False)
    if len(sys.argv) > 2:
        write_fixture(folder, sys.argv[2], text)
    sys.stdout.write("\n" + text)


def write_fixture(folder, fixtures, text):
    name = os.path.join(fixtures, mlflow.__version__)
    with open(f"{name}.expected.json", "w") as file:
        file.write(text + "\n")
    with zipfile.ZipFile(f"{name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for at, _, files in os.walk(folder):
            for file in sorted(files):
                path = os.path.join(at, file)
                if not path.startswith(os.path.join(folder, "source")):
                    archive.write(path, os.path.relpath(path, folder))


main()
