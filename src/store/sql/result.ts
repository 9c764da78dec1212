import type { ColumnTable, Missing, TableColumn } from '../../entities/column-table.js'
import { TrackletError } from '../../errors.js'
import type { RowSink, SqlValue } from '../database.js'

type Cell = SqlValue | bigint

/** What a column has had so far; an integer past 2^53 counts as `great` too. */
interface Growing {
  readonly name: string
  readonly values: Cell[]
  readonly seen: Record<'integer' | 'great' | 'real' | 'text' | 'blob' | 'missing', boolean>
}

/** Takes rows in and gives columns, each of the narrowest kind that holds its values exactly. */
export class ResultBuilder implements RowSink {
  readonly #maxRows: number
  #columns: readonly Growing[] = []
  #length = 0

  /** RESOURCE_EXHAUSTED is thrown at one row more than `maxRows`. */
  constructor(maxRows: number) {
    this.#maxRows = maxRows
  }

  columns(names: readonly string[]): void {
    const seen = {
      integer: false,
      great: false,
      real: false,
      text: false,
      blob: false,
      missing: false,
    }
    this.#columns = names.map((name) => ({ name, values: [], seen: { ...seen } }))
  }

  row(values: readonly Cell[]): void {
    if (this.#length === this.#maxRows)
      throw new TrackletError(
        'RESOURCE_EXHAUSTED',
        `The query gives more than ${this.#maxRows} rows. Add a LIMIT, or pass a greater maxRows.`,
      )
    this.#length++
    for (const [i, column] of this.#columns.entries()) add(column, values[i] ?? null)
  }

  /** All rows so far. */
  table(): ColumnTable {
    return { length: this.#length, columns: this.#columns.map(toColumn) }
  }
}

function add({ values, seen }: Growing, value: Cell): void {
  if (value === null) seen.missing = true
  else if (typeof value === 'bigint') seen.integer = true
  else if (typeof value === 'number') seen.real = true
  else if (typeof value === 'string') seen.text = true
  else seen.blob = true
  if (typeof value === 'bigint' && !isSafe(value)) seen.great = true
  values.push(typeof value === 'bigint' && isSafe(value) ? Number(value) : value)
}

function toColumn({ name, values, seen }: Growing): TableColumn {
  const { integer, great, real, text, blob } = seen
  const numeric = integer || real
  if (blob || (text && numeric) || (great && real)) return { kind: 'mixed', name, values }
  if (!numeric) return textColumn(name, values as (string | null)[])
  const missing = seen.missing ? missingOf(values) : null
  if (great) {
    const exact = BigInt64Array.from(values, (value) => BigInt((value ?? 0) as number | bigint))
    return { kind: 'int64', name, values: exact, missing }
  }
  const numbers = Float64Array.from(values, (value) => (value ?? 0) as number)
  return { kind: real ? 'number' : 'int64', name, values: numbers, missing }
}

function textColumn(name: string, values: readonly (string | null)[]): TableColumn {
  const known = new Map<string, number>()
  const codes = Int32Array.from(values, (value) => {
    if (value === null) return -1
    const code = known.get(value) ?? known.size
    known.set(value, code)
    return code
  })
  return { kind: 'text', name, codes, dictionary: [...known.keys()] }
}

function missingOf(values: readonly Cell[]): Missing {
  return Uint8Array.from(values, (value) => (value === null ? 1 : 0))
}

function isSafe(value: bigint): boolean {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
}
