import { TrackletError } from '../src/errors.js'
import type { Store } from '../src/store/store.js'
import { STORE_METHODS, type StoreMethod } from '../src/worker/index.js'
import { openOnLadder, type EngineReport, type LadderOptions } from './browser-ladder.js'
import { browserUri } from './browser-uri.js'

/** A store of this page, and where its engine runs. */
export interface OpenedStore {
  readonly store: Store
  readonly engine: EngineReport
  /** Whether a worker has yet to answer a call. */
  readonly busy: () => boolean
}

interface Shared {
  readonly store: Store
  readonly engine: EngineReport
  users: number
}

const REGISTRY = Symbol.for('tracklet.stores.1')

/**
 * Opens the store that a URI names: `idb:name`, `memory:`, `memory:name`. A page has one engine per name: a second
 * opening shares the first one's engine, whatever its options, and the last `close` closes it.
 */
export async function openBrowserStore(
  uri: string,
  options: LadderOptions = {},
): Promise<OpenedStore> {
  const address = browserUri(uri)
  if (address === 'memory:')
    return { ...(await openOnLadder(address, options, () => undefined)), busy: () => false }
  const registry = sharedStores()
  const shared = registry.get(address) ?? beginOpening(registry, address, options)
  const opened = await shared
  opened.users++
  return { engine: opened.engine, ...shareOf(opened, () => registry.delete(address)) }
}

function beginOpening(
  registry: Map<string, Promise<Shared>>,
  uri: string,
  options: LadderOptions,
): Promise<Shared> {
  const forget = (): void => {
    if (registry.get(uri) === opening) registry.delete(uri)
  }
  const opening = openOnLadder(uri, options, forget).then((opened) => ({ ...opened, users: 0 }))
  opening.catch(forget)
  registry.set(uri, opening)
  return opening
}

/** The registry is the page's, not the module's: two copies of this package must find each other's engines. */
function sharedStores(): Map<string, Promise<Shared>> {
  const page = globalThis as { [REGISTRY]?: Map<string, Promise<Shared>> }
  return (page[REGISTRY] ??= new Map())
}

function shareOf(shared: Shared, forget: () => void): Omit<OpenedStore, 'engine'> {
  let closed = false
  let waiting = 0
  const inWorker = shared.engine.place !== 'page'
  const call = async (method: StoreMethod, args: readonly unknown[]): Promise<unknown> => {
    if (closed && method === 'close') return
    if (closed) throw new TrackletError('INVALID_STATE', 'The store is closed; open it again.')
    closed = method === 'close'
    if (closed && --shared.users > 0) return await shared.store.flush({ durability: 'strict' })
    if (closed) forget()
    return await (shared.store[method] as (...all: readonly unknown[]) => unknown)(...args)
  }
  const counted = (method: StoreMethod, args: readonly unknown[]): Promise<unknown> => {
    waiting++
    return call(method, args).finally(() => waiting--)
  }
  const methods = STORE_METHODS.map((method) => [
    method,
    (...args: readonly unknown[]) => counted(method, args),
  ])
  const store = Object.fromEntries(methods) as unknown as Store
  return { store, busy: () => inWorker && waiting > 0 }
}
