import { invalid } from '../../entities/invalid.js'
import type { SqlArgument } from '../analysis-store.js'
import type { SqlParam } from '../database.js'
import type { QueryText } from './query-text.js'

/** A statement as SQLite takes it. */
export interface BoundQuery {
  readonly sql: string
  readonly params: readonly SqlParam[]
}

const LEAST = -(2n ** 63n)
const GREATEST = 2n ** 63n - 1n

/** Puts arguments to a query's parameters. INVALID_PARAMETER_VALUE for too few, too many, or one that SQLite cannot hold. */
export function bindArguments(query: QueryText, args: unknown = []): BoundQuery {
  if (!Array.isArray(args)) throw invalid('The arguments of a query must be an array.')
  if (args.length !== query.parameters)
    throw invalid(
      `The query takes ${count(query.parameters)}, ${args.length} ${args.length === 1 ? 'was' : 'were'} given.`,
    )
  const params = Array.from(args, toParam)
  return { sql: castIntegers(query, Array.from(args, isGreatInteger)), params }
}

function toParam(value: SqlArgument, index: number): SqlParam {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
      return value ? 1 : 0
    case 'number':
      if (Number.isNaN(value))
        throw invalid(
          `The argument ${index + 1} is NaN, which SQL has not. Pass null for a missing value.`,
        )
      return isGreatInteger(value) ? String(value) : value
    case 'bigint':
      if (value < LEAST || value > GREATEST)
        throw invalid(`The argument ${index + 1} does not fit into 64 bits.`)
      return String(value)
    default:
      if (value === null || value instanceof Uint8Array) return value
      throw invalid(
        `The argument ${index + 1} is of no kind that SQL has. Pass a number, bigint, text, boolean, Uint8Array or null.`,
      )
  }
}

/** Integers that would be bound as doubles, or not at all: they go as text. */
function isGreatInteger(value: unknown): boolean {
  if (typeof value === 'bigint') return true
  return Number.isSafeInteger(value) && value !== (Number(value) | 0)
}

function castIntegers({ text, tokens }: QueryText, great: readonly boolean[]): string {
  if (!great.includes(true)) return text
  let sql = ''
  let [done, most] = [0, 0]
  for (const token of tokens) {
    if (token.kind !== 'parameter') continue
    const number = token.text === '?' ? most + 1 : Number(token.text.slice(1))
    most = Math.max(most, number)
    if (!great[number - 1]) continue
    sql += `${text.slice(done, token.start)}CAST(${token.text} AS INTEGER)`
    done = token.end
  }
  return sql + text.slice(done)
}

function count(parameters: number): string {
  return parameters === 1 ? 'one argument' : `${parameters} arguments`
}
