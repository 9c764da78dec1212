import type { Experiment } from '../entities/experiment.js'
import type { Run } from '../entities/run.js'
import type { Store } from '../store/store.js'
import { isSearch, type ExportOptions } from './export-options.js'
import { allPages } from './pages.js'

const RUNS_A_PAGE = 500

/** Which runs to export, by the experiments that they are in; null for all of them. */
export type ChosenRuns = ReadonlyMap<string, ReadonlySet<string>> | null

/** The runs that the options name or search for. */
export async function chooseRuns(store: Store, options: ExportOptions): Promise<ChosenRuns> {
  if (options.runIds === undefined && !isSearch(options)) return null
  const chosen = new Map<string, Set<string>>()
  for await (const { info } of options.runIds
    ? named(store, options.runIds)
    : found(store, options))
    chosen.set(info.experimentId, (chosen.get(info.experimentId) ?? new Set()).add(info.runId))
  return chosen
}

/** The experiments to export, in an order that is the same each time. */
export async function* experimentsOf(
  store: Store,
  options: ExportOptions,
  chosen: ChosenRuns,
): AsyncGenerator<Experiment, void, undefined> {
  const ids = isSearch(options) ? chosen?.keys() : (options.experimentIds ?? chosen?.keys())
  if (ids !== undefined) for (const id of new Set(ids)) yield store.getExperiment(id)
  else
    yield* allPages(
      (page) => store.searchExperiments({ viewType: 'ALL', ...page }),
      (experiment) => experiment.experimentId,
    )
}

/** The runs of an experiment that are to be exported: newest first, or as they were chosen. */
export async function* runsOf(
  store: Store,
  { experimentId }: Experiment,
  chosen: ChosenRuns,
): AsyncGenerator<Run, void, undefined> {
  if (chosen) for (const id of chosen.get(experimentId) ?? []) yield store.getRun(id)
  else {
    const query = {
      experimentIds: [experimentId],
      viewType: 'ALL',
      maxResults: RUNS_A_PAGE,
    } as const
    yield* allPages((page) => store.searchRuns({ ...query, ...page }), runId)
  }
}

async function* named(
  store: Store,
  runIds: readonly string[],
): AsyncGenerator<Run, void, undefined> {
  for (const id of runIds) yield store.getRun(id)
}

async function* found(
  store: Store,
  { filter, orderBy, viewType, syntax, maxResults, ...options }: ExportOptions,
): AsyncGenerator<Run, void, undefined> {
  const query = {
    experimentIds: options.experimentIds ?? (await allExperiments(store)),
    ...(filter !== undefined && { filter }),
    ...(orderBy !== undefined && { orderBy }),
    ...(viewType !== undefined && { viewType }),
    ...(syntax !== undefined && { syntax }),
  }
  let left = maxResults ?? Infinity
  const read = (page: { pageToken?: string }): ReturnType<Store['searchRuns']> =>
    store.searchRuns({ ...query, ...page, maxResults: Math.min(left, RUNS_A_PAGE) })
  for await (const run of allPages(read, runId)) {
    yield run
    left -= 1
    if (left <= 0) return
  }
}

async function allExperiments(store: Store): Promise<string[]> {
  const ids: string[] = []
  const read = (page: { pageToken?: string }): ReturnType<Store['searchExperiments']> =>
    store.searchExperiments({ viewType: 'ALL', ...page })
  for await (const { experimentId } of allPages(read, (one) => one.experimentId))
    ids.push(experimentId)
  return ids
}

function runId(run: Run): string {
  return run.info.runId
}
