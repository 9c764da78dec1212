import { chance, pick, several } from '../../../helpers/random-runs.js'
import type { Draft, FieldMap, RouteSpec, Value } from '../call.js'
import type { Family } from '../family.js'
import {
  bareNumber,
  distinct,
  someKey,
  someNumber,
  somePairs,
  someStep,
  someText,
  someTime,
} from '../values.js'
import type { KnownRun, World } from '../world.js'

const METRIC: RouteSpec = {
  method: 'POST',
  path: 'runs/log-metric',
  required: ['run_id', 'key', 'value', 'timestamp'],
}
const PARAM: RouteSpec = {
  method: 'POST',
  path: 'runs/log-parameter',
  required: ['run_id', 'key'],
}
const SET_TAG: RouteSpec = { method: 'POST', path: 'runs/set-tag', required: ['run_id', 'key'] }
const DELETE_TAG: RouteSpec = { ...SET_TAG, path: 'runs/delete-tag' }
const BATCH: RouteSpec = { method: 'POST', path: 'runs/log-batch', required: ['run_id'] }
const INPUTS: RouteSpec = { method: 'POST', path: 'runs/log-inputs', required: ['run_id'] }
const MODEL: RouteSpec = {
  method: 'POST',
  path: 'runs/log-model',
  required: ['run_id', 'model_json'],
}

const NAMES = ['cifar', 'Cifar', 'imdb', 'мир']
const CONTEXTS = ['train', 'Train', 'eval', '']

/** What runs log. */
export const logging: Family = {
  name: 'logging',
  weight: 30,
  makers: [
    [8, logMetric],
    [5, logParam],
    [5, setTag],
    [3, deleteTag],
    [8, logBatch],
    [5, logInputs],
    [1, logModel],
    [2, logOddTypes],
  ],
}

function of(route: RouteSpec, world: World, run: KnownRun, fields: FieldMap): Draft {
  const id = world.runId(run)
  return { route, fields: { run_id: id, ...fields }, about: [id] }
}

function logMetric(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const { random } = world
  const old = chance(random, 0.1) ? { run_uuid: run.id } : {}
  return {
    ...of(METRIC, world, run, { ...somePoint(world), ...old }),
    learn: (fields) => void run.metrics.add(String(fields['key'])),
  }
}

function somePoint({ random }: World, bad = 0.08): FieldMap {
  return {
    key: someKey(random, bad),
    value: someNumber(random),
    timestamp: someTime(random),
    step: chance(random, 0.2) ? undefined : someStep(random),
    ...(chance(random, 0.1) && { dataset_name: 'cifar', dataset_digest: 'aaa' }),
  }
}

function logParam(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const { random } = world
  const key = someKey(random)
  const before = run.params.get(key)
  const value = before !== undefined && chance(random, 0.5) ? before : someText(random)
  return {
    ...of(PARAM, world, run, { key, value }),
    learn: (fields) => void run.params.set(key, String(fields['value'] ?? '')),
  }
}

function setTag(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const { random } = world
  const key = chance(random, 0.1)
    ? pick(random, ['mlflow.runName', 'mlflow.note.content', 'mlflow.parentRunId'])
    : someKey(random)
  return {
    ...of(SET_TAG, world, run, { key, value: someText(random) }),
    learn: () => void run.tags.add(key),
  }
}

function deleteTag(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const { random } = world
  const key =
    run.tags.size > 0 && chance(random, 0.75) ? pick(random, [...run.tags]) : someKey(random)
  return { ...of(DELETE_TAG, world, run, { key }), learn: () => void run.tags.delete(key) }
}

function logBatch(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const { random } = world
  const metrics = several(random, 6, () => somePoint(world, 0.02) as Value)
  const pairs = somePairs(random, 4)
  const params = chance(random, 0.1) ? pairs : distinct(pairs)
  const fields = { metrics, params, tags: somePairs(random, 4) }
  return {
    ...of(BATCH, world, run, chance(random, 0.06) ? { ...fields, ...tooMany(world) } : fields),
    learn() {
      for (const { key } of metrics as { key: string }[]) run.metrics.add(key)
      for (const { key, value = '' } of params as { key: string; value?: string }[])
        run.params.set(key, value)
    },
  }
}

/** More than one call may bring. */
function tooMany({ random }: World): FieldMap {
  const count = pick(random, [100, 101])
  const pairs = Array.from({ length: count }, (_, i) => ({ key: `many ${i}`, value: 'x' }))
  const points = Array.from({ length: 1001 }, (_, i) => ({ key: 'm', value: 1, timestamp: i }))
  return pick(random, [
    { tags: pairs },
    { metrics: points },
    { metrics: points.slice(2), tags: pairs },
  ])
}

function logInputs(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  return of(INPUTS, world, run, { datasets: several(world.random, 3, () => someInput(world)) })
}

function someInput({ random }: World): Value {
  const long = chance(random, 0.03)
  const dataset = {
    name: long ? 'n'.repeat(501) : pick(random, NAMES),
    digest: chance(random, 0.03) ? 'd'.repeat(37) : pick(random, ['aaa', 'bbb', 'AAA']),
    source_type: 'local',
    source: pick(random, ['s', '{"uri": "x"}']),
    ...(chance(random, 0.3) && { schema: '{"a": 1}', profile: '{"rows": 5}' }),
  }
  const context = { key: 'mlflow.data.context', value: pick(random, CONTEXTS) }
  const tags = chance(random, 0.6) ? [context] : chance(random, 0.3) ? somePairs(random, 3, 0) : []
  return { tags, dataset }
}

function logModel(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  const { random } = world
  const model = {
    artifact_path: 'model',
    flavors: { python_function: { env: 'x', config: { a: 1 } } },
    utc_time_created: '2026-01-01 00:00:00',
    run_id: run.id,
    ...(chance(random, 0.5) && { model_uuid: 'u', extra: 1 }),
  }
  const text = JSON.stringify(chance(random, 0.2) ? { ...model, flavors: undefined } : model)
  return of(MODEL, world, run, { model_json: chance(random, 0.1) ? '{oops' : text })
}

/** Points whose fields have odd types, in a run of which nothing else is read. */
function logOddTypes(world: World): Draft | null {
  const { random, quarantine } = world
  const run = world.runs.find(({ experiment }) => experiment === quarantine)
  if (run === undefined) return null
  const odd: readonly FieldMap[] = [
    { timestamp: 1.5 },
    { step: 1.5 },
    { step: 'x' },
    { value: bareNumber(random) },
    { value: true },
    { value: 'text' },
    { value: 'nan' },
    { value: [] },
    { timestamp: 2n ** 64n },
    { step: 2n ** 63n },
    { dataset_name: 5 },
    { value: null },
    { key: 5 },
    { timestamp: '1.0' },
    { timestamp: true },
    { step: null },
  ]
  const point = { key: 'odd', value: 1, timestamp: 1, step: 1 }
  const fields = { run_id: run.id, ...point, ...pick(random, odd) }
  return { route: METRIC, fields, about: [run.id], flaw: 'type of a number', spoilable: true }
}
