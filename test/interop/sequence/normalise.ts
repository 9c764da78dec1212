import { createHash } from 'node:crypto'
import { readJson } from '../../../src/rest/json-reader.js'
import type { Call } from './call.js'
import { LEVELLED } from './levelled.js'
import type { Reply, Side } from './side.js'

/** An answer without what may differ. */
export interface Seen {
  readonly status: number
  readonly type: string
  readonly disposition: string | undefined
  readonly body: unknown
}

/** When each call was under way, by the one clock that both servers read: no two overlap. */
export type Windows = readonly (readonly [from: number, to: number])[]

interface Place {
  readonly side: Side
  readonly call: Call
  readonly windows: Windows
  readonly ids: ReadonlyMap<string, string>
}

interface Rule {
  /** Why the two servers may differ in this. */
  readonly why: string
  readonly apply: (value: unknown, key: string, place: Place) => unknown
}

const CLOCKS = new Set([
  ...['creation_time', 'last_update_time', 'creation_timestamp', 'last_updated_timestamp'],
  ...['creation_timestamp_ms', 'last_updated_timestamp_ms', 'create_time', 'last_update_time'],
])
const UNORDERED = new Set(['params', 'tags', 'dataset_inputs', 'model_inputs', 'model_outputs'])
const UNORDERED_TOO = new Set(['latest_versions', 'aliases', 'dataset_summaries', 'assessments'])
const GENERATED_NAME = /^[a-z]+-[a-z]+-\d{1,3}$/

/** All that is changed in an answer's JSON before it is compared, and nothing else is. */
export const RULES: readonly Rule[] = [
  ...LEVELLED.map(({ row, apply }): Rule => ({
    why: `a difference that is known: ${row}`,
    apply: (value, key, { call }) => apply(value, key, call.path),
  })),
  {
    why: 'ids that each server makes up: run, logged model, assessment; back to the symbol of the call that made them',
    apply: (value, _, { ids }) => (typeof value === 'string' ? withSymbols(value, ids) : value),
  },
  {
    why: 'times that the server takes from its clock: the number of the call during which it did',
    apply: (value, key, { windows }) => (CLOCKS.has(key) ? toCallNumber(value, windows) : value),
  },
  {
    why: 'names that the server makes up for nameless runs and models',
    apply: (value, key) =>
      ['run_name', 'value', 'name'].includes(key) && GENERATED_NAME.test(String(value))
        ? '<generated name>'
        : value,
  },
  {
    why: 'the SQL driver’s text in messages about duplicates and broken constraints',
    apply: (value) => (isError(value) ? withoutDriver(value) : value),
  },
  {
    why: 'Python sets in messages are printed in another order in each process',
    apply: (value, key) =>
      key === 'message' && typeof value === 'string'
        ? value.replace(
            /\{('[^{}]*)\}/g,
            (_, list: string) => `{${list.split(', ').sort().join(', ')}}`,
          )
        : value,
  },
  {
    why: 'lists without a promised order: inside runs and models, and of summaries',
    apply: (value, key, { call }) =>
      Array.isArray(value) && isUnordered(key, call) ? [...value].sort(byText) : value,
  },
  {
    why: 'several histories together are ordered by run id, which each server makes up',
    apply: (value, key, { call }) =>
      key === 'metrics' && call.path.endsWith('get-history-bulk') && Array.isArray(value)
        ? sortedByRun(value)
        : value,
  },
  {
    why: 'fields that are new in 3.17 and that no client reads',
    apply: (value) =>
      isError(value) ? { ...value, sqlstate: undefined, error_class: undefined } : value,
  },
]

/** What an answer says, as far as both servers must say the same. */
export function normalise(reply: Reply, place: Omit<Place, 'ids'>): Seen {
  const type = reply.headers['content-type'] ?? ''
  return {
    status: reply.status,
    // The charset of text that is not JSON is the frameworks' own affair.
    type: type.split(';')[0] ?? '',
    // Quotes around a name that needs none mean nothing.
    disposition: reply.headers['content-disposition']
      ?.replace(/"([^" ]*)"/, '$1')
      // A second, plain name is for browsers of long ago.
      .replace(/filename=.*(?=filename\*=)/, ''),
    body: readBody(reply, type, { ...place, ids: reversed(place.side.ids) }),
  }
}

function readBody({ body, status }: Reply, type: string, place: Place): unknown {
  if (type.startsWith('text/html') && status >= 400) return '<page>'
  if (body.length === 0) return ''
  if (type.startsWith('application/json')) {
    const json = readJson(body.toString('utf8'))
    return json === undefined ? `<no JSON> ${body.toString('utf8')}` : walk(json, '', place)
  }
  const text = body.toString('utf8')
  return body.length < 500 ? text : createHash('sha256').update(body).digest('hex')
}

function walk(value: unknown, key: string, place: Place): unknown {
  const inner = Array.isArray(value)
    ? value.map((item) => walk(item, '', place))
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .map(([name, one]) => [name, walk(one, name, place)] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : value
  return RULES.reduce((done, rule) => rule.apply(done, key, place), inner)
}

function withSymbols(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/(?:\b|m-|a-|tr-)[0-9a-f]{32}\b/g, (id) => ids.get(id) ?? id)
}

function reversed(ids: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...ids].map(([symbol, id]) => [id, symbol]))
}

function toCallNumber(value: unknown, windows: Windows): unknown {
  const time = typeof value === 'string' ? Date.parse(value) : Number(value)
  const first = windows[0]?.[0] ?? 0
  if (!(time >= first - 600_000)) return value
  const number = windows.findIndex(([from, to]) => time >= from && time <= to)
  if (number !== -1) return `<call ${number}>`
  return time < first ? '<before the first call>' : `<no call: ${time}>`
}

function isUnordered(key: string, { path }: Call): boolean {
  if (UNORDERED.has(key) || UNORDERED_TOO.has(key)) return true
  if (key === 'model_versions') return path.endsWith('get-latest-versions')
  return key === 'metrics' && !path.includes('get-history')
}

function sortedByRun(points: readonly unknown[]): unknown[] {
  const run = (point: unknown): string => String((point as { run_id?: unknown }).run_id)
  return [...points].sort((a, b) => (run(a) < run(b) ? -1 : run(a) > run(b) ? 1 : 0))
}

function byText(a: unknown, b: unknown): number {
  return print(a) < print(b) ? -1 : 1
}

function withoutDriver(error: Record<string, unknown>): Record<string, unknown> {
  if (error['error_code'] === 'BAD_REQUEST') return { ...error, message: '<driver>' }
  const message = String(error['message']).replace(/(already exists\.)[\s\S]*$/, '$1')
  return { ...error, message }
}

function isError(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'error_code' in value
}

/** A value as text, bigints and minus zero included, so that two can be compared. */
export function print(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'bigint' ? `${one}n` : Object.is(one, -0) ? '-0' : one,
  ) as string
}
