"""Workloads of the benchmarks, done by MLflow: `vs-mlflow.py WORKLOAD STORE FOLDER SIZES`.

STORE is `sqlite`, `files`, `rest` (its server over SQLite) or `async` (SQLite, logged asynchronously).
The last line printed is a JSON object of measures, named as in the benchmark. Setup is outside what is
measured; counts are read back.
"""

import json
import logging
import math
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

WORKLOAD, STORE, FOLDER, SIZES = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
DATABASE = os.path.join(FOLDER, "mlflow.db")
BACKEND = os.path.join(FOLDER, "mlruns") if STORE == "files" else f"sqlite:///{DATABASE}"
START = 1_760_000_000_000
logging.disable(logging.WARNING)


def main():
    if STORE != "rest":
        return WORKLOADS[WORKLOAD](BACKEND)
    server, uri = start_server()
    try:
        return WORKLOADS[WORKLOAD](uri)
    finally:
        os.killpg(server.pid, signal.SIGKILL)


def start_server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    args = ["server", "--backend-store-uri", BACKEND, "--host", "127.0.0.1", "--port", str(port)]
    args += ["--workers", "1", "--artifacts-destination", os.path.join(FOLDER, "artifacts")]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(
        [sys.executable, "-m", "mlflow", *args], stdout=quiet, stderr=quiet, start_new_session=True
    )
    uri = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{uri}/health", timeout=1).close()
            return server, uri
        except OSError:
            time.sleep(0.1)
    os.killpg(server.pid, signal.SIGKILL)
    raise SystemExit("the server did not start")


def new_client(uri):
    from mlflow.tracking import MlflowClient

    return MlflowClient(uri)


def new_run(client):
    return client.create_run("0").info.run_id


def check(what, found, expected):
    if found != expected:
        raise SystemExit(f"{what}: found {found}, expected {expected}")


def points(count, seed, noise=False):
    """Rows (timestamp, value, step) of a falling, noisy series."""
    numbers = random.Random(seed)
    at = START + seed
    for step in range(count):
        at += 10 + numbers.randrange(20)
        value = numbers.random()
        if not noise:
            value = float32(2 * math.exp(-step / 2000) + 0.1 + 0.05 * value)
        yield at, value, step


def float32(value):
    from array import array

    return array("f", [value])[0]


def log_metrics(uri):
    client = new_client(uri)
    run, count = new_run(client), SIZES["points"]
    for step in range(SIZES["warm"]):
        client.log_metric(run, "warm", 1.0, step=step)
    start = time.perf_counter()
    if STORE == "async":
        log_asynchronously(uri, run, count)
    else:
        for step in range(count):
            client.log_metric(run, "loss", 1 / (step + 1), step=step)
    rate = count / (time.perf_counter() - start)
    check("points", len(client.get_metric_history(run, "loss")), count)
    return {"logged": rate}


def log_asynchronously(uri, run, count):
    import mlflow

    mlflow.set_tracking_uri(uri)
    for step in range(count):
        mlflow.log_metric("loss", 1 / (step + 1), step=step, run_id=run, synchronous=False)
    mlflow.flush_async_logging()


def log_batches(uri):
    from mlflow.entities import Metric

    client = new_client(uri)
    run, batches = new_run(client), SIZES["batches"]
    rows = [[Metric("loss", v, t + 1000 * b, s + 1000 * b) for t, v, s in points(1000, b)] for b in range(batches)]
    client.log_batch(run, metrics=[Metric("warm", 1.0, 1, 1)])
    start = time.perf_counter()
    for batch in rows:
        client.log_batch(run, metrics=batch)
    rate = batches * 1000 / (time.perf_counter() - start)
    check("points", len(client.get_metric_history(run, "loss")), batches * 1000)
    return {"logged": rate}


def storage(uri):
    from mlflow.entities import Metric, Param, RunTag

    client = new_client(uri)
    new_run(client)
    found = {}
    for name, noise in (("a point, float32-born", False), ("a point, noisy double", True)):
        before, count = stored()[0], SIZES["points"]
        run = new_run(client)
        rows = [Metric("loss", v, t, s) for t, v, s in points(count, 7, noise)]
        for at in range(0, count, 1000):
            client.log_batch(run, metrics=rows[at : at + 1000])
        check("points", len(client.get_metric_history(run, "loss")), count)
        found[name] = (stored()[0] - before) / count
    before, runs = stored(), SIZES["runs"]
    for number in range(runs):
        client.log_batch(
            new_run(client),
            metrics=[Metric(f"metric_{i}", number + i / 7, START, 1) for i in range(20)],
            params=[Param(f"param_{i}", f"value {i} of {number}") for i in range(20)],
            tags=[RunTag(f"tag_{i}", f"value {i} of {number}") for i in range(5)],
        )
    check("runs", len(client.search_runs(["0"], max_results=10000)), runs + 3)
    after = stored()
    return {**found, "a run": (after[0] - before[0]) / runs, "a run, in blocks": (after[1] - before[1]) / runs}


def stored():
    """Bytes of the files, and what they take in blocks of the disk."""
    if STORE != "files":
        with sqlite3.connect(DATABASE) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(FOLDER) for name in names]
    sizes = [os.stat(path) for path in paths]
    return sum(s.st_size for s in sizes), sum(s.st_blocks * 512 for s in sizes)


def fill(uri):
    """Runs with metrics, their points written past MLflow's API, which would take minutes."""
    client = new_client(uri)
    runs = [new_run(client) for _ in range(SIZES["runs"])]
    keys = ["loss", *(f"other_{i}" for i in range(SIZES["keys"] - 1))]
    for run in runs:
        for key in keys:
            client.log_metric(run, key, 0.0, timestamp=START - 1, step=0)
    if STORE == "files":
        for seed, run in enumerate(runs):
            fill_files(client.get_run(run).info, keys, seed)
    else:
        fill_database(runs, keys)
    with open(os.path.join(FOLDER, "runs.json"), "w") as file:
        json.dump(runs, file)
    return {}


def fill_files(info, keys, seed):
    folder = os.path.join(FOLDER, "mlruns", info.experiment_id, info.run_id, "metrics")
    lines = [f"{t} {v} {s}\n" for t, v, s in points(SIZES["points"], seed)]
    for key in keys:
        with open(os.path.join(folder, key), "a") as file:
            file.writelines(lines)


def fill_database(runs, keys):
    insert = "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
    with sqlite3.connect(DATABASE) as database:
        for seed, run in enumerate(runs):
            rows = list(points(SIZES["points"], seed))
            for key in keys:
                database.executemany(insert, ((key, v, t, run, s, 0) for t, v, s in rows))


def history(uri):
    with open(os.path.join(FOLDER, "runs.json")) as file:
        runs = json.load(file)
    client = new_client(uri)
    client.get_run(runs[0])
    start = time.perf_counter()
    found = sum(len(client.get_metric_history(run, "loss")) for run in runs)
    taken = (time.perf_counter() - start) * 1000
    check("points", found, len(runs) * (SIZES["points"] + 1))
    return {"read": taken}


def compare(uri):
    return {"a hundredth of it": history(uri)["read"]}


def fill_open(uri):
    new_run(new_client(uri))
    return {}


def open_store(uri):
    start = time.perf_counter()
    import mlflow  # noqa: F401

    client = new_client(uri)
    runs = client.search_runs(["0"], max_results=1)
    taken = (time.perf_counter() - start) * 1000
    check("runs", len(runs), 1)
    return {"to the first read": taken}


def make_database(uri):
    new_client(uri).search_experiments(max_results=1)
    return {}


def search_runs(uri):
    """Searches as often as a number of seconds allows, after the first; at least twice, but where one takes long."""
    searches = read_json("searches.json")
    client = new_client(uri)
    client.search_experiments(max_results=1)
    first = time_search(client, searches[0])
    if first > 20_000:
        return {"p50": first, "p95": first}
    taken, end = [], time.perf_counter() + SIZES["seconds"]
    for search in searches[1:]:
        if len(taken) >= 2 and time.perf_counter() > end:
            break
        taken.append(time_search(client, search))
    return {"p50": quantile(taken, 0.5), "p95": quantile(taken, 0.95)}


def time_search(client, search):
    start = time.perf_counter()
    runs = client.search_runs(["0"], search["filter"], order_by=[search["orderBy"]], max_results=100)
    taken = (time.perf_counter() - start) * 1000
    names = [run.info.run_name for run in runs]
    found = f"{len(names)} {names[0]} {names[-1]}" if names else "0  "
    check(f"{search['filter']}, {search['orderBy']}", found, search["expected"])
    if runs:
        check("values", len(runs[0].data.metrics) + len(runs[0].data.params), 40)
    return taken


def quantile(values, share):
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def read_json(name):
    with open(os.path.join(FOLDER, name)) as file:
        return json.load(file)


def similar_matrix(uri):
    """scikit-learn over a matrix that is ready: standardised once, then one neighbourhood after the other."""
    import numpy
    from sklearn.neighbors import NearestNeighbors
    from sklearn.preprocessing import StandardScaler

    matrix = numpy.fromfile(os.path.join(FOLDER, "matrix.f64")).reshape(SIZES["runs"], SIZES["columns"])
    matrix = StandardScaler().fit_transform(matrix)
    search = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(matrix)
    search.kneighbors(matrix[:1])
    taken = []
    for target in read_json("targets.json"):
        start = time.perf_counter()
        _, found = search.kneighbors(matrix[target["run"] : target["run"] + 1])
        taken.append((time.perf_counter() - start) * 1000)
        others = [number for number in found[0].tolist() if number != target["run"]]
        check("neighbours", others[:10], target["expected"])
    return {"p50": quantile(taken, 0.5), "p95": quantile(taken, 0.95)}


def similar_frame(uri):
    """The same from MLflow's own frame of all runs, fetched for it."""
    import mlflow
    from sklearn.neighbors import NearestNeighbors
    from sklearn.preprocessing import StandardScaler

    mlflow.set_tracking_uri(uri)
    target = read_json("targets.json")[0]
    mlflow.search_experiments(max_results=1)
    start = time.perf_counter()
    frame = mlflow.search_runs(["0"], max_results=SIZES["runs"], order_by=["attributes.start_time ASC"])
    columns = frame.filter(regex=r"^(metrics|params)\.").astype(float)
    matrix = StandardScaler().fit_transform(columns)
    search = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(matrix)
    _, found = search.kneighbors(matrix[target["run"] : target["run"] + 1])
    taken = (time.perf_counter() - start) * 1000
    check("neighbours", [n for n in found[0].tolist() if n != target["run"]][:10], target["expected"])
    return {"first": taken}


def read_tree(uri):
    """Every run with all its points. FOLDER/input has the tree and its zip; histories are read of a sample of the runs."""
    return read_files(os.path.join(FOLDER, "input", "tree", "mlruns"), 0)


def read_zip(uri):
    return read_files(uri, unpack())


def read_files(uri, seconds):
    import mlflow  # noqa: F401

    client = new_client(uri)
    start = time.perf_counter()
    runs, token = [], None
    while token is not None or not runs:
        page = client.search_runs(["0"], max_results=1000, page_token=token)
        runs += page
        token = page.token
    seconds += time.perf_counter() - start
    check("runs", len(runs), SIZES["runs"])
    start, found, sample = time.perf_counter(), 0, runs[: SIZES["sample"]]
    for run in sample:
        for key in run.data.metrics:
            found += len(client.get_metric_history(run.info.run_id, key))
    seconds += (time.perf_counter() - start) * len(runs) / len(sample)
    check("points", found, len(sample) * SIZES["keys"] * SIZES["points"])
    return {"seconds": seconds, "memory": peak_memory()}


def copy_tree(uri):
    """Every run's artifacts, from where its run says they are: below the working directory."""
    return copy_artifacts(os.path.join(FOLDER, "input", "tree"), 0)


def copy_zip(uri):
    return copy_artifacts(FOLDER, unpack())


def copy_artifacts(folder, seconds):
    from mlflow.artifacts import download_artifacts

    os.chdir(folder)
    target = os.path.join(FOLDER, "copies")
    client = new_client(os.path.join(folder, "mlruns"))
    runs = client.search_runs(["0"])
    start = time.perf_counter()
    for run in runs:
        place = os.path.join(target, run.info.run_id)
        os.makedirs(place)
        download_artifacts(artifact_uri=run.info.artifact_uri, dst_path=place)
    seconds += time.perf_counter() - start
    sizes = [os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(target) for name in names]
    check("megabytes", sum(sizes) / 1e6, SIZES["mb"])
    return {"seconds": seconds, "memory": peak_memory()}


def extract(uri):
    return {"seconds": unpack(), "memory": peak_memory()}


def unpack():
    """Seconds that it takes to unpack the zip into FOLDER."""
    import zipfile

    start = time.perf_counter()
    with zipfile.ZipFile(os.path.join(FOLDER, "input", "tree.zip")) as archive:
        archive.extractall(FOLDER)
    return time.perf_counter() - start


def pack(uri):
    import zipfile

    return pack_tree(zipfile.ZIP_DEFLATED)


def pack_stored(uri):
    import zipfile

    return pack_tree(zipfile.ZIP_STORED)


def pack_tree(compression):
    import zipfile

    root = os.path.join(FOLDER, "input", "tree")
    start = time.perf_counter()
    with zipfile.ZipFile(os.path.join(FOLDER, "tree.zip"), "w", compression) as archive:
        for folder, _, names in os.walk(root):
            archive.write(folder, os.path.relpath(folder, root))
            for name in names:
                path = os.path.join(folder, name)
                archive.write(path, os.path.relpath(path, root))
    return {"seconds": time.perf_counter() - start, "memory": peak_memory()}


def peak_memory():
    """The most memory that was resident, in MB. What getrusage tells may be the process that this one was forked from."""
    try:
        with open("/proc/self/status") as file:
            lines = [line.split() for line in file]
        return next(int(words[1]) for words in lines if words[0] == "VmHWM:") / 1000
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


WORKLOADS = {
    "log-metrics": log_metrics,
    "log-batches": log_batches,
    "storage": storage,
    "fill": fill,
    "history": history,
    "compare": compare,
    "fill-open": fill_open,
    "open": open_store,
    "make-database": make_database,
    "search-runs": search_runs,
    "similar-matrix": similar_matrix,
    "similar-frame": similar_frame,
    "read-tree": read_tree,
    "read-zip": read_zip,
    "copy-tree": copy_tree,
    "copy-zip": copy_zip,
    "extract": extract,
    "pack": pack,
    "pack-stored": pack_stored,
}
result = main()
print("\n" + json.dumps(result), flush=True)
