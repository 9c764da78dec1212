import type { Endpoint } from 'comlink'

/** How a watchdog sees life at the far end. */
export interface WatchOptions {
  /** Web Locks of this side; with `aliveLock` they tell a death at once. */
  readonly locks?: LockManager | undefined
  /** The lock that the far end holds while it lives. */
  readonly aliveLock: string | null
  /** Asks for a sign of life; used where there are no Web Locks. */
  readonly ping: () => Promise<unknown>
  /** Milliseconds between questions. */
  readonly pingIntervalMs: number
  /** Milliseconds of silence, with calls pending, that count as death. */
  readonly pingTimeoutMs: number
  /** Called once, with the reason in words. */
  readonly onDeath: (reason: string) => void
}

const EVENTS: Readonly<Record<string, string>> = {
  error: 'it threw an error that nothing caught',
  messageerror: 'a message could not be read',
  exit: 'it exited',
  close: 'its port was closed',
}

/** Calls back with the reason, in words, at each event of an endpoint that means its far end is gone; gives the way to stop. */
export function onDeathEvent(endpoint: Endpoint, died: (reason: string) => void): () => void {
  const listener = (event: Event): void => {
    const message = (event as { message?: unknown }).message
    const reason = EVENTS[event.type] ?? event.type
    died(typeof message === 'string' && message !== '' ? `${reason}: ${message}` : reason)
  }
  const types = Object.keys(EVENTS)
  for (const type of types) endpoint.addEventListener(type, listener)
  return () => {
    for (const type of types) endpoint.removeEventListener(type, listener)
  }
}

/** Watches whether the far end of an endpoint lives: by events, a Web Lock, or questions while calls are pending. */
export class Watchdog {
  readonly #options: WatchOptions
  readonly #unlisten: () => void
  readonly #stop = new AbortController()
  #timer: ReturnType<typeof setInterval> | null = null
  #lastSign = 0

  constructor(endpoint: Endpoint, options: WatchOptions) {
    this.#options = options
    this.#unlisten = onDeathEvent(endpoint, (reason) => this.#die(reason))
    if (this.#usesLock()) void this.#awaitLock()
  }

  /** Says how many calls are pending; questions are asked only while some are. */
  pending(calls: number): void {
    if (this.#usesLock() || this.#stop.signal.aborted) return
    if (calls === 0) return this.#stopTimer()
    if (this.#timer !== null) return
    this.#lastSign = Date.now()
    this.#timer = setInterval(() => this.#ask(), this.#options.pingIntervalMs)
  }

  /** Ends the watch; harmless when ended. */
  stop(): void {
    this.#stop.abort()
    this.#stopTimer()
    this.#unlisten()
  }

  #usesLock(): boolean {
    return this.#options.locks !== undefined && this.#options.aliveLock !== null
  }

  async #awaitLock(): Promise<void> {
    const { locks, aliveLock } = this.#options
    const { signal } = this.#stop
    // Granted only once the far end is gone; the rejection is that of `stop`.
    await locks
      ?.request(aliveLock ?? '', { signal }, () => this.#die('it was terminated'))
      .catch(() => undefined)
  }

  #ask(): void {
    const { ping, pingTimeoutMs } = this.#options
    if (Date.now() - this.#lastSign > pingTimeoutMs)
      return this.#die(`it gave no sign of life for ${pingTimeoutMs} ms`)
    void ping().then(() => {
      this.#lastSign = Date.now()
    })
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #die(reason: string): void {
    if (this.#stop.signal.aborted) return
    this.stop()
    this.#options.onDeath(reason)
  }
}
