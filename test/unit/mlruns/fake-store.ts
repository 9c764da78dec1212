import type { Experiment } from '../../../src/entities/experiment.js'
import type { MetricColumns } from '../../../src/entities/metric.js'
import type { Run } from '../../../src/entities/run.js'
import type { Store } from '../../../src/store/store.js'
import { TrackletError } from '../../../src/errors.js'

/** What the fake holds: runs with their points and artifacts. */
export interface FakeRun {
  readonly run: Run
  readonly points?: Readonly<Record<string, MetricColumns>>
  /** Parts by path. */
  readonly artifacts?: Readonly<Record<string, () => Iterable<Uint8Array>>>
  readonly sizes?: Readonly<Record<string, number>>
}

/** A run with nothing logged. */
export function emptyRun(
  runId: string,
  experimentId = '0',
  changes: Partial<Run['data']> = {},
): Run {
  const info = {
    runId,
    experimentId,
    runName: runId,
    userId: 'ada',
    artifactUri: '',
    startTime: 1000,
  }
  return {
    info: { ...info, status: 'FINISHED', endTime: 2000, lifecycleStage: 'active' },
    data: { metrics: {}, params: {}, tags: {}, latestMetrics: [], ...changes },
    inputs: { datasetInputs: [], modelInputs: [] },
    outputs: { modelOutputs: [] },
  }
}

/** An experiment with no tags. */
export function experiment(experimentId: string, changes: Partial<Experiment> = {}): Experiment {
  const times = { creationTime: 10, lastUpdateTime: 20 }
  return {
    experimentId,
    name: `e${experimentId}`,
    artifactLocation: '',
    lifecycleStage: 'active',
    ...times,
    tags: {},
    ...changes,
  }
}

/** Only the reads that an export makes, two items a page. `open` has the handles that are not closed. */
export function fakeStore(experiments: readonly Experiment[], runs: readonly FakeRun[]) {
  const open = new Map<number, Iterator<Uint8Array>>()
  let handles = 0
  const of = (runId: string): FakeRun => {
    const found = runs.find(({ run }) => run.info.runId === runId)
    if (!found) throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `Run with id=${runId} not found`)
    return found
  }
  const page = <T>(items: readonly T[], token: string | undefined) => {
    const from = Number(token ?? 0)
    const nextPageToken = from + 2 < items.length ? String(from + 2) : null
    return Promise.resolve({ items: items.slice(from, from + 2), nextPageToken })
  }
  const reads: Partial<Store> = {
    searchExperiments: (options) => page(experiments, options?.pageToken),
    getExperiment: (id) =>
      Promise.resolve(experiments.find((e) => e.experimentId === id) as Experiment),
    searchRuns: ({ experimentIds, pageToken }) =>
      page(
        runs.map(({ run }) => run).filter(({ info }) => experimentIds.includes(info.experimentId)),
        pageToken,
      ),
    getRun: async (runId) => Promise.resolve(of(runId).run),
    getDatasetSeries: (runId, key) => {
      const columns = of(runId).points?.[key] as MetricColumns
      return Promise.resolve([{ datasetName: '', datasetDigest: '', columns }])
    },
    searchLoggedModels: () => page([], undefined),
    getDeletedLoggedModelIds: () => Promise.resolve([]),
    searchTraces: () => page([], undefined),
    searchRegisteredModels: () => page([], undefined),
    listArtifacts: (runId) =>
      Promise.resolve(
        Object.keys(of(runId).artifacts ?? {}).map((name) => ({
          path: name,
          isDir: false,
          fileSize: of(runId).sizes?.[name] ?? 0,
        })),
      ),
    openRead: (runId, path) => {
      const handle = ++handles
      const parts = of(runId).artifacts?.[path]?.() ?? []
      open.set(handle, parts[Symbol.iterator]())
      return Promise.resolve({ handle, size: of(runId).sizes?.[path] ?? 0 })
    },
    read: (handle) => {
      const { value, done } = open.get(handle)?.next() ?? { value: undefined, done: true }
      if (done) open.delete(handle)
      return Promise.resolve(done ? null : (value as Uint8Array))
    },
    closeRead: (handle) => Promise.resolve(void open.delete(handle)),
  }
  return { store: reads as Store, open }
}
