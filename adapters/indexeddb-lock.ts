import { promisifyRequest, type UseStore } from 'idb-keyval'
import { TrackletError } from '../src/errors.js'

const LEASE_KEY = 'lease'
const LEASE_MS = 4_000
const HEARTBEAT_MS = 1_000
const POLL_MS = 100

/** Gives a lock back; resolves when another can take it. */
export type Release = () => Promise<void>

interface Lease {
  readonly owner: string
  /** Epoch milliseconds. */
  readonly expires: number
}

/**
 * Holds the Web Lock `name`, which the browser frees when this page or worker dies.
 * RESOURCE_CONFLICT where another holds it for longer than `timeoutMs`.
 */
export async function takeWebLock(
  locks: LockManager,
  name: string,
  timeoutMs: number,
): Promise<Release> {
  const release = await requestLock(locks, name, { ifAvailable: true })
  if (release) return release
  if (timeoutMs <= 0) throw lockHeld(name, timeoutMs)
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), timeoutMs)
  try {
    const granted = await requestLock(locks, name, { signal: controller.signal })
    if (granted) return granted
    throw lockHeld(name, timeoutMs)
  } catch (error) {
    throw controller.signal.aborted ? lockHeld(name, timeoutMs) : error
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The same where the browser has no Web Locks (plain http on a local network): a row that its owner
 * renews every second and that lapses after four. The fence of epochs keeps a slow owner harmless.
 */
export async function takeLease(
  useStore: UseStore,
  name: string,
  timeoutMs: number,
): Promise<Release> {
  const owner = crypto.getRandomValues(new Uint32Array(4)).join('-')
  const deadline = Date.now() + timeoutMs
  while (!(await renewLease(useStore, owner))) {
    if (Date.now() >= deadline) throw lockHeld(name, timeoutMs)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  // A failed renewal needs no answer: whoever takes the lease raises the epoch, which fences this owner.
  const heartbeat = setInterval(
    () => void renewLease(useStore, owner).catch(() => false),
    HEARTBEAT_MS,
  )
  return async () => {
    clearInterval(heartbeat)
    await dropLease(useStore, owner)
  }
}

function requestLock(
  locks: LockManager,
  name: string,
  options: LockOptions,
): Promise<Release | null> {
  return new Promise((resolve, reject) => {
    let free = (): void => undefined
    const held = new Promise<void>((done) => {
      free = done
    })
    const over = locks.request(name, options, (lock) => {
      if (lock === null) return resolve(null)
      resolve(async () => {
        free()
        await over.catch(() => undefined)
      })
      return held
    })
    over.catch(reject)
  })
}

function renewLease(useStore: UseStore, owner: string): Promise<boolean> {
  return changeLease(useStore, (lease, store) => {
    if (lease && lease.owner !== owner && lease.expires > Date.now()) return false
    store.put({ owner, expires: Date.now() + LEASE_MS } satisfies Lease, LEASE_KEY)
    return true
  })
}

function dropLease(useStore: UseStore, owner: string): Promise<boolean> {
  return changeLease(useStore, (lease, store) => {
    if (lease?.owner === owner) store.delete(LEASE_KEY)
    return true
  })
}

function changeLease(
  useStore: UseStore,
  change: (lease: Lease | undefined, store: IDBObjectStore) => boolean,
): Promise<boolean> {
  return useStore('readwrite', async (store) => {
    const done = promisifyRequest(store.transaction)
    const request: IDBRequest<Lease | undefined> = store.get(LEASE_KEY)
    let mine = false
    request.onsuccess = () => {
      mine = change(request.result, store)
    }
    await done
    return mine
  })
}

function lockHeld(name: string, timeoutMs: number): TrackletError {
  return new TrackletError(
    'RESOURCE_CONFLICT',
    `Another tab or worker of this site holds "${name}" (waited ${timeoutMs} ms); close it, or open a store of another name.`,
  )
}
