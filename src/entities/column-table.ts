import type { Int64Column } from './int64.js'

/** Which rows of a column have no value: 1 for missing. Null where none is missing. */
export type Missing = Uint8Array | null

/** A column of doubles. NaN is a value, not a missing one. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly name: string
  readonly values: Float64Array
  readonly missing: Missing
}

/** A column of integers. */
export interface Int64TableColumn {
  readonly kind: 'int64'
  readonly name: string
  readonly values: Int64Column
  readonly missing: Missing
}

/** A column of instants, in epoch milliseconds. */
export interface TimeColumn {
  readonly kind: 'time'
  readonly name: string
  readonly values: Float64Array
  readonly missing: Missing
}

/** A column of texts: row i is `dictionary[codes[i]]`, missing where the code is -1. */
export interface TextColumn {
  readonly kind: 'text'
  readonly name: string
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

/** A column whose rows are of several kinds, as only SQL gives; null is missing. */
export interface MixedColumn {
  readonly kind: 'mixed'
  readonly name: string
  readonly values: readonly (number | bigint | string | Uint8Array | null)[]
}

/** One named column of a table. */
export type TableColumn = NumberColumn | Int64TableColumn | TimeColumn | TextColumn | MixedColumn

/** Rows as columns of equal length: structured-cloneable, its typed arrays transferable. */
export interface ColumnTable {
  readonly length: number
  readonly columns: readonly TableColumn[]
}
