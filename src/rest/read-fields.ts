import { invalid, invalidValue, missing, wrongType } from '../entities/invalid.js'
import type { Int64 } from '../entities/int64.js'
import { isRecord } from '../entities/validate.js'
import { readDuration, readJsonValue, readMap, readTime } from './proto-values.js'
import type { Field, Fields, Message } from './schema.js'

type Raw = Readonly<Record<string, unknown>>

const DECIMAL = /^[+-]?\d{1,30}$/
const FLOAT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i
const INFINITE = /^\s*([+-]?)inf(?:inity)?\s*$/i
const NAN = /^\s*[+-]?nan\s*$/i
/** Of the names that messages have, which are few. */
const CAMEL_CASE = new Map<string, string>()
const INT64_MAX = 2n ** 63n - 1n

/**
 * A request's fields, out of its JSON, in the order of `message`: INVALID_PARAMETER_VALUE in MLflow's words for what
 * is absent or of a wrong type. Unknown fields are ignored; camelCase names are taken too, but not for required ones.
 */
export function readFields<M extends Message>(message: M, raw: Raw): Fields<M> {
  refuseTwoSpellings(message, raw)
  return readMessage(message, raw, '') as Fields<M>
}

function readMessage(message: Message, raw: Raw, path: string): Raw {
  const fields: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(message)) {
    const parameter = path === '' ? name : `${path}.${name}`
    const value = find(raw, name, field)
    if (field.required && isMissing(field, value)) throw missing(parameter)
    const given = value ?? camelMember(raw, name)
    if (given !== undefined) fields[name] = readValue(field, given, parameter)
    else if (field.kind === 'list') fields[name] = []
  }
  return fields
}

/** An empty text is missing, but to a field that wants an integer it is one of a wrong type. */
function isMissing({ kind }: Field, value: unknown): boolean {
  return value === undefined || (value === '' && kind !== 'int64')
}

function find(raw: Raw, name: string, { alias }: Field): unknown {
  return member(raw, name) ?? (alias === undefined ? undefined : member(raw, alias))
}

function camelMember(raw: Raw, name: string): unknown {
  const camel = toCamelCase(name)
  return camel === name ? undefined : member(raw, camel)
}

/** A member of an object; null counts as absent. */
function member(raw: Raw, name: string): unknown {
  return Object.hasOwn(raw, name) ? (raw[name] ?? undefined) : undefined
}

function readValue(field: Field, value: unknown, parameter: string): unknown {
  switch (field.kind) {
    case 'text':
      if (typeof value === 'string') return value
      break
    case 'bool':
      if (typeof value === 'boolean') return value
      break
    case 'int64':
      return readInt64(value, parameter, field.lenient ?? false)
    case 'double':
      return readDouble(value, parameter)
    case 'enum':
      return readEnum(field, value, parameter)
    case 'list':
      return readList(field, value, parameter)
    case 'message':
      if (isRecord(value)) return readMessage(field.fields ?? {}, value as Raw, parameter)
      break
    case 'map':
      return readMap(value, parameter)
    case 'time':
      return readTime(value, parameter)
    case 'duration':
      return readDuration(value, parameter)
    case 'json':
      return readJsonValue(value, parameter)
  }
  throw wrongType(parameter, value)
}

function readInt64(value: unknown, parameter: string, lenient: boolean): Int64 {
  if (lenient && typeof value === 'number' && value % 1 !== 0 && Number.isFinite(value)) return 0
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0
  const exact = toBigInt(value)
  if (exact === null) throw wrongType(parameter, value)
  if (exact > INT64_MAX || exact < -INT64_MAX - 1n)
    throw invalidValue(parameter, value, 'It does not fit into 64 bits.')
  const number = Number(exact)
  return Number.isSafeInteger(number) ? number : exact
}

function toBigInt(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : null
  return typeof value === 'string' && DECIMAL.test(value) ? BigInt(value.replace('+', '')) : null
}

function readDouble(value: unknown, parameter: string): number {
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value)
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string') {
    if (FLOAT.test(value)) return Number(value)
    if (NAN.test(value)) return Number.NaN
    const infinite = INFINITE.exec(value)
    if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity
  }
  throw wrongType(parameter, value)
}

function readEnum(field: Field, value: unknown, parameter: string): string | undefined {
  const { names = {}, lenient = false } = field
  const known = Object.values(names)
  if (typeof value === 'string' && known.includes(value)) return value
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  const name = typeof number === 'number' && Object.hasOwn(names, number) ? names[number] : null
  if (name) return name
  // MLflow lets pass whatever is a text.
  if (typeof value !== 'string') throw wrongType(parameter, value)
  if (lenient) return undefined
  throw invalidValue(parameter, value, `It must be one of ${known.join(', ')}.`)
}

function readList(field: Field, value: unknown, parameter: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrongType(parameter, value)
  const { item } = field
  if (item === undefined) return value
  if (item.kind === 'text' && !value.every((text) => typeof text === 'string'))
    throw wrongType(parameter, value)
  return value.map((entry: unknown, i) => readValue(item, entry, `${parameter}[${i}]`))
}

/** Two spellings of one field would leave open which one counts: MLflow 3.17 refuses them. */
function refuseTwoSpellings(message: Message, raw: unknown): void {
  if (!isRecord(raw)) return
  for (const [name, field] of Object.entries(message)) {
    const camel = toCamelCase(name)
    const values = raw as Raw
    if (name !== camel && Object.hasOwn(values, name) && Object.hasOwn(values, camel))
      throw invalid(`Request specifies both '${name}' and '${camel}'; provide only one of them.`)
    const nested = (field.kind === 'list' ? field.item?.fields : field.fields) ?? null
    if (nested === null) continue
    const value = member(values, name) ?? member(values, camel)
    for (const item of Array.isArray(value) ? value : [value]) refuseTwoSpellings(nested, item)
  }
}

function toCamelCase(name: string): string {
  const known = CAMEL_CASE.get(name)
  if (known !== undefined) return known
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  CAMEL_CASE.set(name, camel)
  return camel
}
