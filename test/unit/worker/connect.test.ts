import { wrap } from 'comlink'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TrackletError } from '../../../src/errors.js'
import type { Store } from '../../../src/store/store.js'
import { connect, expose, type ConnectOptions, type Endpoint } from '../../../src/worker/index.js'

const open: MessageChannel[] = []

afterEach(() => {
  vi.useRealTimers()
  for (const { port1, port2 } of open.splice(0)) {
    port1.close()
    port2.close()
  }
})

describe('a store behind an endpoint', () => {
  it('is called with the same arguments and answers the same', async () => {
    const getRun = vi.fn(async (runId: string) => ({ info: { runId } }))
    const { remote } = await connected({ getRun: getRun as never })
    expect(await remote.getRun('r1')).toEqual({ info: { runId: 'r1' } })
    expect(getRun).toHaveBeenCalledExactlyOnceWith('r1')
  })

  it('keeps the code, the message and the cause of an error', async () => {
    const failure = new TrackletError('RESOURCE_DOES_NOT_EXIST', 'Run "x" not found.', {
      cause: new RangeError('below'),
    })
    const { remote } = await connected({ getRun: () => Promise.reject(failure) })
    const error: unknown = await remote.getRun('x').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TrackletError)
    expect(error).toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
      message: 'Run "x" not found.',
      cause: { message: 'RangeError: below' },
    })
  })

  it('makes any other error a TrackletError with its words', async () => {
    const { remote } = await connected({ getRun: () => Promise.reject(new TypeError('oh')) })
    await expect(remote.getRun('x')).rejects.toMatchObject({
      errorCode: 'INTERNAL_ERROR',
      message: 'oh',
    })
  })

  it('refuses arguments that no message can carry', async () => {
    const { remote } = await connected({ getRun: async () => ({}) as never })
    await expect(remote.getRun((() => 1) as never)).rejects.toBeInstanceOf(TrackletError)
  })

  it('moves the columns of a batch to the store', async () => {
    const received: unknown[] = []
    const { remote } = await connected({
      logBuffered: async (buffered) => {
        received.push(buffered)
        return []
      },
    })
    const values = Float64Array.of(0.5, NaN)
    const points = {
      runs: ['r'],
      keys: ['loss'],
      run: Uint32Array.of(0, 0),
      key: Uint32Array.of(0, 0),
      steps: Float64Array.of(1, 2),
      timestamps: Float64Array.of(3, 4),
      values,
    }
    await remote.logBuffered({ ops: [], points })
    expect(values).toHaveLength(0)
    expect(received).toMatchObject([{ points: { values: Float64Array.of(0.5, NaN) } }])
  })

  it('moves the columns of a result to the caller', async () => {
    const made = {
      steps: Float64Array.of(1),
      timestamps: Float64Array.of(2),
      values: Float64Array.of(3),
      total: 1,
    }
    const { remote } = await connected({ getMetricColumns: async () => made })
    const columns = await remote.getMetricColumns({ runId: 'r', key: 'k' })
    expect(columns.values).toEqual(Float64Array.of(3))
    expect(made.values).toHaveLength(0)
  })

  it('calls nothing that is not a method of a store', async () => {
    const { port } = await connected({})
    const host = wrap<{ call(method: string, args: unknown[]): Promise<unknown> }>(port)
    await expect(host.call('constructor', [])).rejects.toMatchObject({
      errorCode: 'ENDPOINT_NOT_FOUND',
    })
  })

  it('is released when it is closed, and refuses calls from then on', async () => {
    const release = vi.fn()
    const close = vi.fn(async () => undefined)
    const { remote } = await connected({ close }, { release })
    await Promise.all([remote.close(), remote.close()])
    await remote.close()
    expect(close).toHaveBeenCalledOnce()
    expect(release).toHaveBeenCalledOnce()
    await expect(remote.getRun('r')).rejects.toMatchObject({ errorCode: 'INVALID_STATE' })
  })
})

describe('a worker that dies', () => {
  const died = { errorCode: 'TEMPORARILY_UNAVAILABLE', message: /open the store again/ }
  let never: Partial<Store>

  beforeEach(() => {
    never = {
      getRun: () => new Promise(() => undefined),
      flush: () => new Promise(() => undefined),
    }
  })

  it('settles every pending call, and later ones at once', async () => {
    const release = vi.fn()
    const { remote, farPort } = await connected(never, { release })
    const pending = [remote.getRun('r'), remote.flush()]
    farPort.close()
    for (const call of pending) await expect(call).rejects.toMatchObject(asMatch(died))
    await expect(remote.getRun('r')).rejects.toMatchObject(asMatch(died))
    await remote.close()
    expect(release).toHaveBeenCalledOnce()
  })

  it('is noticed by an uncaught error in it, whose words are told', async () => {
    const { remote, port } = await connected(never)
    const call = remote.getRun('r')
    port.dispatchEvent(
      Object.assign(new Event('error'), { message: 'memory access out of bounds' }),
    )
    await expect(call).rejects.toThrow(/memory access out of bounds/)
  })

  it('is noticed by the lock that it held', async () => {
    const locks = new FakeLocks()
    const { remote } = await connected(never, { locks: locks as never })
    const call = remote.getRun('r')
    locks.freeAll()
    await expect(call).rejects.toThrow(/terminated/)
  })

  it('is noticed by its silence where there are no locks, but only while calls are pending', async () => {
    const { remote, port } = await connected(
      { ...never, storage: async () => ({}) as never },
      { pingIntervalMs: 2_000, pingTimeoutMs: 10_000 },
    )
    await remote.storage()
    vi.useFakeTimers()
    port.postMessage = () => undefined
    await vi.advanceTimersByTimeAsync(600_000)
    const call = remote.getRun('r')
    const settled = vi.fn()
    call.catch(settled)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(4_000)
    await expect(call).rejects.toThrow(/no sign of life/)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is given up when it does not answer at all', async () => {
    vi.useFakeTimers()
    const { port1 } = channel()
    const connecting = connect(port1 as unknown as Endpoint, { timeoutMs: 5_000 })
    const outcome = expect(connecting).rejects.toThrow(/did not answer in 5000 ms/)
    await vi.advanceTimersByTimeAsync(5_000)
    await outcome
  })
})

async function connected(
  store: Partial<Store>,
  options: ConnectOptions = {},
): Promise<{ remote: Store; port: MessagePort; farPort: MessagePort }> {
  const { port1, port2 } = channel()
  expose(store as Store, port2 as unknown as Endpoint, { locks: options.locks })
  const remote = await connect(port1 as unknown as Endpoint, options)
  return { remote, port: port1, farPort: port2 }
}

function channel(): MessageChannel {
  const made = new MessageChannel()
  open.push(made)
  return made
}

function asMatch({ errorCode, message }: { errorCode: string; message: RegExp }): object {
  return { errorCode, message: expect.stringMatching(message) }
}

/** One queue per name, as Web Locks have it; `freeAll` is the death of every holder. */
class FakeLocks {
  readonly #waiting = new Map<string, (() => unknown)[]>()

  request(name: string, options: unknown, callback?: () => unknown): Promise<unknown> {
    const granted = callback ?? (options as () => unknown)
    const queue = this.#waiting.get(name)
    if (!queue) {
      this.#waiting.set(name, [])
      return Promise.resolve(granted())
    }
    return new Promise((resolve) => queue.push(() => resolve(granted())))
  }

  freeAll(): void {
    for (const queue of this.#waiting.values()) queue.shift()?.()
  }
}
