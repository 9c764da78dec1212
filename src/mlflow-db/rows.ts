import type { LifecycleStage } from '../entities/lifecycle.js'
import { toTrackletError } from '../errors.js'
import { MAX_TEXT_BYTES } from '../import/file-tree.js'
import type { Doubt } from '../import/source.js'
import type { Cell, ForeignDatabase } from './foreign-database.js'
import type { Columns } from './tables.js'

/** Characters of a reason. */
const LONGEST_REASON = 200

/** A row that cannot be used, and why. */
export class BadRow extends Error {}

/** A row of a table of MLflow's: its columns by name. */
export class Row<C extends Columns> {
  readonly #cells: ReadonlyMap<string, Cell>

  /** `cells` by column. */
  constructor(cells: ReadonlyMap<string, Cell>) {
    this.#cells = cells
  }

  /** A text; null for NULL. BadRow for what is not UTF-8, or longer than any such text is. */
  text(column: keyof C & string): string | null {
    const cell = this.#cells.get(column) ?? null
    if (cell === null) return null
    if (!(cell instanceof Uint8Array)) throw new BadRow(`'${column}' is no text`)
    if (cell.length > MAX_TEXT_BYTES)
      throw new BadRow(`'${column}' is longer than ${MAX_TEXT_BYTES} bytes`)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(cell)
    } catch {
      throw new BadRow(`'${column}' is not UTF-8`)
    }
  }

  /** A text that must be there. */
  required(column: keyof C & string): string {
    const text = this.text(column)
    if (text === null || text === '') throw new BadRow(`'${column}' is missing`)
    return text
  }

  /** A safe integer; null for NULL. */
  integer(column: keyof C & string): number | null {
    const cell = this.#cells.get(column) ?? null
    if (cell === null) return null
    if (typeof cell === 'number' && Number.isSafeInteger(cell)) return cell
    throw new BadRow(`'${column}' is no integer up to 2^53 - 1`)
  }

  /** A double; null for NULL. */
  number(column: keyof C & string): number | null {
    const cell = this.#cells.get(column) ?? null
    if (cell === null || (typeof cell === 'number' && Number.isFinite(cell))) return cell
    throw new BadRow(`'${column}' is no number`)
  }

  /** A 64-bit integer, as its digits. */
  digits(column: keyof C & string): string {
    const cell = this.#cells.get(column)
    if (typeof cell === 'bigint' || Number.isSafeInteger(cell)) return String(cell)
    throw new BadRow(`'${column}' is no integer`)
  }
}

/**
 * Rows of a table, with the columns that `columns` names. `where` is what follows the table's name in SQL. Texts come as
 * their bytes, so that a NUL character or a byte that is no UTF-8 is seen and not lost.
 */
export function* readRows<C extends Columns>(
  db: ForeignDatabase,
  table: string,
  columns: C,
  where = '',
  params: readonly (string | number)[] = [],
): Generator<Row<C>, void, undefined> {
  const names = Object.keys(columns)
  const list = names.map((name) =>
    columns[name] === 'text'
      ? `substr(CAST("${name}" AS BLOB), 1, ${MAX_TEXT_BYTES + 1})`
      : `"${name}"`,
  )
  const sql = `SELECT ${list.join(', ')} FROM "${table}" ${where}`
  for (const cells of db.rows(sql, params))
    yield new Row<C>(new Map(names.map((name, i) => [name, cells[i]!])))
}

/** What `read` gives; null, and doubted, where it finds a bad row. */
export function doubting<T>(path: string, doubt: Doubt, read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof BadRow)) throw error
    doubt(path, `${error.message}: it was left out.`)
    return null
  }
}

/** What `read` gives; a bad row is told with what it is about, as in `The run 'ab12'`. */
export function about<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof BadRow ? new BadRow(`${what}: ${error.message}`) : error
  }
}

/** A lifecycle stage; what says nothing is active, as MLflow takes it. */
export function toLifecycleStage(text: string | null): LifecycleStage {
  return text === 'deleted' ? 'deleted' : 'active'
}

/** What `check` gives; BadRow with its message where it throws. */
export function checked<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (error instanceof BadRow) throw error
    throw new BadRow(toTrackletError(error).message.slice(0, LONGEST_REASON).replace(/\.$/, ''))
  }
}

/** Rows that are keys and values, such as params; a value of NULL is an empty text. Bad ones are doubted and left out. */
export function readTexts<C extends Columns>(
  rows: Iterable<Row<C>>,
  [key, value]: readonly [key: keyof C & string, value: keyof C & string],
  path: string,
  doubt: Doubt,
): Record<string, string> {
  const entries: [string, string][] = []
  for (const row of rows) {
    const entry = doubting(path, doubt, (): [string, string] => {
      const name = row.required(key)
      return [name, textOf(row, value, name)]
    })
    if (entry !== null) entries.push(entry)
  }
  return Object.fromEntries(entries)
}

function textOf<C extends Columns>(row: Row<C>, column: keyof C & string, key: string): string {
  try {
    return row.text(column) ?? ''
  } catch (error) {
    throw error instanceof BadRow
      ? new BadRow(`${error.message}, of ${JSON.stringify(key.slice(0, 80))}`)
      : error
  }
}
