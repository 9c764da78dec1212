import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Batcher } from '../../../src/client/batcher.js'
import { TrackletError } from '../../../src/errors.js'
import type { Buffered, Refusal, TrackingStore } from '../../../src/store/tracking-store.js'

/** A store that takes batches and answers them when told to. */
class Sink {
  readonly taken: Buffered[] = []
  readonly answers: { give: (refusals: readonly Refusal[]) => void; fail: (e: Error) => void }[] =
    []

  logBuffered(buffered: Buffered): Promise<readonly Refusal[]> {
    this.taken.push(buffered)
    return new Promise((give, fail) => this.answers.push({ give, fail }))
  }

  answerAll(refusals: readonly Refusal[] = []): void {
    for (const { give } of this.answers.splice(0)) give(refusals)
  }
}

const MIB = 1024 * 1024

describe('a batcher', () => {
  let sink: Sink
  let errors: TrackletError[]
  const make = (maxBytes = 256 * MIB): Batcher =>
    new Batcher(sink as unknown as TrackingStore, {
      maxBytes,
      checkMetricKey: (key) => {
        if (key === 'bad') throw new TrackletError('INVALID_PARAMETER_VALUE', 'a bad key')
      },
      onError: (error) => errors.push(error),
    })

  beforeEach(() => {
    vi.useFakeTimers()
    sink = new Sink()
    errors = []
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sends what was buffered after 50 ms, with no timer before or after', () => {
    const batcher = make()
    expect(vi.getTimerCount()).toBe(0)
    const run = batcher.acquire('r1')
    batcher.addPoint(run, 'loss', 0.5, 1, 10)
    batcher.addOp(run, 'tags', [['a', 'b']])
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(49)
    expect(sink.taken).toEqual([])
    vi.advanceTimersByTime(1)
    expect(sink.taken).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('writes points as columns that name each run and key once', () => {
    const batcher = make()
    const [one, two] = [batcher.acquire('one'), batcher.acquire('two')]
    batcher.addPoint(two, 'loss', 1, 1, 10)
    batcher.addPoint(one, 'acc', 2, 2, 20)
    batcher.addPoint(two, 'acc', 3, 3, 30)
    batcher.sendNow()
    expect(sink.taken[0]?.points).toEqual({
      runs: ['two', 'one'],
      keys: ['loss', 'acc'],
      run: new Uint32Array([0, 1, 0]),
      key: new Uint32Array([0, 1, 1]),
      steps: new Float64Array([1, 2, 3]),
      timestamps: new Float64Array([10, 20, 30]),
      values: new Float64Array([1, 2, 3]),
    })
    batcher.addPoint(one, 'acc', 4, 4, 40)
    batcher.sendNow()
    expect(sink.taken[1]?.points).toMatchObject({ runs: ['one'], keys: ['acc'] })
  })

  it('keeps a column of bigints only where a value needs it', () => {
    const batcher = make()
    const run = batcher.acquire('r')
    for (let i = 0; i < 1_000; i++) batcher.addPoint(run, 'a', i, i, i)
    batcher.addPoint(run, 'a', 0, 2n ** 60n, 5)
    for (let i = 0; i < 1_000; i++) batcher.addPoint(run, 'a', i, i, i)
    batcher.sendNow()
    const points = sink.taken[0]?.points
    expect(points?.steps).toBeInstanceOf(BigInt64Array)
    expect([points?.steps[999], points?.steps[1_000], points?.steps[2_000]]).toEqual([
      999n,
      2n ** 60n,
      999n,
    ])
    expect(points?.timestamps).toBeInstanceOf(Float64Array)
    batcher.addPoint(run, 'a', 0, 7, 7)
    batcher.sendNow()
    expect(sink.taken[1]?.points?.steps).toEqual(new Float64Array([7]))
  })

  it('sends at once when 65,536 points or 256 KiB of params have come together', () => {
    const batcher = make()
    const run = batcher.acquire('r')
    for (let i = 0; i < 65_536; i++) batcher.addPoint(run, 'a', i, i, i)
    expect(sink.taken.map(({ points }) => points?.values.length)).toEqual([65_536])
    for (let i = 0; i < 52; i++) batcher.addOp(run, 'params', [[`p${i}`, 'x'.repeat(5_000)]])
    expect(sink.taken).toHaveLength(2)
    expect(sink.taken[1]?.ops.length).toBeGreaterThan(40)
  })

  it('keeps small writes in order, each by itself', () => {
    const batcher = make()
    const run = batcher.acquire('r')
    batcher.addOp(run, 'tags', [['t', '1']])
    batcher.addOp(run, 'params', [['p', '1']])
    batcher.addOp(run, 'tags', [['t', '2']])
    batcher.sendNow()
    expect(sink.taken[0]).toEqual({
      ops: [
        { kind: 'tags', runId: 'r', tags: [['t', '1']] },
        { kind: 'params', runId: 'r', params: [['p', '1']] },
        { kind: 'tags', runId: 'r', tags: [['t', '2']] },
      ],
      points: null,
    })
  })

  it('settles when all that was sent is answered', async () => {
    const batcher = make()
    const run = batcher.acquire('r')
    batcher.addPoint(run, 'a', 1, 1, 1)
    batcher.sendNow()
    batcher.addPoint(run, 'a', 2, 2, 2)
    let settled = false
    const settling = batcher.settle().then(() => (settled = true))
    expect(sink.taken).toHaveLength(2)
    sink.answers.shift()?.give([])
    await Promise.resolve()
    expect(settled).toBe(false)
    sink.answerAll()
    await settling
  })

  it('remembers refusals by run and tells them once', async () => {
    const batcher = make()
    const [one, two] = [batcher.acquire('one'), batcher.acquire('two')]
    batcher.addPoint(one, 'a', 1, 1, 1)
    const settling = batcher.settle()
    sink.answerAll([
      { runId: 'one', errorCode: 'INVALID_PARAMETER_VALUE', message: 'deleted', points: 3 },
      { runId: 'one', errorCode: 'INTERNAL_ERROR', message: 'later', points: 0 },
      { runId: 'two', errorCode: 'RESOURCE_DOES_NOT_EXIST', message: 'gone', points: 0 },
    ])
    await settling
    expect(errors.map(({ message }) => message)).toEqual(['deleted', 'later', 'gone'])
    expect([one.lost, two.lost]).toEqual([3, 0])
    const told = batcher.takeRefusals(one)
    expect(told?.errorCode).toBe('INVALID_PARAMETER_VALUE')
    expect(told?.message).toBe(
      '2 writes with 3 metric points of run one could not be stored. The first: deleted',
    )
    expect(batcher.takeRefusals(one)).toBe(null)
    expect(batcher.takeRefusals()?.message).toBe('gone')
    expect(batcher.takeRefusals()).toBe(null)
  })

  it('counts everything of a batch as lost when the store fails', async () => {
    const batcher = make()
    const [one, two] = [batcher.acquire('one'), batcher.acquire('two')]
    batcher.addPoint(one, 'a', 1, 1, 1)
    batcher.addPoint(one, 'a', 2, 2, 2)
    batcher.addPoint(two, 'a', 3, 3, 3)
    batcher.addOp(two, 'tags', [['t', '1']])
    const settling = batcher.settle()
    sink.answers[0]?.fail(new TypeError('the disk is gone'))
    await settling
    expect([one.lost, two.lost]).toEqual([2, 1])
    const error = batcher.takeRefusals()
    expect(error?.errorCode).toBe('INTERNAL_ERROR')
    expect(error?.message).toContain('Writes of 2 runs could not be stored')
  })

  it('lets loops wait while more than 4 MiB are on the way', async () => {
    const batcher = make()
    const run = batcher.acquire('r')
    await batcher.ready()
    for (let i = 0; i < 4 * 65_536; i++) batcher.addPoint(run, 'a', i, i, i)
    let ready = false
    const waiting = batcher.ready().then(() => (ready = true))
    sink.answers.shift()?.give([])
    await vi.advanceTimersByTimeAsync(0)
    expect(ready).toBe(false)
    sink.answers.shift()?.give([])
    await waiting
    sink.answerAll()
    await batcher.settle()
  })

  it('refuses once per run when too much is on the way, then counts, then goes on', async () => {
    const batcher = make(32 * 100)
    const [one, two] = [batcher.acquire('one'), batcher.acquire('two')]
    for (let i = 0; i < 100; i++) batcher.addPoint(one, 'a', i, i, i)
    const log = (run = one) => batcher.addPoint(run, 'a', 1, 1, 1)
    expect(log).toThrowError(expect.objectContaining({ errorCode: 'RESOURCE_EXHAUSTED' }))
    log()
    log()
    expect(() => log(two)).toThrowError(
      expect.objectContaining({ errorCode: 'RESOURCE_EXHAUSTED' }),
    )
    expect([one.lost, two.lost]).toEqual([3, 1])
    expect(errors.map(({ errorCode }) => errorCode)).toEqual(['RESOURCE_EXHAUSTED'])
    const settling = batcher.settle()
    sink.answerAll()
    await settling
    log()
    expect(batcher.takeRefusals(one)?.message).toContain('2 writes with 2 metric points')
    batcher.sendNow()
    expect(sink.taken.map(({ points }) => points?.values.length)).toEqual([100, 1])
  })

  it('buffers nothing under a bad key, and asks about a good one once', () => {
    const batcher = make()
    const run = batcher.acquire('r')
    for (let i = 0; i < 2; i++)
      expect(() => batcher.addPoint(run, 'bad', 1, 1, 1)).toThrowError('a bad key')
    expect(vi.getTimerCount()).toBe(0)
    batcher.sendNow()
    expect(sink.taken).toEqual([])
  })

  it('sends the rest when it is stopped, and takes no more', () => {
    const batcher = make()
    const run = batcher.acquire('r')
    batcher.addPoint(run, 'a', 1, 1, 1)
    batcher.stop()
    expect(sink.taken).toHaveLength(1)
    expect(() => batcher.addPoint(run, 'a', 1, 1, 1)).toThrowError(/closed/)
    expect(() => batcher.addOp(run, 'tags', [['a', 'b']])).toThrowError(/closed/)
    expect(vi.getTimerCount()).toBe(0)
  })
})
