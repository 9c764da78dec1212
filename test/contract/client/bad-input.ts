import { expect, it } from 'vitest'
import type { Tracker } from '../../../src/index.js'
import { codeOf, errorOf, thrownAtCall, untyped } from './helpers.js'

const BAD_KEYS: readonly unknown[] = [
  '',
  5,
  null,
  undefined,
  {},
  'a@b',
  '/abs',
  'a/',
  '../up',
  '.',
  'a//b',
  'tab\there',
  'lone \udfff',
  'k'.repeat(251),
]

/** What callers without types may give: refused at the call, with nothing of it stored. */
export function badInputTests(tracker: () => Tracker): void {
  it('refuses bad keys at the call', async () => {
    const run = await tracker().startRun()
    for (const bad of BAD_KEYS) {
      const key = untyped<string>(bad)
      expect(thrownAtCall(() => run.logMetric(key, 1))).toBe('INVALID_PARAMETER_VALUE')
      expect(thrownAtCall(() => run.logParam(key, 1))).toBe('INVALID_PARAMETER_VALUE')
      expect(thrownAtCall(() => run.setTag(key, 1))).toBe('INVALID_PARAMETER_VALUE')
      const series = { steps: [1], values: [1] }
      expect(thrownAtCall(() => run.logSeries(key, series))).toBe('INVALID_PARAMETER_VALUE')
    }
    await run.flush()
    const { data } = await run.read()
    expect([data.metrics, data.params]).toEqual([{}, {}])
  })

  it('takes keys of every script, up to their limit', async () => {
    const run = await tracker().startRun()
    const keys = ['größe', '損失', 'a/b.c-d e:f_1', 'k'.repeat(250), '𝒳'.repeat(250)]
    for (const key of keys) run.logMetric(key, 1)
    await run.flush()
    expect(Object.keys((await run.read()).data.metrics).sort()).toEqual([...keys].sort())
  })

  it('refuses metric values that are no numbers', async () => {
    const run = await tracker().startRun()
    for (const bad of [
      '',
      'abc',
      '0x10',
      '1e',
      null,
      undefined,
      {},
      [1, 2],
      [],
      ['1'],
      Symbol.iterator,
      () => 1,
    ])
      expect(thrownAtCall(() => run.logMetric('m', untyped(bad)))).toBe('INVALID_PARAMETER_VALUE')
    expect((await errorOf(() => run.logMetric('m', untyped(undefined)))).message).toContain(
      "Missing value for required parameter 'value'.",
    )
  })

  it('refuses steps and times that are no safe integers', async () => {
    const run = await tracker().startRun()
    for (const bad of [NaN, Infinity, 2 ** 53, '1', true, {}, 2n ** 63n, -(2n ** 63n) - 1n]) {
      const step = untyped<number>(bad)
      expect(thrownAtCall(() => run.logMetric('m', 1, { step }))).toBe('INVALID_PARAMETER_VALUE')
      const timestamp = step
      expect(thrownAtCall(() => run.logMetric('m', 1, { timestamp }))).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    }
    for (const timestamp of [-1, -1n, new Date(NaN), new Date(-1)])
      expect(thrownAtCall(() => run.logMetric('m', 1, { timestamp }))).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    expect((await run.history('m')).length).toBe(0)
  })

  it('logs none of several metrics when one is bad', async () => {
    const run = await tracker().startRun()
    const bad = [
      () => run.logMetrics({ good: 1, bad: untyped('x') }),
      () => run.logMetrics({ good: 1, 'b@d': 2 }),
      () => run.logMetrics(untyped(null)),
      () => run.logMetrics(untyped([1])),
      () => run.logMetrics({ good: 1 }, { step: 0.5 * 2 ** 60 }),
      () => run.logSeries('good', { steps: [1, 2], values: [1] }),
      () => run.logSeries('good', { steps: [1, NaN], values: [1, 2] }),
      () => run.logSeries('good', { steps: [1], values: [1], timestamps: [-1] }),
      () => run.logSeries('good', { steps: [1], values: [1], timestamps: [] }),
      () => run.logSeries('good', untyped({ values: [1] })),
      () => run.logSeries('good', untyped(null)),
    ]
    for (const call of bad) expect(thrownAtCall(call)).toBe('INVALID_PARAMETER_VALUE')
    expect((await run.read()).data.metrics).toEqual({})
  })

  it('refuses params and tags that have no text', async () => {
    const run = await tracker().startRun()
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    for (const bad of [
      null,
      undefined,
      cycle,
      { n: 1n },
      Symbol.iterator,
      () => 1,
      new Date(NaN),
      'lone \ud800',
    ]) {
      expect(thrownAtCall(() => run.logParam('p', untyped(bad)))).toBe('INVALID_PARAMETER_VALUE')
      expect(thrownAtCall(() => run.setTag('t', untyped(bad)))).toBe('INVALID_PARAMETER_VALUE')
    }
    for (const bad of [null, undefined, 'text', 5, [['a', 1]]]) {
      expect(thrownAtCall(() => run.logParams(untyped(bad)))).toBe('INVALID_PARAMETER_VALUE')
      expect(thrownAtCall(() => run.setTags(untyped(bad)))).toBe('INVALID_PARAMETER_VALUE')
    }
    expect((await run.read()).data.params).toEqual({})
  })

  it('writes params as JavaScript writes them', async () => {
    const run = await tracker().startRun()
    run.logParams({
      n: 1e-7,
      i: 5,
      t: true,
      big: 2n ** 70n,
      nan: NaN,
      date: new Date(0),
      o: { a: [1] },
    })
    expect((await run.read()).data.params).toEqual({
      n: '1e-7',
      i: '5',
      t: 'true',
      big: '1180591620717411303424',
      nan: 'NaN',
      date: '1970-01-01T00:00:00.000Z',
      o: '{"a":[1]}',
    })
  })

  it('cuts long values of params and tags as MLflow does, and compares what was cut', async () => {
    const run = await tracker().startRun()
    run.logParam('p', '𝒳'.repeat(6_001))
    run.logParam('p', '𝒳'.repeat(6_000))
    run.setTag('t', 'x'.repeat(8_001))
    await run.flush()
    const { data } = await run.read()
    expect([...data.params['p']!]).toHaveLength(6_000)
    expect(data.tags['t']).toHaveLength(8_000)
  })

  it('starts no run with options that it does not know or cannot take', async () => {
    const bad: unknown[] = [
      { filter: 1 },
      { name: 5 },
      { runId: 5 },
      { experimentId: 0 },
      { params: { a: null } },
      { params: { 'b@d': 1 } },
      { tags: 'text' },
      { tags: { [`k`.repeat(251)]: 1 } },
      { description: 'a', tags: { 'mlflow.note.content': 'b' } },
    ]
    for (const options of bad)
      expect(await codeOf(() => tracker().startRun(untyped(options)))).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    expect(await tracker().searchRuns().all()).toEqual([])
  })

  it('refuses batches, histories and renames that make no sense', async () => {
    const run = await tracker().startRun()
    const { client } = tracker()
    const bad = [
      () => run.logBatch({ metrics: [untyped({ key: 'a' })] }),
      () => run.logBatch({ params: untyped('text') }),
      () =>
        run.logBatch({
          params: [
            ['a', 1],
            ['a', 1],
          ],
        }),
      () => run.history('m', { fromStep: NaN }),
      () => client.setTerminated(run.id, untyped('DONE')),
      () => client.updateRun(run.id, { status: untyped('DONE') }),
      () => client.createRun('0', { startTime: -1 }),
      () => client.logMetric(run.id, 'm', untyped('x')),
      () => client.logParam(run.id, 'b@d', 1),
    ]
    for (const call of bad) expect(await codeOf(call)).toBe('INVALID_PARAMETER_VALUE')
  })
}
