import { TrackletError } from '../../../src/errors.js'
import type { Store } from '../../../src/store/store.js'
import { exposeOpener, type Endpoint } from '../../../src/worker/index.js'

// A worker whose store answers a few calls with what the tests of the boundary need.
const memory = new Float64Array(1 << 16).fill(1)

const store: Partial<Store> = {
  getRun: (runId) =>
    runId === 'never'
      ? new Promise(() => undefined)
      : Promise.reject(new TrackletError('RESOURCE_DOES_NOT_EXIST', `no ${runId}`)),
  getMetricColumns: async () => ({
    steps: memory.subarray(10, 13),
    timestamps: Float64Array.of(1, 2, 3),
    values: Float64Array.of(NaN, Infinity, -0),
    total: memory.length,
  }),
  logBuffered: async ({ points }) => [
    { runId: 'r', errorCode: 'x', message: 'x', points: points?.values.length ?? 0 },
  ],
  subscribe: async (filter, port) => port.postMessage(filter),
  deleteTag: async () => {
    setTimeout(() => {
      throw new RangeError('memory access out of bounds')
    })
    await new Promise(() => undefined)
  },
  close: async () => undefined,
}

exposeOpener(
  async (request: { fail?: boolean }) => {
    if (request.fail) throw new TrackletError('RESOURCE_CONFLICT', 'held elsewhere')
    return store as Store
  },
  globalThis as unknown as Endpoint,
  { locks: (navigator as { locks?: LockManager }).locks },
)
