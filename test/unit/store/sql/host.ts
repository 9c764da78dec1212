import type { Database as SqlJsDatabase, SqlJsStatic } from 'sql.js'
import { memoryAdapter } from '../../../../adapters/memory.js'
import type { ColumnTable, TableColumn } from '../../../../src/entities/column-table.js'
import { loadSqlite } from '../../../../src/store/database.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'

const { engine } = await loadSqlite()

/** A store in memory, and its database for a look behind the views. */
export interface SqlStore {
  readonly store: LocalStore
  readonly sql: LocalStore['sql']
  /** All rows of a statement that sees what the engine's own see. */
  inside(sql: string): unknown[][]
}

/** A new store with its default experiment. */
export async function openSqlStore(): Promise<SqlStore> {
  let db: SqlJsDatabase | undefined
  class Watched extends engine.Database {
    constructor(image?: Uint8Array) {
      super(image)
      // The one that came last is in use.
      db = this
    }
  }
  const watched = Object.assign(Object.create(engine) as SqlJsStatic, { Database: Watched })
  const store = await openEngine(memoryAdapter(), {
    sqlite: () => Promise.resolve({ engine: watched }),
  })
  return {
    store,
    sql: (text, args, options) => store.sql(text, args, options),
    inside: (sql) => (db as SqlJsDatabase).exec(sql)[0]?.values ?? [],
  }
}

/** The rows of a table, in plain values: null for a missing one. */
export function rowsOf(table: ColumnTable): unknown[][] {
  return Array.from({ length: table.length }, (_, row) =>
    table.columns.map((column) => cell(column, row)),
  )
}

/** Names and kinds of the columns. */
export function kindsOf(table: ColumnTable): string[] {
  return table.columns.map(({ name, kind }) => `${name}: ${kind}`)
}

function cell(column: TableColumn, row: number): unknown {
  if (column.kind === 'mixed') return column.values[row]
  if (column.kind === 'text') return column.dictionary[column.codes[row] as number] ?? null
  return column.missing?.[row] === 1 ? null : column.values[row]
}
