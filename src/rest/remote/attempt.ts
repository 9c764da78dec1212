import { unref } from '../../util/unref.js'

/** One request on its way: it ends when a signal is aborted, or when nothing happened for too long. */
export class Attempt {
  readonly #controller = new AbortController()
  readonly #signals: readonly AbortSignal[]
  readonly #timeoutMs: number
  readonly #stop = (): void => this.#controller.abort(this.stoppedBy?.reason)
  #timer: ReturnType<typeof setTimeout> | null = null
  #timedOut = false

  /** `signals` end it; the clock runs from now on. */
  constructor(signals: readonly (AbortSignal | undefined)[], timeoutMs: number) {
    this.#signals = signals.filter((signal) => signal !== undefined)
    this.#timeoutMs = timeoutMs
    for (const signal of this.#signals) signal.addEventListener('abort', this.#stop)
    if (this.stoppedBy !== undefined) this.#stop()
    this.touch()
  }

  /** For `fetch`. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether it ended because nothing happened. */
  get timedOut(): boolean {
    return this.#timedOut
  }

  /** The given signal that ended it. */
  get stoppedBy(): AbortSignal | undefined {
    return this.#signals.find((signal) => signal.aborted)
  }

  /** Something happened: the clock starts again. */
  touch(): void {
    this.pause()
    this.#timer = setTimeout(() => {
      this.#timedOut = true
      this.#controller.abort()
    }, this.#timeoutMs)
    unref(this.#timer)
  }

  /** It is the caller who takes time: the clock stands. */
  pause(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** It is over. */
  end(): void {
    this.pause()
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#stop)
  }

  /** Ends what is still on its way. */
  abort(): void {
    this.end()
    this.#controller.abort()
  }
}
