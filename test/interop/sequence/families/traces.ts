import { chance, pick, several } from '../../../helpers/random-runs.js'
import { mutate } from '../../../helpers/random-search.js'
import type { Draft, FieldMap, RouteSpec, Value } from '../call.js'
import type { Family } from '../family.js'
import { someKey, someText } from '../values.js'
import type { KnownItem, World } from '../world.js'

const V3 = { version: '3.0' } as const
const START: RouteSpec = { ...V3, method: 'POST', path: 'traces', required: ['trace'] }
const SEARCH: RouteSpec = {
  ...V3,
  method: 'POST',
  path: 'traces/search',
  required: ['locations'],
  reads: true,
  // What stands at the end may be an id for these.
  methods: ['GET', 'PATCH', 'DELETE', 'PUT'],
}
const DELETE: RouteSpec = {
  ...V3,
  method: 'POST',
  path: 'traces/delete-traces',
  required: ['experiment_id'],
  methods: ['GET', 'PATCH', 'DELETE', 'PUT'],
}
const LINK: RouteSpec = {
  method: 'POST',
  path: 'traces/link-to-run',
  required: ['run_id'],
  methods: ['GET', 'PATCH', 'DELETE', 'PUT'],
}

const FIRST_MS = 1_700_000_000_000
const STATES = ['OK', 'ERROR', 'IN_PROGRESS']
const UNKNOWN = [`tr-${'0'.repeat(32)}`, 'nope']
const ORDERS = ['timestamp_ms', 'timestamp_ms DESC', 'timestamp ASC', 'name', 'status DESC']

/** Traces without spans, their tags, and what people and judges say of them. */
export const traces: Family = {
  name: 'traces',
  weight: 14,
  makers: [
    [5, start],
    [4, (world) => withTrace(world, (trace) => of('GET', trace, world))],
    [4, setTag],
    [3, deleteTag],
    [5, search],
    [1, deleteTraces],
    [2, link],
    [4, assess],
  ],
  readAll: (world) => [
    ...world.traces.map((trace) => of('GET', trace, world)),
    ...world.experiments.map(({ id }) => ({
      route: SEARCH,
      fields: { locations: [location(id)], max_results: 500 },
      about: [],
    })),
  ],
}

function withTrace(world: World, make: (trace: KnownItem) => Draft): Draft | null {
  const there = world.traces.filter(({ stage }) => stage === 'active')
  const among = there.length > 0 && chance(world.random, 0.9) ? there : world.traces
  return among.length === 0 ? null : make(pick(world.random, among.slice(-8)))
}

function of(
  method: string,
  trace: KnownItem,
  world: World,
  below = '',
  fields: FieldMap = {},
  required: readonly string[] = [],
): Draft {
  const id = chance(world.random, 0.04) ? pick(world.random, UNKNOWN) : trace.id
  const version = below === '/tags' && chance(world.random, 0.3) ? '2.0' : '3.0'
  const methods = ['GET', 'PATCH', 'DELETE', 'POST', 'PUT']
  const route = { method, version, path: `traces/${id}${below}`, methods, required } as const
  return { route: { ...route, reads: method === 'GET' }, fields, about: [trace.id] }
}

function location(id: string): Value {
  return { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: id } }
}

function start(world: World): Draft {
  const { random } = world
  const experiment = world.experiment()
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
  const id = `tr-${hex}`
  const time = new Date(FIRST_MS + world.next() * 1_003).toISOString()
  const info = {
    trace_id: id,
    client_request_id: pick(random, [undefined, 'c 1']),
    trace_location: location(experiment.id),
    request_time: time,
    execution_duration: pick(random, [undefined, '1.500s', '0.001s', '2s']),
    state: pick(random, STATES),
    request_preview: pick(random, [undefined, '{"a": 1}', 'мир']),
    response_preview: pick(random, [undefined, 'x']),
    trace_metadata: pick<Value | undefined>(random, [undefined, { a: 'b' }, { 'k:colon': '' }]),
    tags: chance(random, 0.5) ? { [someKey(random, 0)]: someText(random) } : undefined,
  }
  return {
    route: START,
    fields: { trace: { trace_info: info } },
    about: [id],
    learn: () => void world.traces.push({ id, experiment, stage: 'active', tags: new Set() }),
  }
}

function setTag(world: World): Draft | null {
  const key = someKey(world.random)
  return withTrace(world, (trace) => ({
    ...of('PATCH', trace, world, '/tags', { key, value: someText(world.random) }, ['key']),
    learn: () => void trace.tags.add(key),
  }))
}

function deleteTag(world: World): Draft | null {
  return withTrace(world, (trace) => {
    const key = pick(world.random, [...trace.tags, 'none'])
    return {
      ...of('DELETE', trace, world, '/tags', { key }, ['key']),
      learn: () => void trace.tags.delete(key),
    }
  })
}

function search(world: World): Draft {
  const { random } = world
  const ids = [...new Set([world.experiment().id, world.experiment().id])]
  const filter = chance(random, 0.4) ? undefined : someFilter(world)
  const order = several(random, 2, () => pick(random, ORDERS))
  return {
    route: SEARCH,
    fields: {
      locations: ids.map(location),
      filter: filter !== undefined && chance(random, 0.12) ? mutate(random, filter) : filter,
      order_by: order.length === 0 ? undefined : order,
      max_results: pick(random, [undefined, 1, 2, 500, 501, 0, -1]),
    },
    about: [],
  }
}

function someFilter(world: World): string {
  const { random } = world
  const one = (): string =>
    pick(random, [
      `status ${pick(random, ['=', '!='])} '${pick(random, STATES)}'`,
      `timestamp_ms ${pick(random, ['>', '<=', '='])} ${FIRST_MS + 20_000}`,
      `execution_time_ms ${pick(random, ['>', '<'])} 1000`,
      `tags.\`${someKey(random, 0)}\` ${pick(random, ['=', '!='])} 'a'`,
      `metadata.a = '${pick(random, ['b', 'c'])}'`,
      `trace_id = '${world.traces[0]?.id ?? 'x'}'`,
    ])
  return [one(), ...several(random, 2, one)].join(' AND ')
}

function deleteTraces(world: World): Draft | null {
  return withTrace(world, (trace) => {
    const fields = pick<FieldMap>(world.random, [
      { request_ids: [trace.id] },
      { request_ids: [trace.id, 'nope'] },
      { max_timestamp_millis: FIRST_MS + 20_000, max_traces: 2 },
      { max_timestamp_millis: FIRST_MS },
      {},
      { max_timestamp_millis: FIRST_MS, request_ids: [trace.id] },
      { max_timestamp_millis: FIRST_MS, max_traces: 0 },
    ])
    return {
      route: { ...DELETE, version: chance(world.random, 0.3) ? '2.0' : '3.0' },
      fields: { experiment_id: trace.experiment.id, ...fields },
      about: [trace.id],
    }
  })
}

function link(world: World): Draft | null {
  const run = world.run()
  if (run === null) return null
  return withTrace(world, (trace) => ({
    route: LINK,
    fields: {
      run_id: run.id,
      trace_ids: pick(world.random, [[trace.id], [trace.id, trace.id], []]),
    },
    about: [run.id, trace.id],
  }))
}

function assess(world: World): Draft | null {
  const { random } = world
  const symbol = world.symbol('a')
  const value = pick<Value>(random, [true, 1.5, 'good', ['a'], { a: 1 }, 0])
  const judged = chance(random, 0.6)
    ? { feedback: { value } }
    : { expectation: { value: pick<Value>(random, ['x', 2, true]) } }
  const assessment = {
    assessment_name: pick(random, ['quality', 'Quality', 'мир']),
    source: { source_type: pick(random, ['HUMAN', 'LLM_JUDGE', 'CODE']), source_id: 'ann' },
    rationale: pick(random, [undefined, 'because']),
    metadata: pick<Value | undefined>(random, [undefined, { k: 'v' }]),
    ...judged,
  }
  return withTrace(world, (trace) => ({
    ...of('POST', trace, world, '/assessments', { assessment }, ['assessment']),
    about: [trace.id, symbol],
    binds: { symbol, path: ['assessment', 'assessment_id'] },
  }))
}
