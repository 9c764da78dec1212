import { afterEach, describe, expect, it } from 'vitest'
import { indexedDbAdapter } from '../../../adapters/indexeddb.js'
import type { StorageAdapter } from '../../../src/adapter.js'
import { crc32c } from '../../../src/util/crc.js'

const OPEN = { create: true, lockTimeoutMs: 1_000 }
const IMPATIENT = { create: true, lockTimeoutMs: 0 }
const MIB = 1 << 20

let count = 0
const undo: (() => unknown)[] = []

/** What only IndexedDB does, or does wrong, beside the port's own suite. */
export function indexedDbSuite(): void {
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })
  describe('locks and fences', locksAndFences)
  describe('lost connections', lostConnections)
  describe('refusals of the browser', refusals)
  describe('what is stored', whatIsStored)
}

function locksAndFences(): void {
  it('tells a second opener that another tab holds the store', async () => {
    const { name } = await opened()
    await expect(indexedDbAdapter(name).open(IMPATIENT)).rejects.toMatchObject({
      errorCode: 'RESOURCE_CONFLICT',
      message: expect.stringContaining('tab'),
    })
  })

  it('opens as soon as a holder has closed', async () => {
    const { name, adapter } = await opened()
    const second = indexedDbAdapter(name)
    const waiting = second.open({ create: true, lockTimeoutMs: 30_000 })
    await adapter.close()
    expect(await waiting).toEqual({ epoch: 2 })
    await second.close()
  })

  it('refuses every write of a writer whose lock was stolen, and keeps its successor whole', async () => {
    const { name, adapter } = await opened()
    await adapter.append(1, bytes(1), { durability: 'default' })
    const second = await successorOf(name)
    const fenced = { errorCode: 'INVALID_STATE', message: expect.stringContaining('fenced') }
    const late = { durability: 'strict' } as const
    await expect(adapter.append(2, bytes(2), late)).rejects.toMatchObject(fenced)
    await expect(adapter.flip(bytes(3))).rejects.toMatchObject(fenced)
    await expect(adapter.trim(1)).rejects.toMatchObject(fenced)
    await expect(adapter.put('a', bytes(4))).rejects.toMatchObject(fenced)
    await expect(adapter.put('b', large(2 * MIB))).rejects.toMatchObject(fenced)
    expect(await blobKeys(name)).toEqual([])
    await expect(adapter.destroy()).rejects.toMatchObject(fenced)
    expect(await recordsOf(second, 0)).toEqual([[1]])
    expect(await second.manifests()).toEqual([])
  })

  it('drops what lies beyond the first record of a newer epoch', async () => {
    const { name, adapter } = await opened()
    for (const seq of [1, 2, 3]) await adapter.append(seq, bytes(seq), { durability: 'default' })
    await adapter.close()
    const next = (await opened(name)).adapter
    await Promise.all([
      next.append(2, bytes(20), { durability: 'default' }),
      next.append(3, bytes(30), { durability: 'default' }),
    ])
    expect(await recordsOf(next, 0)).toEqual([[1], [20], [30]])
  })

  it('takes turns without Web Locks too', async () => {
    undo.push(hide(navigator, 'locks'))
    const { name, adapter } = await opened()
    await expect(indexedDbAdapter(name).open(IMPATIENT)).rejects.toMatchObject({
      errorCode: 'RESOURCE_CONFLICT',
    })
    await adapter.close()
    expect(await indexedDbAdapterOpened(name)).toEqual({ epoch: 2 })
  })

  it('takes over the lease of a tab that died without Web Locks', async () => {
    undo.push(hide(navigator, 'locks'))
    const { name, adapter } = await opened()
    const lapsed = { owner: 'a dead tab', expires: Date.now() - 1 }
    await rawChange(name, (store) => store.put(lapsed, 'lease'))
    const second = await opened(name)
    await expect(adapter.put('a', bytes(1))).rejects.toMatchObject({ errorCode: 'INVALID_STATE' })
    await second.adapter.put('a', bytes(2))
  })
}

function lostConnections(): void {
  it('repeats a commit on a new connection when the browser has closed the old one', async () => {
    const handles = captured()
    const { adapter } = await opened()
    handles.at(-1)?.close()
    await adapter.append(1, bytes(1), { durability: 'default' })
    handles.at(-1)?.close()
    expect(await recordsOf(adapter, 0)).toEqual([[1]])
  })

  it('repeats a commit whose transaction was aborted half-way', async () => {
    const { adapter } = await opened()
    replace(
      IDBObjectStore.prototype,
      'put',
      (put, attempt) =>
        function (this: IDBObjectStore, ...args) {
          const request = put.apply(this, args)
          if (attempt() <= 2) this.transaction.abort()
          return request
        },
    )
    await adapter.append(1, bytes(7), { durability: 'strict' })
    expect(await recordsOf(adapter, 0)).toEqual([[7]])
  })

  it('gives up on a connection that stays lost, with the error of the browser as the cause', async () => {
    const { adapter } = await opened()
    const attempts: number[] = []
    replace(IDBDatabase.prototype, 'transaction', (_transaction, attempt) => () => {
      attempts.push(attempt())
      throw new DOMException('Connection to Indexed Database server lost.', 'UnknownError')
    })
    await expect(adapter.put('a', bytes(1))).rejects.toMatchObject({
      errorCode: 'INTERNAL_ERROR',
      cause: expect.any(DOMException),
    })
    expect(attempts).toHaveLength(5)
  })

  it('reports a database that was deleted under it, and makes no new one in silence', async () => {
    const { name, adapter } = await opened()
    await adapter.append(1, bytes(1), { durability: 'default' })
    await rawDelete(name)
    await expect(adapter.append(2, bytes(2), { durability: 'default' })).rejects.toMatchObject({
      errorCode: 'DATA_LOSS',
    })
    const names = (await indexedDB.databases()).map((database) => database.name)
    expect(names).not.toContain(`tracklet:${name}`)
    await adapter.close()
  })

  it('forgets a refused opening: the next one may succeed', async () => {
    const name = freshName()
    replace(
      IDBFactory.prototype,
      'open',
      (open, attempt) =>
        function (this: IDBFactory, ...args) {
          if (attempt() === 1) throw new DOMException('no', 'SecurityError')
          return open.apply(this, args)
        },
    )
    await expect(indexedDbAdapter(name).open(OPEN)).rejects.toMatchObject({
      errorCode: 'PERMISSION_DENIED',
    })
    expect((await opened(name)).epoch).toBe(1)
  })
}

function refusals(): void {
  it('calls a full disk RESOURCE_EXHAUSTED, and writes again once there is room', async () => {
    const { adapter } = await opened()
    replace(
      IDBObjectStore.prototype,
      'put',
      (put, attempt) =>
        function (this: IDBObjectStore, ...args) {
          if (attempt() === 1) throw new DOMException('full', 'QuotaExceededError')
          return put.apply(this, args)
        },
    )
    const record = (): Promise<void> => adapter.append(1, bytes(1), { durability: 'default' })
    await expect(record()).rejects.toMatchObject({ errorCode: 'RESOURCE_EXHAUSTED' })
    await record()
    expect(await recordsOf(adapter, 0)).toEqual([[1]])
  })

  it('stores nothing of a large blob for which there is no room', async () => {
    const { name, adapter } = await opened()
    replace(
      IDBObjectStore.prototype,
      'put',
      (put, attempt) =>
        function (this: IDBObjectStore, ...args) {
          if (attempt() === 3) throw new DOMException('full', 'QuotaExceededError')
          return put.apply(this, args)
        },
    )
    const write = (): Promise<void> => adapter.put('large', large(2 * MIB))
    await expect(write()).rejects.toMatchObject({ errorCode: 'RESOURCE_EXHAUSTED' })
    expect(await blobKeys(name)).toEqual([])
    await write()
    expect(crc32c(await found(adapter, 'large'))).toBe(crc32c(large(2 * MIB)))
  })

  it('says what to open instead where there is no IndexedDB', async () => {
    undo.push(hide(globalThis, 'indexedDB'))
    await expect(indexedDbAdapter(freshName()).open(OPEN)).rejects.toMatchObject({
      errorCode: 'NOT_IMPLEMENTED',
      message: expect.stringContaining('memory:'),
    })
  })
}

function whatIsStored(): void {
  it('stores a view without the buffer behind it', async () => {
    const { name, adapter } = await opened()
    await adapter.put('view', new Uint8Array(1 << 20).subarray(10, 26))
    const stored = await rawChange<unknown>(name, (store) => store.get('b/view'))
    expect((stored as Uint8Array).buffer.byteLength).toBe(16)
  })

  it('reads no more of a large blob than the pieces that a range meets', async () => {
    const { adapter } = await opened()
    await adapter.put('large', large(4 * MIB))
    const read = readBytes()
    await adapter.get('large', { start: 2 * MIB - 5, end: 2 * MIB })
    expect(read()).toBeLessThanOrEqual(MIB / 2)
    await adapter.get('large', { start: 2 * MIB - 5, end: 2 * MIB + 5 })
    expect(read()).toBeLessThanOrEqual(MIB)
  })

  it('reads blobs that were stored whole, whatever their size', async () => {
    const { name, adapter } = await opened()
    await rawChange(name, (store) => store.put(large(3 * MIB), 'b/old'))
    expect(await adapter.list('')).toEqual(['old'])
    expect(crc32c(await found(adapter, 'old'))).toBe(crc32c(large(3 * MIB)))
    const range = { start: 2 * MIB - 7, end: 2 * MIB + 7 }
    expect(await adapter.get('old', range)).toEqual(large(3 * MIB).slice(range.start, range.end))
    await adapter.delete(['old'])
    expect(await adapter.get('old')).toBeNull()
    expect(await blobKeys(name)).toEqual([])
  })

  it('reads pieces of another size', async () => {
    const { name, adapter } = await opened()
    await rawChange(name, (store) => store.put({ bytes: 7, piece: 3 }, 'b/small'))
    for (const [i, piece] of [bytes(1, 2, 3), bytes(4, 5, 6), bytes(7)].entries())
      await rawChange(name, (store) => store.put(piece, ['small', i]))
    expect(await adapter.get('small')).toEqual(bytes(1, 2, 3, 4, 5, 6, 7))
    expect(await adapter.get('small', { start: 2, end: 4 })).toEqual(bytes(3, 4))
    expect(await adapter.get('small', { start: 6, end: 99 })).toEqual(bytes(7))
  })

  it('deletes every piece of a blob', async () => {
    const { name, adapter } = await opened()
    await adapter.put('large', large(4 * MIB))
    expect((await blobKeys(name)).length).toBeGreaterThan(1)
    await adapter.delete(['large'])
    expect(await blobKeys(name)).toEqual([])
  })

  it('reports a blob of which a piece is missing as lost', async () => {
    const { name, adapter } = await opened()
    await adapter.put('large', large(4 * MIB))
    await rawChange(name, (store) => store.delete(['large', 2]))
    const lost = { errorCode: 'DATA_LOSS', message: expect.stringContaining('large') }
    await expect(adapter.get('large')).rejects.toMatchObject(lost)
  })

  it('asks for strict transactions where power loss matters, and relaxed ones elsewhere', async () => {
    const { adapter } = await opened()
    const asked: unknown[] = []
    replace(
      IDBDatabase.prototype,
      'transaction',
      (transaction) =>
        function (this: IDBDatabase, ...args) {
          asked.push(args[2]?.durability)
          return transaction.apply(this, args)
        },
    )
    await adapter.append(1, bytes(1), { durability: 'default' })
    await adapter.append(2, bytes(2), { durability: 'strict' })
    await adapter.sync()
    await adapter.flip(bytes(3))
    expect(asked).toEqual(['relaxed', 'strict', 'strict', 'strict'])
  })

  it('reads a journal of many records in batches, in order', async () => {
    const { adapter } = await opened()
    for (let seq = 1; seq <= 700; seq++)
      await adapter.append(seq, bytes(seq & 255), { durability: 'default' })
    const read = await recordsOf(adapter, 100)
    expect(read).toEqual(Array.from({ length: 600 }, (_, i) => [(i + 101) & 255]))
  })
}

function freshName(): string {
  count++
  return `own-${count}`
}

async function opened(
  name = freshName(),
): Promise<{ name: string; adapter: StorageAdapter; epoch: number }> {
  const adapter = indexedDbAdapter(name)
  const { epoch } = await adapter.open(OPEN)
  undo.push(() => adapter.close())
  return { name, adapter, epoch }
}

async function indexedDbAdapterOpened(name: string): Promise<{ epoch: number }> {
  const { epoch } = await opened(name)
  return { epoch }
}

async function successorOf(name: string): Promise<StorageAdapter> {
  await new Promise<void>((resolve) => {
    void navigator.locks.request(`tracklet:${name}`, { steal: true }, () => resolve())
  })
  return (await opened(name)).adapter
}

async function recordsOf(adapter: StorageAdapter, after: number): Promise<number[][]> {
  const records: number[][] = []
  for await (const record of adapter.records(after)) records.push([...record])
  return records
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}

/** Bytes that differ from piece to piece. */
function large(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24)
}

async function found(adapter: StorageAdapter, key: string): Promise<Uint8Array> {
  return (await adapter.get(key)) ?? bytes()
}

/** The keys of all blobs and pieces, as they are stored. */
async function blobKeys(name: string): Promise<IDBValidKey[]> {
  const keys = await rawChange(name, (store) => store.getAllKeys())
  return keys.filter((key) => Array.isArray(key) || String(key).startsWith('b/'))
}

/** Counts the bytes that the store gives out; each call of the result begins anew. */
function readBytes(): () => number {
  let count = 0
  const add = (value: unknown): void => {
    if (value instanceof Uint8Array) count += value.length
    if (Array.isArray(value)) value.forEach(add)
  }
  for (const method of ['get', 'getAll'] as const)
    replace(
      IDBObjectStore.prototype,
      method,
      (read) =>
        function (this: IDBObjectStore, ...args: Parameters<typeof read>) {
          const made = (read as (...given: unknown[]) => IDBRequest<unknown>).apply(this, args)
          made.addEventListener('success', () => add(made.result))
          return made as never
        },
    )
  return () => {
    const before = count
    count = 0
    return before
  }
}

/** Makes a property undefined; gives the function that brings it back. */
export function hide(owner: object, name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name)
  Object.defineProperty(owner, name, { value: undefined, configurable: true })
  return () =>
    void (before ? Object.defineProperty(owner, name, before) : Reflect.deleteProperty(owner, name))
}

function captured(): IDBDatabase[] {
  const handles: IDBDatabase[] = []
  replace(
    IDBFactory.prototype,
    'open',
    (open) =>
      function (this: IDBFactory, ...args) {
        const request = open.apply(this, args)
        request.addEventListener('success', () => handles.push(request.result))
        return request
      },
  )
  return handles
}

type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? A : never
type ResultOf<F> = F extends (...args: never[]) => infer R ? R : never

/** Puts another function in a method's place until the test is over; `attempt` counts the calls. */
function replace<O extends object, K extends keyof O>(
  owner: O,
  method: K,
  make: (
    before: O[K],
    attempt: () => number,
  ) => (this: O, ...args: ArgumentsOf<O[K]>) => ResultOf<O[K]>,
): void {
  const before = owner[method]
  let calls = 0
  owner[method] = make(before, () => ++calls) as O[K]
  undo.push(() => {
    owner[method] = before
  })
}

function request<T>(made: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    made.onsuccess = () => resolve(made.result)
    made.onerror = () => reject(made.error ?? new Error('the request failed'))
  })
}

/** One request to a store's database, behind its adapter's back. */
export async function rawChange<T>(
  name: string,
  make: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(`tracklet:${name}`, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('data')
  const database = await request(opening)
  const store = database.transaction('data', 'readwrite').objectStore('data')
  const result = await request(make(store))
  database.close()
  return result
}

async function rawDelete(name: string): Promise<void> {
  await request(indexedDB.deleteDatabase(`tracklet:${name}`))
}
