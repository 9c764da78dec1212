import { expect, it } from 'vitest'
import { MLFLOW_TAGS, type ActiveRun, type Tracker } from '../../../src/index.js'
import { codeOf, errorOf, thrownAtCall, untyped } from './helpers.js'

/** Runs and what they log, through handles. */
export function runTests(tracker: () => Tracker): void {
  it('shows a run what it was started with', async () => {
    const run = await tracker().startRun({
      name: 'cnn',
      params: { lr: 0.001, layers: [32, 64], pretrained: true },
      tags: { stage: 'test' },
      description: '**first**',
    })
    const { info, data } = await tracker().getRun(run.id)
    expect(info).toMatchObject({ runName: 'cnn', status: 'RUNNING', endTime: null })
    expect(data.params).toEqual({ lr: '0.001', layers: '[32,64]', pretrained: 'true' })
    expect(data.tags).toMatchObject({ stage: 'test', [MLFLOW_TAGS.note]: '**first**' })
    expect(data.tags[MLFLOW_TAGS.runName]).toBe('cnn')
  })

  it('names a run that was given no name', async () => {
    const run = await tracker().startRun()
    expect(run.info.runName).toMatch(/^[a-z]+-[a-z]+-\d+$/)
    expect(run.id).toMatch(/^[0-9a-f]{32}$/)
  })

  it('takes more params at the start than one batch holds', async () => {
    const params = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`p${i}`, i]))
    const run = await tracker().startRun({ params })
    expect(Object.keys((await tracker().getRun(run.id)).data.params)).toHaveLength(250)
  })

  it('reads its own writes at once', async () => {
    const run = await tracker().startRun()
    run.logMetric('loss', 0.5, { step: 1 })
    run.logMetrics({ loss: 0.25, accuracy: 0.9 }, { step: 2, timestamp: 1_700_000_000_000 })
    expect(run.logParam('epochs', 3)).toBe(3)
    run.logParams({ optimizer: 'adam' })
    run.setTag('phase', 'one')
    run.setTags({ phase: 'two', seed: 7 })
    const { data } = await tracker().getRun(run.id)
    expect(data.metrics).toEqual({ loss: 0.25, accuracy: 0.9 })
    expect(data.params).toEqual({ epochs: '3', optimizer: 'adam' })
    expect(data.tags).toMatchObject({ phase: 'two', seed: '7' })
    const latest = data.latestMetrics.find(({ key }) => key === 'loss')
    expect(latest).toMatchObject({ step: 2, timestamp: 1_700_000_000_000, value: 0.25 })
  })

  it('keeps points in order, exactly, over many batches', async () => {
    const run = await tracker().startRun()
    const count = 150_000
    for (let step = 0; step < count; step++) run.logMetric('loss', step / 7, { step })
    const series = await run.history('loss')
    expect(series.length).toBe(count)
    expect(series.total).toBe(count)
    expect(series.values.every((value, step) => value === step / 7)).toBe(true)
    expect(Array.from(series.steps.slice(0, 3), Number)).toEqual([0, 1, 2])
    await run.flush()
    expect(run.lost).toBe(0)
  })

  it('keeps special values, times and steps beyond 2^53 exactly', async () => {
    const run = await tracker().startRun()
    run.logMetric('m', NaN, { step: 1, timestamp: 5 })
    run.logMetric('m', Infinity, { step: 2, timestamp: new Date(6) })
    run.logMetric('m', -Infinity, { step: 3, timestamp: 7n })
    run.logMetric('m', -0, { step: -4.9, timestamp: 8.9 })
    run.logMetric('big', 1, { step: 2n ** 62n + 1n, timestamp: 0 })
    const { steps, values, timestamps } = await run.history('m')
    expect(Array.from(steps, Number)).toEqual([-4, 1, 2, 3])
    expect(Array.from(timestamps, Number)).toEqual([8, 5, 6, 7])
    expect(Array.from(values)).toEqual([-0, NaN, Infinity, -Infinity])
    expect((await run.history('big')).steps).toEqual(new BigInt64Array([2n ** 62n + 1n]))
  })

  it('takes as metric values what Python takes', async () => {
    const run = await tracker().startRun()
    const given = {
      a: ' 1_000.5 ',
      b: true,
      c: '-inf',
      d: 'nan',
      e: 3n,
      f: new Float32Array([0.5]),
    }
    run.logMetrics(given)
    expect((await tracker().getRun(run.id)).data.metrics).toEqual({
      a: 1000.5,
      b: 1,
      c: -Infinity,
      d: NaN,
      e: 3,
      f: 0.5,
    })
  })

  it('logs whole columns of points', async () => {
    const run = await tracker().startRun()
    run.logSeries('x', {
      steps: [1, 2, 3],
      values: new Float32Array([0.5, 0.25, 0.125]),
      timestamps: [10, 20, 30],
    })
    const { steps, values, timestamps } = await run.history('x', { fromStep: 2, toStep: 3n })
    expect([Array.from(steps, Number), Array.from(values), Array.from(timestamps, Number)]).toEqual(
      [
        [2, 3],
        [0.25, 0.125],
        [20, 30],
      ],
    )
  })

  it('down-samples a history, but never its ends', async () => {
    const run = await tracker().startRun()
    const steps = Array.from({ length: 5_000 }, (_, i) => i)
    run.logSeries('y', { steps, values: steps.map((i) => (i === 1_234 ? 100 : Math.sin(i))) })
    const series = await run.history('y', { maxPoints: 50 })
    expect(series.length).toBeLessThanOrEqual(50)
    expect(series.total).toBe(5_000)
    expect(Math.max(...series.values)).toBe(100)
    expect([Number(series.steps[0]), Number(series.steps.at(-1))]).toEqual([0, 4_999])
  })

  it('gives a history as Arrow, for what reads that', async () => {
    const run = await tracker().startRun()
    run.logSeries('m', { steps: [1, 2n ** 60n], values: [0.5, NaN], timestamps: [10, 20] })
    const series = await run.history('m')
    const table = await series.toArrow()
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['step', 'timestamp', 'value'])
    expect(table.toArray().map((row) => [row?.step, row?.timestamp, row?.value])).toEqual([
      [1n, 10n, 0.5],
      [2n ** 60n, 20n, NaN],
    ])
    expect((await series.toIpc()).length).toBeGreaterThan(100)
  })

  it('allows a param to be logged again with the same value only', async () => {
    const run = await tracker().startRun({ params: { lr: 1 } })
    run.logParam('lr', '1')
    run.logParam('new', 1)
    const change = (): unknown => run.logParam('new', 2)
    expect(thrownAtCall(change)).toBe('INVALID_PARAMETER_VALUE')
    expect((await errorOf(change)).message).toBe(
      `Changing param values is not allowed. Param with key='new' was already logged with value='1' ` +
        `for run ID='${run.id}'. Attempted logging new value '2'.`,
    )
    expect(thrownAtCall(() => run.logParams({ fine: 1, lr: 2 }))).toBe('INVALID_PARAMETER_VALUE')
    expect((await tracker().getRun(run.id)).data.params).toEqual({ lr: '1', new: '1' })
  })

  it('tells at flush and end what the store refused, once, and as an event', async () => {
    const run = await tracker().startRun()
    const other = await tracker().openRun(run.id)
    const events: string[] = []
    tracker().addEventListener('error', (event) =>
      events.push(((event as CustomEvent).detail as Error).message),
    )
    run.logParam('p', 'a')
    other.logParam('p', 'b')
    other.setTag('kept', 'yes')
    const error = await errorOf(() => other.flush())
    expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
    expect(error.message).toContain("was already logged with value='a'")
    await other.flush()
    expect(events).toHaveLength(1)
    expect((await tracker().getRun(run.id)).data.tags['kept']).toBe('yes')
    expect((await tracker().getRun(run.id)).data.params).toEqual({ p: 'a' })
  })

  it('counts the points that a deleted run refuses', async () => {
    const run = await tracker().startRun()
    await tracker().client.deleteRun(run.id)
    run.logMetric('loss', 1)
    run.logMetric('loss', 2)
    expect((await errorOf(() => tracker().flush())).message).toContain(
      "must be in the 'active' state",
    )
    expect(run.lost).toBe(2)
    await tracker().flush()
    await tracker().client.restoreRun(run.id)
    run.logMetric('loss', 3)
    await run.flush()
    expect((await tracker().getRun(run.id)).data.metrics).toEqual({ loss: 3 })
  })

  it('ends a run with status and time, once', async () => {
    const run = await tracker().startRun()
    run.logMetric('loss', 1)
    await run.end('KILLED', new Date(1_800_000_000_000))
    await run.end('FINISHED')
    const { info } = await tracker().getRun(run.id)
    expect(info).toMatchObject({ status: 'KILLED', endTime: 1_800_000_000_000 })
    expect(run.info).toEqual(info)
    expect(run.isActive).toBe(false)
  })

  it('takes nothing through a handle that has ended its run, but through a new one', async () => {
    const run = await tracker().startRun()
    await run.end()
    const writes: ((handle: ActiveRun) => unknown)[] = [
      (handle) => handle.logMetric('a', 1),
      (handle) => handle.logMetrics({ a: 1 }),
      (handle) => handle.logSeries('a', { steps: [1], values: [1] }),
      (handle) => handle.logParam('a', 1),
      (handle) => handle.logParams({ a: 1 }),
      (handle) => handle.setTag('a', 1),
      (handle) => handle.setTags({ a: 1 }),
    ]
    for (const write of writes) expect(thrownAtCall(() => write(run))).toBe('INVALID_STATE')
    expect(await codeOf(() => run.logText('x', 'x.txt'))).toBe('INVALID_STATE')
    expect(await codeOf(() => run.logBatch({ tags: { a: 1 } }))).toBe('INVALID_STATE')
    expect(await codeOf(() => run.deleteTag('a'))).toBe('INVALID_STATE')
    const again = await tracker().openRun(run.id)
    for (const write of writes) write(again)
    await again.flush()
    expect((await tracker().getRun(run.id)).info.status).toBe('FINISHED')
  })

  it('goes on when a run cannot be ended as asked', async () => {
    const run = await tracker().startRun()
    expect(await codeOf(() => run.end(untyped('DONE')))).toBe('INVALID_PARAMETER_VALUE')
    expect(await codeOf(() => run.end('FINISHED', untyped('tomorrow')))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    run.logMetric('still', 1)
    await run.end()
    expect((await tracker().getRun(run.id)).data.metrics).toEqual({ still: 1 })
  })

  it('finishes a run around a function, and gives its result', async () => {
    let id = ''
    const result = await tracker().run({ name: 'scope' }, (run) => {
      id = run.id
      run.logMetric('m', 1)
      return 42
    })
    expect(result).toBe(42)
    const { info, data } = await tracker().getRun(id)
    expect(info).toMatchObject({ status: 'FINISHED', runName: 'scope' })
    expect(data.metrics).toEqual({ m: 1 })
  })

  it('fails a run whose function throws, writes error.txt, and throws on', async () => {
    let id = ''
    const cause = new TypeError('the cause')
    const failing = tracker().run({}, (run) => {
      id = run.id
      throw new RangeError('out of range', { cause })
    })
    await expect(failing).rejects.toThrow('out of range')
    expect((await tracker().getRun(id)).info.status).toBe('FAILED')
    const text = await (await tracker().client.openArtifact(id, 'error.txt')).text()
    expect(text).toContain('out of range')
    expect(text).toContain('Caused by: TypeError: the cause')
  })

  it('kills a run whose signal is aborted, and starts none with one that was', async () => {
    const controller = new AbortController()
    let id = ''
    await tracker().run({ signal: controller.signal }, (run) => {
      id = run.id
      controller.abort()
      expect(run.signal.aborted).toBe(true)
      run.logMetric('last', 1)
    })
    expect((await tracker().getRun(id)).info.status).toBe('KILLED')
    const { signal } = controller
    const before = (await tracker().searchRuns().all()).length
    expect(await codeOf(() => tracker().startRun({ signal }))).toBe('CANCELLED')
    expect(await codeOf(() => tracker().run({ signal }, () => 1))).toBe('CANCELLED')
    expect(await tracker().searchRuns().all()).toHaveLength(before)
  })

  it('ends a started run as KILLED when its signal is aborted', async () => {
    const controller = new AbortController()
    const run = await tracker().startRun({ signal: controller.signal })
    run.logMetric('m', 1)
    controller.abort(new Error('enough'))
    expect(run.isActive).toBe(false)
    const { info, data } = await tracker().getRun(run.id)
    expect([info.status, data.metrics]).toEqual(['KILLED', { m: 1 }])
    await run.end()
    expect((await tracker().getRun(run.id)).info.status).toBe('KILLED')
  })

  it('fails a run that leaves its block without having been ended', async () => {
    const symbol = (Symbol as { asyncDispose?: symbol }).asyncDispose
    if (symbol === undefined) return
    const left = await tracker().startRun()
    const ended = await tracker().startRun()
    await ended.end()
    for (const run of [left, ended])
      await (run as unknown as Record<symbol, () => Promise<void>>)[symbol]!()
    const status = async (run: ActiveRun): Promise<string> =>
      (await tracker().getRun(run.id)).info.status
    expect([await status(left), await status(ended)]).toEqual(['FAILED', 'FINISHED'])
  })

  it('resumes a run: RUNNING again, with what is added, the end kept', async () => {
    const first = await tracker().startRun({ params: { a: 1 } })
    await first.end()
    const ended = first.info.endTime
    const run = await tracker().startRun({
      runId: first.id,
      name: 'more',
      tags: { t: 1 },
      params: { b: 2 },
    })
    expect(run.id).toBe(first.id)
    const { info, data } = await tracker().getRun(first.id)
    expect(info).toMatchObject({ status: 'RUNNING', runName: 'more', endTime: ended })
    expect(data.params).toEqual({ a: '1', b: '2' })
    expect(data.tags['t']).toBe('1')
    expect(thrownAtCall(() => run.logParam('a', 2))).toBe('INVALID_PARAMETER_VALUE')
  })

  it('resumes no deleted run, no missing one, and none of another experiment', async () => {
    const run = await tracker().startRun()
    expect(await codeOf(() => tracker().startRun({ runId: run.id, experimentId: '12' }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    await tracker().client.deleteRun(run.id)
    const error = await errorOf(() => tracker().startRun({ runId: run.id }))
    expect(error).toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    expect(error.message).toContain('because it is in the deleted state')
    expect(await codeOf(() => tracker().startRun({ runId: 'f'.repeat(32) }))).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
    expect(await codeOf(() => tracker().openRun('f'.repeat(32)))).toBe('RESOURCE_DOES_NOT_EXIST')
  })

  it('links children to their parents, given as handle, run or id', async () => {
    const experiment = await tracker().client.createExperiment('tree')
    const root = await tracker().startRun({ experimentId: experiment })
    const children = [
      await tracker().startRun({ parent: root }),
      await tracker().startRun({ parent: await root.read() }),
      await tracker().startRun({ parent: root.id }),
    ]
    const leaf = await tracker().startRun({ parent: children[0]! })
    const ids = (await root.children().all()).map(({ info }) => info.runId)
    expect(ids.sort()).toEqual(children.map(({ id }) => id).sort())
    expect((await leaf.parent())?.info.runId).toBe(children[0]!.id)
    expect(leaf.info.experimentId).toBe(experiment)
    expect(await root.parent()).toBe(null)
    expect((await tracker().client.getParentRun(leaf.id))?.info.runId).toBe(children[0]!.id)
  })

  it('starts no child of a deleted or missing run, or of what is no run', async () => {
    const parent = await tracker().startRun()
    await tracker().client.deleteRun(parent.id)
    expect(await codeOf(() => tracker().startRun({ parent }))).toBe('INVALID_PARAMETER_VALUE')
    expect(await codeOf(() => tracker().startRun({ parent: 'f'.repeat(32) }))).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
    for (const bad of [5, null, {}, ''])
      expect(await codeOf(() => tracker().startRun({ parent: untyped(bad) }))).toBe(
        'INVALID_PARAMETER_VALUE',
      )
  })

  it('renames a run through its tag, and shows that in the handle', async () => {
    const run = await tracker().startRun({ name: 'old' })
    run.setTag(MLFLOW_TAGS.runName, 'new')
    expect(run.info.runName).toBe('new')
    expect((await tracker().getRun(run.id)).info.runName).toBe('new')
  })

  it('deletes tags', async () => {
    const run = await tracker().startRun({ tags: { a: 1 } })
    run.setTag('b', 2)
    await run.deleteTag('b')
    await run.deleteTag('a')
    const { tags } = (await run.read()).data
    expect([tags['a'], tags['b']]).toEqual([undefined, undefined])
    expect(await codeOf(() => run.deleteTag('a'))).toBe('RESOURCE_DOES_NOT_EXIST')
  })

  it('links datasets with a context', async () => {
    const run = await tracker().startRun()
    const dataset = {
      name: 'iris',
      digest: 'a1b2c3d4',
      sourceType: 'local',
      source: { uri: 'x.csv' },
    }
    await run.logInput(dataset, { context: 'train', tags: { rows: 150 } })
    const [input] = (await run.read()).inputs.datasetInputs
    expect(input?.dataset).toMatchObject({ name: 'iris', source: '{"uri":"x.csv"}', schema: null })
    expect(input?.tags).toEqual({ rows: '150', [MLFLOW_TAGS.datasetContext]: 'train' })
    for (const bad of [null, {}, { ...dataset, digest: '' }, { ...dataset, name: 'x'.repeat(501) }])
      expect(await codeOf(() => run.logInput(untyped(bad)))).toBe('INVALID_PARAMETER_VALUE')
  })

  it('writes a batch whole or not at all', async () => {
    const run = await tracker().startRun()
    await run.logBatch({
      metrics: [{ key: 'm', value: 1, step: 3 }],
      params: { p: 1 },
      tags: [['t', 1]],
    })
    const bad = { metrics: [{ key: 'm', value: 2 }], params: { p: 2 }, tags: { t: 2 } }
    expect(await codeOf(() => run.logBatch(bad))).toBe('INVALID_PARAMETER_VALUE')
    const { data } = await run.read()
    expect([data.metrics, data.params, data.tags['t']]).toEqual([{ m: 1 }, { p: '1' }, '1'])
  })

  it('waits when much is on the way', async () => {
    const run = await tracker().startRun()
    const column = Float64Array.from({ length: 200_000 }, (_, i) => i)
    run.logSeries('x', { steps: column, values: column })
    await run.ready
    expect((await run.history('x')).length).toBe(200_000)
  })

  it('refuses everything once closed, and closes twice without harm', async () => {
    const run = await tracker().startRun()
    run.logMetric('m', 1)
    await tracker().close()
    await tracker().close()
    expect(thrownAtCall(() => run.logMetric('m', 2))).toBe('INVALID_STATE')
    expect(thrownAtCall(() => run.setTag('m', 2))).toBe('INVALID_STATE')
    expect(thrownAtCall(() => tracker().searchRuns())).toBe('INVALID_STATE')
    expect(thrownAtCall(() => tracker().exportZip())).toBe('INVALID_STATE')
    const calls = [
      () => tracker().startRun(),
      () => tracker().getRun(run.id),
      () => tracker().flush(),
      () => tracker().storage(),
      () => tracker().checkpoint(),
      () => tracker().client.getExperiment('0'),
      () => tracker().setExperiment('x'),
      () => run.end(),
      () => run.history('m'),
      () => run.logText('x', 'x.txt'),
      () => run.listArtifacts(),
    ]
    for (const call of calls) expect(await codeOf(call)).toBe('INVALID_STATE')
    expect(tracker().commitSync()).toBe(false)
  })

  it('tells what it stores', async () => {
    const run = await tracker().startRun()
    run.logMetric('m', 1)
    const info = await tracker().storage()
    expect(info).toMatchObject({ experiments: 1, runs: 1, points: 1, writable: true })
    await tracker().checkpoint()
    await tracker().flush({ durability: 'strict' })
    expect((await tracker().getRun(run.id)).data.metrics).toEqual({ m: 1 })
  })
}
