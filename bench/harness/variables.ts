// Through these variables the children of a run learn what the machine has. Empty: absent.

/** The interpreter that can import mlflow. */
export const MLFLOW_PYTHON = 'TRACKLET_MLFLOW_PYTHON'
/** The script with MLflow's workloads. */
export const MLFLOW_SCRIPT = 'TRACKLET_BENCH_MLFLOW_SCRIPT'
/** The folder with the browser build. */
export const BROWSER_APP = 'TRACKLET_BENCH_APP'
/** The browser's version. */
export const BROWSER_VERSION = 'TRACKLET_BENCH_CHROMIUM'
/** The folder where better-sqlite3 and DuckDB are installed. */
export const PEERS = 'TRACKLET_BENCH_PEERS'
/** The checkout that is measured. */
export const CHECKOUT = 'TRACKLET_BENCH_CHECKOUT'
/** The folder with what several contestants use. */
export const SUPPLIES = 'TRACKLET_BENCH_SUPPLIES'
/** The script of tracklet's worker thread. */
export const THREAD_SCRIPT = 'TRACKLET_BENCH_THREAD'
/** The script of tracklet's command line. */
export const CLI_SCRIPT = 'TRACKLET_BENCH_CLI'
