import { describe, expect, it } from 'vitest'
import type { Store } from '../../../../src/store/store.js'
import { codeOf, errorOf } from '../../../contract/client/helpers.js'
import { inOrder, json, refusal, storeOver, type Answer } from './stand-in.js'

const run = 'f'.repeat(32)
const busy = (): Response => new Response('busy', { status: 503 })
const fine = (): Response => json({ run: { info: { run_id: run } }, experiment: {}, run_info: {} })
const broken = (): Response => {
  throw new TypeError('fetch failed')
}

describe('a call that fails for a moment', () => {
  it.each<[string, (store: Store) => Promise<unknown>]>([
    ['a reading', (store) => store.getRun(run)],
    ['a search', (store) => store.searchRuns({ experimentIds: ['0'] })],
    ['a tag', (store) => store.setTag(run, 'a', 'b')],
    ['a param', (store) => store.logParam(run, 'a', 'b')],
    ['a batch', (store) => store.logBatch(run, { tags: [['a', 'b']] })],
    ['a point', (store) => store.logMetric(run, { key: 'a', value: 1, timestamp: 1, step: 1 })],
    ['an end', (store) => store.updateRun(run, { status: 'FINISHED' })],
    ['a deletion of a run', (store) => store.deleteRun(run)],
  ])('is repeated where that is as good as once: %s', async (_, call) => {
    for (const failure of [busy, broken, () => new Response('', { status: 429 })]) {
      const { store, seen } = storeOver(inOrder(failure, failure, fine))
      await call(store)
      expect(seen).toHaveLength(3)
    }
  })

  it.each<[string, (store: Store) => Promise<unknown>]>([
    ['a new run', (store) => store.createRun({ experimentId: '0', startTime: 1 })],
    ['a new experiment', (store) => store.createExperiment('x')],
    ['a deletion of a tag', (store) => store.deleteTag(run, 'a')],
    ['a new version', (store) => store.createModelVersion('m', { source: 's' })],
    ['a new name', (store) => store.renameRegisteredModel('m', 'n')],
  ])('is not repeated where it would be done twice: %s', async (_, call) => {
    for (const failure of [busy, broken]) {
      const { store, seen } = storeOver(inOrder(failure, fine))
      expect(await codeOf(() => call(store))).toBe('TEMPORARILY_UNAVAILABLE')
      expect(seen).toHaveLength(1)
    }
  })

  it('is given up after so many repetitions, with longer and longer waits between', async () => {
    const { store, seen, waits } = storeOver(busy, { retries: 4 })
    expect(await codeOf(() => store.getRun(run))).toBe('TEMPORARILY_UNAVAILABLE')
    expect(seen).toHaveLength(5)
    expect(waits).toHaveLength(4)
    waits.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual(100 * 2 ** i)
      expect(wait).toBeLessThanOrEqual(200 * 2 ** i)
    })
  })

  it('waits as long as the server asks for, in seconds or to a date, within reason', async () => {
    const asking = (value: string) => (): Response =>
      new Response('', { status: 429, headers: { 'retry-after': value } })
    const past = new Date(Date.now() - 5_000).toUTCString()
    const answer = inOrder(asking('7'), asking(past), asking('99999999'), fine)
    const { store, waits } = storeOver(answer)
    await store.getRun(run)
    expect(waits).toEqual([7_000, 0, 120_000])
  })

  it.each<[string, Answer]>([
    ['what the state forbids', () => refusal('INVALID_STATE', 'no', 500)],
    ['what is not served', () => new Response('run with `--serve-artifacts`', { status: 503 })],
    ['what is refused', () => refusal('INVALID_PARAMETER_VALUE', 'no', 400)],
    ['what is forbidden', () => new Response('', { status: 403 })],
    ['what is unknown', () => new Response('<p>', { status: 404 })],
  ])('is not repeated where it would fail for ever: %s', async (_, answer) => {
    const { store, seen } = storeOver(answer)
    expect(await codeOf(() => store.getRun(run))).not.toBe('nothing was thrown')
    expect(seen).toHaveLength(1)
  })
})

describe('a call that is broken off', () => {
  const silent: Answer = (_, signal) =>
    new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason as Error)
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })

  it('is CANCELLED by the signal, also while it waits to be repeated', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { store } = storeOver(silent, { signal })
    const pending = errorOf(() => store.getRun(run))
    controller.abort(new Error('enough'))
    expect(await pending).toMatchObject({ errorCode: 'CANCELLED', cause: signal.reason })
    expect(await codeOf(() => store.getRun(run))).toBe('CANCELLED')

    const second = new AbortController()
    const wait = (_: number, inner: AbortSignal): Promise<void> => {
      second.abort()
      return Promise.reject(inner.reason as Error)
    }
    const waiting = storeOver(busy, { signal: second.signal, wait })
    expect(await codeOf(() => waiting.store.getRun(run))).toBe('CANCELLED')
    expect(waiting.seen).toHaveLength(1)
  })

  it('is DEADLINE_EXCEEDED where the server keeps silent, before its answer or within', async () => {
    const options = { timeoutMs: 5, retries: 0 }
    const { store } = storeOver(silent, options)
    expect(await codeOf(() => store.getRun(run))).toBe('DEADLINE_EXCEEDED')
    const half: Answer = (_, signal) =>
      new Response(
        new ReadableStream({
          start(stream) {
            stream.enqueue(new TextEncoder().encode('{"run":'))
            signal.addEventListener('abort', () => stream.error(signal.reason))
          },
        }),
      )
    expect(await codeOf(() => storeOver(half, options).store.getRun(run))).toBe('DEADLINE_EXCEEDED')
  })

  it('is INVALID_STATE once the store is closed', async () => {
    const { store, seen } = storeOver(fine)
    await store.close()
    await store.close()
    for (const call of [
      () => store.getRun(run),
      () => store.createExperiment('x'),
      () => store.setTag(run, 'a', 'b'),
      () => store.logBuffered({ ops: [], points: null }),
      () => store.openRead(run, 'a'),
    ])
      expect(await codeOf(call)).toBe('INVALID_STATE')
    expect(seen).toEqual([])
  })
})
