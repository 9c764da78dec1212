import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SqlArgument } from '../../../../src/store/analysis-store.js'
import type { SqlStore } from './host.js'
import { kindsOf, openSqlStore, rowsOf } from './host.js'

let at: SqlStore

beforeAll(async () => {
  at = await openSqlStore()
})

async function one(text: string, args: readonly SqlArgument[] = []): Promise<unknown> {
  return rowsOf(await at.sql(text, args))[0]?.[0]
}

describe('a result', () => {
  it.each([
    ['VALUES (1), (2)', 'int64'],
    ['VALUES (1), (NULL)', 'int64'],
    ['VALUES (1.5), (NULL)', 'number'],
    ['VALUES (1), (1.5)', 'number'],
    ["VALUES ('a'), (NULL), ('a')", 'text'],
    ['VALUES (NULL), (NULL)', 'text'],
    ['SELECT 1 WHERE 0', 'text'],
    ["VALUES (1), ('a')", 'mixed'],
    ["VALUES (x'00'), (NULL)", 'mixed'],
    ['VALUES (9007199254740993), (1.5)', 'mixed'],
  ])('of %s is a column of kind %s', async (text, kind) => {
    const { columns } = await at.sql(text)
    expect(columns.map((column) => column.kind)).toEqual([kind])
  })

  it('says which rows are missing', async () => {
    const { columns, length } = await at.sql(
      "VALUES (1, NULL, 'b', NULL), (NULL, 2.5, NULL, NULL), (3, 4.5, 'a', NULL)",
    )
    expect(length).toBe(3)
    expect(columns).toEqual([
      {
        kind: 'int64',
        name: 'column1',
        values: Float64Array.of(1, 0, 3),
        missing: Uint8Array.of(0, 1, 0),
      },
      {
        kind: 'number',
        name: 'column2',
        values: Float64Array.of(0, 2.5, 4.5),
        missing: Uint8Array.of(1, 0, 0),
      },
      { kind: 'text', name: 'column3', codes: Int32Array.of(0, -1, 1), dictionary: ['b', 'a'] },
      { kind: 'text', name: 'column4', codes: Int32Array.of(-1, -1, -1), dictionary: [] },
    ])
  })

  it('keeps integers past 2^53', async () => {
    const { columns } = await at.sql('VALUES (9007199254740993), (-9223372036854775808), (NULL)')
    expect(columns[0]).toEqual({
      kind: 'int64',
      name: 'column1',
      values: BigInt64Array.of(9007199254740993n, -(2n ** 63n), 0n),
      missing: Uint8Array.of(0, 0, 1),
    })
  })

  it('keeps every value of a mixed column', async () => {
    const text = "VALUES (1), (9007199254740993), (0.5), ('é'), (x'0001'), (NULL)"
    const values = [1, 9007199254740993n, 0.5, 'é', Uint8Array.of(0, 1), null]
    expect((await at.sql(text)).columns[0]).toMatchObject({ kind: 'mixed', values })
  })

  it('has the names that SQLite gives, twice if it gives one twice', async () => {
    const table = await at.sql('SELECT 1 AS a, 2 AS a, 3 AS "ä 😀", count(*)')
    expect(kindsOf(table)).toEqual(['a: int64', 'a: int64', 'ä 😀: int64', 'count(*): int64'])
  })

  it('can be long', async () => {
    const count = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)'
    const { columns, length } = await at.sql(`${count} SELECT x FROM n`)
    expect(length).toBe(20_000)
    expect(columns[0]).toMatchObject({ kind: 'int64' })
  })

  it('explains', async () => {
    expect((await at.sql('EXPLAIN SELECT * FROM runs')).length).toBeGreaterThan(3)
    expect(await one('explain query plan select * from params')).toEqual(expect.any(Number))
  })
})

describe('maxRows', () => {
  it('is the most that is given', async () => {
    expect((await at.sql('VALUES (1), (2)', [], { maxRows: 2 })).length).toBe(2)
    const more = at.sql('VALUES (1), (2), (3)', [], { maxRows: 2 })
    await expect(more).rejects.toMatchObject({
      errorCode: 'RESOURCE_EXHAUSTED',
      message: 'The query gives more than 2 rows. Add a LIMIT, or pass a greater maxRows.',
    })
  })

  it('ends a query without an end', async () => {
    const endless =
      'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n'
    const result = at.sql(endless, [], { maxRows: 1000 })
    await expect(result).rejects.toMatchObject({ errorCode: 'RESOURCE_EXHAUSTED' })
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null])(
    'is refused as %s',
    async (maxRows) => {
      const result = at.sql('SELECT 1', [], { maxRows: maxRows as number })
      await expect(result).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    },
  )
})

describe('arguments', () => {
  it.each(
    (
      [
        [3, 'integer', 3],
        [-0, 'integer', 0],
        [0.5, 'real', 0.5],
        [1_700_000_000_000, 'integer', 1_700_000_000_000],
        [-1_700_000_000_000, 'integer', -1_700_000_000_000],
        [1e300, 'real', 1e300],
        [Number.POSITIVE_INFINITY, 'real', Number.POSITIVE_INFINITY],
        [5n, 'integer', 5],
        [2n ** 63n - 1n, 'integer', 2n ** 63n - 1n],
        [-(2n ** 63n), 'integer', -(2n ** 63n)],
        ["it's; -- é😀\0", 'text', "it's; -- é😀\0"],
        [true, 'integer', 1],
        [false, 'integer', 0],
        [null, 'null', null],
        [Uint8Array.of(0, 255), 'blob', Uint8Array.of(0, 255)],
      ] as [SqlArgument, string, unknown][]
    ).map(([value, type, given]) => [String(value), value, type, given] as const),
  )('%s', async (_, value, type, given) => {
    const rows = rowsOf(await at.sql('SELECT typeof(?1), ?1', [value]))
    expect(rows).toEqual([[type, given]])
  })

  it('go to ? in their order and to ?N by number', async () => {
    const great = 2n ** 60n
    const rows = rowsOf(await at.sql("SELECT ?, ?, '?', ?1, ?, ?2 -- ?", ['a', great, 'c']))
    expect(rows).toEqual([['a', great, '?', 'a', 'c', great]])
  })

  it.each(
    (
      [
        ['SELECT ?', [], /takes one argument, 0 were given/],
        ['SELECT 1', [1], /takes 0 arguments, 1 was given/],
        ['SELECT ?, ?', [1], /takes 2 arguments, 1 was given/],
        ['SELECT ?3', [1, 2], /takes 3 arguments/],
        ["SELECT '?' -- ?", [1], /takes 0 arguments/],
        ['SELECT ?', [Number.NaN], /argument 1 is NaN/],
        ['SELECT ?', [2n ** 63n], /64 bits/],
        ['SELECT ?', [undefined], /argument 1 is of no kind/],
        ['SELECT ?', new Array(1), /argument 1 is of no kind/],
        ['SELECT ?', [{}], /argument 1 is of no kind/],
        ['SELECT ?', [[1]], /argument 1 is of no kind/],
        ['SELECT ?', [new Date(0)], /argument 1 is of no kind/],
        ['SELECT ?', [() => 1], /argument 1 is of no kind/],
        ['SELECT ?', 'a', /must be an array/],
        ['SELECT ?', null, /must be an array/],
      ] as [string, unknown, RegExp][]
    ).map((row) => [String(row[2]), ...row] as const),
  )('are refused: %s', async (_, text, args, message) => {
    const result = at.sql(text, args as SqlArgument[])
    await expect(result).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    await expect(at.sql(text, args as SqlArgument[])).rejects.toThrow(message)
  })

  it('come back as they were given', async () => {
    const value = fc.oneof(
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.string({ unit: 'grapheme' }),
      fc.constant(null),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 8 }), async (args) => {
        const text = `SELECT ${args.map((_, i) => (i % 2 ? '?' : `?${i + 1}`)).join(', ')}`
        const row = rowsOf(await at.sql(text, args))[0] ?? []
        expect(row.map(plain)).toEqual(args.map(plain))
      }),
      { numRuns: 60 },
    )
  })
})

describe('the text', () => {
  it.each([
    ["SELECT 'a;b' ; -- end ; \n /* ; */", 'a;b'],
    ['\uFEFF\n\t SELECT 1', 1],
    ['-- first\nselect 1 -- last', 1],
    ['SELECT /* \n -- */ 1 /* no end', 1],
    ["SELECT 'it''s -- /* ?'", "it's -- /* ?"],
    ['SELECT a"b" FROM (SELECT 1 a)', 1],
    ['SELECT "a;""?" FROM (SELECT 1 "a;""?")', 1],
    ['SELECT [a;?] FROM (SELECT 1 [a;?])', 1],
    ['SELECT `a;?` FROM (SELECT 1 `a;?`)', 1],
    ["SELECT hex(x'3f3b')", '3F3B'],
    ["SELECT 1e2->>'$'", 100],
    ['VALUES (7)', 7],
    ['WITH t(x) AS (SELECT 8) SELECT x FROM t', 8],
  ])('%j gives %j', async (text, value) => {
    expect(await one(text)).toBe(value)
  })

  it('says what SQLite finds wrong', async () => {
    await expect(at.sql('SELECT absent FROM runs')).rejects.toThrow('SQL: no such column: absent')
    await expect(at.sql('SELECT * FROM nowhere')).rejects.toThrow('SQL: no such table: nowhere')
    await expect(at.sql('SELECT FROM')).rejects.toThrow(/SQL: near "FROM": syntax error/)
  })

  it.each([undefined, null, 5, ['SELECT 1']])('is refused as %j', async (text) => {
    const result = at.sql(text as unknown as string)
    await expect(result).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
  })

  it('that is anything at all is answered or refused', async () => {
    const piece = fc.oneof(
      fc.constantFrom('SELECT', 'WITH', 'FROM', 'runs', 'metrics', '*', ',', '(', ')', ';', '1'),
      fc.constantFrom("'", '"', '`', '[', ']', '--', '/*', '*/', '\n', '?', '?2', ':a', 'AS', '$'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const found = await at.sql(`SELECT ${pieces.join(' ')}`).catch((error: unknown) => error)
        if (found instanceof Error)
          expect(found).toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
        expect(at.inside('SELECT * FROM sqlite_temp_schema')).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

describe('options', () => {
  it.each([null, 5, { materialise: 1 }, { materialise: 'yes' }])(
    '%j are refused',
    async (options) => {
      const result = at.sql('SELECT 1', [], options as never)
      await expect(result).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    },
  )
})

describe('a query beside writes', () => {
  it('sees each of them whole or not at all', async () => {
    const { store, sql } = await openSqlStore()
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    const point = (step: number): Promise<void> =>
      store.logBatch(info.runId, {
        metrics: [
          { key: 'a', value: step, step, timestamp: 1 },
          { key: 'b', value: step, step, timestamp: 1 },
        ],
        params: [[`p${step}`, 'x']],
      })
    const text = `SELECT (SELECT count(*) FROM metrics WHERE key = 'a'),
      (SELECT count(*) FROM metrics WHERE key = 'b'),
      (SELECT count(*) FROM params), (SELECT max(step) FROM latest_metrics) FROM runs WHERE run_uuid = ?`
    await point(0)
    const work: Promise<unknown>[] = []
    for (let step = 1; step < 30; step++)
      work.push(
        sql(text, [info.runId]),
        point(step),
        step % 10 === 0 ? store.checkpoint() : point(0),
      )
    const tables = (await Promise.all(work)).filter((found) => found !== undefined)
    expect(tables).toHaveLength(29)
    for (const table of tables as Awaited<ReturnType<typeof sql>>[]) {
      const [a, b, params, latest] = rowsOf(table)[0] as number[]
      expect(b).toBe(a)
      expect(latest).toBe(Number(params) - 1)
      expect(a).toBeLessThanOrEqual(Number(params))
    }
    expect(rowsOf(await sql(text, [info.runId]))).toEqual([[30, 30, 30, 29]])
  })

  it('leaves out a run that is purged meanwhile', async () => {
    const { store, sql } = await openSqlStore()
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    await store.logMetric(info.runId, { key: 'a', value: 1, step: 1, timestamp: 1 })
    await store.deleteRun(info.runId)
    const reading = sql('SELECT * FROM metrics WHERE run_uuid = ?', [info.runId])
    const purging = store.purgeRun(info.runId)
    expect((await reading).length).toBe(0)
    await purging
  })

  it('is answered or refused while the store closes, and refused from then on', async () => {
    const { store, sql } = await openSqlStore()
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    await store.logMetric(info.runId, { key: 'a', value: 1, step: 1, timestamp: 1 })
    await store.checkpoint()
    const text = 'SELECT value FROM metrics WHERE run_uuid = ?'
    const reading = sql(text, [info.runId]).then(rowsOf, (error: unknown) => error)
    await store.close()
    const found = await reading
    if (found instanceof Error) expect(found).toMatchObject({ errorCode: 'INVALID_STATE' })
    else expect(found).toEqual([[1]])
    await expect(sql('SELECT 1')).rejects.toMatchObject({ errorCode: 'INVALID_STATE' })
  })
})

/** Integers alike, however they are written, and -0 as the 0 that SQLite keeps. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  return Object.is(value, -0) ? 0 : value
}
