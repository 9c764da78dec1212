import type { FileInfo } from '../entities/file-info.js'
import type { MetricColumns } from '../entities/metric.js'
import type { Run } from '../entities/run.js'
import type { Store } from '../store/store.js'
import { TrackletError } from '../errors.js'
import { inputId, inputMeta, pathProblem, runMeta } from './layout.js'
import { pythonFloat } from '../entities/python-text.js'
import type { ExportTally } from './export-report.js'
import type { ZipEntry } from './zip.js'
import { concatenate } from '../util/concatenate.js'

/** Points made into text at a time. */
const SLICE = 8192
/** Artifacts up to this size are held whole, which makes them plain entries that any reader can skip over. */
const SMALL_FILE = 1024 * 1024
/** Two int64, a double in Python's form, two blanks and a line feed. */
const MAX_LINE = 20 + 1 + 25 + 1 + 20 + 1

/** What writing one run takes. */
export interface RunExport {
  readonly store: Store
  readonly run: Run
  /** The run's folder, with `/` at its end. */
  readonly folder: string
  /** Where the mlruns folder will be found. */
  readonly root: string
  readonly tally: ExportTally
}

/** All files of one run. MLflow wants the folders even where they are empty. */
export async function* runFiles(task: RunExport): AsyncGenerator<ZipEntry, void, undefined> {
  const { run, folder, root } = task
  yield { path: folder }
  yield textFile(`${folder}meta.yaml`, runMeta(run.info, root))
  for (const name of ['artifacts', 'metrics', 'params', 'tags']) yield { path: `${folder}${name}/` }
  yield* keyFiles(task, 'params', run.data.params)
  yield* keyFiles(task, 'tags', run.data.tags)
  yield* inputFiles(task)
  yield* metricFiles(task)
  yield* artifactFiles(task, '')
}

/** A file of its text in UTF-8. */
export function textFile(path: string, text: string): ZipEntry {
  return { path, bytes: new TextEncoder().encode(text) }
}

function* keyFiles(
  task: RunExport,
  kind: 'params' | 'tags',
  values: Readonly<Record<string, string>>,
): Generator<ZipEntry, void, undefined> {
  for (const key of task.tally.fileKeys(task.run.info.runId, kind, Object.keys(values)))
    yield textFile(`${task.folder}${kind}/${key}`, values[key] ?? '')
}

function* inputFiles({ run, folder }: RunExport): Generator<ZipEntry, void, undefined> {
  for (const input of run.inputs.datasetInputs) {
    const id = inputId(input.dataset, run.info.runId)
    yield textFile(`${folder}inputs/${id}/meta.yaml`, inputMeta(input))
  }
}

async function* metricFiles(task: RunExport): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, run, folder, tally } = task
  const keys = run.data.latestMetrics.map((metric) => metric.key)
  for (const key of tally.fileKeys(run.info.runId, 'metrics', keys)) {
    const columns = await store.getMetricColumns({ runId: run.info.runId, key })
    const path = `${folder}metrics/${key}`
    const count = columns.values.length
    tally.points += count
    if (count <= SLICE) yield textFile(path, metricLines(columns, 0, count))
    else yield { path, stream: { parts: () => metricParts(columns), maxSize: count * MAX_LINE } }
  }
}

function* metricParts(columns: MetricColumns): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder()
  for (let from = 0; from < columns.values.length; from += SLICE)
    yield encoder.encode(metricLines(columns, from, from + SLICE))
}

function metricLines(columns: MetricColumns, from: number, to: number): string {
  const { steps, timestamps, values } = columns
  let text = ''
  for (let i = from; i < Math.min(to, values.length); i++)
    text += `${timestamps[i]} ${pythonFloat(values[i] ?? NaN)} ${steps[i]}\n`
  return text
}

async function* artifactFiles(
  task: RunExport,
  below: string,
): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, run, folder, tally } = task
  const files = await store.listArtifacts(run.info.runId, ...(below === '' ? [] : [below]))
  for (const file of files) {
    const path = `${folder}artifacts/${file.path}`
    const problem = pathProblem(file.path)
    if (problem !== null) tally.skip(run.info.runId, 'artifacts', file.path, problem)
    else if (file.isDir) {
      yield { path: `${path}/` }
      yield* artifactFiles(task, file.path)
    } else {
      tally.artifacts += 1
      tally.artifactBytes += file.fileSize ?? 0
      yield await artifactFile(task, file, path)
    }
  }
}

async function artifactFile(task: RunExport, file: FileInfo, path: string): Promise<ZipEntry> {
  const maxSize = file.fileSize ?? Number.MAX_SAFE_INTEGER
  const parts = (): AsyncIterable<Uint8Array> => artifactParts(task, file.path)
  if (maxSize > SMALL_FILE) return { path, stream: { parts, maxSize }, incompressible: true }
  return { path, bytes: await joined(parts()), incompressible: true }
}

async function* artifactParts(
  { store, run }: RunExport,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { handle, size } = await store.openRead(run.info.runId, path)
  let read = 0
  let ended = false
  try {
    while (!ended) {
      const part = await store.read(handle)
      ended = part === null
      read += part?.length ?? 0
      if (part !== null) yield part
    }
  } finally {
    if (!ended) await store.closeRead(handle)
  }
  if (read !== size)
    throw new TrackletError(
      'DATA_LOSS',
      `Only ${read} of the ${size} bytes of the artifact '${path}' could be read.`,
    )
}

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return concatenate(all)
}
