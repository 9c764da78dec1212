import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareRuns, tableToComparison } from '../../../src/client/compare-runs.js'
import { findSimilarRuns } from '../../../src/client/similar-runs.js'
import type { ColumnTable, TableColumn } from '../../../src/entities/column-table.js'
import type { AnalysisStore, RunColumnsQuery } from '../../../src/store/analysis-store.js'
import type { SimilarRunsQuery } from '../../../src/search/similar-query.js'

interface TestRun {
  readonly params?: Readonly<Record<string, string>>
  readonly metrics?: Readonly<Record<string, number>>
  readonly tags?: Readonly<Record<string, string>>
  readonly endTime?: number
}

describe('a comparison', () => {
  test('has a row for each key, with a value for each run', () => {
    const { params, metrics, tags } = compare([
      { params: { lr: '0.1', z: '' }, metrics: { loss: 0.5, nan: NaN }, tags: { team: 'a' } },
      { params: { lr: '0.10' }, metrics: { nan: NaN }, tags: { team: 'a' } },
    ])
    expect(params).toEqual([
      { key: 'lr', values: ['0.1', '0.10'], differs: true },
      { key: 'z', values: ['', null], differs: true },
    ])
    expect(metrics).toEqual([
      { key: 'loss', values: [0.5, null], differs: true },
      { key: 'nan', values: [NaN, NaN], differs: false },
    ])
    expect(tags).toEqual([{ key: 'team', values: ['a', 'a'], differs: false }])
  })

  test('says that NaN differs from a number, and 0 not from -0', () => {
    const { metrics } = compare([{ metrics: { a: NaN, b: 0 } }, { metrics: { a: 1, b: -0 } }])
    expect(metrics.map(({ differs }) => differs)).toEqual([true, false])
  })

  test('can be only of what differs', () => {
    const runs = [
      { params: { same: '1', a: '1' }, metrics: { n: NaN }, tags: { t: '' } },
      { params: { same: '1', a: '2' }, metrics: { n: NaN }, tags: {} },
    ]
    const { params, metrics, tags } = compare(runs, { onlyDiffering: true })
    expect(params.map(({ key }) => key)).toEqual(['a'])
    expect(metrics).toEqual([])
    expect(tags.map(({ key }) => key)).toEqual(['t'])
  })

  test('has the tags of MLflow only where asked for', () => {
    const runs = [{ tags: { 'mlflow.runName': 'x', mlflow: 'own', 'mlflowish.a': 'own' } }]
    expect(compare(runs).tags.map(({ key }) => key)).toEqual(['mlflow', 'mlflowish.a'])
    expect(compare(runs, { systemTags: true }).tags.map(({ key }) => key)).toEqual([
      'mlflow',
      'mlflow.runName',
      'mlflowish.a',
    ])
  })

  test('leaves out keys that none of the runs has', () => {
    const table = runsToTable([{ params: { a: '1' }, metrics: { m: 1 } }, {}])
    const second: ColumnTable = {
      length: 1,
      columns: table.columns.map((column) => lastRow(column)),
    }
    expect(tableToComparison(second)).toMatchObject({ params: [], metrics: [], tags: [] })
  })

  test('is of the runs as they are, names and users from their tags', () => {
    const tags = { 'mlflow.runName': 'calm-owl', 'mlflow.user': 'ada' }
    expect(compare([{ tags, endTime: 5000 }, {}]).runs).toEqual([
      {
        runId: 'r0',
        experimentId: '1',
        runName: 'calm-owl',
        userId: 'ada',
        status: 'FINISHED',
        startTime: 0,
        endTime: 5000,
        artifactUri: 'files/r0',
      },
      {
        runId: 'r1',
        experimentId: '1',
        runName: '',
        userId: '',
        status: 'RUNNING',
        startTime: 1000,
        endTime: null,
        artifactUri: 'files/r1',
      },
    ])
  })

  test('has sorted keys and the values that the runs have', () => {
    const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('__proto__', 'metrics.a'))
    const run = fc.record({
      params: fc.dictionary(key, fc.constantFrom('1', '2')),
      metrics: fc.dictionary(key, fc.constantFrom(1, 2, NaN)),
    })
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), (runs) => {
        const { params, metrics } = compare(runs)
        expectRows(
          params,
          runs.map((given) => given.params),
        )
        expectRows(
          metrics,
          runs.map((given) => given.metrics),
        )
      }),
    )
  })
})

describe('compareRuns', () => {
  test('asks once for all runs, each once', async () => {
    const asked: RunColumnsQuery[] = []
    const store: Pick<AnalysisStore, 'getRunColumns'> = {
      getRunColumns: async (query) => {
        asked.push(query)
        return runsToTable([{}, {}])
      },
    }
    const { runs } = await compareRuns(store, ['r1', 'r0', 'r1'])
    expect(asked).toEqual([{ runIds: ['r1', 'r0'], experimentIds: [], viewType: 'ALL' }])
    expect(runs).toHaveLength(2)
  })

  test.each([[[]], ['r0'], [[1]], [undefined]])('refuses %j', async (ids) => {
    const store = { getRunColumns: async () => runsToTable([]) }
    await expect(compareRuns(store, ids as unknown as string[])).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
    })
  })
})

test('findSimilarRuns passes its options on, and bad ones not', async () => {
  const asked: SimilarRunsQuery[] = []
  const store: Pick<AnalysisStore, 'findSimilarRuns'> = {
    findSimilarRuns: async (query) => {
      asked.push(query)
      return [{ runId: 'other', distance: 1 }]
    },
  }
  const options = { by: ['params.lr'], k: 3, experimentIds: ['7'] }
  expect(await findSimilarRuns(store, 'r', options)).toEqual([{ runId: 'other', distance: 1 }])
  await expect(findSimilarRuns(store, 'r', { k: -1 })).rejects.toMatchObject({
    errorCode: 'INVALID_PARAMETER_VALUE',
  })
  expect(asked).toEqual([{ runId: 'r', ...options }])
})

function compare(
  runs: readonly TestRun[],
  options?: Parameters<typeof tableToComparison>[1],
): ReturnType<typeof tableToComparison> {
  return tableToComparison(runsToTable(runs), options)
}

/** The table that `getRunColumns` gives for these runs; its keyed columns in no order. */
function runsToTable(runs: readonly TestRun[]): ColumnTable {
  const keysOf = (part: 'params' | 'metrics' | 'tags'): string[] => [
    ...new Set(runs.flatMap((run) => Object.keys(run[part] ?? {})).reverse()),
  ]
  const text = (name: string, cells: readonly (string | undefined)[]): TableColumn => {
    const codes = Int32Array.from(cells, (cell, i) => (cell === undefined ? -1 : i))
    return { kind: 'text', name, codes, dictionary: cells.map((cell) => cell ?? '') }
  }
  const numbers = (cells: readonly (number | undefined)[]) => ({
    values: Float64Array.from(cells, (cell) => cell ?? NaN),
    missing: Uint8Array.from(cells, (cell) => (cell === undefined ? 1 : 0)),
  })
  const columns: TableColumn[] = [
    text(
      'run_id',
      runs.map((_, i) => `r${i}`),
    ),
    text(
      'experiment_id',
      runs.map(() => '1'),
    ),
    text(
      'status',
      runs.map(({ endTime }) => (endTime === undefined ? 'RUNNING' : 'FINISHED')),
    ),
    text(
      'artifact_uri',
      runs.map((_, i) => `files/r${i}`),
    ),
    { kind: 'time', name: 'start_time', ...numbers(runs.map((_, i) => i * 1000)) },
    { kind: 'time', name: 'end_time', ...numbers(runs.map(({ endTime }) => endTime)) },
    ...keysOf('metrics').map((key): TableColumn => {
      const cells = runs.map(({ metrics }) => own(metrics, key))
      return { kind: 'number', name: `metrics.${key}`, ...numbers(cells) }
    }),
    ...keysOf('params').map((key) =>
      text(
        `params.${key}`,
        runs.map(({ params }) => own(params, key)),
      ),
    ),
    ...keysOf('tags').map((key) =>
      text(
        `tags.${key}`,
        runs.map(({ tags }) => own(tags, key)),
      ),
    ),
  ]
  return { length: runs.length, columns }
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}

function lastRow(column: TableColumn): TableColumn {
  if (column.kind === 'text') return { ...column, codes: column.codes.slice(-1) }
  if (column.kind !== 'number' && column.kind !== 'time') throw new Error('no such column here')
  return { ...column, values: column.values.slice(-1), missing: column.missing?.slice(-1) ?? null }
}

function expectRows<T>(
  rows: readonly { key: string; values: readonly (T | null)[]; differs: boolean }[],
  records: readonly Readonly<Record<string, T>>[],
): void {
  const keys = [...new Set(records.flatMap((record) => Object.keys(record)))].sort()
  expect(rows.map(({ key }) => key)).toEqual(keys)
  for (const { key, values, differs } of rows) {
    expect(values).toEqual(records.map((record) => own(record, key) ?? null))
    expect(differs).toBe(new Set(values).size > 1)
  }
}
