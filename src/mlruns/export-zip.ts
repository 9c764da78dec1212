import type { Experiment } from '../entities/experiment.js'
import type { Run } from '../entities/run.js'
import type { PagedList } from '../entities/paged-list.js'
import type { Store } from '../store/store.js'
import { toByteStream } from './byte-stream.js'
import { ExportTally, type ExportReport } from './export-report.js'
import { datasetId, datasetMeta, experimentFolder, experimentMeta, ROOT } from './layout.js'
import { runFiles, textFile } from './run-files.js'
import { zipChunks, type ZipEntry } from './zip.js'

const RUNS_A_PAGE = 500

/** Which part of a store to export, and for which place. */
export interface ExportOptions {
  /** Only these experiments; all, deleted ones too, when absent. */
  readonly experimentIds?: readonly string[]
  /** Only these runs, with the experiments that they are in. */
  readonly runIds?: readonly string[]
  /**
   * Where the mlruns folder will be found, as a path or URI: what the artifact URIs begin with.
   * `mlruns` when absent, which MLflow takes from its working directory, so that it finds the artifacts
   * when it runs in the folder that the zip was unpacked in. `file:///data/mlruns` works from anywhere.
   */
  readonly artifactRoot?: string
  readonly signal?: AbortSignal
}

/** An export under way: the zip's bytes, and once they are all read, what is in it. */
export interface Export {
  readonly stream: ReadableStream<Uint8Array>
  /** Rejects, as the stream does, when the export fails or is given up. */
  readonly report: Promise<ExportReport>
}

/**
 * A store as a zip of MLflow's file store (`mlruns/`), with artifacts, made while it is read: nothing is
 * prepared ahead, and at most one metric's history is in memory. Points are in order of step.
 * The stream errors with CANCELLED once `signal` is aborted, RESOURCE_DOES_NOT_EXIST for ids that are not there.
 */
export function exportZip(store: Store, options: ExportOptions = {}): ReadableStream<Uint8Array> {
  return exportRuns(store, options).stream
}

/** The same as `exportZip`, with a report of what was written and what the format cannot hold. */
export function exportRuns(store: Store, options: ExportOptions = {}): Export {
  const tally = new ExportTally()
  const chunks = zipChunks(storeFiles(store, options, tally))
  const { stream, done } = toByteStream(chunks, options.signal)
  const report = done.then(() => tally.report())
  report.catch(() => undefined)
  return { stream, report }
}

async function* storeFiles(
  store: Store,
  options: ExportOptions,
  tally: ExportTally,
): AsyncGenerator<ZipEntry, void, undefined> {
  const root = (options.artifactRoot ?? ROOT).replace(/\/+$/, '')
  yield { path: `${ROOT}/` }
  yield { path: `${ROOT}/.trash/` }
  const chosen = options.runIds ? await runsByExperiment(store, options.runIds) : null
  for await (const experiment of experiments(store, options.experimentIds ?? chosen?.keys())) {
    const folder = experimentFolder(experiment)
    tally.experiments += 1
    yield { path: folder }
    yield textFile(`${folder}meta.yaml`, experimentMeta(experiment, root))
    for (const key of tally.fileKeys(
      experiment.experimentId,
      'experiment tags',
      Object.keys(experiment.tags),
    ))
      yield textFile(`${folder}tags/${key}`, experiment.tags[key] ?? '')
    const datasets = new Set<string>()
    for await (const run of runs(store, experiment, chosen)) {
      tally.runs += 1
      yield* datasetFiles(run, folder, datasets)
      yield* runFiles({ store, run, folder: `${folder}${run.info.runId}/`, root, tally })
    }
  }
}

async function runsByExperiment(
  store: Store,
  runIds: readonly string[],
): Promise<Map<string, Set<string>>> {
  const chosen = new Map<string, Set<string>>()
  for (const runId of runIds) {
    const { experimentId } = (await store.getRun(runId)).info
    const ids = chosen.get(experimentId) ?? new Set()
    chosen.set(experimentId, ids.add(runId))
  }
  return chosen
}

async function* experiments(
  store: Store,
  ids: Iterable<string> | undefined,
): AsyncGenerator<Experiment, void, undefined> {
  if (ids !== undefined) for (const id of new Set(ids)) yield store.getExperiment(id)
  else
    yield* allPages(
      (page) => store.searchExperiments({ viewType: 'ALL', ...page }),
      (experiment) => experiment.experimentId,
    )
}

async function* runs(
  store: Store,
  { experimentId }: Experiment,
  chosen: ReadonlyMap<string, ReadonlySet<string>> | null,
): AsyncGenerator<Run, void, undefined> {
  if (chosen) for (const id of chosen.get(experimentId) ?? []) yield store.getRun(id)
  else {
    const query = {
      experimentIds: [experimentId],
      viewType: 'ALL',
      maxResults: RUNS_A_PAGE,
    } as const
    yield* allPages(
      (page) => store.searchRuns({ ...query, ...page }),
      (run) => run.info.runId,
    )
  }
}

/** Every item once: one that is made meanwhile may push another onto the next page too. */
async function* allPages<T>(
  read: (page: { pageToken?: string }) => Promise<PagedList<T>>,
  idOf: (item: T) => string,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>()
  let token: string | null = null
  do {
    const page: PagedList<T> = await read(token === null ? {} : { pageToken: token })
    for (const item of page.items) {
      if (!seen.has(idOf(item))) yield item
      seen.add(idOf(item))
    }
    token = page.nextPageToken
  } while (token !== null)
}

function* datasetFiles(
  run: Run,
  folder: string,
  written: Set<string>,
): Generator<ZipEntry, void, undefined> {
  for (const { dataset } of run.inputs.datasetInputs) {
    const id = datasetId(dataset)
    if (!written.has(id)) yield textFile(`${folder}datasets/${id}/meta.yaml`, datasetMeta(dataset))
    written.add(id)
  }
}
