import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Contestant, Place, Sample } from './benchmark.js'
import { MLFLOW_PYTHON, MLFLOW_SCRIPT } from './variables.js'

const run = promisify(execFile)

/** How MLflow keeps its data: SQLite, files, or SQLite behind its server. */
export type MlflowStore = 'sqlite' | 'files' | 'rest' | 'async'

const NAMES: Readonly<Record<MlflowStore, string>> = {
  sqlite: 'MLflow, SQLite',
  files: 'MLflow, files',
  rest: 'MLflow, REST',
  async: 'MLflow, asynchronous',
}

/** The name under which tables show MLflow on one of its stores. */
export function mlflowName(store: MlflowStore): string {
  return NAMES[store]
}

/** What a workload of `vs-mlflow.py` is told: sizes. */
export type MlflowSizes = (place: Place) => Readonly<Record<string, number>>

/** MLflow doing a workload of `vs-mlflow.py`; `prepare` names the workload that fills its store first. */
export function mlflow(
  store: MlflowStore,
  workload: string,
  sizes: MlflowSizes = () => ({}),
  options: { prepare?: string; rounds?: number } = {},
): Contestant {
  const { prepare, rounds } = options
  return {
    name: mlflowName(store),
    ...(rounds !== undefined && { rounds }),
    ...(prepare !== undefined && {
      prepare: async (place: Place) => {
        if ((await runMlflow(prepare, store, place, sizes(place))) === null) return null
      },
    }),
    measure: (place) => runMlflow(workload, store, place, sizes(place)),
  }
}

/** Runs a workload of `vs-mlflow.py`; null where MLflow is absent. */
export async function runMlflow(
  workload: string,
  store: MlflowStore,
  place: Place,
  sizes: Readonly<Record<string, number>>,
): Promise<Sample | null> {
  const python = process.env[MLFLOW_PYTHON]
  const script = process.env[MLFLOW_SCRIPT]
  if (!python || !script) return null
  const { stdout } = await run(
    python,
    [script, workload, store, place.folder, JSON.stringify(sizes)],
    { env: mlflowEnvironment(), maxBuffer: 64 * 1024 * 1024 },
  )
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Sample
}

/** MLflow's newer releases open file stores only when told to; nothing is sent anywhere. */
export function mlflowEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    MLFLOW_ALLOW_FILE_STORE: 'true',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: 'true',
    GIT_PYTHON_REFRESH: 'quiet',
  }
}

/** The interpreter that can import mlflow, with the versions it tells; null where there is none. */
export async function findMlflow(): Promise<{ python: string; versions: string } | null> {
  for (const python of await candidates()) {
    const versions = await versionsOf(python)
    if (versions !== null) return { python, versions }
  }
  return null
}

/** What children must be told about MLflow. */
export function mlflowVariables(python: string): Record<string, string> {
  const script = fileURLToPath(new URL('../vs-mlflow.py', import.meta.url))
  return { [MLFLOW_PYTHON]: python, [MLFLOW_SCRIPT]: script }
}

async function candidates(): Promise<string[]> {
  const named = process.env[MLFLOW_PYTHON]
  if (named) return [named]
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tracklet-ci')
  const folders = await readdir(cache).catch(() => [])
  const venvs = folders.filter((name) => name.startsWith('mlflow-')).sort()
  return ['python3', ...venvs.reverse().map((name) => join(cache, name, 'bin', 'python'))]
}

async function versionsOf(python: string): Promise<string | null> {
  const script =
    'import mlflow, platform; print(f"Python {platform.python_version()}, MLflow {mlflow.__version__}")'
  try {
    const { stdout } = await run(python, ['-c', script], { env: mlflowEnvironment() })
    return stdout.trim().split('\n').at(-1) ?? null
  } catch {
    return null
  }
}
