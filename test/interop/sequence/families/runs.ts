import { chance, pick } from '../../../helpers/random-runs.js'
import { mutate, randomRunFilter, randomRunOrder } from '../../../helpers/random-search.js'
import type { Draft, FieldMap, RouteSpec, Value } from '../call.js'
import type { Family } from '../family.js'
import { distinct, somePageSize, somePairs, someToken } from '../values.js'
import type { KnownExperiment, KnownRun, World } from '../world.js'

const ID = ['run_id']
const CREATE: RouteSpec = { method: 'POST', path: 'runs/create', required: ['experiment_id'] }
const GET: RouteSpec = { method: 'GET', path: 'runs/get', required: ID, reads: true }
const UPDATE: RouteSpec = { method: 'POST', path: 'runs/update', required: ID }
const DELETE: RouteSpec = { method: 'POST', path: 'runs/delete', required: ID }
const RESTORE: RouteSpec = { method: 'POST', path: 'runs/restore', required: ID }
const SEARCH: RouteSpec = { method: 'POST', path: 'runs/search', reads: true }

const NAMES = ['run 1', 'Run 1', 'мир', 'a%b', '😀', ' ', "it's", 'x'.repeat(300)]
const STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED', 'WRONG', 'finished', 3, 9]
/** Sorts by what the servers make up, each in its own way. */
const MADE_UP = /run_id|artifact_uri/
const START = 1_700_000_000_000

/** Runs as such: their life and their searches. */
export const runs: Family = {
  name: 'runs',
  weight: 22,
  makers: [
    [6, (world) => createRun(world, world.experiment())],
    [5, getRun],
    [4, updateRun],
    [2, (world) => toStage(world, DELETE, 'deleted')],
    [3, restoreRun],
    [8, searchRuns],
  ],
  readAll: (world) => [
    ...world.experiments.filter((one) => one !== world.quarantine).map(({ id }) => searchAll(id)),
    ...world.runs
      .filter(({ experiment }) => experiment !== world.quarantine)
      .slice(0, 40)
      .map((run) => ({ route: GET, fields: { run_id: run.id }, about: [run.id] })),
  ],
}

/** A new run in an experiment. Each has a start time of its own, which the order of runs goes by. */
export function createRun(world: World, experiment: KnownExperiment): Draft {
  const { random } = world
  const symbol = world.symbol('r')
  const id = chance(random, 0.04) ? world.experimentId() : experiment.id
  return {
    route: CREATE,
    fields: {
      experiment_id: id,
      start_time: START + Math.floor(random() * 30) * 1_000_000 + world.next(),
      run_name: chance(random, 0.2) ? `run ${world.next()}` : pick(random, NAMES),
      user_id: pick(random, [undefined, '', 'ann', 'мир']),
      // MLflow does not look at the tags of a new run; what it would refuse elsewhere is left out.
      tags: chance(random, 0.5) ? plainTags(world) : undefined,
    },
    about: [symbol, `experiment ${id}`],
    binds: { symbol, path: ['run', 'info', 'run_id'] },
    learn: () => void world.runs.push(newRun(symbol, experimentOf(world, id) ?? experiment)),
  }
}

function plainTags({ random }: World): Value[] {
  const pairs = distinct(somePairs(random, 4, 0)) as { key: string; value?: string }[]
  return pairs.map(({ key, value = '' }) => ({ key, value: value.slice(0, 100) }))
}

/** The run of the quarantined experiment. */
export function createQuarantinedRun(world: World, experiment: KnownExperiment): Draft {
  const symbol = world.symbol('r')
  return {
    route: CREATE,
    fields: { experiment_id: experiment.id, start_time: START, run_name: 'quarantined' },
    about: [symbol],
    binds: { symbol, path: ['run', 'info', 'run_id'] },
    learn: () => void world.runs.push(newRun(symbol, experiment)),
  }
}

function newRun(id: string, experiment: KnownExperiment): KnownRun {
  const sets = { metrics: new Set<string>(), tags: new Set<string>(), files: new Set<string>() }
  return { id, experiment, stage: 'active', params: new Map(), ...sets }
}

function experimentOf(world: World, id: string): KnownExperiment | undefined {
  return world.experiments.find((one) => one.id === id)
}

function of(route: RouteSpec, world: World, run: KnownRun, fields: FieldMap = {}): Draft {
  const id = world.runId(run)
  return { route, fields: { run_id: id, ...fields }, about: [id] }
}

function getRun(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const old = pick(world.random, [{}, {}, { run_uuid: run.id }])
  return of(GET, world, run, old)
}

function updateRun(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const { random } = world
  return of(UPDATE, world, run, {
    status: chance(random, 0.7) ? pick(random, STATUSES) : undefined,
    end_time: chance(random, 0.5) ? START + world.next() : undefined,
    run_name: chance(random, 0.3) ? pick(random, ['', `new ${world.next()}`]) : undefined,
  })
}

function toStage(world: World, route: RouteSpec, stage: KnownRun['stage']): Draft | null {
  const run = world.run()
  if (run === null) return null
  const draft = of(route, world, run)
  const known = draft.fields['run_id'] === run.id
  return { ...draft, learn: () => void (known && (run.stage = stage)) }
}

function restoreRun(world: World): Draft | null {
  const deleted = world.runs.filter(({ stage }) => stage === 'deleted')
  if (deleted.length === 0 || chance(world.random, 0.2)) return toStage(world, RESTORE, 'active')
  const run = pick(world.random, deleted)
  return {
    route: RESTORE,
    fields: { run_id: run.id },
    about: [run.id],
    learn: () => void (run.stage = 'active'),
  }
}

function searchRuns(world: World): Draft {
  const { random } = world
  const ids = chance(random, 0.06)
    ? pick(random, [[], ['abc'], ['999'], ['']])
    : [...new Set([world.experiment().id, world.experiment().id])]
  const runIds = world.runs.map(({ id }) => id)
  const filter = comparableFilter(() => randomRunFilter(random, 'mlflow', { runIds }))
  const order = randomRunOrder(random).filter((clause) => !MADE_UP.test(clause))
  return {
    route: SEARCH,
    fields: {
      experiment_ids: ids,
      filter: chance(random, 0.15) ? mutate(random, filter) : filter,
      order_by: order.length === 0 ? undefined : order,
      max_results: somePageSize(random, 50_000),
      run_view_type: pick(random, [undefined, 'ALL', 'DELETED_ONLY', 'BOGUS']),
      page_token: someToken(random),
    },
    about: ids.map((id) => `experiment ${id}`),
  }
}

/** A filter that says nothing of how a generated id begins. */
function comparableFilter(make: () => string): string {
  for (;;) {
    const filter = make()
    if (!/run_id\W+(?:=|!=|LIKE|ILIKE)/i.test(filter) && !filter.includes('⟦%')) return filter
  }
}

function searchAll(id: string): Draft {
  return {
    route: SEARCH,
    fields: { experiment_ids: [id], run_view_type: 'ALL', max_results: 50_000 },
    about: [`experiment ${id}`],
  }
}
