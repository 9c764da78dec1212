import type {
  BindParams,
  Database as SqlJsDatabase,
  SqlJsConfig,
  SqlJsStatic,
  Statement,
} from 'sql.js'
import { TrackletError, toTrackletError } from '../errors.js'
import { isAboutVersion, upgradeSchema } from './schema-version.js'
import { SCHEMA_SQL } from './schema.js'
import { isPlain, notADatabase, queryError, sqliteError } from './sqlite-errors.js'

/** What a statement takes: integers past 2^53 - 1 as decimal text. NaN is stored as NULL. */
export type SqlParam = number | string | Uint8Array | null

/** What a row holds: of integers past 2^53 - 1 the nearest double. */
export type SqlValue = number | string | Uint8Array | null

/** Where `Database.sandbox` puts what a statement gives. */
export interface RowSink {
  /** Called once, before the rows. */
  columns(names: readonly string[]): void
  /** Integers come as bigint, reals as number. */
  row(values: readonly (SqlValue | bigint)[]): void
}

/** SQLite, loaded. */
export interface Sqlite {
  readonly engine: SqlJsStatic
}

/** What sql.js has, but its types do not name. */
interface WasmStack {
  stackSave(): number
  stackRestore(pointer: number): void
}

interface BigIntRows {
  get(params: null, config: { useBigInt: true }): (SqlValue | bigint)[]
}

const PRAGMAS = `
PRAGMA page_size = 4096;
PRAGMA auto_vacuum = NONE;
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -16384;
`

/**
 * Loads SQLite's WebAssembly, once per process or page: the first call's `wasm` counts.
 * Without `wasm` the package finds its file by itself, as it can in Node. INTERNAL_ERROR where it cannot be loaded.
 */
export async function loadSqlite(
  wasm?: () => Promise<Uint8Array | WebAssembly.Module>,
): Promise<Sqlite> {
  const { default: initialise } = await import('sql.js')
  try {
    return { engine: await (wasm ? engineOf(initialise, await wasm()) : initialise()) }
  } catch (error) {
    throw new TrackletError(
      'INTERNAL_ERROR',
      'SQLite could not be loaded. Check that its .wasm file is served and may be compiled here (content security policy).',
      { cause: error },
    )
  }
}

/**
 * One SQLite database in memory. Statements are prepared once and kept.
 * Throws INTERNAL_ERROR with SQLite's error as cause, RESOURCE_EXHAUSTED when memory is used up,
 * DATA_LOSS when the image turns out to be damaged.
 */
export class Database {
  readonly #engine: SqlJsStatic & WasmStack
  #db: SqlJsDatabase
  readonly #statements = new Map<string, Statement>()
  #depth = 0

  private constructor(db: SqlJsDatabase, { engine }: Sqlite) {
    this.#engine = engine as SqlJsStatic & WasmStack
    this.#db = db
    db.run(PRAGMAS)
  }

  /** A new catalog with empty tables. */
  static create(sqlite: Sqlite): Database {
    const database = new Database(new sqlite.engine.Database(), sqlite)
    database.#db.run(SCHEMA_SQL)
    return database
  }

  /**
   * A catalog out of an image that `export` gave, an older version's brought up to date in memory. DATA_LOSS for what is
   * none, INVALID_STATE for a newer version's.
   */
  static open(sqlite: Sqlite, image: Uint8Array): Database {
    const opened = new sqlite.engine.Database(image)
    try {
      const database = new Database(opened, sqlite)
      const [stored] = database.get("SELECT value FROM meta WHERE name = 'schema_version'") ?? []
      upgradeSchema(stored, (script) => opened.run(script))
      return database
    } catch (error) {
      opened.close()
      throw isAboutVersion(error) ? error : notADatabase(error)
    }
  }

  /** Runs one statement that gives no rows; says how many rows it changed. */
  run(sql: string, params: readonly SqlParam[] = []): number {
    this.#with(sql, params, (statement) => statement.step())
    return this.#db.getRowsModified()
  }

  /** The first row; undefined where there is none. */
  get(sql: string, params: readonly SqlParam[] = []): SqlValue[] | undefined {
    return this.#with(sql, params, (statement) => (statement.step() ? statement.get() : undefined))
  }

  /** All rows. */
  all(sql: string, params: readonly SqlParam[] = []): SqlValue[][] {
    const rows: SqlValue[][] = []
    this.each(sql, params, (row) => rows.push(row))
    return rows
  }

  /** Hands over row after row, for results too long to keep. */
  each(sql: string, params: readonly SqlParam[], take: (row: SqlValue[]) => void): void {
    this.#with(sql, params, (statement) => {
      while (statement.step()) take(statement.get())
    })
  }

  /** Runs `fn` in a transaction, which a throw rolls back. Inside another one it is a part that can fail alone. */
  transaction<T>(fn: () => T): T {
    const inner = this.#depth > 0
    this.run(inner ? 'SAVEPOINT inner_part' : 'BEGIN')
    this.#depth++
    try {
      const result = fn()
      this.run(inner ? 'RELEASE inner_part' : 'COMMIT')
      return result
    } catch (error) {
      this.#rollback(inner)
      throw error
    } finally {
      this.#depth--
    }
  }

  /**
   * Runs one statement that somebody else wrote: after `setUp`, which may make temporary tables and views, nothing
   * can be written, and in the end all is as it was. Not inside a transaction. Throws INVALID_PARAMETER_VALUE with
   * SQLite's message for what it cannot run.
   */
  sandbox(setUp: () => void, sql: string, params: readonly SqlParam[], sink: RowSink): void {
    let cutOff = false
    this.run('BEGIN')
    this.#depth++
    try {
      setUp()
      this.#setReadOnly(true)
      this.#stepAside(sql, params, sink)
    } catch (error) {
      cutOff = !(error instanceof TrackletError) && !isPlain(error)
      throw error instanceof TrackletError ? error : queryError(error)
    } finally {
      this.#depth--
      this.#setReadOnly(false)
      this.#rollback(false)
      if (cutOff) this.#renew()
    }
  }

  // Not by a kept statement: SQLite does this while it prepares one.
  #setReadOnly(on: boolean): void {
    this.#db.run(`PRAGMA query_only = ${on}`)
  }

  #stepAside(sql: string, params: readonly SqlParam[], sink: RowSink): void {
    const stack = this.#engine.stackSave()
    let statement: Statement | undefined
    try {
      statement = this.#db.prepare(sql)
      statement.bind(params as BindParams)
      sink.columns(statement.getColumnNames())
      const rows = statement as unknown as BigIntRows
      while (statement.step()) sink.row(rows.get(null, { useBigInt: true }))
    } finally {
      this.#engine.stackRestore(stack)
      statement?.free()
    }
  }

  // Where the host's stack ended amid a call into SQLite, its counts of calls stay wrong, and it would never
  // again recover from a lack of memory.
  #renew(): void {
    const image = this.#db.export()
    this.close()
    this.#db = new this.#engine.Database(image)
    this.#db.run(PRAGMAS)
  }

  /** The whole database as a file's bytes. Not inside a transaction (INVALID_STATE). */
  export(): Uint8Array {
    if (this.#depth > 0)
      throw new TrackletError('INVALID_STATE', 'A transaction is open; export after it ends.')
    try {
      return this.#db.export()
    } catch (error) {
      throw sqliteError(error, 'export')
    }
  }

  /** What SQLite finds wrong with the database; empty when nothing is. */
  integrityCheck(): string[] {
    try {
      const found = this.all('PRAGMA integrity_check').map(([line]) => String(line))
      return found.length === 1 && found[0] === 'ok' ? [] : found
    } catch (error) {
      return [toTrackletError(error).message]
    }
  }

  /** Gives the memory back. Harmless when done twice. */
  close(): void {
    this.#statements.clear()
    this.#db.close()
  }

  #with<T>(sql: string, params: readonly SqlParam[], use: (statement: Statement) => T): T {
    const statement = this.#prepared(sql)
    try {
      statement.bind(params as BindParams)
      return use(statement)
    } catch (error) {
      throw sqliteError(error, sql)
    } finally {
      statement.reset()
    }
  }

  #prepared(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    try {
      const statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
      return statement
    } catch (error) {
      throw sqliteError(error, sql)
    }
  }

  // SQLite has already rolled back by itself after some failures, such as a full memory.
  #rollback(inner: boolean): void {
    try {
      if (inner) this.run('ROLLBACK TO inner_part')
      this.run(inner ? 'RELEASE inner_part' : 'ROLLBACK')
    } catch (error) {
      if (!String(toTrackletError(error).cause).includes('no ')) throw error
    }
  }
}

async function engineOf(
  initialise: typeof import('sql.js').default,
  wasm: Uint8Array | WebAssembly.Module,
): Promise<SqlJsStatic> {
  if (!(wasm instanceof WebAssembly.Module)) {
    return initialise({ wasmBinary: wasm.slice().buffer as ArrayBuffer })
  }
  // sql.js waits for ever where its instantiateWasm fails, so the failure has to come past it.
  return new Promise((resolve, reject) => {
    const options = {
      instantiateWasm: (
        imports: WebAssembly.Imports,
        done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
      ) => {
        WebAssembly.instantiate(wasm, imports).then((instance) => done(instance, wasm), reject)
        return {}
      },
    }
    initialise(options as unknown as SqlJsConfig).then(resolve, reject)
  })
}
