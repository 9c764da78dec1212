import { TrackletError } from '../../../src/errors.js'
import type { FileTree, TreeEntry } from '../../../src/import/file-tree.js'
import { importFrom } from '../../../src/import/import-source.js'
import type { ImportOptions } from '../../../src/import/import-options.js'
import type { ImportReport } from '../../../src/import/report.js'
import { mlrunsSource } from '../../../src/mlruns/read/mlruns-source.js'
import type { Store } from '../../../src/store/store.js'

/** Texts by path. */
export type Files = Readonly<Record<string, string>>

/** Files as a tree; a path that ends with `/` is a folder. */
export function textTree(files: Files): FileTree {
  return {
    leftOut: [],
    async list(path) {
      const start = path === '' ? '' : `${path}/`
      const entries = new Map<string, TreeEntry>()
      for (const [file, text] of Object.entries(files)) {
        const [name, ...below] = file.startsWith(start) ? file.slice(start.length).split('/') : []
        if (name === undefined || name === '') continue
        const isDir = below.length > 0
        entries.set(name, { name, isDir, size: isDir ? 0 : new TextEncoder().encode(text).length })
      }
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async *parts(path) {
      const text = files[path]
      if (text === undefined) throw new TrackletError('RESOURCE_DOES_NOT_EXIST', path)
      yield new TextEncoder().encode(text)
    },
    close: async () => undefined,
  }
}

/** Imports a file store that is given as texts. */
export function takeTexts(
  store: Store,
  files: Files,
  options: ImportOptions = {},
): Promise<ImportReport> {
  return importFrom(store, (doubt) => mlrunsSource(textTree(files), doubt), options)
}

/** An experiment's meta.yaml. */
export function experimentFiles(id: string, name: string): Files {
  return {
    [`${id}/meta.yaml`]: `artifact_location: file:///data/${id}
creation_time: 1
experiment_id: '${id}'
last_update_time: 1
lifecycle_stage: active
name: ${name}
`,
  }
}

/** A run with files, which are given by their paths within it. */
export function runFiles(experimentId: string, runId: string, files: Files = {}): Files {
  const folder = `${experimentId}/${runId}`
  return {
    [`${folder}/meta.yaml`]: `end_time: 9
experiment_id: '${experimentId}'
lifecycle_stage: active
run_id: ${runId}
run_name: ${runId}
start_time: 5
status: 3
user_id: alice
`,
    ...below(folder, files),
  }
}

/** A logged model, the same. */
export function modelFiles(experimentId: string, modelId: string, files: Files = {}): Files {
  const folder = `${experimentId}/models/${modelId}`
  return {
    [`${folder}/meta.yaml`]: `creation_timestamp: 5
experiment_id: '${experimentId}'
last_updated_timestamp: 6
model_id: ${modelId}
name: net
source_run_id: null
status: 2
`,
    ...below(folder, files),
  }
}

/** A trace, the same. */
export function traceFiles(experimentId: string, traceId: string, files: Files = {}): Files {
  const folder = `${experimentId}/traces/${traceId}`
  return {
    [`${folder}/trace_info.yaml`]: `execution_duration_ms: 3
request_time: '2026-11-21T04:02:27.198765Z'
state: ERROR
trace_id: ${traceId}
trace_location:
  mlflow_experiment:
    experiment_id: '${experimentId}'
  type: MLFLOW_EXPERIMENT
`,
    ...below(folder, files),
  }
}

function below(folder: string, files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]),
  )
}
