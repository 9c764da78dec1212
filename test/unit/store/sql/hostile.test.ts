import { beforeAll, describe, expect, it } from 'vitest'
import { stateHash } from '../../../helpers/state-hash.js'
import type { SqlStore } from './host.js'
import { openSqlStore, rowsOf } from './host.js'

let at: SqlStore
let run: string
let before: string

beforeAll(async () => {
  at = await openSqlStore()
  const { info } = await at.store.createRun({ experimentId: '0', startTime: 1 })
  run = info.runId
  await at.store.logBatch(run, {
    metrics: [{ key: 'm', value: 1, step: 1, timestamp: 1 }],
    params: [['p', '1']],
  })
  before = await image()
})

/** All that readers see, every table, and what SQLite could have been left in. */
async function image(): Promise<string> {
  const { store, inside } = at
  const tables = inside("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name")
  const rows = tables.map(([name]) => inside(`SELECT * FROM main.${String(name)}`))
  const settings = ['query_only', 'journal_mode', 'synchronous', 'user_version', 'writable_schema']
  const pragmas = settings.map((name) => inside(`PRAGMA ${name}`))
  const schema = inside('SELECT name, sql FROM main.sqlite_schema')
  return JSON.stringify([await stateHash(store), rows, temporary(at), pragmas, schema])
}

function temporary({ inside }: SqlStore): unknown[] {
  return inside('SELECT name FROM sqlite_temp_schema')
}

const REFUSED = [
  '',
  '   -- nothing',
  ';',
  '/* SELECT 1 */',
  'DELETE FROM runs',
  'DELETE FROM main.runs',
  "INSERT INTO main.meta VALUES('a', 'b')",
  "REPLACE INTO main.meta VALUES('schema_version', '9')",
  "UPDATE main.runs SET name = 'x' RETURNING *",
  'DROP TABLE main.runs',
  'CREATE TABLE x(y)',
  'CREATE TEMP TABLE runs(y)',
  'CREATE VIRTUAL TABLE temp.f USING fts3(x)',
  'CREATE TEMP TRIGGER t AFTER INSERT ON main.runs BEGIN SELECT 1; END',
  'ALTER TABLE main.runs ADD COLUMN x',
  'ANALYZE',
  'REINDEX',
  'VACUUM',
  "VACUUM INTO 'file'",
  "ATTACH ':memory:' AS other",
  'DETACH main',
  'BEGIN',
  'COMMIT',
  'END',
  'ROLLBACK',
  'SAVEPOINT a',
  'RELEASE inner_part',
  'PRAGMA query_only = OFF',
  'PRAGMA writable_schema = ON',
  'EXPLAIN PRAGMA query_only = OFF',
  'EXPLAIN QUERY PLAN PRAGMA query_only = OFF',
  'EXPLAIN PRAGMA journal_mode = OFF',
  'EXPLAIN /* */ DELETE FROM main.runs',
  '/**/ EXPLAIN -- \n PRAGMA user_version = 4',
  'SELECT 1; DELETE FROM main.runs',
  'SELECT 1; SELECT 2',
  "SELECT ';'; COMMIT",
  'SELECT 1 /* ; */ ; -- \n COMMIT',
  'SELECT 1\0; COMMIT',
  'WITH x AS (SELECT 1) DELETE FROM main.runs',
  "WITH x AS (SELECT 1) INSERT INTO main.meta SELECT 'a', 'b' FROM x",
  "WITH x AS (SELECT 1) INSERT INTO runs(name) SELECT 'a' FROM x",
  "WITH x AS (SELECT 1) UPDATE main.runs SET name = 'x' RETURNING name",
  "WITH x AS (SELECT 1) REPLACE INTO main.keys VALUES(1, 'x')",
  'WITH x AS (SELECT 1) DELETE FROM main.sqlite_schema',
  'WITH x AS (SELECT 1) DELETE FROM temp.experiments',
  'SELECT * FROM pragma_query_only(0)',
  'SELECT * FROM pragma_writable_schema(1)',
  "SELECT * FROM pragma_journal_mode('off')",
  "SELECT fts3_tokenizer('simple', x'0000000000000000')",
  "SELECT load_extension('x')",
  "SELECT writefile('x', 'y')",
  'VALUES(1) INTO x',
  'SELECT * FROM nowhere',
  'SELECT nothing FROM runs',
  'SELECT "unended FROM runs',
  "SELECT 'unended",
  "SELECT json('{')",
  'SELECT abs(-9223372036854775808)',
  'SELECT :name',
  'SELECT @name',
  'SELECT $name',
  'SELECT ?0',
  'SELECT ?99999',
  `SELECT ${'('.repeat(3000)}1${')'.repeat(3000)}`,
  `SELECT '${'a'.repeat(60_000)}' LIKE '${'%a'.repeat(24_000)}b'`,
  `SELECT 1${' UNION SELECT 1'.repeat(1000)}`,
  `SELECT '${'a'.repeat(1_000_000)}'`,
]

const HARMLESS = [
  'SELECT * FROM pragma_query_only',
  'SELECT * FROM pragma_optimize(0xfffe)',
  'SELECT * FROM pragma_integrity_check',
  "SELECT * FROM pragma_table_info('runs')",
  'SELECT * FROM pragma_wal_checkpoint',
  'SELECT * FROM pragma_incremental_vacuum(5)',
  'SELECT * FROM pragma_locking_mode',
  'SELECT * FROM pragma_shrink_memory',
  'SELECT count(*) FROM sqlite_temp_schema',
  'EXPLAIN WITH x AS (SELECT 1) DELETE FROM main.runs',
  'SELECT last_insert_rowid(), changes(), total_changes()',
  'SELECT name FROM main.runs; ; -- the end',
]

describe('a query that would write, or is none', () => {
  it.each(REFUSED.map((text) => [text.slice(0, 80), text]))('is refused: %s', async (_, text) => {
    await expect(at.sql(text)).rejects.toMatchObject({
      name: 'TrackletError',
      errorCode: 'INVALID_PARAMETER_VALUE',
    })
    expect(await image()).toBe(before)
  })

  it.each(HARMLESS)('changes nothing where SQLite runs it: %s', async (text) => {
    await at.sql(text).catch((error: unknown) => {
      expect(error).toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    })
    expect(await image()).toBe(before)
  })

  it('is refused every time, with and without views', async () => {
    const write = 'WITH x AS (SELECT 1) DELETE FROM main.keys'
    for (let i = 0; i < 3; i++) {
      await expect(at.sql(write)).rejects.toThrow(/readonly/)
      await at.sql('SELECT 1 FROM runs')
      await expect(at.sql(`${write} WHERE 1 IN (SELECT 1 FROM runs)`)).rejects.toThrow(/readonly/)
    }
    expect(await image()).toBe(before)
  })

  it('leaves the store fit for writing and for a checkpoint', async () => {
    const { store, sql } = await openSqlStore()
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    const deep = `SELECT '${'a'.repeat(60_000)}' LIKE '${'%a'.repeat(24_000)}b'`
    for (let i = 0; i < 100; i++) {
      await sql(i % 2 ? deep : 'SELECT * FROM nowhere').catch(() => undefined)
      await store.logParam(info.runId, `p${i}`, 'x')
    }
    await store.checkpoint()
    expect(rowsOf(await sql('SELECT count(*) FROM params'))).toEqual([[100]])
  })
})

describe('temporary tables', () => {
  it('are never seen by the engine, which has tables of the same names', async () => {
    await at.sql('SELECT * FROM runs, params, experiments')
    expect(at.inside('SELECT id FROM runs')).toEqual([[1]])
    expect(() => at.inside('SELECT run_uuid FROM runs')).toThrow(/no such column/)
    expect(temporary(at)).toEqual([])
  })

  it('go when the rows are too many, too', async () => {
    const text = 'SELECT p.key FROM params p, metrics m WHERE m.run_uuid = ?'
    const tooMany = at.sql(`${text} UNION ALL SELECT 'more'`, [run], { maxRows: 1 })
    await expect(tooMany).rejects.toMatchObject({ errorCode: 'RESOURCE_EXHAUSTED' })
    expect(await image()).toBe(before)
  })
})
