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
        **({} if is_old() else read_links(run)),
    }


def is_old():
    return mlflow.__version__.startswith("2.")


def read_links(run):
    outputs = run.outputs.model_outputs if run.outputs else []
    return {
        "modelInputs": [{"modelId": i.model_id} for i in run.inputs.model_inputs],
        "modelOutputs": [{"modelId": o.model_id, "step": o.step} for o in outputs],
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


def read_files(uri):
    """Every file below a folder, by its path there."""
    local = mlflow.artifacts.download_artifacts(artifact_uri=uri)
    found = {}
    for folder, _, names in os.walk(local):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = file.read()
            place = os.path.relpath(path, local).replace(os.sep, "/")
            found[place] = [len(content), hashlib.sha256(content).hexdigest()]
    return found


def read_logged_models(client, ids):
    return [read_logged_model(m) for m in client.search_logged_models(ids, max_results=1000)]


def read_logged_model(model):
    return {
        "modelId": model.model_id,
        "experimentId": model.experiment_id,
        "name": model.name,
        "modelType": model.model_type,
        "sourceRunId": model.source_run_id,
        "status": model.status.value,
        "creationTimestamp": model.creation_timestamp,
        "lastUpdatedTimestamp": model.last_updated_timestamp,
        "params": dict(model.params),
        "tags": dict(model.tags),
        "metrics": [
            [m.key, double(m.value), str(m.timestamp), str(m.step), m.run_id, m.dataset_name, m.dataset_digest]
            for m in model.metrics
        ],
        "files": read_files(model.artifact_location),
    }


def read_registry(client):
    prompts = client.search_registered_models("tag.`mlflow.prompt.is_prompt` = 'true'")
    return [read_registered_model(client, m) for m in [*client.search_registered_models(), *prompts]]


def read_registered_model(client, model):
    versions = []
    for number in range(1, 10):
        try:
            versions.append(read_version(client, client.get_model_version(model.name, str(number))))
        except mlflow.exceptions.MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
    return {
        "name": model.name,
        "creationTimestamp": model.creation_timestamp,
        "lastUpdatedTimestamp": model.last_updated_timestamp,
        "description": model.description,
        "tags": dict(model.tags),
        "aliases": {alias: str(version) for alias, version in dict(model.aliases).items()},
        "versions": versions,
    }


def read_version(client, version):
    uri = client.get_model_version_download_uri(version.name, version.version)
    return {
        "version": str(version.version),
        "creationTimestamp": version.creation_timestamp,
        "lastUpdatedTimestamp": version.last_updated_timestamp,
        "currentStage": version.current_stage,
        "description": version.description,
        "source": version.source,
        "runId": version.run_id or "",
        "runLink": version.run_link or "",
        "tags": dict(version.tags),
        "aliases": sorted(version.aliases),
        **({} if is_old() else {"modelId": version.model_id or ""}),
        "files": read_files(uri) if "mlruns" in uri else uri,
    }


def read_traces(client, ids):
    traces = client.search_traces(locations=ids, include_spans=False, max_results=100)
    return [read_trace(client, trace.info) for trace in traces]


def read_trace(client, info):
    try:
        spans = [read_span(s) for s in client.get_trace(info.trace_id, display=False).data.spans]
    except mlflow.exceptions.MlflowException:
        spans = []
    return {
        "traceId": info.trace_id,
        "experimentId": info.experiment_id,
        "clientRequestId": info.client_request_id,
        "requestPreview": info.request_preview,
        "responsePreview": info.response_preview,
        "requestTime": info.request_time,
        "executionDuration": info.execution_duration,
        "state": info.state.value,
        "traceMetadata": dict(info.trace_metadata),
        "tags": dict(info.tags),
        "assessments": [read_assessment(a) for a in info.assessments],
        "spans": spans,
    }


def read_assessment(assessment):
    error = assessment.feedback.error if assessment.feedback else None
    value = (assessment.feedback or assessment.expectation).value
    return {
        "assessmentId": assessment.assessment_id,
        "name": assessment.name,
        "traceId": assessment.trace_id,
        "spanId": assessment.span_id,
        "source": [assessment.source.source_type, assessment.source.source_id],
        "createTime": assessment.create_time_ms,
        "lastUpdateTime": assessment.last_update_time_ms,
        "isFeedback": assessment.feedback is not None,
        "value": value,
        "error": error and [error.error_code, error.error_message, error.stack_trace],
        "rationale": assessment.rationale,
        "metadata": assessment.metadata or {},
    }


def read_span(span):
    return {
        "spanId": span.span_id,
        "parentId": span.parent_id,
        "name": span.name,
        "start": str(span.start_time_ns),
        "end": str(span.end_time_ns),
        "status": [span.status.status_code.value, span.status.description],
        "attributes": span.attributes,
        "events": [[e.name, str(e.timestamp), e.attributes] for e in span.events],
    }


def log_more(client, experiment_id):
    with mlflow.start_run(experiment_id=experiment_id) as run:
        mlflow.log_metric("m", 0.5)
        mlflow.log_text("more", "more.txt")
    artifacts = read_artifacts(client, run.info.run_id)
    version = client.create_model_version("seg model ü", "s3://bucket/next")
    return [str(version.version), client.get_run(run.info.run_id).data.metrics["m"], list(artifacts)]


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
    answer["registry"] = read_registry(client)
    if not is_old():
        answer["loggedModels"] = read_logged_models(client, ids)
        answer["traces"] = read_traces(client, ids)
    answer["goesOn"] = log_more(client, experiments[0].experiment_id)
    json.dump(answer, sys.stdout)


main()
