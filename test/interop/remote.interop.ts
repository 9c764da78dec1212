import { afterAll, beforeAll, beforeEach, describe, expect, it, type RunnerTask } from 'vitest'
import { openTracker, type Run, type Tracker } from 'tracklet'
import { remoteStore } from '../../src/rest/remote/remote-store.js'
import type { Store } from '../../src/store/store.js'
import { bytesOf, codeOf, errorOf } from '../contract/client/helpers.js'
import { clientSuite } from '../contract/client.suite.js'
import { pinnedMlflows } from './python.js'
import { startMlflowServer, type MlflowServer } from './remote-server.js'

const CLAMPED = "MLflow's SQL store keeps infinities as the greatest doubles, and no negative zero"
const PURGE = 'no server removes anything for good over the protocol; the rest is tested below'
const WATCH = 'no server tells its changes; that it says so is tested below'
const SLOW = 'MLflow stores some ten thousand points a second; fewer are tested below'

/** Tests of the suite that no server can meet, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'keeps special values, times and steps beyond 2^53 exactly': CLAMPED,
  'takes as metric values what Python takes': CLAMPED,
  'tells what it stores': 'no server tells what it stores',
  'takes an experiment through its life': PURGE,
  'takes a run through its life': PURGE,
  'shows new points of the metrics asked for': WATCH,
  'counts sets without a gap, and loses no point to a slow reader': WATCH,
  'ends when its signal is aborted, its loop is left, or the tracker is closed': WATCH,
  'can be found in more ways when the extended syntax is asked for':
    'no server knows the extended syntax',
  'answers SQL over MLflow’s tables, and writes nothing by it':
    'no server takes SQL; that it says so is tested below',
  'keeps points in order, exactly, over many batches': SLOW,
  'waits when much is on the way': SLOW,
}

const [newest] = pinnedMlflows()
let server: MlflowServer
let tracker: Tracker
let store: Store

beforeAll(async () => {
  server = await startMlflowServer(newest!.python)
})
afterAll(() => server.stop())
beforeEach(async (context) => {
  const reason = LEFT_OUT[context.task.name]
  if (reason !== undefined) context.skip(reason)
  await server.empty()
})

it('leaves out only tests that are there', ({ task }) => {
  const names = (tasks: readonly RunnerTask[]): string[] =>
    tasks.flatMap((one) => ('tasks' in one ? names(one.tasks) : [one.name]))
  expect(names(task.file.tasks)).toEqual(expect.arrayContaining(Object.keys(LEFT_OUT)))
})

clientSuite(`over a server of MLflow ${newest?.version}`, () => openTracker(server.url))

describe('over a server, with a tracker of their own', () => {
  beforeEach(async () => {
    tracker = await openTracker(server.url)
    store = remoteStore({ url: server.url })
    return async () => {
      await tracker.close().catch(() => undefined)
      await store.close()
    }
  })

  describe('what differs from a store of this process', differences)
  describe('points', points)
  describe('artifacts', artifacts)
  describe('analysis', analysis)
  describe('the registry', registry)
})

function differences(): void {
  it('keeps NaN and steps past 2^53 exactly, infinities as the greatest doubles', async () => {
    const run = await tracker.startRun()
    run.logMetrics({ nan: NaN, up: Infinity, down: -Infinity })
    run.logMetric('big', 1, { step: 2n ** 62n + 1n, timestamp: 2n ** 53n + 1n })
    const { metrics, latestMetrics } = (await run.read()).data
    const { MAX_VALUE } = Number
    expect(metrics).toEqual({ nan: NaN, up: MAX_VALUE, down: -MAX_VALUE, big: 1 })
    const big = latestMetrics.find(({ key }) => key === 'big')
    expect([big?.step, big?.timestamp]).toEqual([2n ** 62n + 1n, 2n ** 53n + 1n])
    const { steps, timestamps } = await run.history('big')
    expect([steps[0], timestamps[0]]).toEqual([2n ** 62n + 1n, 2n ** 53n + 1n])
  })

  it('takes experiments and runs through their lives, up to deletion', async () => {
    const { client } = tracker
    const id = await client.createExperiment('one', { tags: { a: 1 } })
    await client.renameExperiment(id, 'uno')
    await client.setExperimentTag(id, 'b', 2)
    await client.deleteExperimentTag(id, 'a')
    expect(await client.getExperiment(id)).toMatchObject({ name: 'uno', tags: { b: '2' } })
    const { runId } = (await client.createRun(id, { startTime: 1_000, runName: 'r' })).info
    await client.setTerminated(runId, 'FAILED', 2_000)
    expect((await client.getRun(runId)).info).toMatchObject({
      status: 'FAILED',
      startTime: 1_000,
      endTime: 2_000,
    })
    await client.deleteExperiment(id)
    expect((await client.getRun(runId)).info.lifecycleStage).toBe('deleted')
    await client.restoreExperiment(id)
    await client.deleteRun(runId)
    expect(await codeOf(() => client.setTag(runId, 'a', 1))).toBe('INVALID_PARAMETER_VALUE')
    await client.restoreRun(runId)
    expect((await client.getRun(runId)).info.lifecycleStage).toBe('active')
  })

  it('says what servers cannot do, and what to do instead', async () => {
    const calls: readonly (readonly [() => unknown, RegExp])[] = [
      [() => store.purgeRun('a'), /mlflow gc/],
      [() => store.purgeExperiment('1'), /mlflow gc/],
      [() => store.sql('SELECT 1'), /searchRuns/],
      [() => store.storage(), /who runs the server/],
      [() => tracker.watch()[Symbol.asyncIterator]().next(), /every few seconds/],
      [() => store.searchRuns({ experimentIds: ['0'], syntax: 'extended' }), /leave out `syntax`/],
    ]
    for (const [call, message] of calls)
      expect(await errorOf(call)).toMatchObject({
        errorCode: 'NOT_IMPLEMENTED',
        message: expect.stringMatching(message),
      })
  })

  it('says which option of the server lets a page of another origin write', async () => {
    const auth = async (): Promise<Record<string, string>> => ({ origin: 'https://page.example' })
    const other = remoteStore({ url: server.url, auth, origin: 'https://page.example' })
    expect(await errorOf(() => other.createExperiment('x'))).toMatchObject({
      errorCode: 'PERMISSION_DENIED',
      message: expect.stringContaining('--cors-allowed-origins https://page.example'),
    })
  })

  it('says that a path of the server is none of MLflow’s', async () => {
    const wrong = remoteStore({ url: `${server.url}/nowhere` })
    expect(await codeOf(() => wrong.getExperiment('0'))).toBe('ENDPOINT_NOT_FOUND')
  })
}

function points(): void {
  it('are kept whole and in order, of several runs and keys', async () => {
    const runs = [await tracker.startRun(), await tracker.startRun()]
    for (let step = 0; step < 6_000; step++)
      for (const [i, run] of runs.entries())
        run.logMetric(step % 3 === 0 ? 'third' : 'loss', step / 7 + i, { step })
    await tracker.flush()
    for (const [i, run] of runs.entries()) {
      const { steps, values } = await run.history('loss')
      expect(steps).toHaveLength(4_000)
      expect(values.every((value, at) => value === Number(steps[at]) / 7 + i)).toBe(true)
      expect(Array.from(steps.slice(0, 3), Number)).toEqual([1, 2, 4])
      expect((await run.history('third')).total).toBe(2_000)
      expect(run.lost).toBe(0)
    }
  })

  it('that are refused cost their neighbours nothing, and are counted', async () => {
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    const refusals = await store.logBuffered({
      ops: [
        { kind: 'params', runId: info.runId, params: [['p', 'a']] },
        { kind: 'params', runId: info.runId, params: [['p', 'b']] },
        { kind: 'tags', runId: info.runId, tags: [['t', 'kept']] },
        { kind: 'tags', runId: 'f'.repeat(32), tags: [['t', 'lost']] },
      ],
      points: {
        runs: [info.runId],
        keys: ['good', 'b@d'],
        run: new Uint32Array(4),
        key: new Uint32Array([0, 1, 1, 0]),
        steps: new Float64Array([1, 1, 2, 2]),
        timestamps: new Float64Array([1, 1, 1, -1]),
        values: new Float64Array([1, 2, 3, 4]),
      },
    })
    expect(
      refusals.map(({ runId, errorCode, points }) => [runId === info.runId, errorCode, points]),
    ).toEqual(
      expect.arrayContaining([
        [true, 'INVALID_PARAMETER_VALUE', 0],
        [false, 'RESOURCE_DOES_NOT_EXIST', 0],
        [true, 'INVALID_PARAMETER_VALUE', 2],
        [true, 'INVALID_PARAMETER_VALUE', 1],
      ]),
    )
    expect(refusals).toHaveLength(4)
    const { data } = await store.getRun(info.runId)
    expect([data.params, data.tags['t'], data.metrics]).toEqual([{ p: 'a' }, 'kept', { good: 1 }])
  })

  it('are paged as asked for', async () => {
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    const metrics = [3, 1, 2].map((step) => ({ key: 'm', value: step, timestamp: step, step }))
    await store.logBatch(info.runId, { metrics })
    const first = await store.getMetricHistory(info.runId, 'm', { maxResults: 2 })
    const pageToken = first.nextPageToken!
    const rest = await store.getMetricHistory(info.runId, 'm', { maxResults: 2, pageToken })
    expect([...first.items, ...rest.items].map(({ step }) => step)).toEqual([1, 2, 3])
    expect(rest.nextPageToken).toBe(null)
    const query = { runId: 'f'.repeat(32), key: 'm' }
    expect(await codeOf(() => store.getMetricColumns(query))).toBe('RESOURCE_DOES_NOT_EXIST')
  })
}

function artifacts(): void {
  it('larger than a body that is sent as a whole arrive as they are, and in ranges', async () => {
    const run = await tracker.startRun()
    const bytes = Uint8Array.from({ length: 12_000_000 }, (_, i) => (i * 7919) >>> 3)
    await run.logArtifact(bytes, 'sub dir/größe 100%.bin')
    const [file] = await run.listArtifacts('sub dir')
    expect(file).toEqual({ path: 'sub dir/größe 100%.bin', isDir: false, fileSize: bytes.length })
    const whole = await bytesOf(run.readArtifact('sub dir/größe 100%.bin'))
    expect(Buffer.compare(whole, bytes)).toBe(0)
    const range = { start: 11_999_990, end: 13_000_000 }
    const end = await bytesOf(run.readArtifact('sub dir/größe 100%.bin', { range }))
    expect(end).toEqual(bytes.slice(range.start))
  })

  it('that are broken off half-way leave nothing', async () => {
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    for (const streamUploads of [true, false]) {
      const own = remoteStore({ url: server.url, streamUploads })
      const handle = await own.openWrite(info.runId, 'half.bin')
      for (let i = 0; i < 12; i++) await own.write(handle, new Uint8Array(1024 * 1024))
      await own.abortWrite(handle)
    }
    expect(await store.listArtifacts(info.runId)).toEqual([])
  })

  it('that are empty, and ranges of nothing, are read as such', async () => {
    const run = await tracker.startRun()
    await run.logArtifact(new Uint8Array(0), 'empty.bin')
    await run.logText('text', 'a.txt')
    expect((await run.listArtifacts()).map(({ fileSize }) => fileSize)).toEqual([4, 0])
    expect(await bytesOf(run.readArtifact('empty.bin'))).toHaveLength(0)
    for (const range of [
      { start: 2, end: 2 },
      { start: 9, end: 20 },
    ]) {
      const { handle, size } = await store.openRead(run.id, 'a.txt', range)
      expect([size, await store.read(handle)]).toEqual([4, null])
    }
  })

  it('that the server does not stand before are refused, with the option that it needs', async () => {
    const artifactLocation = 's3://bucket/place'
    const experimentId = await store.createExperiment('elsewhere', { artifactLocation })
    const run = await tracker.startRun({ experimentId })
    const error = await errorOf(() => run.logText('x', 'x.txt'))
    expect(error.errorCode).toBe('NOT_IMPLEMENTED')
    expect(error.message).toContain('--serve-artifacts')
    expect(error.message).toContain('s3://bucket/place')
  })
}

function analysis(): void {
  it('gives what a store of this process gives of the same runs', async () => {
    const local = await openTracker('memory:')
    const given = await Promise.all([fill(local), fill(tracker)])
    const results = given.map(({ ids }) => ids)
    const names = (which: number, ids: readonly string[]): number[] =>
      ids.map((id) => results[which]!.indexOf(id))
    const [here, there] = await Promise.all(
      [local, tracker].map(async (one, which) => {
        const runIds = results[which]!
        const table = await one.runsTable({ filter: 'metrics.loss < 3', orderBy: ['params.lr'] })
        const near = await one.findSimilarRuns(runIds[0]!, { k: 2 })
        const compared = await one.compareSeries({
          runIds,
          values: ['loss', { numerator: 'loss', denominator: 'other' }],
          groupBy: { param: 'lr' },
          smoothing: { kind: 'ema', weight: 0.5 },
          pixels: 10,
        })
        return {
          columns: table
            .rows()
            .map((row) => [row['metrics.loss'], row['params.lr'], row['tags.odd']]),
          near: near.map(({ distance }) => distance),
          nearest: names(
            which,
            near.map(({ runId }) => runId),
          ),
          curves: compared.series.map(({ x, y, total }) => [x, y, total]),
          bands: compared.bands.map(({ group, mean, count }) => [group, mean, count]),
        }
      }),
    )
    expect(there).toEqual(here)
    expect(here!.columns.length).toBe(2)
    await local.close()
  })

  it('gives runs as columns by their ids, deleted ones too', async () => {
    const { ids } = await fill(tracker)
    await store.deleteRun(ids[1]!)
    const { length, columns } = await store.getRunColumns({ experimentIds: [], runIds: ids })
    expect(length).toBe(3)
    expect(columns.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['run_id', 'end_time', 'metrics.loss', 'params.lr', 'tags.odd']),
    )
    const active = await store.getRunColumns({ experimentIds: ['0'], limit: 5 })
    expect(active.length).toBe(2)
  })

  async function fill(one: Tracker): Promise<{ ids: string[]; runs: Run[] }> {
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      const run = await one.startRun({ name: `run ${i}`, params: { lr: i / 10 } })
      if (i === 1) run.setTag('odd', 'yes')
      for (let step = 0; step < 40; step++)
        run.logMetrics(
          { loss: i + 1 + Math.sin(step) / 10, other: 2 + i },
          { step, timestamp: step },
        )
      await run.end('FINISHED', 1_000)
      ids.push(run.id)
    }
    return { ids, runs: await one.searchRuns().all() }
  }
}

function registry(): void {
  it('takes a model and its versions through their lives', async () => {
    const made = await store.createRegisteredModel('net', { description: 'd', tags: [['a', '1']] })
    expect(made).toMatchObject({ name: 'net', description: 'd', tags: { a: '1' }, aliases: {} })
    expect(await codeOf(() => store.createRegisteredModel('net'))).toBe('RESOURCE_ALREADY_EXISTS')
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    const source = `${info.artifactUri}/model`
    const one = await store.createModelVersion('net', { source, runId: info.runId })
    expect(one).toMatchObject({
      version: '1',
      status: 'READY',
      runId: info.runId,
      description: null,
    })
    await store.createModelVersion('net', { source, runId: info.runId, tags: [['t', 'x']] })
    await store.setRegisteredModelAlias('net', 'champion', 2)
    expect((await store.getModelVersionByAlias('net', 'champion')).version).toBe('2')
    expect(await codeOf(() => store.getModelVersionByAlias('net', 'none'))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    const moved = await store.transitionModelVersionStage('net', '2', 'production')
    expect(moved.currentStage).toBe('Production')
    const latest = await store.getLatestVersions('net')
    expect(latest.map(({ version }) => version).sort()).toEqual(['1', '2'])
    expect((await store.getLatestVersions('net', ['Production']))[0]?.aliases).toEqual(['champion'])
    await store.setModelVersionTag('net', 1, 'k', 'v')
    await store.deleteModelVersionTag('net', 2, 't')
    expect((await store.updateModelVersion('net', 1, 'first')).description).toBe('first')
    const first = await store.getModelVersion('net', 1)
    expect([first.tags, first.description]).toEqual([{ k: 'v' }, 'first'])
    expect(await store.getModelVersionDownloadUri('net', 1)).toBe(source)
    await store.setRegisteredModelTag('net', 'b', '2')
    await store.deleteRegisteredModelTag('net', 'a')
    expect((await store.updateRegisteredModel('net', null)).description).toBe(null)
    await store.renameRegisteredModel('net', 'web')
    expect(await store.getRegisteredModel('web')).toMatchObject({
      tags: { b: '2' },
      aliases: { champion: '2' },
    })
    await store.deleteRegisteredModelAlias('web', 'champion')
    await store.deleteModelVersion('web', 2)
    expect(await codeOf(() => store.getModelVersion('web', 2))).toBe('RESOURCE_DOES_NOT_EXIST')
    await store.deleteRegisteredModel('web')
    expect(await codeOf(() => store.getRegisteredModel('web'))).toBe('RESOURCE_DOES_NOT_EXIST')
  })

  it('is searched in pages', async () => {
    for (const name of ['a', 'b', 'c']) await store.createRegisteredModel(name)
    const query = { filter: "name LIKE '%'", orderBy: ['name DESC'], maxResults: 2 }
    const first = await store.searchRegisteredModels(query)
    const rest = await store.searchRegisteredModels({ ...query, pageToken: first.nextPageToken! })
    expect([...first.items, ...rest.items].map(({ name }) => name)).toEqual(['c', 'b', 'a'])
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    await store.createModelVersion('a', { source: `${info.artifactUri}/m`, runId: info.runId })
    const found = await store.searchModelVersions({ filter: "name = 'a'" })
    expect(found.items.map(({ version }) => version)).toEqual(['1'])
    expect(await codeOf(() => store.searchRegisteredModels({ filter: 'size > 1' }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
  })
}
