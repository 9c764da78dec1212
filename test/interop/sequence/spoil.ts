import { chance, pick, type Random } from '../../helpers/random-runs.js'
import { toJson, type Call, type Draft, type FieldMap, type Value } from './call.js'
import { notText } from './values.js'

type Spoiler = (draft: Draft, random: Random) => Draft | null

/** The calls that are spoiled, of all. What a family itself makes wrong comes on top. */
const SPOILED = 0.22

/** Spoils a draft now and then: one fault of those that a client can make in any call. */
export function spoil(draft: Draft, random: Random): Draft {
  if (draft.raw !== undefined || !chance(random, SPOILED)) return draft
  for (let tries = 0; tries < 5; tries++) {
    const spoiled = pick(random, SPOILERS)(draft, random)
    if (spoiled !== null) return spoiled
  }
  return draft
}

/** A draft as it is sent: its path under one of the two roots, its fields as a query or as JSON. */
export function toCall(draft: Draft, random: Random): Call {
  const { route, fields, raw } = draft
  const inQuery = route.method === 'GET' || route.method === 'HEAD'
  const query = inQuery ? toQuery(fields) : []
  const written = raw === undefined ? (inQuery ? null : toJson(fields as Value)) : raw.body
  const type = raw === undefined ? (inQuery ? null : 'application/json') : (raw.type ?? null)
  const path = fullPath(draft, random)
  return { ...draft, method: route.method, path, query, body: written, contentType: type }
}

function fullPath({ route }: Draft, random: Random): string {
  if (route.path.startsWith('/')) return route.path
  const root = route.ajaxOnly === true || chance(random, 0.12) ? '/ajax-api' : '/api'
  return `${root}/${route.version ?? '2.0'}/mlflow/${route.path}`
}

function toQuery(fields: FieldMap): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || value === null) return []
    const items = Array.isArray(value) ? (value as readonly Value[]) : [value]
    return items.map((one) => [name, typeof one === 'string' ? one : toJson(one)])
  })
}

const SPOILERS: readonly Spoiler[] = [
  dropRequired,
  dropRequired,
  dropOptional,
  emptyText,
  emptyText,
  nullValue,
  wrongType,
  wrongType,
  camelCase,
  bothSpellings,
  unknownField,
  wrongMethod,
  otherType,
  twiceEncoded,
  brokenBody,
]

function change(draft: Draft, fields: FieldMap, flaw: string): Draft {
  return { ...draft, fields: { ...draft.fields, ...fields }, flaw: both(draft, flaw) }
}

function both(draft: Draft, flaw: string): string {
  return draft.flaw === undefined ? flaw : `${draft.flaw}, ${flaw}`
}

function someRequired(draft: Draft, random: Random): string | null {
  const names = (draft.route.required ?? []).filter((name) => draft.fields[name] !== undefined)
  return names.length === 0 ? null : pick(random, names)
}

function someOptional({ route, fields }: Draft, random: Random): string | null {
  const names = Object.keys(fields).filter((name) => !(route.required ?? []).includes(name))
  return names.length === 0 ? null : pick(random, names)
}

function dropRequired(draft: Draft, random: Random): Draft | null {
  const name = someRequired(draft, random)
  return name === null ? null : change(draft, { [name]: undefined }, `no ${name}`)
}

function dropOptional(draft: Draft, random: Random): Draft | null {
  const name = someOptional(draft, random)
  // Without these two nothing tells the order of runs, or the words of their names.
  if (name === null || name === 'start_time' || name === 'run_name') return null
  return change(draft, { [name]: undefined }, `no ${name}, which is optional`)
}

function emptyText(draft: Draft, random: Random): Draft | null {
  const name = someRequired(draft, random)
  return name === null ? null : change(draft, { [name]: '' }, `empty ${name}`)
}

function nullValue(draft: Draft, random: Random): Draft | null {
  if (draft.route.method === 'GET') return null
  const name = someRequired(draft, random)
  return name === null ? null : change(draft, { [name]: null }, `null ${name}`)
}

/** A wrong type in an optional field is dropped there with all that follows, and refused here: only where nothing is written. */
function wrongType(draft: Draft, random: Random): Draft | null {
  if (draft.route.method === 'GET') return null
  const name =
    draft.route.reads === true || draft.spoilable === true
      ? pick(random, Object.keys(draft.fields))
      : someRequired(draft, random)
  if (name === null || name === undefined) return null
  const numeric = ['value', 'timestamp', 'max_results'].includes(name)
  // What is no number is stored as 0 there.
  if (numeric && draft.route.reads !== true && draft.spoilable !== true) return null
  const value = numeric ? pick<Value>(random, ['x', '1.5', [], {}, 1.5, true]) : notText(random)
  return change(draft, { [name]: value }, `type of ${name}`)
}

function camelCase(draft: Draft, random: Random): Draft | null {
  const name = pick(
    random,
    Object.keys(draft.fields)
      .filter((one) => one.includes('_'))
      .concat(''),
  )
  if (name === '' || name === 'start_time' || name === 'run_name') return null
  const camel = { [toCamel(name)]: draft.fields[name], [name]: undefined }
  return change(draft, camel, `camel case of ${name}`)
}

function bothSpellings(draft: Draft, random: Random): Draft | null {
  if (draft.route.method === 'GET') return null
  const name = pick(
    random,
    Object.keys(draft.fields)
      .filter((one) => one.includes('_'))
      .concat(''),
  )
  if (name === '') return null
  return change(draft, { [toCamel(name)]: draft.fields[name] }, `both spellings of ${name}`)
}

function unknownField(draft: Draft): Draft {
  return change(draft, { some_field: 'x', other: '1' }, 'unknown fields')
}

function wrongMethod(draft: Draft, random: Random): Draft {
  const taken = [draft.route.method, ...(draft.route.methods ?? [])]
  const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !taken.includes(one))
  const method = pick(random, others)
  return { ...draft, route: { ...draft.route, method }, flaw: `method ${method}` }
}

function otherType(draft: Draft, random: Random): Draft | null {
  if (draft.route.method !== 'POST') return null
  const types = [
    null,
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-8',
  ]
  // In capitals it is taken here: a write would then be made on one side alone.
  const capitals = draft.route.reads === true ? ['APPLICATION/JSON'] : []
  const type = pick(random, [...types, ...capitals, 'application/jsonx', ''])
  return { ...draft, raw: { body: toJson(draft.fields as Value), type }, flaw: `type ${type}` }
}

function twiceEncoded(draft: Draft): Draft | null {
  if (draft.route.method === 'GET') return null
  const body = JSON.stringify(toJson(draft.fields as Value))
  return {
    ...draft,
    raw: { body, type: 'application/json' },
    flaw: both(draft, 'a JSON text of JSON'),
  }
}

function brokenBody(draft: Draft, random: Random): Draft | null {
  if (draft.route.method === 'GET') return null
  const whole = toJson(draft.fields as Value)
  const body = pick(random, ['', '{', whole.slice(0, -1), '[]', 'null', '5', 'a=b', `[${whole}]`])
  return { ...draft, raw: { body, type: 'application/json' }, flaw: `body ${body.slice(0, 4)}` }
}

function toCamel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
