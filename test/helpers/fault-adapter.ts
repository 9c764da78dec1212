import type { Durability, StorageAdapter } from '../../src/adapter.js'
import { TrackletError } from '../../src/errors.js'

/** The operations that a fault adapter counts; `appendSync` counts as `append`. */
export type Operation = Exclude<keyof StorageAdapter, 'uri' | 'appendSync'>

/** What is to go wrong. Operations and appends are counted from 1, from the first call on. */
export interface FaultPlan {
  /** The operation, of any kind, at which the process dies: it throws, and so does every later one. */
  readonly crashAt?: number
  /** Whether the operation of `crashAt` still has its effect, though nobody hears of it. Default false. */
  readonly crashAfterEffect?: boolean
  /** The append that stores only its first `bytes` bytes, and then the process dies. */
  readonly tear?: { readonly append: number; readonly bytes: number }
  /** An operation that throws `error` once, without effect: the n-th of all, or the first of its kind. */
  readonly fail?: { readonly at: number | Operation; readonly error: unknown }
  /**
   * What a crash does to records that were appended but not made durable by a strict append or a sync.
   * `kept`, the default: all survive, as when a process is killed. `dropped`: none does, as when power fails.
   * A function says which do, since a disk may have written some of them, in any order.
   * Other than `kept` needs an adapter with `appendSync`, such as the memory adapter. Blobs, manifests and trims
   * always are durable.
   */
  readonly unsynced?: 'kept' | 'dropped' | ((seq: number) => boolean)
}

/** A storage adapter that fails as planned. */
export interface FaultAdapter extends StorageAdapter {
  /** The operations so far, in order: run a workload once without faults to learn how many there are. */
  readonly operations: readonly Operation[]
  readonly crashed: boolean
  /** Dies now: every later operation throws, and unsynced records meet their fate. */
  crash(): void
}

/**
 * Wraps an adapter so that it fails as planned. A crash leaves the wrapped adapter as it was, with its lock held:
 * break that (`unlockMemory(name)`, `unlockDirectory(dir)`) and open a new adapter on the same storage, as the next
 * process would. The usual loop:
 *
 *     for (let k = 1; ; k++) {
 *       const faulty = faultAdapter(memoryAdapter(name), { crashAt: k })
 *       await workload(faulty).catch(() => undefined)
 *       if (!faulty.crashed) break
 *       unlockMemory(name)
 *       // open memoryAdapter(name), compare with what was acknowledged, destroy it
 *     }
 */
export function faultAdapter(inner: StorageAdapter, plan: FaultPlan = {}): FaultAdapter {
  return new Faulty(inner, plan)
}

class Faulty implements FaultAdapter {
  readonly uri: string
  readonly operations: Operation[] = []
  readonly appendSync?: (seq: number, record: Uint8Array) => void
  readonly #inner: StorageAdapter
  readonly #plan: FaultPlan
  readonly #holdsBack: boolean
  /** Records that a loss of power would take. */
  readonly #unsynced = new Map<number, Uint8Array>()
  #appends = 0
  #failed = false
  #crashed = false

  constructor(inner: StorageAdapter, plan: FaultPlan) {
    this.uri = inner.uri
    this.#inner = inner
    this.#plan = plan
    this.#holdsBack = (plan.unsynced ?? 'kept') !== 'kept'
    if (this.#holdsBack && !inner.appendSync)
      throw new Error('To lose unsynced records takes an adapter with appendSync.')
    if (inner.appendSync)
      this.appendSync = (seq, record) =>
        this.#runSync('append', () => this.#appendSync(seq, this.#torn(record)))
  }

  get crashed(): boolean {
    return this.#crashed
  }

  crash(): void {
    if (this.#crashed) return
    this.#crashed = true
    const { unsynced } = this.#plan
    if (typeof unsynced !== 'function') return
    for (const [seq, record] of this.#unsynced)
      if (unsynced(seq)) this.#inner.appendSync?.(seq, record)
  }

  open(options: { create: boolean; lockTimeoutMs: number }): Promise<{ epoch: number }> {
    return this.#run('open', () => this.#inner.open(options))
  }

  append(seq: number, record: Uint8Array, options: { durability: Durability }): Promise<void> {
    return this.#run('append', async () => {
      const bytes = this.#torn(record)
      if (!this.#holdsBack) return this.#inner.append(seq, bytes, options)
      this.#appendSync(seq, bytes)
      if (options.durability === 'strict') this.#writeBack()
    })
  }

  sync(): Promise<void> {
    return this.#run('sync', () => {
      this.#writeBack()
      return this.#inner.sync()
    })
  }

  async *records(after: number): AsyncIterable<Uint8Array> {
    await this.#run('records', async () => undefined)
    for await (const record of this.#inner.records(after)) {
      this.#refuseCrashed()
      yield record
    }
    for (const [seq, record] of this.#unsynced) if (seq > after) yield new Uint8Array(record)
  }

  trim(seq: number): Promise<void> {
    return this.#run('trim', () => {
      for (const old of [...this.#unsynced.keys()]) if (old <= seq) this.#unsynced.delete(old)
      return this.#inner.trim(seq)
    })
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#run('put', () => this.#inner.put(key, bytes))
  }

  get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | null> {
    return this.#run('get', () => this.#inner.get(key, range))
  }

  list(prefix: string): Promise<string[]> {
    return this.#run('list', () => this.#inner.list(prefix))
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#run('delete', () => this.#inner.delete(keys))
  }

  flip(manifest: Uint8Array): Promise<void> {
    return this.#run('flip', () => this.#inner.flip(manifest))
  }

  manifests(): Promise<Uint8Array[]> {
    return this.#run('manifests', () => this.#inner.manifests())
  }

  usage(): Promise<{ bytes: number; quota?: number }> {
    return this.#run('usage', () => this.#inner.usage())
  }

  close(): Promise<void> {
    return this.#run('close', () => {
      this.#writeBack()
      return this.#inner.close()
    })
  }

  destroy(): Promise<void> {
    return this.#run('destroy', () => {
      this.#unsynced.clear()
      return this.#inner.destroy()
    })
  }

  async #run<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    const dies = this.#begin(operation)
    const result = await work()
    this.#finish(dies)
    return result
  }

  #runSync(operation: Operation, work: () => void): void {
    const dies = this.#begin(operation)
    work()
    this.#finish(dies)
  }

  /** Counts an operation; true where the process dies once it is done. */
  #begin(operation: Operation): boolean {
    this.#refuseCrashed()
    const { crashAt, crashAfterEffect, tear, fail } = this.#plan
    const count = this.operations.push(operation)
    if (operation === 'append') this.#appends++
    if (count === crashAt && crashAfterEffect !== true) this.crash()
    this.#refuseCrashed()
    if (fail && !this.#failed && (fail.at === count || fail.at === operation)) {
      this.#failed = true
      throw fail.error
    }
    return count === crashAt || (operation === 'append' && this.#appends === tear?.append)
  }

  #finish(dies: boolean): void {
    if (dies) this.crash()
    this.#refuseCrashed()
  }

  #torn(record: Uint8Array): Uint8Array {
    const { tear } = this.#plan
    return this.#appends === tear?.append ? record.subarray(0, tear.bytes) : record
  }

  #appendSync(seq: number, record: Uint8Array): void {
    if (this.#holdsBack) this.#unsynced.set(seq, new Uint8Array(record))
    else this.#inner.appendSync?.(seq, record)
  }

  #writeBack(): void {
    for (const [seq, record] of this.#unsynced) this.#inner.appendSync?.(seq, record)
    this.#unsynced.clear()
  }

  #refuseCrashed(): void {
    if (this.#crashed)
      throw new TrackletError('INTERNAL_ERROR', 'The storage died, as the test had planned.')
  }
}
