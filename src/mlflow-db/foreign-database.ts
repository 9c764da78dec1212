import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import type { Sqlite } from '../store/database.js'
import type { ByteSource } from '../import/byte-source.js'

/** What a row of a foreign database holds: integers beyond 2^53 - 1 are bigints. */
export type Cell = number | bigint | string | Uint8Array | null

/** The first bytes of every SQLite database (https://www.sqlite.org/fileformat.html, 1.3). */
const MAGIC = 'SQLite format 3\0'
/** The largest file that is read: all of it is held in memory, twice while it is opened. */
const MAX_BYTES = 2 ** 30
/** Bytes of the header that say whether the file is in WAL mode, which needs shared memory to be opened. */
const [WRITE_VERSION, READ_VERSION] = [18, 19]
const WAL = 2
/** Before the rest, as https://www.sqlite.org/security.html advises for files that somebody else wrote. */
const PRAGMAS = `
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -16384;
`
/** Rules that rows may break in a file that is whole; every row is checked when it is read. */
const BROKEN_RULE =
  /^(NULL value|CHECK constraint|TEXT value|NUMERIC value|non-\w+ value|row \d+ miss)/

type Engine = InstanceType<Sqlite['engine']['Database']>

/** What sql.js has, but its types do not name. */
interface WasmStack {
  stackSave(): number
  stackRestore(pointer: number): void
}

interface AnyRow {
  get(params: null, config: { useBigInt: true }): Cell[]
}

/** Whether bytes begin as a SQLite database does. */
export async function isSqlite(bytes: ByteSource): Promise<boolean> {
  if (bytes.size < MAGIC.length) return false
  const start = await bytes.read(0, MAGIC.length)
  return String.fromCharCode(...start) === MAGIC
}

/** Whether a database is in WAL mode, so that some of it may be in a file beside it. */
export async function isWal(bytes: ByteSource): Promise<boolean> {
  if (bytes.size <= READ_VERSION) return false
  const [version] = await bytes.read(READ_VERSION, READ_VERSION + 1)
  return version === WAL
}

/**
 * A SQLite database that somebody else wrote, in a copy in memory: the file stays as it is. Its methods throw DATA_LOSS
 * where it is damaged, RESOURCE_EXHAUSTED where memory is used up.
 */
export class ForeignDatabase {
  readonly #engine: WasmStack
  readonly #db: Engine
  readonly #stack: number

  private constructor(sqlite: Sqlite, image: Uint8Array) {
    if (image[READ_VERSION] === WAL) image[WRITE_VERSION] = image[READ_VERSION] = 1
    this.#engine = sqlite.engine as unknown as WasmStack
    this.#stack = this.#engine.stackSave()
    this.#db = new sqlite.engine.Database(image)
  }

  /**
   * Reads a database whole, and checks that it is one and undamaged. INVALID_PARAMETER_VALUE for what is none,
   * RESOURCE_EXHAUSTED for more than 1 GiB.
   */
  static async open(bytes: ByteSource, sqlite: Sqlite): Promise<ForeignDatabase> {
    if (bytes.size > MAX_BYTES)
      throw new TrackletError(
        'RESOURCE_EXHAUSTED',
        `The database has ${bytes.size} bytes; at most ${MAX_BYTES} are read. Remove what is not needed with \`mlflow gc\` and run SQLite's VACUUM.`,
      )
    if (!(await isSqlite(bytes))) throw invalid('This is no SQLite database.')
    const image = await bytes.read(0, bytes.size)
    const database = guarded(() => new ForeignDatabase(sqlite, image))
    try {
      database.run(PRAGMAS)
      database.#check()
      return database
    } catch (error) {
      database.close()
      throw error
    }
  }

  /** Runs statements that give no rows. */
  run(sql: string): void {
    guarded(
      () => this.#db.run(sql),
      () => this.#engine.stackRestore(this.#stack),
    )
  }

  /** The rows of a statement, one after another; several statements may be under way. */
  *rows(
    sql: string,
    params: readonly (string | number)[] = [],
  ): Generator<Cell[], void, undefined> {
    const recover = (): void => this.#engine.stackRestore(this.#stack)
    const statement = guarded(() => this.#db.prepare(sql), recover)
    try {
      guarded(() => statement.bind([...params]), recover)
      while (guarded(() => statement.step(), recover))
        yield guarded((): Cell[] => {
          const row = statement.get() as Cell[]
          if (!row.some(isLarge)) return row
          return (statement as unknown as AnyRow).get(null, { useBigInt: true }).map(smallAsNumber)
        }, recover)
    } finally {
      guarded(() => statement.free(), recover)
    }
  }

  /** Gives the memory back. */
  close(): void {
    try {
      this.#db.close()
    } catch {
      // A database that broke down while it was read has nothing that could be lost.
    }
  }

  #check(): void {
    const [encoding] = [...this.rows('PRAGMA encoding')].flat()
    const lines = [...this.rows('PRAGMA quick_check(100)')].map(([line]) => String(line))
    const damage = lines.find((line) => line !== 'ok' && !BROKEN_RULE.test(line))
    if (damage !== undefined) throw damaged(damage.replace(/\s+/g, ' ').slice(0, 200))
    if (encoding !== 'UTF-8')
      throw invalid(`The database's text is ${String(encoding)}; those of MLflow have UTF-8.`)
  }
}

/** A double holds integers exactly up to 2^53; reals beyond it are asked for twice, which does no harm. */
function isLarge(cell: Cell): boolean {
  return typeof cell === 'number' && !(Math.abs(cell) <= Number.MAX_SAFE_INTEGER)
}

function smallAsNumber(cell: Cell): Cell {
  if (typeof cell !== 'bigint') return cell
  return Number.isSafeInteger(Number(cell)) ? Number(cell) : cell
}

/** Does what SQLite may fail at. `recover` is called where the host, rather than SQLite, has ended it. */
function guarded<T>(work: () => T, recover: () => void = () => undefined): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error && error.name === 'Error')) recover()
    const message = error instanceof Error ? error.message : String(error)
    if (/out of memory|is full|too big|allocation failed/i.test(message))
      throw new TrackletError(
        'RESOURCE_EXHAUSTED',
        `The database needs too much memory here: ${message}.`,
        { cause: error },
      )
    throw damaged(message, error)
  }
}

function damaged(what: string, cause?: unknown): TrackletError {
  return new TrackletError(
    'DATA_LOSS',
    `The database is damaged (${what}). Take a backup of it, or repair a copy: \`sqlite3 mlflow.db .recover | sqlite3 repaired.db\`.`,
    cause === undefined ? {} : { cause },
  )
}
