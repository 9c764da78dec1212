import fc from 'fast-check'
import type { ColumnTable, Missing, TableColumn } from '../../../src/entities/column-table.js'
import type { TableValue } from '../../../src/tables/rows.js'

/** A table, and the cells that it was made of, column by column. */
export interface TableAndCells {
  readonly table: ColumnTable
  readonly cells: readonly (readonly TableValue[])[]
}

const INT64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const TEXT = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom(',', '"', '\n', '\r', ' ', '=', 'a', 'é', '😀'),
    maxLength: 6,
  }),
)
const MIXED = fc.oneof(fc.integer(), INT64, TEXT, fc.uint8Array({ maxLength: 4 }))
const TIME = fc.oneof(
  fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }).map((seconds) => seconds * 1000),
  fc.integer({ min: 0, max: 4_000_000_000_000 }),
)

/** Any table of up to 12 rows, with columns of every kind, names that repeat and names that are awkward. */
export function anyTable(options: { minColumns?: number } = {}): fc.Arbitrary<TableAndCells> {
  const name = fc.oneof(TEXT, fc.constantFrom('', '__proto__', 'constructor', 'a,b'))
  const kind = fc.constantFrom('number', 'int64', 'time', 'text', 'mixed')
  return fc
    .record({
      length: fc.nat({ max: 12 }),
      heads: fc.array(fc.tuple(name, kind), { minLength: options.minColumns ?? 0, maxLength: 5 }),
    })
    .chain(({ length, heads }) =>
      fc
        .tuple(
          ...heads.map(([title, of]) => anyCells(of, length).map((c) => toColumn(title, of, c))),
        )
        .map((columns) => ({
          table: { length, columns: columns.map(({ column }) => column) },
          cells: columns.map(({ cells }) => cells),
        })),
    )
}

type Kind = TableColumn['kind']
type Cell = number | bigint | string | Uint8Array | null

function anyCells(kind: Kind, length: number): fc.Arbitrary<Cell[]> {
  const cell: Record<Kind, fc.Arbitrary<Cell>> = {
    number: fc.double(),
    int64: INT64,
    time: TIME,
    text: TEXT,
    mixed: MIXED,
  }
  const item = fc.option<Cell>(cell[kind], { nil: null, freq: 4 })
  return fc.array(item, { minLength: length, maxLength: length })
}

function toColumn(
  name: string,
  kind: Kind,
  cells: readonly Cell[],
): { column: TableColumn; cells: TableValue[] } {
  const missing: Missing = cells.includes(null)
    ? Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0))
    : null
  // What stands in a missing row may be anything.
  const doubles = Float64Array.from(cells, (cell) => (cell === null ? NaN : Number(cell)))
  if (kind === 'number')
    return { column: { kind, name, values: doubles, missing }, cells: [...cells] }
  if (kind === 'time') {
    const dates = cells.map((cell) => (cell === null ? null : new Date(Number(cell))))
    return { column: { kind, name, values: doubles, missing }, cells: dates }
  }
  if (kind === 'mixed') return { column: { kind, name, values: cells }, cells: [...cells] }
  if (kind === 'text') {
    const dictionary = ['never used', ...new Set(cells.filter((cell) => typeof cell === 'string'))]
    const codes = Int32Array.from(cells, (cell) =>
      cell === null ? -1 : dictionary.indexOf(String(cell)),
    )
    return { column: { kind, name, codes, dictionary }, cells: [...cells] }
  }
  return int64Column(name, cells, missing, doubles)
}

function int64Column(
  name: string,
  cells: readonly Cell[],
  missing: Missing,
  doubles: Float64Array,
): { column: TableColumn; cells: TableValue[] } {
  const isSafe = (cell: Cell): boolean => Number.isSafeInteger(Number(cell))
  const values = cells.every(isSafe)
    ? doubles
    : BigInt64Array.from(cells, (cell) => (cell === null ? -1n : BigInt(cell as bigint)))
  const expected = cells.map((cell) => (cell !== null && isSafe(cell) ? Number(cell) : cell))
  return { column: { kind: 'int64', name, values, missing }, cells: expected }
}
