"""Makes experiments and runs in a real SQL store of MLflow, searches them, prints what every search gave as JSON.

usage: search_runs.py FOLDER < INPUT    the database is made in FOLDER

The input has `experiments`, `runs`, `runQueries` and `experimentQueries`. Ids and times are the given ones, so that
order and ties are the same on both sides. Doubles are hex of their IEEE 754 bytes, other 64-bit numbers are text.
An outcome is {"ids", "token"}, {"code", "message"}, or {"crash"} where MLflow raised something of another kind.
"""

import json
import os
import struct
import sys
import types
import uuid
import warnings

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
warnings.simplefilter("ignore")

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunStatus, RunTag, ViewType  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.store.tracking import sqlalchemy_store  # noqa: E402
from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlExperimentTag  # noqa: E402


def double(text):
    return struct.unpack(">d", bytes.fromhex(text))[0]


def make_experiments(store, experiments):
    with store.ManagedSessionMaker() as session:
        for given in experiments:
            number = int(given["experimentId"])
            row = session.get(SqlExperiment, number) or SqlExperiment(experiment_id=number)
            row.name = given["name"]
            row.artifact_location = given["artifactLocation"]
            row.creation_time = given["creationTime"]
            row.last_update_time = given["lastUpdateTime"]
            # Runs are made only in active experiments.
            row.lifecycle_stage = "active"
            session.merge(row)
            for key, value in given["tags"]:
                session.merge(SqlExperimentTag(experiment_id=number, key=key, value=value))


def mark_deleted(store, experiments):
    deleted = [one for one in experiments if one["lifecycleStage"] == "deleted"]
    for given in deleted:
        store.delete_experiment(given["experimentId"])
    with store.ManagedSessionMaker() as session:
        for given in deleted:
            row = session.get(SqlExperiment, int(given["experimentId"]))
            row.last_update_time = given["lastUpdateTime"]


def make_run(store, given):
    run_id = given["runId"]
    sqlalchemy_store.uuid = types.SimpleNamespace(uuid4=lambda: types.SimpleNamespace(hex=run_id))
    try:
        store.create_run(
            given["experimentId"], given["userId"], given["startTime"], [], given["name"]
        )
    finally:
        sqlalchemy_store.uuid = uuid
    store.log_batch(
        run_id,
        [
            Metric(m["key"], double(m["value"]), int(m["timestamp"]), int(m["step"]))
            for m in given["metrics"]
        ],
        [Param(key, value) for key, value in given["params"]],
        [RunTag(key, value) for key, value in given["tags"]],
    )
    if given["datasets"]:
        store.log_inputs(
            run_id,
            [
                DatasetInput(
                    Dataset(d["name"], d["digest"], "local", "s"),
                    [InputTag(key, value) for key, value in d["tags"]],
                )
                for d in given["datasets"]
            ],
        )
    if given["end"] is not None:
        status = RunStatus.from_string(given["end"]["status"])
        store.update_run_info(run_id, status, given["end"].get("endTime"), None)
    for key in given["deletedTags"]:
        store.delete_tag(run_id, key)
    if given["deleted"]:
        store.delete_run(run_id)


def outcome(search, ids):
    try:
        found = search()
    except MlflowException as error:
        return {"code": error.error_code, "message": error.message}
    except Exception as error:
        return {"crash": f"{type(error).__name__}: {error}"}
    token = found.token.decode() if isinstance(found.token, bytes) else found.token
    return {"ids": [ids(one) for one in found], "token": token or None}


def main():
    given = json.load(sys.stdin)
    path = os.path.join(sys.argv[1], "mlflow.db")
    store = sqlalchemy_store.SqlAlchemyStore(f"sqlite:///{path}", os.path.join(sys.argv[1], "artifacts"))
    make_experiments(store, given["experiments"])
    for run in given["runs"]:
        make_run(store, run)
    mark_deleted(store, given["experiments"])
    runs = [
        outcome(
            lambda q=q: store.search_runs(
                q["experimentIds"],
                q["filter"],
                ViewType.from_string(q["viewType"].lower()),
                q["maxResults"],
                q["orderBy"],
                q.get("pageToken"),
            ),
            lambda run: run.info.run_id,
        )
        for q in given["runQueries"]
    ]
    experiments = [
        outcome(
            lambda q=q: store.search_experiments(
                ViewType.from_string(q["viewType"].lower()),
                q["maxResults"],
                q["filter"],
                q["orderBy"],
                q.get("pageToken"),
            ),
            lambda experiment: experiment.experiment_id,
        )
        for q in given["experimentQueries"]
    ]
    json.dump({"runs": runs, "experiments": experiments}, sys.stdout)


main()
