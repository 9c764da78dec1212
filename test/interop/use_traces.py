"""Traces with MLflow's own client against the server in argv[1]; prints what it read back, without ids and clocks."""

import json
import os
import re
import sys

os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource, Expectation, Feedback, SpanType
from mlflow.exceptions import MlflowException

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
seen = {}
known = {}

IDS = re.compile(r"\b(?:tr|a)-[0-9a-f]{32}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b")
# What tells of this machine, of clocks, or grows with the length of ids and times.
UNSTABLE = {"mlflow.source.name", "mlflow.source.type", "mlflow.source.git.commit", "mlflow.source.git.branch", "mlflow.user",
            "mlflow.source.git.repoURL", "mlflow.source.git.dirty", "mlflow.trace.sizeBytes", "mlflow.trace.sizeStats"}
CLOCKS = {"create_time", "last_update_time", "request_time", "execution_duration_ms", "start_time_unix_nano", "end_time_unix_nano",
          "time_unix_nano", "exception.stacktrace", "stack_trace", "execution_duration"}


def plain(value):
    """Ids as the order in which they turn up, clocks as whether there is one."""
    if isinstance(value, dict):
        return {k: (v is not None) if k in CLOCKS else plain(v) for k, v in sorted(value.items()) if k not in UNSTABLE}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, str):
        return IDS.sub(lambda match: known.setdefault(match.group().split("-")[-1], f"id {len(known)}"), value)
    return value


def span_of(span):
    return {
        "name": span.name, "id": span.span_id, "parent": span.parent_id, "trace": span.trace_id, "type": span.span_type,
        "inputs": span.inputs, "outputs": span.outputs, "status": [str(span.status.status_code), span.status.description],
        "attributes": span.attributes, "ended": span.end_time_ns is not None and span.end_time_ns >= span.start_time_ns > 10**18,
        "events": [{"name": e.name, "attributes": e.attributes, "time_unix_nano": e.timestamp} for e in span.events],
        "links": [[link.trace_id, link.span_id, link.attributes] for link in span.links],
    }


def trace_of(trace):
    info = trace.info.to_dict()
    info["assessments"] = sorted(info.get("assessments", []), key=lambda a: a["assessment_name"])
    return plain({"info": info, "spans": [span_of(s) for s in sorted(trace.data.spans, key=lambda s: s.start_time_ns)]})


def assessment_of(assessment):
    return plain(assessment.to_dictionary())


def code_of(action):
    try:
        action()
    except MlflowException as error:
        return error.error_code
    return None


def traces_of(frame_or_list):
    return [t.info.tags.get("mlflow.traceName") for t in frame_or_list]


experiment = mlflow.set_experiment("traces").experiment_id


@mlflow.trace(span_type=SpanType.TOOL, attributes={"version": 3, "ratio": 0.5, "flags": [True, False], "text": "1", "nested": {"a": [1, None]}})
def add(x, y=2):
    return x + y


@mlflow.trace(name="outer", span_type=SpanType.CHAIN)
def nested(x):
    with mlflow.start_span(name="middle", span_type=SpanType.LLM) as span:
        span.set_inputs({"messages": [{"role": "user", "content": "été €"}], "n": 1, "t": 1.0})
        total = add(x) + add(x, y=10)
        span.set_outputs({"total": total, "big": 2**60, "none": None})
        span.set_attribute("tokens", 12)
        span.add_event(mlflow.entities.SpanEvent("checked", attributes={"ok": True, "n": 3}))
        mlflow.update_current_trace(tags={"team": "x", "k": "v"}, metadata={"mlflow.trace.session": "s1", "mlflow.trace.user": "u1"})
    return {"total": total}


@mlflow.trace
def failing(text):
    raise ValueError(f"no {text}")


seen["returned"] = nested(5)
outer = mlflow.get_last_active_trace_id()
seen["nested"] = trace_of(mlflow.get_trace(outer))
seen["raised"] = False
try:
    failing("luck")
except ValueError:
    seen["raised"] = True
failed = mlflow.get_last_active_trace_id()
seen["failed"] = trace_of(client.get_trace(failed))

with mlflow.start_run() as run:
    with mlflow.start_span(name="in run") as span:
        span.set_inputs("plain text")
        span.set_outputs([1, 2, 3])
in_run = mlflow.get_last_active_trace_id()
info = client.get_trace(in_run).info
seen["in run"] = [info.trace_metadata["mlflow.sourceRun"] == run.info.run_id, info.request_preview, info.response_preview]

root = client.start_trace("by hand", inputs={"q": "?"}, tags={"hand": "yes"}, attributes={"a": 1})
child = client.start_span("hand child", trace_id=root.trace_id, parent_id=root.span_id, inputs="in", span_type="RETRIEVER")
client.end_span(root.trace_id, child.span_id, outputs={"docs": []}, status="ERROR")
client.end_trace(root.trace_id, outputs="out", status="OK")
by_hand = root.trace_id
seen["by hand"] = trace_of(client.get_trace(by_hand))

with mlflow.start_span(name="long") as span:
    span.set_inputs("x" * 3000)
    span.set_outputs({"y": "é" * 3000})
long = client.get_trace(mlflow.get_last_active_trace_id())
seen["long"] = [len(long.info.request_preview), len(long.info.response_preview), len(long.data.spans[0].inputs), len(long.data.spans[0].outputs["y"])]


def search(**query):
    return traces_of(mlflow.search_traces(locations=[experiment], return_type="list", **query))


seen["all"] = search()
seen["searches"] = {text: search(filter_string=text, order_by=["timestamp_ms ASC"]) for text in [
    "status = 'ERROR'", "status != 'ERROR'", "name = 'outer'", "name LIKE '%in%'", "tags.team = 'x'", "metadata.`mlflow.trace.user` = 'u1'",
    "span.name = 'middle'", "span.type = 'TOOL'", "span.attributes.tokens = '12'", "timestamp_ms > 0", "execution_time_ms >= 0",
    "span.name = 'add' AND status = 'OK'", "tags.nothing = 'x'",
]}
seen["of run id"] = search(filter_string=f"run_id = '{run.info.run_id}'")
seen["by name"] = search(order_by=["name DESC"])
seen["of run"] = traces_of(client.search_traces(locations=[experiment], run_id=run.info.run_id))
page = client.search_traces(locations=[experiment], max_results=2, order_by=["timestamp_ms ASC"])
seen["pages"] = [traces_of(page)]
while page.token:
    page = client.search_traces(locations=[experiment], max_results=2, order_by=["timestamp_ms ASC"], page_token=page.token)
    seen["pages"].append(traces_of(page))
frame = mlflow.search_traces(locations=[experiment], filter_string="name = 'outer'", include_spans=False)
seen["frame"] = [sorted(frame.columns), frame["state"].tolist(), frame["request"].tolist(), frame["response"].tolist()]

mlflow.set_trace_tag(outer, "stage", "prod")
client.set_trace_tag(outer, "other", "1")
mlflow.delete_trace_tag(outer, "other")
seen["tags"] = plain(client.get_trace(outer).info.tags)

source = AssessmentSource(source_type="HUMAN", source_id="me@example.com")
good = mlflow.log_feedback(trace_id=outer, name="good", value=True, source=source, rationale="r", metadata={"project": "p"})
seen["feedback"] = assessment_of(good)
seen["feedbacks"] = [assessment_of(mlflow.log_feedback(trace_id=outer, name=f"f{i}", value=value)) for i, value in enumerate([1, 0.5, "text", [1, "a"], {"k": 1.5}])]
seen["failed feedback"] = assessment_of(mlflow.log_feedback(trace_id=outer, name="err", error=ValueError("bad")))
span_id = client.get_trace(outer).data.spans[0].span_id
facts = mlflow.log_expectation(trace_id=outer, name="facts", value={"list": [1, "two", None]}, source=source, span_id=span_id)
seen["expectation"] = assessment_of(facts)
seen["expectations"] = [assessment_of(mlflow.log_expectation(trace_id=outer, name=f"e{i}", value=value)) for i, value in enumerate(["x", 3, True, [1, 2]])]
seen["updated"] = assessment_of(mlflow.update_assessment(trace_id=outer, assessment_id=good.assessment_id, assessment=Feedback(name="better", value=False, rationale="r2", metadata={"more": "1"})))
seen["updated expectation"] = assessment_of(mlflow.update_assessment(trace_id=outer, assessment_id=facts.assessment_id, assessment=Expectation(name="facts", value="other")))
seen["got"] = assessment_of(mlflow.get_assessment(outer, good.assessment_id))
override = mlflow.override_feedback(trace_id=outer, assessment_id=good.assessment_id, value=True, rationale="no")
seen["override"] = assessment_of(override)
seen["overridden"] = mlflow.get_assessment(outer, good.assessment_id).valid
mlflow.delete_assessment(outer, facts.assessment_id)
seen["judged"] = trace_of(client.get_trace(outer))["info"]
seen["judged searches"] = {text: search(filter_string=text) for text in ["feedback.better = 'false'", "feedback.f1 > 0.2", "expectation.e0 = 'x'", "feedback.none IS NOT NULL", "feedback.f2 IS NOT NULL"]}

with mlflow.start_run() as other:
    pass
client.link_traces_to_run([outer, failed], other.info.run_id)
client.link_traces_to_run([outer], other.info.run_id)
seen["linked"] = sorted(traces_of(client.search_traces(locations=[experiment], run_id=other.info.run_id)))

seen["codes"] = [
    code_of(lambda: client.get_trace("tr-" + "0" * 32)),
    code_of(lambda: client.delete_trace_tag(outer, "none")),
    code_of(lambda: mlflow.get_assessment(outer, "a-none")),
    code_of(lambda: mlflow.log_feedback(trace_id="tr-none", name="x", value=1)),
    code_of(lambda: search(filter_string="nothing = 1")),
    code_of(lambda: search(order_by=["nothing"])),
    code_of(lambda: client.search_traces(locations=[experiment], max_results=501)),
    code_of(lambda: client.delete_traces(experiment)),
    code_of(lambda: client.set_trace_tag(outer, "mlflow.trace.spansLocation", "x")),
    code_of(lambda: client.link_traces_to_run([outer] * 101, other.info.run_id)),
]
seen["deleted"] = [
    client.delete_traces(experiment, trace_ids=[failed, "tr-none"]),
    client.delete_traces(experiment, max_timestamp_millis=10**15, max_traces=1),
    len(search()),
    client.delete_traces(experiment, max_timestamp_millis=10**15),
    search(),
]
print(json.dumps(seen, default=str))
