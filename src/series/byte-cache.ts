/** What was read last, up to a number of bytes; the longest unused goes first. Loads under way are shared. */
export class ByteCache {
  readonly #limit: number
  readonly #held = new Map<string, { readonly value: unknown; readonly bytes: number }>()
  readonly #loading = new Map<string, Promise<unknown>>()
  #bytes = 0

  /** Holds at most `limit` bytes. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether `key` is held or on its way. */
  has(key: string): boolean {
    return this.#held.has(key) || this.#loading.has(key)
  }

  /** What is held under `key`, undefined where there is nothing. */
  peek(key: string): unknown {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    this.#held.delete(key)
    this.#held.set(key, held)
    return held.value
  }

  /** What is held under `key`, else what `load` gives, kept as `sizeOf` its bytes. */
  get<T>(key: string, load: () => Promise<T>, sizeOf: (value: T) => number): Promise<T> {
    const held = this.peek(key)
    if (held !== undefined) return Promise.resolve(held as T)
    const running = this.#loading.get(key)
    if (running !== undefined) return running as Promise<T>
    const promise = this.#load(key, load, sizeOf)
    this.#loading.set(key, promise)
    return promise
  }

  async #load<T>(key: string, load: () => Promise<T>, sizeOf: (value: T) => number): Promise<T> {
    try {
      const value = await load()
      this.#keep(key, value, sizeOf(value))
      return value
    } finally {
      this.#loading.delete(key)
    }
  }

  #keep(key: string, value: unknown, bytes: number): void {
    if (bytes > this.#limit) return
    this.#held.set(key, { value, bytes })
    this.#bytes += bytes
    for (const [oldest, entry] of this.#held) {
      if (this.#bytes <= this.#limit) return
      this.#held.delete(oldest)
      this.#bytes -= entry.bytes
    }
  }
}
