import { createHash } from 'node:crypto'
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { ExportOptions } from '../../../src/mlruns/export-options.js'
import { exportRuns, exportZip } from '../../../src/mlruns/export-zip.js'
import type { Store } from '../../../src/store/store.js'
import { emptyRun, experiment, fakeStore } from './fake-store.js'

const MIB = 1024 * 1024

async function exported(store: Store, options?: ExportOptions) {
  const { stream, report } = exportRuns(store, options)
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  const files = unzipSync(bytes)
  const read = (path: string): string => new TextDecoder().decode(files[path])
  const meta = (path: string): unknown => parse(read(path), { version: '1.1' })
  return { paths: Object.keys(files), read, meta, bytes, report: await report }
}

function metric(key: string) {
  return { key, value: 1, timestamp: 1, step: 1 }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

describe('exportZip', () => {
  it('lays experiments, deleted ones and runs out as the file store does', async () => {
    const { store } = fakeStore(
      [
        experiment('0'),
        experiment('7', { lifecycleStage: 'deleted', name: 'yes' }),
        experiment('9'),
      ],
      [
        { run: emptyRun('a') },
        { run: emptyRun('b') },
        { run: emptyRun('c') },
        { run: emptyRun('d', '7') },
      ],
    )
    const { paths, meta, report } = await exported(store)
    const folders = (run: string): string[] =>
      ['', 'meta.yaml', 'artifacts/', 'metrics/', 'params/', 'tags/'].map(
        (name) => `mlruns/${run}/${name}`,
      )
    expect(paths).toEqual([
      ...['mlruns/', 'mlruns/.trash/', 'mlruns/0/', 'mlruns/0/meta.yaml'],
      ...[...folders('0/a'), ...folders('0/b'), ...folders('0/c')],
      ...['mlruns/.trash/7/', 'mlruns/.trash/7/meta.yaml', ...folders('.trash/7/d')],
      ...['mlruns/9/', 'mlruns/9/meta.yaml'],
    ])
    expect(meta('mlruns/.trash/7/meta.yaml')).toEqual({
      artifact_location: 'mlruns/7',
      creation_time: 10,
      experiment_id: '7',
      last_update_time: 20,
      lifecycle_stage: 'deleted',
      name: 'yes',
    })
    expect(report).toMatchObject({ experiments: 3, runs: 4, skipped: [] })
  })

  it('writes every key of a run meta.yaml, the status as a number', async () => {
    const run = emptyRun('0123456789abcdef0123456789abcdef')
    const { store } = fakeStore([experiment('0')], [{ run }])
    const { meta } = await exported(store, { artifactRoot: 'file:///data/mlruns/' })
    const id = run.info.runId
    expect(meta(`mlruns/0/${id}/meta.yaml`)).toEqual({
      artifact_uri: `file:///data/mlruns/0/${id}/artifacts`,
      end_time: 2000,
      entry_point_name: '',
      experiment_id: '0',
      lifecycle_stage: 'active',
      run_id: id,
      run_name: id,
      run_uuid: id,
      source_name: '',
      source_type: 4,
      source_version: '',
      start_time: 1000,
      status: 3,
      tags: [],
      user_id: 'ada',
    })
  })

  it('writes params, tags and experiment tags as files with nothing added', async () => {
    const params = { 'opt/lr': '0.1', empty: '', lines: 'a\r\nb\n', long: 'x'.repeat(6000) }
    const { store } = fakeStore(
      [experiment('0', { tags: { 'team/a': 'ünï' } })],
      [{ run: emptyRun('a', '0', { params, tags: { 'mlflow.runName': ' a ' } }) }],
    )
    const { read } = await exported(store)
    for (const [key, value] of Object.entries(params))
      expect(read(`mlruns/0/a/params/${key}`)).toBe(value)
    expect(read('mlruns/0/a/tags/mlflow.runName')).toBe(' a ')
    expect(read('mlruns/0/tags/team/a')).toBe('ünï')
  })

  it('writes metric points as lines of time, value and step, exact past 2^53', async () => {
    const run = emptyRun('a', '0', { latestMetrics: [metric('loss'), metric('big')] })
    const loss = {
      steps: new Float64Array([-1, 0, 3]),
      timestamps: new Float64Array([1.7e12, 0, 5]),
      values: new Float64Array([NaN, 1e-7, -Infinity]),
      total: 3,
    }
    const big = {
      steps: new BigInt64Array([2n ** 62n + 1n]),
      timestamps: new BigInt64Array([5n]),
      values: new Float64Array([2]),
      total: 1,
    }
    const { store } = fakeStore([experiment('0')], [{ run, points: { loss, big } }])
    const { read, report } = await exported(store)
    expect(read('mlruns/0/a/metrics/loss')).toBe('1700000000000 nan -1\n0 1e-07 0\n5 -inf 3\n')
    expect(read('mlruns/0/a/metrics/big')).toBe('5 2.0 4611686018427387905\n')
    expect(report.points).toBe(4)
  })

  it('writes a long history whole', async () => {
    const steps = Float64Array.from({ length: 20_000 }, (_, i) => i)
    const history = { steps, timestamps: steps, values: steps, total: steps.length }
    const run = emptyRun('a', '0', { latestMetrics: [metric('loss')] })
    const { store } = fakeStore([experiment('0')], [{ run, points: { loss: history } }])
    const lines = (await exported(store)).read('mlruns/0/a/metrics/loss').split('\n')
    expect(lines).toHaveLength(20_001)
    expect(lines[19_999]).toBe('19999 19999.0 19999')
  })

  it('writes datasets once and their links to runs under the ids that MLflow gives them', async () => {
    const dataset = {
      name: 'iris',
      digest: 'd1',
      sourceType: 'local',
      source: '{}',
      schema: null,
      profile: '{"n":1}',
    }
    const inputs = {
      datasetInputs: [{ dataset, tags: { 'mlflow.data.context': 'train' } }],
      modelInputs: [],
    }
    const runs = ['a', 'b'].map((id) => ({ run: { ...emptyRun(id), inputs } }))
    const { store } = fakeStore([experiment('0')], runs)
    const { paths, meta } = await exported(store)
    const id = md5('irisd1')
    expect(paths.filter((path) => path.startsWith('mlruns/0/datasets/'))).toEqual([
      `mlruns/0/datasets/${id}/meta.yaml`,
    ])
    expect(meta(`mlruns/0/datasets/${id}/meta.yaml`)).toEqual({
      digest: 'd1',
      name: 'iris',
      profile: '{"n":1}',
      schema: null,
      source: '{}',
      source_type: 'local',
    })
    expect(meta(`mlruns/0/b/inputs/${md5(`${id}b`)}/meta.yaml`)).toEqual({
      destination_id: id,
      destination_type: 'RUN',
      source_id: id,
      source_type: 'DATASET',
      tags: { 'mlflow.data.context': 'train' },
    })
  })

  it('leaves out keys that are also folders and names no file can have, and says so', async () => {
    const params = { p: '1', 'p/q': '2', 'p/q/r': '3', ok: '4', ['x'.repeat(256)]: '5' }
    const { store } = fakeStore([experiment('0')], [{ run: emptyRun('a', '0', { params }) }])
    const { paths, report } = await exported(store)
    expect(paths.filter((path) => path.startsWith('mlruns/0/a/params/'))).toEqual([
      'mlruns/0/a/params/',
      'mlruns/0/a/params/ok',
      'mlruns/0/a/params/p',
    ])
    expect(report.skipped.map(({ owner, kind, name }) => [owner, kind, name.slice(0, 5)])).toEqual([
      ['a', 'params', 'p/q'],
      ['a', 'params', 'p/q/r'],
      ['a', 'params', 'xxxxx'],
    ])
  })

  it('exports only the chosen runs and experiments', async () => {
    const { store } = fakeStore(
      [experiment('0'), experiment('1'), experiment('2')],
      [{ run: emptyRun('a') }, { run: emptyRun('b') }, { run: emptyRun('c', '1') }],
    )
    const metas = async (options: ExportOptions): Promise<string[]> =>
      (await exported(store, options)).paths.filter((path) => path.endsWith('meta.yaml'))
    expect(await metas({ runIds: ['b'] })).toEqual(['mlruns/0/meta.yaml', 'mlruns/0/b/meta.yaml'])
    expect(await metas({ experimentIds: ['1'] })).toEqual([
      'mlruns/1/meta.yaml',
      'mlruns/1/c/meta.yaml',
    ])
    await expect(metas({ runIds: ['gone'] })).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  it('gives the same bytes for the same store', async () => {
    const { store } = fakeStore(
      [experiment('0')],
      [{ run: emptyRun('a', '0', { params: { b: '1', a: '2' } }) }],
    )
    expect((await exported(store)).bytes).toEqual((await exported(store)).bytes)
  })
})

describe('streaming', () => {
  function storeOfBigFile(parts: number) {
    const state = { made: 0 }
    function* content(): Generator<Uint8Array, void, undefined> {
      for (let i = 0; i < parts; i++) {
        state.made += 1
        yield new Uint8Array(MIB).fill(i)
      }
    }
    const run = {
      run: emptyRun('a'),
      artifacts: { 'w.bin': content },
      sizes: { 'w.bin': parts * MIB },
    }
    return { ...fakeStore([experiment('0')], [run]), state }
  }

  it('holds big artifacts whole', async () => {
    const { store, open } = storeOfBigFile(5)
    const { stream, report } = exportRuns(store)
    const files = unzipSync(new Uint8Array(await new Response(stream).arrayBuffer()))
    const bytes = files['mlruns/0/a/artifacts/w.bin']
    expect(bytes?.length).toBe(5 * MIB)
    expect([0, 1, 2, 3, 4].map((i) => bytes?.[(i + 1) * MIB - 1])).toEqual([0, 1, 2, 3, 4])
    expect(await report).toMatchObject({ artifacts: 1, artifactBytes: 5 * MIB })
    expect(open.size).toBe(0)
  })

  it('reads no further than its reader asks for', async () => {
    const { store, state } = storeOfBigFile(1000)
    const reader = exportZip(store).getReader()
    for (let read = 0; read < 4 * MIB;) read += (await reader.read()).value?.length ?? 0
    expect(state.made).toBeLessThan(8)
    await reader.cancel()
  })

  it('closes what it has open when its reader gives up', async () => {
    const { store, open } = storeOfBigFile(1000)
    const { stream, report } = exportRuns(store)
    const reader = stream.getReader()
    for (let read = 0; read < 2 * MIB;) read += (await reader.read()).value?.length ?? 0
    expect(open.size).toBe(1)
    await reader.cancel('enough')
    expect(open.size).toBe(0)
    await expect(report).rejects.toMatchObject({ errorCode: 'CANCELLED' })
  })

  it('stops with CANCELLED when its signal is aborted', async () => {
    const { store, open } = storeOfBigFile(1000)
    const controller = new AbortController()
    const reader = exportZip(store, { signal: controller.signal }).getReader()
    for (let read = 0; read < 2 * MIB;) read += (await reader.read()).value?.length ?? 0
    controller.abort('changed my mind')
    await expect(reader.read()).rejects.toMatchObject({
      errorCode: 'CANCELLED',
      cause: 'changed my mind',
    })
    expect(open.size).toBe(0)
  })

  it('fails rather than write an artifact that ends too early', async () => {
    const run = { run: emptyRun('a'), artifacts: { f: () => [new Uint8Array(3)] }, sizes: { f: 4 } }
    const { store } = fakeStore([experiment('0')], [run])
    await expect(exported(store)).rejects.toMatchObject({ errorCode: 'DATA_LOSS' })
  })
})
