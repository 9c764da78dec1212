import { chance, pick, several } from '../../../helpers/random-runs.js'
import type { Draft, RouteSpec, Value } from '../call.js'
import type { Family } from '../family.js'
import { someKey, somePageSize, someToken } from '../values.js'
import type { KnownRun, World } from '../world.js'

const HISTORY: RouteSpec = {
  method: 'GET',
  path: 'metrics/get-history',
  required: ['run_id', 'metric_key'],
  reads: true,
}
const BULK: RouteSpec = {
  method: 'GET',
  path: 'metrics/get-history-bulk',
  ajaxOnly: true,
  reads: true,
}
const INTERVAL: RouteSpec = {
  method: 'GET',
  path: 'metrics/get-history-bulk-interval',
  required: ['run_ids', 'metric_key'],
  reads: true,
}

/** Histories of metrics. */
export const metrics: Family = {
  name: 'metrics',
  weight: 12,
  makers: [
    [6, getHistory],
    [3, getBulk],
    [4, getInterval],
  ],
  readAll: (world) =>
    world.runs
      .filter(({ experiment }) => experiment !== world.quarantine)
      .flatMap(({ id, metrics: keys }) =>
        [...keys].map((key) => ({
          route: HISTORY,
          fields: { run_id: id, metric_key: key, max_results: 25_000 },
          about: [id],
        })),
      ),
}

function keyOf({ random }: World, run: KnownRun): string {
  return run.metrics.size > 0 && chance(random, 0.85)
    ? pick(random, [...run.metrics])
    : someKey(random)
}

/** Mostly a run that has points. */
function measured(world: World): KnownRun | null {
  const run = world.run()
  const rich = world.runs.filter(
    (one) => one.metrics.size > 0 && one.experiment !== world.quarantine,
  )
  return rich.length > 0 && chance(world.random, 0.85) ? pick(world.random, rich) : run
}

function getHistory(world: World): Draft | null {
  const run = measured(world)
  if (run === null) return null
  const id = world.runId(run)
  const fields = {
    run_id: id,
    metric_key: keyOf(world, run),
    max_results: somePageSize(world.random, 25_000),
    page_token: someToken(world.random),
  }
  return { route: HISTORY, fields, about: [id] }
}

function getBulk(world: World): Draft | null {
  const run = measured(world)
  if (run === null) return null
  const { random } = world
  const others = several(random, 3, () => world.runId(measured(world) ?? run))
  const ids = chance(random, 0.06) ? Array<string>(101).fill(run.id) : [run.id, ...others]
  // Which runs a limit cuts off depends on their ids, which the servers make up.
  const limit = new Set(ids).size === 1 ? somePageSize(random, 25_000) : undefined
  const key = chance(random, 0.05) ? undefined : keyOf(world, run)
  const run_id: Value | undefined = chance(random, 0.05) ? undefined : ids
  return { route: BULK, fields: { run_id, metric_key: key, max_results: limit }, about: [...ids] }
}

function getInterval(world: World): Draft | null {
  const run = measured(world)
  if (run === null) return null
  const { random } = world
  const others = several(random, 3, () => world.runId(measured(world) ?? run))
  const ids = chance(random, 0.05) ? Array<string>(101).fill(run.id) : [run.id, ...others]
  const range = chance(random, 0.4)
    ? { start_step: pick(random, [0, 1, -5, 3]), end_step: pick(random, [2, 4, 0, 2 ** 41]) }
    : chance(random, 0.1)
      ? { start_step: 1 }
      : {}
  const max_results = chance(random, 0.1)
    ? pick(random, [0, 2500, 2501, -1])
    : pick(random, [undefined, 1, 2, 3, 5])
  const fields = { run_ids: ids, metric_key: keyOf(world, run), ...range, max_results }
  return { route: INTERVAL, fields, about: [...ids] }
}
