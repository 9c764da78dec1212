"""Tries what MLflow's client can do, as each of the users in argv[2] (JSON), against the server in argv[1].

A user is a list: no credentials, a name and a password, or a token. Prints, for each of them, what came of every call:
null where it was done, else the message of the MlflowException, or of requests' error, which its client of files lets out.
"""

import json
import os
import sys
import tempfile

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from requests import HTTPError

NAMES = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
users = json.loads(sys.argv[2])


def become(credentials):
    names = NAMES[2:] if len(credentials) == 1 else NAMES[:2]
    for name in NAMES:
        os.environ.pop(name, None)
    os.environ.update(zip(names, credentials))


def outcome(call):
    try:
        call()
    except (MlflowException, HTTPError) as error:
        return str(error)
    return None


def download(run):
    with tempfile.TemporaryDirectory() as folder:
        path = client.download_artifacts(run, "notes.txt", folder)
        with open(path) as file:
            assert file.read() == "first"


def calls(name, run, experiment):
    """One after the other: what is deleted is there again, or was made before, for the next user."""
    return {
        "read": {
            "get_run": lambda: client.get_run(run),
            "get_experiment": lambda: client.get_experiment(experiment),
            "search_experiments": lambda: client.search_experiments(),
            "search_runs": lambda: client.search_runs([experiment]),
            "get_metric_history": lambda: client.get_metric_history(run, "loss"),
            "list_artifacts": lambda: client.list_artifacts(run),
            "download_artifacts": lambda: download(run),
            "get_registered_model": lambda: client.get_registered_model("model"),
            "search_model_versions": lambda: client.search_model_versions("name = 'model'"),
        },
        "edit": {
            "create_experiment": lambda: client.create_experiment(f"by {name}"),
            "create_run": lambda: client.create_run(experiment, run_name=f"by {name}"),
            "log_metric": lambda: client.log_metric(run, f"by {name}", 1.0),
            "log_batch": lambda: client.log_batch(run, [Metric("m", 1.0, 1, 1)], [Param(f"by {name}", "1")]),
            "set_tag": lambda: client.set_tag(run, f"by {name}", "1"),
            "log_text": lambda: client.log_text(run, "text", f"by {name}.txt"),
            "create_registered_model": lambda: client.create_registered_model(f"by {name}"),
            "create_model_version": lambda: client.create_model_version("model", f"runs:/{run}/m", run, await_creation_for=0),
            "transition_stage": lambda: client.transition_model_version_stage("model", "1", "Staging"),
            "set_alias": lambda: client.set_registered_model_alias("model", "champion", "1"),
        },
        "manage": {
            "delete_run": lambda: client.delete_run(run),
            "restore_run": lambda: client.restore_run(run),
            "delete_experiment": lambda: client.delete_experiment(experiment),
            "restore_experiment": lambda: client.restore_experiment(experiment),
            "delete_alias": lambda: client.delete_registered_model_alias("model", "champion"),
            "delete_registered_model": lambda: client.delete_registered_model(f"spare {name}"),
        },
    }


def written(run):
    """What there is to see of writing, sorted."""
    data = client.get_run(run).data
    names = [*data.metrics, *data.params, *(key for key in data.tags if not key.startswith("mlflow."))]
    names += [experiment.name for experiment in client.search_experiments()]
    names += [model.name for model in client.search_registered_models()]
    names += [file.path for file in client.list_artifacts(run)]
    return sorted(name for name in names if name.startswith("by "))


become(users["manager"])
experiment = client.create_experiment("work")
run = client.create_run(experiment).info.run_id
client.log_metric(run, "loss", 0.5)
client.log_text(run, "first", "notes.txt")
client.create_registered_model("model")
client.create_model_version("model", f"runs:/{run}/m", run, await_creation_for=0)

seen = {}
for name, credentials in users.items():
    become(users["manager"])
    client.create_registered_model(f"spare {name}")
    become(credentials)
    tried = {group: {key: outcome(call) for key, call in each.items()} for group, each in calls(name, run, experiment).items()}
    become(users["manager"])
    seen[name] = {"tried": tried, "written": [item for item in written(run) if item.startswith(f"by {name}")]}
print(json.dumps({"seen": seen, "run": run, "experiment": experiment}))
