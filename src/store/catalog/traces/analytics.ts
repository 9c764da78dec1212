import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import { pythonFloat } from '../../../entities/python-text.js'

/** What MLflow counts of a trace, by name; null for what was given, but is no count. */
export type Counts = Readonly<Record<string, number | null>>

/** A count that MLflow keeps apart from the other metadata: its names, in order, and what it takes for a value. */
interface Counted {
  readonly names: readonly string[]
  readonly read: (value: unknown) => number | null
  readonly write: (value: number) => string
}

const COUNTED: Readonly<Record<string, Counted>> = {
  [MLFLOW_TRACES.tokenUsage]: {
    names: [
      'input_tokens',
      'output_tokens',
      'total_tokens',
      'cache_read_input_tokens',
      'cache_creation_input_tokens',
      'cache_creation_input_tokens_above_1hr',
    ],
    read: (value) => {
      const number = toNumber(value)
      return Number.isSafeInteger(number) ? number : null
    },
    write: String,
  },
  [MLFLOW_TRACES.cost]: {
    names: ['input_cost', 'output_cost', 'total_cost'],
    read: toNumber,
    write: pythonFloat,
  },
}

/** Metadata keys whose values are counts. */
export const COUNTED_KEYS: readonly string[] = Object.keys(COUNTED)

/** The counts that a text of JSON has under the names of a metadata key. */
export function readCounts(key: string, text: string | null): Counts {
  if (text === null) return {}
  return pickCounts(key, parseObject(text))
}

/** The counts among an object's members. */
export function pickCounts(key: string, members: Readonly<Record<string, unknown>>): Counts {
  const { names, read } = COUNTED[key]!
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(members, name)).map((name) => [name, read(members[name])]),
  )
}

/** Counts as the metadata's text; null where there is none. */
export function writeCounts(key: string, counts: Counts): string | null {
  const { names, write } = COUNTED[key]!
  const members = names.flatMap((name) => {
    const count = counts[name] ?? null
    return count === null ? [] : [`"${name}": ${write(count)}`]
  })
  return members.length === 0 ? null : `{${members.join(', ')}}`
}

/** A JSON object's members; none where a text is no such. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

/** A finite number, or a text of one. */
function toNumber(value: unknown): number | null {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}
