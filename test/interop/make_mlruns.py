"""Fills a folder of MLflow's file store with all that its client can put there, and packs it.

usage: make_mlruns.py FOLDER ZIP    fills FOLDER/mlruns, and packs it as `mlruns` into ZIP

Prints what cannot be told from the tree: the names and ids that a reader asks for.
"""

import json
import logging
import math
import os
import sys
import warnings
import zipfile

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
sys.dont_write_bytecode = True
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

import mlflow  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from mlflow.entities import Metric, Param, RunTag  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from old_tracing import mend_tracing  # noqa: E402

TIME = 1_700_000_000_000
IS_OLD = mlflow.__version__.startswith("2.")
if IS_OLD:
    mend_tracing()
REQUIREMENTS = ["numpy"]


def fill_experiments(client):
    """Experiments with odd names, one with its artifacts elsewhere, and one that is deleted."""
    first = client.create_experiment("first", tags={"mlflow.note.content": "# Notes\n\nÜber"})
    odd = client.create_experiment("naïve: \"quoted\" #% 日本語 🚀")
    client.set_experiment_tag(odd, "empty", "")
    client.set_experiment_tag(odd, "sub/key with. -chars", "two\nlines\r\n and a return")
    for number, name in enumerate(["true", "1e3", "~", "- list", "a: b", "<<"]):
        client.create_experiment(name, tags={"n": str(number)})
    elsewhere = client.create_experiment("elsewhere", artifact_location="s3://bucket/räume/ß")
    client.log_param(client.create_run(elsewhere).info.run_id, "p", "v")
    gone = client.create_experiment("gone", tags={"why": "old"})
    client.rename_experiment(odd, "naïve: \"quoted\" #% 日本語 🚀, renamed\n")
    return first, odd, gone, elsewhere


def fill_states(client, experiment_id):
    """Runs of every state, nested ones and deleted ones."""
    ids = []
    for number, status in enumerate(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]):
        run_id = client.create_run(
            experiment_id,
            start_time=TIME + number,
            run_name=f"{status} ünï {number}",
            tags={"mlflow.user": "zoë", "number": str(number)},
        ).info.run_id
        if number < 2:
            client.update_run(run_id, status=status)
        else:
            client.set_terminated(run_id, status, end_time=TIME + 1000 + number)
        ids.append(run_id)
    client.update_run(ids[0], name="null")
    client.create_run(experiment_id, start_time=0, run_name=" 12:30 ", tags={"mlflow.parentRunId": ids[0]})
    deleted = client.create_run(experiment_id, start_time=TIME - 5, run_name="deleted")
    client.log_param(deleted.info.run_id, "p", "of a deleted run")
    client.log_metric(deleted.info.run_id, "m", 1.5, timestamp=TIME, step=1)
    client.log_text(deleted.info.run_id, "still here", "kept.txt")
    client.delete_run(deleted.info.run_id)


def fill_texts(client, run_id):
    """Params and tags of every kind of text."""
    limit = 6000
    client.log_batch(
        run_id,
        params=[
            Param("lr", "0.01"),
            Param("empty", ""),
            Param("lines", "one\ntwo\r\nthree\n"),
            Param("blank", "  two \t "),
            Param("long", "é" * limit),
            Param("nested/key with. -chars", "{'a': [1, None]}"),
            Param("ключ", "значение"),
            Param("odd", "a\u0085b\u2028c\ufeffd\U0001f600"),
        ],
        tags=[
            RunTag("mlflow.note.content", "# note\n\n* a\n* b"),
            RunTag("state/é", "two\nlines\t✓" + "x" * 5000),
            RunTag("none", "None"),
            RunTag("empty", ""),
            RunTag("returns", "\r\n\n\r"),
        ],
    )
    client.set_tag(run_id, "number", 5)


def fill_metrics(client, run_id):
    """Metrics of every kind of number, and more than one page of points."""
    values = [math.nan, math.inf, -math.inf, -0.0, 5e-324, -2.2e-308, 1.7976931348623157e308, 0.1]
    odd = [Metric("odd/key with. -chars", value, TIME, step) for step, value in enumerate(values)]
    single = [Metric(f"single/{i}", value, TIME + i, 0) for i, value in enumerate(values)]
    order = [(5, 3), (1, 1), (3, 2), (1, 2), (1, 1), (-7, 9), (9, 0), (9, 0)]
    mixed = [Metric("mixed", float(n), TIME + time, step) for n, (step, time) in enumerate(order)]
    large = [
        Metric("large", 1.0, 2**53 + 1, 2**63 - 1),
        Metric("large", 2.0, 2**53 + 3, -(2**63)),
        Metric("large", 3.0, 0, -5),
        Metric("large", 4.0, 1, 2**53 + 1),
    ]
    twice = [Metric("twice", 1.0, TIME, 0), Metric("twice", 1.0, TIME, 0)]
    ties = [Metric("ties", value, TIME, 4) for value in [2.0, math.nan, 3.0, -math.inf]]
    client.log_batch(run_id, metrics=odd + single + mixed + large + twice + ties)
    loss = [Metric("loss", 1 / (i + 1), TIME + i // 3, i) for i in range(2000)]
    for start in range(0, len(loss), 1000):
        client.log_batch(run_id, metrics=loss[start : start + 1000])


def fill_files(run_id, folder):
    """Artifacts as the fluent API makes them, and files of every kind."""
    contents = {
        "a.txt": b"text",
        "empty": b"",
        "sub/100%+ &=.bin": bytes(range(256)) * 2000,
        "sub/dër/two words ünï 🚀.txt": "ünï".encode(),
        "meta.yaml": b"mine: [",
        "large.bin": np.random.default_rng(7).bytes(3_000_000),
        **{f"many/{i:03}.json": json.dumps({"i": i}).encode() for i in range(120)},
    }
    for name, content in contents.items():
        path = os.path.join(folder, "files", *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    mlflow.log_artifacts(os.path.join(folder, "files"), run_id=run_id)
    mlflow.log_text("line\n<p>ü</p>", "page.html")
    mlflow.log_dict({"a": [1, {"b": None}], "ü": "✓"}, "dict.yaml")
    mlflow.log_dict({"a": [1, 2.5]}, "nested/dict.json")
    for _ in range(2):
        mlflow.log_table({"in": ["a", "ü"], "score": [0.5, 1.5]}, "table.json")
    mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), "black.png")
    mlflow.log_image(np.full((4, 4, 3), 255, dtype=np.uint8), key="white", step=3, timestamp=TIME)
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([1, 2])
    mlflow.log_figure(figure, "figure.png")


def fill_refused():
    """Files with `#` in their names: MLflow lists them, and refuses to download each of them by its path."""
    mlflow.log_text("refused", "odd/#1 %41 ?.txt")
    # MLflow 2 makes `#` out of `/`, and MLflow 3 makes `~`.
    white = np.full((4, 4, 3), 255, dtype=np.uint8)
    mlflow.log_image(white, key="white/image", step=3, timestamp=TIME)


def fill_inputs():
    """Datasets of a run, one in two contexts."""
    frame = pd.DataFrame({"x": [1.0, 2.0], "ü": ["a", "b"], "y": [0, 1]})
    named = mlflow.data.from_pandas(frame, source="https://example.com/ä.csv", name="frame ü", targets="y")
    array = mlflow.data.from_numpy(np.arange(6).reshape(2, 3), name="array")
    mlflow.log_input(named, context="training")
    mlflow.log_input(array, context="two\nlines", tags={"split": "7", "empty": ""})
    mlflow.log_input(mlflow.data.from_pandas(frame.head(1), name="no-context"))
    return array


class Doubling(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2


def log_models(array):
    """Models with a signature and an input example; of MLflow 3, with params, metrics and datasets."""
    import sklearn.linear_model

    example = pd.DataFrame({"x": [1.0, 2.0]})
    signature = infer_signature(example, example)
    given = {"signature": signature, "input_example": example, "pip_requirements": REQUIREMENTS}
    if IS_OLD:
        doubling = mlflow.pyfunc.log_model("doubling", python_model=Doubling(), **given)
    else:
        doubling = mlflow.pyfunc.log_model(
            name="doubling",
            python_model=Doubling(),
            params={"alpha": 0.5, "long": "é" * 250, "empty": ""},
            tags={"stage": "ä", "lines": "a\nb"},
            model_type="agent",
            step=3,
            **given,
        )
        log_model_metrics(doubling.model_id, array)
    fitted = sklearn.linear_model.LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    other = {"pip_requirements": ["scikit-learn"]}
    if IS_OLD:
        return doubling, mlflow.sklearn.log_model(fitted, "sub/logistic", **other)
    return doubling, mlflow.sklearn.log_model(fitted, name="logistic", **other)


def log_model_metrics(model_id, array):
    for step in range(3):
        mlflow.log_metric("acc", 0.5 + step / 8, step=step, timestamp=TIME + step, model_id=model_id)
        mlflow.log_metric("f1/ä", step / 3, step=step, timestamp=TIME, model_id=model_id, dataset=array)
    mlflow.log_metric("nan", math.nan, step=-1, timestamp=TIME, model_id=model_id)


def fill_logged_models(client, experiment_id):
    """Logged models that no flavor has made: pending, failed, ready and deleted."""
    from mlflow.entities import LoggedModelInput, LoggedModelOutput, LoggedModelStatus

    pending = client.create_logged_model(experiment_id, name="pending ü", tags={"a/b": ""}, model_type="x")
    failed = client.create_logged_model(experiment_id, name="failed", params={"p": "v"})
    client.finalize_logged_model(failed.model_id, LoggedModelStatus.FAILED)
    ready = client.create_logged_model(experiment_id, name="ready")
    client.finalize_logged_model(ready.model_id, LoggedModelStatus.READY)
    deleted = client.create_logged_model(experiment_id, name="deleted")
    client.delete_logged_model(deleted.model_id)
    run_id = client.create_run(experiment_id, run_name="links").info.run_id
    client.log_inputs(run_id, models=[LoggedModelInput(ready.model_id)])
    outputs = [LoggedModelOutput(failed.model_id, 0), LoggedModelOutput(pending.model_id, 12)]
    client.log_outputs(run_id, outputs)
    return deleted.model_id


def fill_registry(client, run_id, doubling, fitted):
    """Models with every stage, aliases, gaps in the numbers, another name, and places elsewhere."""
    name = "model ü (1)"
    client.create_registered_model(name, tags={"team": "a", "empty": ""}, description="Long.\nText: #")
    mlflow.register_model(doubling.model_uri, name, tags={"v": "ä\nb"})
    mlflow.register_model(fitted.model_uri, name)
    artifacts = client.get_run(run_id).info.artifact_uri
    for number, source in enumerate([f"{artifacts}/sub", "s3://bucket/ä b", f"runs:/{run_id}/many"]):
        client.create_model_version(
            name,
            source=source,
            run_id=run_id if number != 1 else None,
            run_link="https://example.com/run?ü" if number == 1 else None,
            description=f"Version {number}:\n- ü",
            tags={"n": str(number)},
        )
    for version, stage in [(1, "Production"), (2, "Staging"), (3, "Archived")]:
        client.transition_model_version_stage(name, version, stage)
    for alias, version in [("champion", 1), ("old-one_2", 2), ("lost", 5)]:
        client.set_registered_model_alias(name, alias, version)
    client.delete_model_version(name, 4)
    client.delete_model_version(name, 5)
    client.create_registered_model("before", description="")
    client.create_model_version("before", source=artifacts, run_id=run_id)
    client.rename_registered_model("before", "after")
    client.create_registered_model("no versions")
    client.copy_model_version(f"models:/{name}/1", "copy")
    mlflow.register_prompt(name="prompt", template="Hi {{name}}!\nü", commit_message="First.")
    mlflow.register_prompt(name="prompt", template="Hello {{name}}, 'x': y", tags={"tone": "formal"})
    client.set_prompt_alias("prompt", "production", 1)
    return name


def fill_traces(client, experiment_id):
    """Traces as functions make them: nested, failing, with odd values; of MLflow 3 with assessments."""
    mlflow.set_experiment(experiment_id=experiment_id)

    @mlflow.trace(span_type="RETRIEVER", attributes={"k": 3, "list": [1, "ü", None], "f": 0.5})
    def retrieve(query):
        span = mlflow.get_current_active_span()
        span.add_event(mlflow.entities.SpanEvent("found", attributes={"count": 2, "ü": "✓"}))
        span.set_attribute("deep", {"a": {"b": [True, 1e300]}})
        return ["one\ntwo", {"n": None}]

    @mlflow.trace(name="answer ü")
    def answer(question, more=None):
        mlflow.update_current_trace(tags={"fruit": "äpple", "sub.key": "a\nb"})
        return {"found": retrieve(question), "more": more}

    @mlflow.trace
    def fail(x):
        raise ValueError("Bad: ü\n" + x)

    answer("why?", more={"x": [1.5, "2"]})
    try:
        fail("x")
    except ValueError:
        pass
    with mlflow.start_run(run_name="traced"):
        answer("in a run", more="y" * 5000)
    for trace in client.search_traces([experiment_id]):
        client.set_trace_tag(trace.info.request_id, "later key", "x: y")
    if not IS_OLD:
        fill_assessments(client.search_traces(locations=[experiment_id], max_results=1)[0].info.trace_id)


def fill_assessments(trace_id):
    from mlflow.entities import AssessmentError, AssessmentSource, Feedback

    human = AssessmentSource(source_type="HUMAN", source_id="zoë@example.com")
    judge = AssessmentSource(source_type="LLM_JUDGE", source_id="judge-1")
    values = [True, 0.25, 7, "ünï: #", ["a", 1], {"a": {"b": None}}, None]
    for number, value in enumerate(values):
        mlflow.log_feedback(
            trace_id=trace_id,
            name=f"feedback {number}",
            value=value,
            source=human,
            rationale="It is\nso: ü" if number % 2 else None,
            metadata={"n": str(number)} if number % 3 else None,
        )
    mlflow.log_feedback(trace_id=trace_id, name="broken", error=AssessmentError("E1", "no: ü"), source=judge)
    for number, value in enumerate(["yes", 3, 0.5, ["a", "b"], {"facts": ["x"]}]):
        mlflow.log_expectation(trace_id=trace_id, name=f"expected {number}", value=value, source=human)
    first = mlflow.log_feedback(trace_id=trace_id, name="changed", value=1, source=judge)
    mlflow.override_feedback(
        trace_id=trace_id, assessment_id=first.assessment_id, value=2, rationale="Better.", source=human
    )
    lost = mlflow.log_feedback(trace_id=trace_id, name="lost", value=1)
    mlflow.delete_assessment(trace_id=trace_id, assessment_id=lost.assessment_id)
    moved = Feedback(name="updated", value="a", source=human)
    old = mlflow.log_assessment(trace_id, moved)
    mlflow.update_assessment(trace_id, old.assessment_id, Feedback(name="updated", value="b", source=human))


def fill(client, folder):
    first, odd, gone, elsewhere = fill_experiments(client)
    fill_states(client, odd)
    mlflow.set_experiment(experiment_id=first)
    with mlflow.start_run(run_name="rich", tags={"parent": "yes"}, description="Described.") as run:
        run_id = run.info.run_id
        fill_texts(client, run_id)
        fill_metrics(client, run_id)
        fill_files(run_id, folder)
        array = fill_inputs()
        with mlflow.start_run(nested=True, run_name="child"):
            mlflow.log_input(array, context="eval")
            mlflow.log_metric("loss", 0.5)
        with mlflow.start_run(nested=True, run_name="refused") as refused:
            fill_refused()
        doubling, fitted = log_models(array)
    name = fill_registry(client, run_id, doubling, fitted)
    deleted = "" if IS_OLD else fill_logged_models(client, odd)
    fill_traces(client, odd)
    fill_gone(client, gone)
    return {
        "run": run_id,
        "refused": refused.info.run_id,
        "model": name,
        "deletedModel": deleted,
        "experiment": first,
        "elsewhere": elsewhere,
    }


def fill_gone(client, experiment_id):
    run_id = client.create_run(experiment_id, run_name="in the trash").info.run_id
    client.log_text(run_id, "trash", "kept/too.txt")
    client.log_metric(run_id, "m", 2.0)
    deleted = client.create_run(experiment_id, run_name="deleted before").info.run_id
    client.delete_run(deleted)
    client.delete_experiment(experiment_id)


def pack(root, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, _, names in os.walk(root):
            place = os.path.relpath(folder, os.path.dirname(root))
            archive.write(folder, place)
            for name in names:
                archive.write(os.path.join(folder, name), os.path.join(place, name))


def main():
    folder = os.path.realpath(sys.argv[1])
    os.makedirs(folder)
    os.chdir(folder)
    root = os.path.join(folder, "mlruns")
    mlflow.set_tracking_uri("file://" + root)
    made = fill(mlflow.MlflowClient(), folder)
    pack(root, sys.argv[2])
    sys.stdout.write("\n" + json.dumps({"version": mlflow.__version__, **made}))


main()
