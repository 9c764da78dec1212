import { expose as exposeObject, transfer, type Endpoint } from 'comlink'
import { TrackletError } from '../errors.js'
import type { Store } from '../store/store.js'
import { carryErrors } from './errors.js'
import { isStoreMethod } from './methods.js'
import { pack } from './transfer.js'

/** What the caller's side learns first. */
export interface Greeting {
  /** A Web Lock that is held as long as the worker lives; null where the platform has none. */
  readonly aliveLock: string | null
}

/** What lies at the far end of an endpoint: every call is one message. */
export interface Host {
  hello(): Promise<Greeting>
  ping(): true
  open(request: unknown): Promise<void>
  call(method: string, args: readonly unknown[]): Promise<unknown>
}

/** What `expose` may use of the platform. */
export interface ExposeOptions {
  /** Web Locks, by which the other side sees this one's death. */
  readonly locks?: LockManager | undefined
}

/**
 * Answers calls of `connect` at the other end of `endpoint` with `store`. Typed arrays in results are moved,
 * so a store must give each caller arrays of its own.
 */
export function expose(store: Store, endpoint: Endpoint, options: ExposeOptions = {}): void {
  exposeHost(endpoint, options, store, () =>
    Promise.reject(new TrackletError('INVALID_STATE', 'This store is open already.')),
  )
}

/** The same for a store that `greet` has yet to open; its request is handed to `open`. */
export function exposeOpener<R>(
  open: (request: R) => Promise<Store>,
  endpoint: Endpoint,
  options: ExposeOptions = {},
): void {
  exposeHost(endpoint, options, null, (request) => open(request as R))
}

type AnyMethod = (...args: readonly unknown[]) => Promise<unknown>

function exposeHost(
  endpoint: Endpoint,
  options: ExposeOptions,
  ready: Store | null,
  open: (request: unknown) => Promise<Store>,
): void {
  carryErrors()
  let store = ready
  const alive = options.locks ? holdForLife(options.locks).catch(() => null) : Promise.resolve(null)
  const host: Host = {
    hello: async () => ({ aliveLock: await alive }),
    ping: () => true,
    open: async (request) => {
      store = await open(request)
    },
    call: (method, args) => answer(store, method, args),
  }
  exposeObject(host, endpoint)
}

async function answer(
  store: Store | null,
  method: string,
  args: readonly unknown[],
): Promise<unknown> {
  if (!isStoreMethod(method))
    throw new TrackletError('ENDPOINT_NOT_FOUND', `A store has no method "${method}".`)
  if (!store) throw new TrackletError('INVALID_STATE', 'The store is not open yet.')
  const result = await (store[method] as AnyMethod).call(store, ...args)
  const parcel = pack(result)
  return parcel.transfer.length ? transfer(parcel.value as object, parcel.transfer) : result
}

function holdForLife(locks: LockManager): Promise<string> {
  const name = `tracklet:alive:${crypto.getRandomValues(new Uint32Array(4)).join('-')}`
  return new Promise((resolve, reject) => {
    const forLife = new Promise<never>(() => undefined)
    locks
      .request(name, () => {
        resolve(name)
        return forLife
      })
      .catch(reject)
  })
}
