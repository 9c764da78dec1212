import { describe, expect, it } from 'vitest'
import { TrackletError } from '../../../src/errors.js'
import type { ImportReport } from '../../../src/import/report.js'
import { loadSqlite } from '../../../src/store/database.js'
import { seededRandom } from '../../helpers/random.js'
import { stateHash } from '../../helpers/state-hash.js'
import { makeDatabase, openStore } from './make-database.js'

const CODES = ['INVALID_PARAMETER_VALUE', 'DATA_LOSS', 'RESOURCE_EXHAUSTED']
/** Values that no column is made for, as SQL. */
const ODD = [
  'NULL',
  "''",
  "'x'",
  "'1'",
  '-1',
  '0',
  '1.5',
  '9e999',
  '9223372036854775807',
  '-9223372036854775808',
  "x'ff00fe'",
  "CAST(x'80' AS TEXT)",
  "CAST(x'610062' AS TEXT)",
  "replace(hex(zeroblob(10000)), '00', 'ab')",
  'zeroblob(100000)',
  "'../../etc/passwd'",
  "'__proto__'",
  "'a/b:c'",
  "'RUN'",
  "'aa11'",
  "'m'",
  '7',
]

/** The report of an import, or the error that it ended with; then the store must be as it was before. */
async function outcome(database: Uint8Array<ArrayBuffer>): Promise<ImportReport | TrackletError> {
  const { store, tracker } = await openStore()
  try {
    const before = await stateHash(store)
    return await tracker.importFrom(database).catch(async (error: unknown) => {
      expect(error).toBeInstanceOf(TrackletError)
      expect(CODES).toContain((error as TrackletError).errorCode)
      expect(await stateHash(store)).toBe(before)
      return error as TrackletError
    })
  } finally {
    await tracker.close()
  }
}

describe('a database', () => {
  it('with flipped bytes is refused, or what of it is good is taken', async () => {
    const good = await makeDatabase()
    // Most of a small database is empty: what is changed are bytes that say something.
    const used = Array.from(good.keys()).filter((at) => good[at] !== 0)
    const found = { refused: 0, taken: 0 }
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed)
      const bytes = good.slice()
      const count = 1 + Math.floor(random() * 4)
      for (let i = 0; i < count; i++)
        bytes[used[Math.floor(random() * used.length)]!] = Math.floor(random() * 256)
      const result = await outcome(bytes)
      found[result instanceof TrackletError ? 'refused' : 'taken']++
    }
    expect(found.refused).toBeGreaterThan(10)
    expect(found.taken).toBeGreaterThan(10)
  })

  it('with anything in its columns is taken, with doubts', async () => {
    const columns = await columnsOf(await makeDatabase())
    let doubts = 0
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed)
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
      const sql = Array.from({ length: 1 + Math.floor(random() * 10) }, () => {
        const [table, column] = pick(columns)
        const some = random() < 0.5 ? '' : ` WHERE rowid = ${1 + Math.floor(random() * 3)}`
        return `UPDATE "${table}" SET "${column}" = ${pick(ODD)}${some};`
      }).join('\n')
      const result = await outcome(await makeDatabase(sql))
      if (result instanceof TrackletError) throw new Error(`${sql}\n${result.message}`)
      doubts += result.doubts.length
    }
    expect(doubts).toBeGreaterThan(300)
  })

  it('with nothing but NULLs gives nothing, and says so', async () => {
    const columns = await columnsOf(await makeDatabase())
    const sql = columns.map(([table, column]) => `UPDATE "${table}" SET "${column}" = NULL;`)
    expect(await outcome(await makeDatabase(sql.join('\n')))).toMatchObject({
      runs: { added: 0 },
      registeredModels: { added: 0 },
      points: 0,
    })
  })

  it('with empty tables gives nothing', async () => {
    expect(await outcome(await makeDatabase('', ''))).toMatchObject({
      experiments: { added: 0 },
      doubts: [],
    })
  })

  it('with every row twice gives each thing once', async () => {
    const tables = new Set((await columnsOf(await makeDatabase())).map(([table]) => table))
    const sql = Array.from(tables, (table) => `INSERT INTO "${table}" SELECT * FROM "${table}";`)
    expect(await outcome(await makeDatabase(sql.join('\n')))).toMatchObject({
      experiments: { added: 1 },
      runs: { added: 3 },
      registeredModels: { added: 1 },
    })
  })
})

async function columnsOf(database: Uint8Array): Promise<[table: string, column: string][]> {
  const { engine } = await loadSqlite()
  const db = new engine.Database(database)
  const [found] = db.exec(
    `SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'`,
  )
  db.close()
  return found!.values.map(([table, column]) => [String(table), String(column)])
}
