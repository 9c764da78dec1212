import { throwIfAborted, toTrackletError } from '../errors.js'
import type { ChangeFeed, ChangeSet, WatchFilter } from '../store/change-feed.js'

/** Change sets kept for a reader that is slow, before they become one. */
const MAX_QUEUED = 16

/** What `tracker.watch` takes. */
export interface WatchOptions extends WatchFilter {
  /** Ends the iteration, quietly. */
  readonly signal?: AbortSignal
}

/**
 * Changes as an async iterable. Each iteration is a subscription of its own, which begins when the iteration
 * does and ends with it, with the signal, or with the tracker.
 */
export class Watch implements AsyncIterable<ChangeSet> {
  readonly #feed: () => ChangeFeed
  readonly #options: WatchOptions
  readonly #open: Set<ChangeIterator>

  /** `feed` gives the feed or throws once the tracker is closed; `open` holds what is being iterated. */
  constructor(feed: () => ChangeFeed, options: WatchOptions, open: Set<ChangeIterator>) {
    this.#feed = feed
    this.#options = options
    this.#open = open
  }

  /** Subscribes. CANCELLED when the signal is aborted already. */
  [Symbol.asyncIterator](): ChangeIterator {
    throwIfAborted(this.#options.signal)
    const iterator = new ChangeIterator(this.#feed(), this.#options, () =>
      this.#open.delete(iterator),
    )
    this.#open.add(iterator)
    return iterator
  }
}

/** One subscription to the change feed. */
export class ChangeIterator implements AsyncIterator<ChangeSet, undefined> {
  readonly #port: MessagePort
  readonly #signal: AbortSignal | undefined
  readonly #onEnd: () => void
  readonly #end = () => this.end()
  #queue: ChangeSet[] = []
  #waiting: PromiseWithResolversLike<IteratorResult<ChangeSet, undefined>>[] = []
  #ended = false
  #failure: unknown

  /** `onEnd` is called once, when the subscription is over. */
  constructor(feed: ChangeFeed, options: WatchOptions, onEnd: () => void) {
    const { signal, ...filter } = options
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#signal = signal
    this.#onEnd = onEnd
    this.#port.onmessage = (event: MessageEvent) => this.#arrived(event.data as ChangeSet)
    signal?.addEventListener('abort', this.#end)
    feed.subscribe(filter, port2).catch((error: unknown) => this.#fail(error))
  }

  /** The next change set; done once the subscription has ended. */
  next(): Promise<IteratorResult<ChangeSet, undefined>> {
    const set = this.#queue.shift()
    if (set !== undefined) {
      this.#port.postMessage('ack')
      return Promise.resolve({ done: false, value: set })
    }
    if (this.#failure !== undefined) return this.#rejected()
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Called when a `for await` loop is left early. */
  return(): Promise<IteratorResult<ChangeSet, undefined>> {
    this.#queue = []
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Ends the subscription; what has arrived can still be read. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#signal?.removeEventListener('abort', this.#end)
    this.#port.postMessage('close')
    this.#port.onmessage = null
    this.#port.close()
    for (const waiter of this.#waiting.splice(0)) waiter.resolve({ done: true, value: undefined })
    this.#onEnd()
  }

  #arrived(set: ChangeSet): void {
    const waiter = this.#waiting.shift()
    if (waiter === undefined) this.#enqueue(set)
    else {
      this.#port.postMessage('ack')
      waiter.resolve({ done: false, value: set })
    }
  }

  #enqueue(set: ChangeSet): void {
    this.#queue.push(set)
    if (this.#queue.length > MAX_QUEUED) this.#queue = [collapse(this.#queue, set.seq)]
  }

  #fail(error: unknown): void {
    this.#failure = toTrackletError(error)
    const waiters = this.#waiting.splice(0)
    this.end()
    const [first, ...others] = waiters
    if (first === undefined) return
    first.reject(this.#failure)
    this.#failure = undefined
    for (const waiter of others) waiter.resolve({ done: true, value: undefined })
  }

  #rejected(): Promise<never> {
    const failure = this.#failure
    this.#failure = undefined
    return Promise.reject(failure as Error)
  }
}

interface PromiseWithResolversLike<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

function collapse(sets: readonly ChangeSet[], seq: number): ChangeSet {
  const experimentIds = [...new Set(sets.flatMap((set) => set.experimentIds))]
  const runIds = [...new Set(sets.flatMap((set) => set.runIds))]
  return { seq, resync: true, experimentIds, runIds, points: [] }
}
