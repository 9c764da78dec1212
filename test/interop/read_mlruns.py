"""Prints as JSON all that MLflow finds in an exported zip.

usage: read_mlruns.py ZIP FOLDER [CWD]    unpacks ZIP into FOLDER and reads FOLDER/mlruns, from CWD or from FOLDER

Doubles are given as the hex of their IEEE 754 bytes, so that nothing is lost on the way.
Deleted experiments are restored before their artifacts are read: MLflow finds them only then.
"""

import hashlib
import json
import os
import struct
import sys
import warnings
import zipfile

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
warnings.simplefilter("ignore")

import mlflow  # noqa: E402
from mlflow.entities import ViewType  # noqa: E402


def double(value):
    return struct.pack(">d", value).hex()


def unpack(path, folder):
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
        if broken is not None:
            raise SystemExit(f"the zip is broken at {broken}")
        names = archive.namelist()
        if len(names) != len(set(names)):
            raise SystemExit("the zip holds a path twice")
        archive.extractall(folder)


def read_experiment(experiment):
    return {
        "experimentId": experiment.experiment_id,
        "name": experiment.name,
        "lifecycleStage": experiment.lifecycle_stage,
        "creationTime": experiment.creation_time,
        "lastUpdateTime": experiment.last_update_time,
        "tags": dict(experiment.tags),
    }


def read_run(client, run):
    info, data = run.info, run.data
    histories = {
        key: [
            [str(m.step), str(m.timestamp), double(m.value)]
            for m in client.get_metric_history(info.run_id, key)
        ]
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


def read_artifacts(client, run_id, path=None):
    found = {}
    for item in client.list_artifacts(run_id, path):
        if item.is_dir:
            found.update(read_artifacts(client, run_id, item.path))
        else:
            local = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=item.path)
            with open(local, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            found[item.path] = [item.file_size, digest]
    return found


def log_more(client, experiment_id):
    with mlflow.start_run(experiment_id=experiment_id) as run:
        mlflow.log_metric("m", 0.5)
        mlflow.log_text("more", "more.txt")
    artifacts = read_artifacts(client, run.info.run_id)
    return [client.get_run(run.info.run_id).data.metrics["m"], list(artifacts)]


def main():
    unpack(sys.argv[1], sys.argv[2])
    root = os.path.abspath(os.path.join(sys.argv[2], "mlruns"))
    os.chdir(sys.argv[-1])
    mlflow.set_tracking_uri("file://" + root)
    client = mlflow.MlflowClient()
    experiments = client.search_experiments(view_type=ViewType.ALL)
    ids = [e.experiment_id for e in experiments]
    runs = [
        run
        for experiment_id in ids
        for run in mlflow.search_runs(
            [experiment_id], run_view_type=ViewType.ALL, output_format="list"
        )
    ]
    answer = {
        "version": mlflow.__version__,
        "experiments": [read_experiment(e) for e in experiments],
        "runs": [read_run(client, run) for run in runs],
        "tableRows": len(mlflow.search_runs(ids, run_view_type=ViewType.ALL)),
    }
    for experiment in experiments:
        if experiment.lifecycle_stage == "deleted":
            client.restore_experiment(experiment.experiment_id)
    for run in answer["runs"]:
        run["artifacts"] = read_artifacts(client, run["info"]["runId"])
    answer["goesOn"] = log_more(client, experiments[0].experiment_id)
    json.dump(answer, sys.stdout)


main()
