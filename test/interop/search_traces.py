"""Puts traces into a real SQL store of MLflow, reads and searches them, prints what came out as JSON.

usage: search_traces.py FOLDER < INPUT    the database is made in FOLDER

The input has `early`, `starts`, `late`, `links`, `assessments`, `filters`, `orders` and `pages`, see sample-traces.ts and
trace-searches.ts. An
outcome is {"ids", "token"}, or {"code", "message"}.
"""

import base64
import json
import os
import sys
import warnings

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
warnings.simplefilter("ignore")

from google.protobuf.json_format import Parse  # noqa: E402
from mlflow.entities import AssessmentSource, Expectation, Feedback, TraceLocation, TraceState  # noqa: E402
from mlflow.entities.span import Span  # noqa: E402
from mlflow.entities.trace_info import TraceInfo  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: E402
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402


def log(store, batch):
    """OTLP's JSON has ids in hex, protobuf's has base64."""
    for span in batch["spans"]:
        for field in ("traceId", "spanId", "parentSpanId"):
            if field in span:
                span[field] = base64.b64encode(bytes.fromhex(span[field])).decode()
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": batch["spans"]}]}]})
    request = Parse(text, ExportTraceServiceRequest())
    spans = request.resource_spans[0].scope_spans[0].spans
    store.log_spans(batch["experimentId"], [Span.from_otel_proto(span) for span in spans])


def start(store, given):
    store.start_trace(
        TraceInfo(
            trace_id=given["traceId"],
            trace_location=TraceLocation.from_experiment_id(given["experimentId"]),
            request_time=given["requestTime"],
            execution_duration=given["executionDuration"],
            state=TraceState(given["state"]),
            tags=given["tags"],
            trace_metadata=given["traceMetadata"],
            client_request_id=given["clientRequestId"],
            request_preview=given["requestPreview"],
        )
    )


def assess(store, given):
    common = {
        "name": given["name"],
        "value": given["value"],
        "source": AssessmentSource("HUMAN", "me"),
        "trace_id": given["traceId"],
        "metadata": given["metadata"],
    }
    if given["kind"] == "feedback":
        assessment = Feedback(**common, overrides=given["overrides"])
    else:
        assessment = Expectation(**common)
    assessment.assessment_id = given["assessmentId"]
    store.create_assessment(assessment)


def describe(info):
    return {
        "traceId": info.trace_id,
        "experimentId": info.experiment_id,
        "clientRequestId": info.client_request_id,
        "requestPreview": info.request_preview,
        "responsePreview": info.response_preview,
        "requestTime": info.request_time,
        "executionDuration": info.execution_duration,
        "state": info.state.value,
        "tags": info.tags,
        "traceMetadata": info.trace_metadata,
        "assessments": sorted([one.assessment_id, one.valid] for one in info.assessments),
    }


def search(store, **query):
    try:
        traces, token = store.search_traces(locations=["1", "2"], **query)
    except MlflowException as error:
        return {"code": error.error_code, "message": error.message}
    text = token.decode() if isinstance(token, bytes) else token
    return {"ids": [trace.trace_id for trace in traces], "token": text}


def main():
    folder = sys.argv[1]
    given = json.load(sys.stdin)
    store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", f"{folder}/artifacts")
    for name in ("1", "2"):
        store.create_experiment(name, artifact_location=f"mlflow-artifacts:/{name}")
    for batch in given["early"]:
        log(store, batch)
    for trace in given["starts"]:
        start(store, trace)
    for batch in given["late"]:
        log(store, batch)
    for link in given["links"]:
        store.link_traces_to_run(link["traceIds"], link["runId"])
    for assessment in given["assessments"]:
        assess(store, assessment)
    infos = [describe(info) for info in store.search_traces(locations=["1", "2"])[0]]
    json.dump(
        {
            "infos": infos,
            "filters": [search(store, filter_string=text, max_results=100) for text in given["filters"]],
            "orders": [search(store, order_by=order, max_results=100) for order in given["orders"]],
            "pages": [
                search(store, max_results=page["maxResults"], page_token=page["token"])
                for page in given["pages"]
            ],
        },
        sys.stdout,
    )


main()
