import type { Durability, StorageAdapter } from '../src/adapter.js'
import { TrackletError } from '../src/errors.js'

interface MemoryStore {
  epoch: number
  holder: MemoryAdapter | null
  readonly waiting: Set<() => void>
  readonly journal: Map<number, Uint8Array>
  readonly blobs: Map<string, Uint8Array>
  manifests: readonly Uint8Array[]
}

const stores = new Map<string, MemoryStore>()

/**
 * A store in this process' memory, gone with it. Adapters of the same `name` share one store, locked and fenced
 * like a real one; without a name the store is this adapter's alone.
 */
export function memoryAdapter(name?: string): StorageAdapter {
  return new MemoryAdapter(name)
}

/** Frees the lock of the store `name` from a holder that is gone without closing it, as a killed process would. */
export function unlockMemory(name: string): void {
  const store = stores.get(name)
  if (store) release(store)
}

class MemoryAdapter implements StorageAdapter {
  readonly uri: string
  readonly #name: string | undefined
  #store: MemoryStore
  #epoch = 0
  #appended = false

  constructor(name: string | undefined) {
    this.uri = `memory:${name ?? ''}`
    this.#name = name
    this.#store = newStore()
  }

  async open(options: { create: boolean; lockTimeoutMs: number }): Promise<{ epoch: number }> {
    if (this.#epoch > 0)
      throw new TrackletError('INVALID_STATE', `"${this.uri}" is open already; close it first.`)
    const store = this.#find(options.create)
    await takeLock(store, this, this.uri, options.lockTimeoutMs)
    this.#store = store
    this.#epoch = ++store.epoch
    this.#appended = false
    return { epoch: this.#epoch }
  }

  async append(
    seq: number,
    record: Uint8Array,
    _options: { durability: Durability },
  ): Promise<void> {
    this.appendSync(seq, record)
  }

  appendSync(seq: number, record: Uint8Array): void {
    const { journal } = this.#fenced()
    if (!this.#appended) for (const old of [...journal.keys()]) if (old >= seq) journal.delete(old)
    this.#appended = true
    journal.set(seq, new Uint8Array(record))
  }

  async sync(): Promise<void> {
    this.#fenced()
  }

  async *records(after: number): AsyncIterable<Uint8Array> {
    const { journal } = this.#open()
    for (const seq of [...journal.keys()].sort((a, b) => a - b)) {
      const record = journal.get(seq)
      if (seq > after && record) yield new Uint8Array(record)
    }
  }

  async trim(seq: number): Promise<void> {
    const { journal } = this.#fenced()
    for (const old of [...journal.keys()]) if (old <= seq) journal.delete(old)
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#fenced().blobs.set(key, new Uint8Array(bytes))
  }

  async get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | null> {
    const bytes = this.#open().blobs.get(key)
    return bytes ? new Uint8Array(bytes.subarray(range?.start, range?.end)) : null
  }

  async list(prefix: string): Promise<string[]> {
    const keys = [...this.#open().blobs.keys()]
    return keys.filter((key) => key.startsWith(prefix)).sort()
  }

  async delete(keys: readonly string[]): Promise<void> {
    const { blobs } = this.#fenced()
    for (const key of keys) blobs.delete(key)
  }

  async flip(manifest: Uint8Array): Promise<void> {
    const store = this.#fenced()
    store.manifests = [new Uint8Array(manifest), ...store.manifests.slice(0, 1)]
  }

  async manifests(): Promise<Uint8Array[]> {
    return this.#open().manifests.map((manifest) => new Uint8Array(manifest))
  }

  async usage(): Promise<{ bytes: number }> {
    const { journal, blobs, manifests } = this.#open()
    const all = [...journal.values(), ...blobs.values(), ...manifests]
    return { bytes: all.reduce((sum, bytes) => sum + bytes.length, 0) }
  }

  async close(): Promise<void> {
    this.#epoch = 0
    if (this.#store.holder === this) release(this.#store)
  }

  async destroy(): Promise<void> {
    if (this.#epoch === 0) await this.open({ create: true, lockTimeoutMs: 0 })
    const store = this.#fenced()
    // An epoch that no writer has: whoever still has this store open is fenced.
    store.epoch = Infinity
    if (this.#name !== undefined) stores.delete(this.#name)
    await this.close()
    this.#store = newStore()
  }

  #find(create: boolean): MemoryStore {
    const store = this.#name === undefined ? this.#store : stores.get(this.#name)
    if (store && store.epoch > 0) return store
    if (!create)
      throw new TrackletError(
        'RESOURCE_DOES_NOT_EXIST',
        `There is no store "${this.uri}" in this process; open it with create: true to make one.`,
      )
    const made = store ?? newStore()
    if (this.#name !== undefined) stores.set(this.#name, made)
    return made
  }

  #open(): MemoryStore {
    if (this.#epoch > 0) return this.#store
    throw new TrackletError('INVALID_STATE', `"${this.uri}" is not open; call open() first.`)
  }

  #fenced(): MemoryStore {
    const store = this.#open()
    if (store.epoch === this.#epoch) return store
    throw new TrackletError(
      'INVALID_STATE',
      `This writer of "${this.uri}" is fenced: another one took the store over. Close it and open it again.`,
    )
  }
}

function newStore(): MemoryStore {
  return {
    epoch: 0,
    holder: null,
    waiting: new Set(),
    journal: new Map(),
    blobs: new Map(),
    manifests: [],
  }
}

function release(store: MemoryStore): void {
  store.holder = null
  for (const wake of store.waiting) wake()
}

async function takeLock(
  store: MemoryStore,
  holder: MemoryAdapter,
  uri: string,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (store.holder) {
    const left = deadline - Date.now()
    if (left <= 0)
      throw new TrackletError(
        'RESOURCE_CONFLICT',
        `"${uri}" is already open in this process (waited ${timeoutMs} ms). Close the other one first.`,
      )
    await releasedWithin(store, left)
  }
  store.holder = holder
}

function releasedWithin(store: MemoryStore, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      store.waiting.delete(wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    store.waiting.add(wake)
  })
}
