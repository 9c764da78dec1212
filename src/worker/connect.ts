import { transfer, wrap, type Endpoint, type Remote } from 'comlink'
import { toTrackletError, TrackletError } from '../errors.js'
import type { Store } from '../store/store.js'
import { carryErrors } from './errors.js'
import type { Greeting, Host } from './expose.js'
import { STORE_METHODS, type StoreMethod } from './methods.js'
import { packEach } from './transfer.js'
import { onDeathEvent, Watchdog } from './watchdog.js'

/** What `connect` may use of the platform, and how patient it is. */
export interface ConnectOptions {
  /** Web Locks, by which a worker's death is seen at once; without them the worker is asked while calls wait. */
  readonly locks?: LockManager | undefined
  /** Milliseconds to wait for the first answer; 30,000 by default. */
  readonly timeoutMs?: number
  /** Milliseconds between questions where there are no Web Locks; 2,000 by default. */
  readonly pingIntervalMs?: number
  /** Milliseconds of silence that count as death there; 60,000 by default, for one long computation is no death. */
  readonly pingTimeoutMs?: number
  /** Called once after `close` or death, to let go of the worker: `() => worker.terminate()`. */
  readonly release?: () => void
}

/** A worker that has answered, and whose store is yet to be opened. */
export interface Greeted {
  /** Has the worker open a store, as its `exposeOpener` understands the request. */
  open(request: unknown): Promise<Store>
  /** Lets go of the worker. */
  dismiss(): void
}

/**
 * The store that `expose` offers at the other end of `endpoint`. Typed arrays in arguments are moved there.
 * Once the worker has died, every pending and later call rejects with TEMPORARILY_UNAVAILABLE; all that was
 * acknowledged is stored, and opening the store again brings it back.
 */
export async function connect(endpoint: Endpoint, options: ConnectOptions = {}): Promise<Store> {
  return storeOver(await connection(endpoint, options))
}

/** Waits for the first answer of `exposeOpener` at the other end; TEMPORARILY_UNAVAILABLE where none comes. */
export async function greet(endpoint: Endpoint, options: ConnectOptions = {}): Promise<Greeted> {
  const link = await connection(endpoint, options)
  return {
    open: async (request) => {
      await link.open(request)
      return storeOver(link)
    },
    dismiss: () => link.dismiss(),
  }
}

async function connection(endpoint: Endpoint, options: ConnectOptions): Promise<Connection> {
  carryErrors()
  const remote = wrap<Host>(endpoint)
  const greeting = await firstAnswer(remote, endpoint, options)
  return new Connection(remote, endpoint, greeting, options)
}

function storeOver(link: Connection): Store {
  const call = (method: StoreMethod): unknown =>
    method === 'close'
      ? () => link.close()
      : (...args: readonly unknown[]) => link.call(method, args)
  const methods = STORE_METHODS.map((method) => [method, call(method)])
  return Object.fromEntries(methods) as unknown as Store
}

class Connection {
  readonly #remote: Remote<Host>
  readonly #watchdog: Watchdog
  readonly #release: () => void
  readonly #pending = new Set<(error: TrackletError) => void>()
  #over: TrackletError | null = null
  #closing: Promise<void> | null = null

  constructor(
    remote: Remote<Host>,
    endpoint: Endpoint,
    greeting: Greeting,
    options: ConnectOptions,
  ) {
    this.#remote = remote
    this.#release = options.release ?? (() => undefined)
    this.#watchdog = new Watchdog(endpoint, {
      locks: options.locks,
      aliveLock: greeting.aliveLock,
      ping: () => remote.ping(),
      pingIntervalMs: options.pingIntervalMs ?? 2_000,
      pingTimeoutMs: options.pingTimeoutMs ?? 60_000,
      onDeath: (reason) => this.#end(workerDied(reason)),
    })
  }

  call(method: StoreMethod, args: readonly unknown[]): Promise<unknown> {
    return this.#settled(() => this.#send(method, args))
  }

  async open(request: unknown): Promise<void> {
    await this.#settled(() => this.#remote.open(request))
  }

  dismiss(): void {
    if (!this.#over) this.#end(new TrackletError('INVALID_STATE', 'The worker was dismissed.'))
  }

  close(): Promise<void> {
    this.#closing ??= this.#over
      ? Promise.resolve()
      : this.call('close', []).then(() => {
          this.#end(new TrackletError('INVALID_STATE', 'The store is closed; open it again.'))
        })
    this.#closing.catch(() => {
      this.#closing = null
    })
    return this.#closing
  }

  /** What `call` comes to, or the worker's death, whichever is first. */
  #settled<T>(call: () => Promise<T>): Promise<T> {
    if (this.#over) return Promise.reject(this.#over)
    return new Promise((resolve, reject) => {
      this.#pending.add(reject)
      this.#watchdog.pending(this.#pending.size)
      call()
        .finally(() => {
          this.#pending.delete(reject)
          this.#watchdog.pending(this.#pending.size)
        })
        .then(resolve, (error: unknown) => reject(toTrackletError(error)))
    })
  }

  async #send(method: StoreMethod, args: readonly unknown[]): Promise<unknown> {
    const parcel = packEach(args)
    return await this.#remote.call(method, transfer(parcel.value, parcel.transfer))
  }

  #end(error: TrackletError): void {
    this.#over = error
    this.#watchdog.stop()
    for (const reject of this.#pending) reject(error)
    this.#pending.clear()
    this.#release()
  }
}

function firstAnswer(
  remote: Remote<Host>,
  endpoint: Endpoint,
  options: ConnectOptions,
): Promise<Greeting> {
  const timeoutMs = options.timeoutMs ?? 30_000
  let stop = (): void => undefined
  const death = new Promise<never>((_resolve, reject) => {
    const died = (reason: string): void => reject(workerDied(reason))
    const timer = setTimeout(died, timeoutMs, `it did not answer in ${timeoutMs} ms`)
    const unlisten = onDeathEvent(endpoint, died)
    stop = () => {
      clearTimeout(timer)
      unlisten()
    }
  })
  return Promise.race([remote.hello(), death]).finally(stop)
}

function workerDied(reason: string): TrackletError {
  return new TrackletError(
    'TEMPORARILY_UNAVAILABLE',
    `The worker that holds this store has died (${reason}). What was awaited is stored; open the store again.`,
  )
}
