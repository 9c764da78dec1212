import { tableFromArrays } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellToJson, parseTableJson, tableToJson } from '../../../src/artifacts/pandas-json.js'
import type { TableData } from '../../../src/artifacts/table-data.js'
import { loadTable, logTable } from '../../../src/artifacts/table.js'
import { writeArtifact } from '../../../src/artifacts/write.js'
import { readCases } from './fixtures.js'
import { memoryStore, textOf } from './memory-runs.js'

interface TableCase {
  readonly logged: TableData[]
  readonly text: string
  readonly tag: string
  readonly loaded: string[]
  readonly rows: number
}

const cases = readCases<TableCase[]>('tables.json')
const invalid = { errorCode: 'INVALID_PARAMETER_VALUE' }
const bytes = (text: string) => new TextEncoder().encode(text)

describe('logTable', () => {
  it.each(cases.map((entry, index) => [index, entry] as const))(
    'writes case %i as MLflow does, and loads it again',
    async (_, { logged, text, tag, loaded, rows }) => {
      const { store } = memoryStore()
      for (const data of logged) await logTable(store, 'r', data, 't/eval.json')
      expect(await textOf(store, 'r', 't/eval.json')).toBe(text)
      expect((await store.getRun('r')).data.tags['mlflow.loggedArtifacts']).toBe(tag)
      const extraColumns = ['run_id', 'status']
      const table = await loadTable(store, { runIds: ['r'] }, 't/eval.json', { extraColumns })
      expect(table.columns).toEqual(loaded)
      expect(table.data.length).toBe(rows)
    },
  )

  it('takes records, columns, rows below columns, typed arrays and Arrow tables alike', async () => {
    const forms: TableData[] = [
      [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
      { a: [1, 2], b: ['x', 'y'] },
      {
        columns: ['a', 'b'],
        data: [
          [1, 'x'],
          [2, 'y'],
        ],
      },
      { a: Int32Array.of(1, 2), b: ['x', 'y'] },
      tableFromArrays({ a: Int32Array.of(1, 2), b: ['x', 'y'] }),
    ]
    for (const data of forms) {
      const { store } = memoryStore()
      await logTable(store, 'r', data, 't.json')
      expect(await textOf(store, 'r', 't.json')).toBe(
        '{"columns":["a","b"],"data":[[1,"x"],[2,"y"]]}',
      )
    }
  })

  it('keeps every row when tables are logged to one file at the same time', async () => {
    const { store } = memoryStore()
    await Promise.all([1, 2, 3].map((a) => logTable(store, 'r', { a }, 't.json')))
    await Promise.all(['u.json', 'v.json'].map((path) => logTable(store, 'r', { a: 1 }, path)))
    expect((await loadTable(store, { runIds: ['r'] }, 't.json')).data).toEqual([[1], [2], [3]])
    const tag = (await store.getRun('r')).data.tags['mlflow.loggedArtifacts'] ?? ''
    expect(JSON.parse(tag)).toHaveLength(3)
  })

  it('keeps numbers exact, where ten decimals would lose digits and int64 would lose its end', async () => {
    const { store } = memoryStore()
    const data = [
      [1 / 3, 2n ** 63n - 1n, 1e-20],
      [0.25, 5n, -2.5],
    ]
    await logTable(store, 'r', { columns: ['f', 'i', 's'], data }, 't.json')
    await logTable(store, 'r', { columns: ['f', 'i', 's'], data: [] }, 't.json')
    const text = '[0.3333333333333333,9223372036854775807,1e-20],[0.25,5,-2.5]'
    expect(await textOf(store, 'r', 't.json')).toContain(text)
    expect((await loadTable(store, { runIds: ['r'] }, 't.json')).data).toEqual([
      [1 / 3, 2n ** 63n - 1n, 1e-20],
      [0.25, 5, -2.5],
    ])
  })

  it('writes dates with milliseconds, and null for what is not a number', async () => {
    const values = [new Date(Date.UTC(2024, 0, 2)), new Date(NaN), NaN, -Infinity, undefined, null]
    expect(values.map((value) => cellToJson(value))).toEqual([
      '"2024-01-02T00:00:00.000"',
      ...['null', 'null', 'null', 'null', 'null'],
    ])
  })

  it('writes any finite number so that it reads back as itself', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
        expect(JSON.parse(cellToJson(value))).toBe(value)
      }),
      { numRuns: 2000 },
    )
  })

  it('reads the cells of any table that it wrote', () => {
    const cell = fc.jsonValue({ maxDepth: 2 })
    fc.assert(
      fc.property(
        fc.array(fc.string(), { maxLength: 3 }),
        fc.array(fc.array(cell)),
        (columns, cells) => {
          const rows = cells.map((row) => columns.map((_, at) => cellToJson(row[at])))
          const text = tableToJson({ columns, rows })
          const table = parseTableJson(text)
          expect(table?.columns).toEqual(columns)
          expect(table?.rows.map((row) => row.map((raw) => JSON.parse(raw) as unknown))).toEqual(
            (JSON.parse(text) as { data: unknown }).data,
          )
        },
      ),
    )
  })

  it('stores images of cells as files and names them in the cell', async () => {
    const { store } = memoryStore()
    const image = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) }
    await logTable(store, 'r', { prompt: ['p'], image: [image] }, 'd/t.json')
    const [row] = (await loadTable(store, { runIds: ['r'] }, 'd/t.json')).data
    const { type, filepath, compressed_filepath } = row?.[1] as Record<string, string>
    expect(type).toBe('image')
    expect(filepath).toMatch(/^table_images\/d\/t\/[0-9a-f-]{36}\.png$/)
    expect(compressed_filepath).toBe(filepath)
    expect((await textOf(store, 'r', filepath ?? '')).slice(1, 4)).toBe('PNG')
    await expect(logTable(store, 'r', { image: [image, 'x'] }, 'u.json')).rejects.toThrow(
      /mix of images/,
    )
  })

  it('refuses names, shapes and files that are no tables', async () => {
    const { store } = memoryStore()
    for (const path of ['t.csv', 'a:b.json', '../t.json', "it's.json"])
      await expect(logTable(store, 'r', { a: 1 }, path)).rejects.toThrow(/nvalid|forbidden/)
    await expect(logTable(store, 'r', { a: 1 }, 't.parquet')).rejects.toMatchObject({
      errorCode: 'NOT_IMPLEMENTED',
    })
    await expect(logTable(store, 'r', { a: [1], b: [1, 2] }, 't.json')).rejects.toMatchObject(
      invalid,
    )
    await expect(logTable(store, 'r', 5 as unknown as TableData, 't.json')).rejects.toMatchObject(
      invalid,
    )
    await writeArtifact(store, 'r', 'x.json', bytes('{"columns":["a"],"data":[[1,2]]}'))
    await expect(logTable(store, 'r', { a: 1 }, 'x.json')).rejects.toMatchObject(invalid)
    expect(await textOf(store, 'r', 'x.json')).toContain('[1,2]')
  })
})

describe('loadTable', () => {
  it('gives the rows of all runs of an experiment, newest first, with columns of the runs', async () => {
    const { store } = memoryStore()
    await logTable(store, 'r', { a: [1], run_id: ['mine'] }, 't.json')
    await logTable(store, 's', { b: ['x'] }, 't.json')
    const extraColumns = ['run_id', 'metrics.loss', 'params.lr', 'tags.none', 'end_time']
    const table = await loadTable(store, { experimentIds: ['0'] }, './t.json', { extraColumns })
    expect(table.columns).toEqual(['b', 'run_id', ...extraColumns.slice(1), 'a', 'run_id_'])
    expect(table.data).toEqual([
      ['x', 's', 0.5, '1', null, null, null, null],
      [null, 'mine', 0.5, '1', null, null, 1, 'r'],
    ])
  })

  it('tells when no run has the table, when the file is gone, and when a column is unknown', async () => {
    const { store } = memoryStore()
    const absent = { errorCode: 'RESOURCE_DOES_NOT_EXIST' }
    await expect(loadTable(store, { runIds: ['r'] }, 't.json')).rejects.toMatchObject(absent)
    await logTable(store, 'r', { a: 1 }, 't.json')
    const extraColumns = ['nope']
    await expect(
      loadTable(store, { runIds: ['r'] }, 't.json', { extraColumns }),
    ).rejects.toMatchObject(invalid)
    await store.deleteArtifacts('r', 't.json')
    await expect(loadTable(store, { runIds: ['r'] }, 't.json')).rejects.toThrow(
      /not found for run r/,
    )
  })
})
