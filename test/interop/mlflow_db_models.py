"""Logged models and traces of a database of MLflow's: makes them, and reads them with MLflow's own client.

What a release does not know yet is left out.
"""

import json
import math
import os
import struct
from hashlib import sha256

import mlflow
from mlflow.entities import Metric

TIME = 1_700_000_000_000
NANOS = TIME * 1_000_000
CLIENT = mlflow.MlflowClient
HAS_MODELS = hasattr(CLIENT, "create_logged_model")
HAS_TRACES = hasattr(CLIENT, "start_trace")
IS_NEW = not mlflow.__version__.startswith("2.")


def double(value):
    return struct.pack(">d", value).hex()


def fill_logged_models(client, experiment_id, other_id, folder):
    """Models with everything, of another experiment, and deleted; gives the ids of those that are deleted."""
    if not HAS_MODELS:
        return []
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    run_id = client.create_run(experiment_id, run_name="with models").info.run_id
    params = {"alpha": "0.5", "long": "é" * 3000}
    rich = client.create_logged_model(
        experiment_id, "rich ü", run_id, {"kind": "toy", "ключ": "two\nlines"}, params, "demo"
    ).model_id
    client.log_model_artifacts(rich, folder)
    client.finalize_logged_model(rich, "READY")
    pending = client.create_logged_model(experiment_id, "half-done").model_id
    failed = client.create_logged_model(experiment_id, "failed", source_run_id=run_id).model_id
    client.finalize_logged_model(failed, "FAILED")
    far = client.create_logged_model(other_id, "far", run_id).model_id
    gone = client.create_logged_model(experiment_id, "gone", run_id, {"t": "1"}).model_id
    client.log_metric(run_id, "acc", 0.125, TIME, 9, model_id=gone)
    client.delete_logged_model(gone)
    for step in range(4):
        client.log_metric(run_id, "acc", step / 4, TIME + step, step, model_id=rich)
    client.log_metric(run_id, "acc", 0.9, TIME + 5, 5, None, "data", "d-1", rich)
    odd = [math.nan, math.inf, -math.inf, -0.0, 5e-324]
    points = [Metric("odd", v, TIME, n, model_id=rich) for n, v in enumerate(odd)]
    shared = [Metric("shared", 0.5, TIME, 1, model_id=m) for m in (rich, pending, far)]
    plain = [Metric("acc", 0.25, TIME + 1, 7), Metric("odd", 0.0, TIME, 9)]
    client.log_batch(run_id, metrics=points + plain)
    for point in shared:
        client.log_batch(run_id, metrics=[point])
    client.log_inputs(run_id, models=[LoggedModelInput(far)])
    client.log_outputs(run_id, [LoggedModelOutput(rich, 3), LoggedModelOutput(failed, 0)])
    return [gone]


def fill_traces(client, experiment_id, run_id, folder):
    if not HAS_TRACES:
        return
    if not hasattr(client, "link_traces_to_run"):
        suit_later_opentelemetry()
    own = {"start_time_ns": NANOS} if IS_NEW else {}
    first = start(client, experiment_id, "first ü", {"q": "été €", "n": 1, "t": 1.0}, own)
    trace_id = id_of(first)
    add_spans(client, first, own)
    client.end_trace(trace_id, {"total": 2**60, "none": None}, **ending(own, 2_000_000))
    client.set_trace_tag(trace_id, "team", "zoë\n")
    second = start(client, experiment_id, "plain", {"text": "x" * 3000}, {})
    client.end_trace(id_of(second), "out" if IS_NEW else {"out": [1]}, status="ERROR")
    if not IS_NEW:
        return
    if not hasattr(client._tracing_client, "start_trace_v3"):
        tell_third(client, experiment_id, run_id)
    judge(client, trace_id, first.span_id)
    if hasattr(client, "link_traces_to_run"):
        client.link_traces_to_run([trace_id, id_of(second)], run_id)
        other = client.create_run(experiment_id, run_name="also linked").info.run_id
        client.link_traces_to_run([trace_id], other)
    archive(client, experiment_id, folder)


def suit_later_opentelemetry():
    """Older MLflow makes its span processor in a way that releases of OpenTelemetry after it fail at."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    SimpleSpanProcessor.on_end = lambda self, span: self.span_exporter.export((span,))


def start(client, experiment_id, name, inputs, own):
    attributes = {"version": 3, "flags": [True, False], "nested": {"a": [1, None, "ü"]}}
    tags = {"hand": "yes"}
    return client.start_trace(
        name, "CHAIN", inputs, attributes, tags=tags, experiment_id=experiment_id, **own
    )


def id_of(span):
    return span.trace_id if IS_NEW else span.request_id


def ending(own, after):
    return {"end_time_ns": own["start_time_ns"] + after} if own else {}


def add_spans(client, root, own):
    from mlflow.entities import SpanEvent

    trace_id = id_of(root)
    middle = client.start_span("middle", trace_id, root.span_id, "LLM", {"messages": []}, **own)
    middle.set_attributes({"tokens": 12, "ratio": 0.5, "text": "1", "big": 2**60, "quote": 'a"\\'})
    middle.add_event(SpanEvent("checked", NANOS + 5, {"ok": True, "n": 3, "list": ["a", "b"]}))
    inner = client.start_span("inner", trace_id, middle.span_id, "RETRIEVER", **own)
    client.end_span(trace_id, inner.span_id, {"docs": []}, status="ERROR", **ending(own, 10))
    client.end_span(trace_id, middle.span_id, {"total": 3}, **ending(own, 1_000_000))


def tell_third(client, experiment_id, run_id):
    """A trace of a run and a session, with tokens, costs and a client's own id."""
    from mlflow.entities import TraceInfo, TraceLocation, TraceState

    usage = {"input_tokens": 10, "output_tokens": 20, "total_tokens": 30}
    info = TraceInfo(
        trace_id=f"tr-{1:032x}",
        trace_location=TraceLocation.from_experiment_id(experiment_id),
        request_time=TIME + 7,
        execution_duration=11,
        state=TraceState.IN_PROGRESS,
        client_request_id="own id",
        request_preview="asked",
        response_preview="answered",
        tags={"mlflow.traceName": "told"},
        trace_metadata={
            "mlflow.sourceRun": run_id,
            "mlflow.trace.session": "s1",
            "mlflow.trace.user": "u1",
            "mlflow.trace.tokenUsage": json.dumps(usage),
            "mlflow.trace.cost": json.dumps({"input_cost": 0.5, "total_cost": 1e-07}),
        },
    )
    client._tracing_client.start_trace(info)


def judge(client, trace_id, span_id):
    """Assessments, where the SQL store keeps some."""
    from mlflow.entities import AssessmentError, AssessmentSource
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    if not hasattr(SqlAlchemyStore, "create_assessment"):
        return
    human = AssessmentSource("HUMAN", "zoë")
    for value in [True, 0.9, "good", ["a", 1], {"k": {"deep": None}}]:
        name = f"feedback {type(value).__name__}"
        mlflow.log_feedback(trace_id=trace_id, name=name, value=value, source=human)
    kept = mlflow.log_feedback(
        trace_id=trace_id,
        name="judged",
        value=1,
        source=AssessmentSource("LLM_JUDGE", "model"),
        rationale="Said\nso.",
        metadata={"k": "v", "mlflow.assessment.sourceRunId": "r"},
        span_id=span_id,
    )
    mlflow.override_feedback(trace_id=trace_id, assessment_id=kept.assessment_id, value=2)
    error = AssessmentError("CODE", "It failed.", "line 1\nline 2")
    mlflow.log_feedback(trace_id=trace_id, name="failed", error=error)
    for value in ["Paris", 3, {"docs": ["a"]}]:
        name = f"expected {type(value).__name__}"
        mlflow.log_expectation(trace_id=trace_id, name=name, value=value, source=human)


def archive(client, experiment_id, folder):
    """A trace whose spans were taken out of the database, by the releases that do so."""
    store = client._tracing_client.store
    if not hasattr(store, "archive_traces"):
        return
    own = {"start_time_ns": NANOS - 10**15}
    old = start(client, experiment_id, "old", {"a": [1, 2.5]}, own)
    client.end_trace(id_of(old), {"b": None}, **ending(own, 5_000))
    place = f"file://{folder}/archive"
    store._get_archive_traces_now_millis = lambda: TIME - 10**9 + 86_400_000 + 60_000
    count = store.archive_traces(resolved_trace_archival_location=place, broader_retention="1d")
    if count != 1:
        raise SystemExit(f"{count} traces were archived")


def fill_extras(client, experiment_id):
    """What tracklet does not take, one of each that a release has; gives the names of the tables that hold them."""
    store = getattr(getattr(client, "_tracing_client", None), "store", None)
    made = []
    if hasattr(CLIENT, "create_webhook"):
        client.create_webhook("hook", "https://8.8.8.8/hook", ["model_version.created"])
        made += ["webhooks"]
    if hasattr(store, "create_dataset"):
        store.create_dataset("questions", {"a": "b"}, [experiment_id])
        made += ["evaluation_datasets"]
    if hasattr(store, "register_scorer"):
        store.register_scorer(experiment_id, "scorer", json.dumps({"name": "scorer"}))
        made += ["scorer_versions"]
    if hasattr(store, "create_issue"):
        store.create_issue(experiment_id, "issue", "It fails.")
        made += ["issues"]
    return made


def read_links(run):
    if not HAS_MODELS:
        return {"modelInputs": [], "modelOutputs": []}
    outputs = run.outputs.model_outputs if run.outputs else []
    return {
        "modelInputs": [{"modelId": i.model_id} for i in run.inputs.model_inputs],
        "modelOutputs": [{"modelId": o.model_id, "step": o.step} for o in outputs],
    }


def read_logged_models(client, ids):
    if not HAS_MODELS:
        return []
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
        "params": dict(model.params or {}),
        "tags": dict(model.tags or {}),
        "metrics": sorted(
            [m.key, str(m.timestamp), str(m.step), double(m.value), m.run_id, *dataset_of(m)]
            for m in model.metrics or []
        ),
        "artifacts": read_files(model.artifact_location),
    }


def dataset_of(metric):
    return [metric.dataset_name or "", metric.dataset_digest or ""]


def read_files(location):
    """Every file below a folder of this machine, by its path there."""
    root = location.removeprefix("file://")
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = file.read()
            found[os.path.relpath(path, root)] = [len(content), sha256(content).hexdigest()]
    return found


def read_traces(client, ids):
    if not HAS_TRACES:
        return []
    found = []
    for experiment_id in ids:
        store = client._tracking_client.store if not IS_NEW else client._tracing_client.store
        infos, _ = store.search_traces([experiment_id])
        found += [read_trace(client, info) for info in infos]
    return found


def read_trace(client, info):
    spans = read_spans(client, info)
    tags = dict(info.tags)
    location = tags.get("mlflow.artifactLocation", "")
    files = read_files(location)
    # The spans' own file is none of the trace's.
    files.pop("traces.json", None)
    common = {"tags": tags, "spans": spans, "artifacts": files}
    if hasattr(info, "trace_location"):
        return {
            "traceId": info.trace_id,
            "experimentId": info.trace_location.mlflow_experiment.experiment_id,
            "clientRequestId": info.client_request_id,
            "requestPreview": info.request_preview,
            "responsePreview": info.response_preview,
            "requestTime": info.request_time,
            "executionDuration": info.execution_duration,
            "state": info.state.value,
            "traceMetadata": dict(info.trace_metadata),
            "assessments": [read_assessment(a) for a in info.assessments],
            **common,
        }
    return {
        "traceId": info.request_id,
        "experimentId": info.experiment_id,
        "clientRequestId": None,
        "requestPreview": None,
        "responsePreview": None,
        "requestTime": info.timestamp_ms,
        "executionDuration": info.execution_time_ms,
        "state": info.status.value,
        "traceMetadata": dict(info.request_metadata),
        "assessments": [],
        **common,
    }


def read_spans(client, info):
    if info.tags.get("mlflow.traceName") == "told":
        return []
    trace = client.get_trace(getattr(info, "trace_id", None) or info.request_id)
    return [read_span(span) for span in trace.data.spans]


def read_span(span):
    # As a text each, so that no integer becomes a double on the way.
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in span.attributes.items()}
    return {
        "spanId": span.span_id.removeprefix("0x"),
        "parentId": (span.parent_id or "").removeprefix("0x"),
        "name": span.name,
        "start": str(span.start_time_ns),
        "end": str(span.end_time_ns),
        "status": [span.status.status_code.value, span.status.description or ""],
        "attributes": texts,
        "events": [
            [e.name, str(e.timestamp), {k: plain(v) for k, v in e.attributes.items()}]
            for e in span.events
        ],
    }


def plain(value):
    return list(value) if isinstance(value, tuple) else value


def read_assessment(assessment):
    error = assessment.feedback.error if assessment.feedback else None
    return {
        "assessmentId": assessment.assessment_id,
        "name": assessment.name,
        "spanId": assessment.span_id,
        "source": [assessment.source.source_type, assessment.source.source_id],
        "createTime": assessment.create_time_ms,
        "lastUpdateTime": assessment.last_update_time_ms,
        "isFeedback": assessment.feedback is not None,
        "value": (assessment.feedback or assessment.expectation).value,
        "error": error and [error.error_code, error.error_message, error.stack_trace],
        "rationale": assessment.rationale,
        "metadata": dict(assessment.metadata or {}),
        "overrides": assessment.overrides,
        "valid": assessment.valid is not False,
    }


def links_of(client, ids, run_ids):
    """The ids of the traces that each run has made or is linked to."""
    if not hasattr(CLIENT, "link_traces_to_run"):
        return {}
    found = {}
    for run_id in run_ids:
        where = f"attributes.run_id = '{run_id}'"
        infos, _ = client._tracing_client.store.search_traces(ids, where)
        if infos:
            found[run_id] = sorted(info.trace_id for info in infos)
    return found
