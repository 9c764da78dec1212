import { describe, expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../../src/store/store.js'
import { greet, type ConnectOptions, type Endpoint } from '../../../src/worker/index.js'
import { runSuites } from '../../helpers/browser-vitest.js'

Object.assign(globalThis, { outcomes: runSuites(() => void describe('a worker', boundary)) })

const DIED = { errorCode: 'TEMPORARILY_UNAVAILABLE' }

function boundary(): void {
  it('keeps error codes', async () => {
    const { store } = await opened()
    await expect(store.getRun('x')).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
      message: 'no x',
    })
  })

  it('tells why its store did not open', async () => {
    await expect(opened({ fail: true })).rejects.toMatchObject({ errorCode: 'RESOURCE_CONFLICT' })
  })

  it('moves columns to the page, and only the part that is meant', async () => {
    const { store } = await opened()
    const columns = await store.getMetricColumns({ runId: 'r', key: 'k' })
    expect(columns.values).toEqual(Float64Array.of(NaN, Infinity, -0))
    expect(columns.steps).toEqual(Float64Array.of(1, 1, 1))
    expect(columns.steps.buffer.byteLength).toBe(24)
    const again = await store.getMetricColumns({ runId: 'r', key: 'k' })
    expect(again).toEqual(columns)
  })

  it('takes columns by moving them', async () => {
    const { store } = await opened()
    const values = new Float64Array(1000)
    const [refusal] = await store.logBuffered({ ops: [], points: points(values) })
    expect(refusal).toMatchObject({ points: 1000 })
    expect(values).toHaveLength(0)
  })

  it('is handed the port of a subscription', async () => {
    const { store } = await opened()
    const { port1, port2 } = new MessageChannel()
    const message = new Promise((resolve) => {
      port1.onmessage = (event: MessageEvent) => resolve(event.data)
    })
    await store.subscribe({ runIds: ['a'] }, port2)
    expect(await message).toEqual({ runIds: ['a'] })
  })

  it('settles what is pending when it is terminated', async () => {
    const { store, worker } = await opened()
    const calls = [store.getRun('never'), store.getRun('never')]
    worker.terminate()
    for (const call of calls) await expect(call).rejects.toMatchObject(DIED)
    await expect(store.getRun('x')).rejects.toMatchObject(DIED)
  })

  it('is let go after an error that nothing caught, whose words are told', async () => {
    let released = 0
    const { store } = await opened({}, { release: () => void released++ })
    await expect(store.deleteTag('r', 'k')).rejects.toMatchObject({
      ...DIED,
      message: expect.stringContaining('out of bounds'),
    })
    expect(released).toBe(1)
  })

  it('is missed when it is terminated where there are no Web Locks', async () => {
    const impatient = { locks: undefined, pingIntervalMs: 20, pingTimeoutMs: 200 }
    const { store, worker } = await opened({}, impatient)
    const call = store.getRun('never')
    worker.terminate()
    await expect(call).rejects.toMatchObject(DIED)
  })

  it('is refused when its script cannot be loaded', async () => {
    const worker = new Worker('/missing.js')
    await expect(greet(worker as Endpoint, { timeoutMs: 30_000 })).rejects.toMatchObject(DIED)
  })
}

async function opened(
  request: { fail?: boolean } = {},
  options: ConnectOptions = {},
): Promise<{ store: Store; worker: Worker }> {
  const worker = new Worker('/worker.js')
  onTestFinished(() => worker.terminate())
  const greeted = await greet(worker as Endpoint, { locks: navigator.locks, ...options })
  return { store: await greeted.open(request), worker }
}

function points(values: Float64Array): NonNullable<Parameters<Store['logBuffered']>[0]['points']> {
  const { length } = values
  return {
    runs: ['r'],
    keys: ['k'],
    run: new Uint32Array(length),
    key: new Uint32Array(length),
    steps: new Float64Array(length),
    timestamps: new Float64Array(length),
    values,
  }
}
