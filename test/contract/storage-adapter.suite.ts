import { describe, expect, it, onTestFinished } from 'vitest'
import type { StorageAdapter } from '../../src/adapter.js'
import type { ErrorCode } from '../../src/errors.js'
import { decodeRecord, encodeRecord } from '../../src/store/record.js'
import { crc32c } from '../../src/util/crc.js'
import { largeBlobTests } from './large-blobs.suite.js'

/** One storage, made fresh for one test. */
export interface StorageUnderTest {
  /** A new adapter on this storage, not yet open. */
  readonly adapter: () => StorageAdapter
  /** Frees the lock of a holder that does not know it: what a stolen or broken lock does. */
  readonly breakLock: () => Promise<void>
  /** Deletes what the test left, adapters included that are still open. */
  readonly dispose?: () => Promise<void>
}

/** What a storage can do; a sentence instead of `true` skips the tests of it and says why. */
export interface StorageCapabilities {
  /** `appendSync` exists. */
  readonly appendSync: true | string
  /** A second adapter may be opened while `breakLock` has freed the first one's lock. */
  readonly breakLock: true | string
  /** The refusal of a held lock names the process that holds it. */
  readonly namesHolder: true | string
}

const OPEN = { create: true, lockTimeoutMs: 0 }

/** The contract of `StorageAdapter`, over any implementation; it runs in Node and in browsers. */
export function storageAdapterSuite(
  name: string,
  make: () => Promise<StorageUnderTest>,
  capabilities: StorageCapabilities,
): void {
  const fresh = async (): Promise<StorageUnderTest> => {
    const storage = await make()
    onTestFinished(async () => storage.dispose?.())
    return storage
  }
  describe(`${name}: opening`, () => openingTests(fresh))
  describe(`${name}: the lock`, () => lockTests(fresh, capabilities))
  describe(`${name}: the journal`, () => journalTests(fresh, capabilities))
  describe(`${name}: blobs`, () => blobTests(fresh))
  describe(`${name}: manifests`, () => manifestTests(fresh))
  describe(`${name}: the fence`, () => fenceTests(fresh, capabilities))
}

type Fresh = () => Promise<StorageUnderTest>

function openingTests(fresh: Fresh): void {
  it('refuses a store that does not exist unless it may create it', async () => {
    const storage = await fresh()
    const open = storage.adapter().open({ create: false, lockTimeoutMs: 0 })
    await expect(open).rejects.toThrow(refusal('RESOURCE_DOES_NOT_EXIST'))
    const adapter = await opened(storage)
    await adapter.close()
    const again = storage.adapter()
    await again.open({ create: false, lockTimeoutMs: 0 })
    await again.close()
  })

  it('raises the epoch at every opening', async () => {
    const storage = await fresh()
    const epochs: number[] = []
    for (let i = 0; i < 4; i++) {
      const adapter = storage.adapter()
      epochs.push((await adapter.open(OPEN)).epoch)
      await adapter.close()
    }
    expect(epochs[0]).toBeGreaterThan(0)
    expect([...new Set(epochs)].sort((a, b) => a - b)).toEqual(epochs)
  })

  it('is empty when new', async () => {
    const adapter = await opened(await fresh())
    expect(await seqs(adapter, 0)).toEqual([])
    expect(await adapter.manifests()).toEqual([])
    expect(await adapter.list('')).toEqual([])
    await adapter.close()
  })

  it('refuses to work before it is open and after it is closed', async () => {
    const storage = await fresh()
    const adapter = storage.adapter()
    await refusesEverything(adapter)
    await adapter.open(OPEN)
    await adapter.close()
    await refusesEverything(adapter)
  })

  it('may be closed any number of times, open or not', async () => {
    const storage = await fresh()
    const adapter = storage.adapter()
    await adapter.close()
    await adapter.open(OPEN)
    await adapter.close()
    await adapter.close()
    await adapter.open(OPEN)
    await adapter.close()
  })

  it('refuses a second opening of the same adapter and stays open', async () => {
    const adapter = await opened(await fresh())
    await expect(adapter.open(OPEN)).rejects.toThrow(refusal('INVALID_STATE'))
    await adapter.append(1, record(1), { durability: 'default' })
    await adapter.close()
  })

  it('says where the data are', async () => {
    const storage = await fresh()
    expect(storage.adapter().uri).toMatch(/^(memory|file|idb):/)
  })

  it('destroys everything', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    await adapter.append(1, record(1), { durability: 'strict' })
    await adapter.put('series/1', bytes(1))
    await adapter.flip(bytes(2))
    await adapter.destroy()
    const open = storage.adapter().open({ create: false, lockTimeoutMs: 0 })
    await expect(open).rejects.toThrow(refusal('RESOURCE_DOES_NOT_EXIST'))
    const again = await opened(storage)
    expect(await seqs(again, 0)).toEqual([])
    expect(await again.list('')).toEqual([])
    expect(await again.manifests()).toEqual([])
    await again.close()
  })

  it('destroys a store that is not open, but never one that another holds', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    await adapter.put('series/1', bytes(1))
    await expect(storage.adapter().destroy()).rejects.toThrow(refusal('RESOURCE_CONFLICT'))
    expect(await adapter.get('series/1')).toEqual(bytes(1))
    await adapter.close()
    await storage.adapter().destroy()
    const open = storage.adapter().open({ create: false, lockTimeoutMs: 0 })
    await expect(open).rejects.toThrow(refusal('RESOURCE_DOES_NOT_EXIST'))
  })
}

function lockTests(fresh: Fresh, can: StorageCapabilities): void {
  it('lets one adapter in at a time', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    await expect(opened(storage)).rejects.toThrow(refusal('RESOURCE_CONFLICT'))
    await adapter.append(1, record(1), { durability: 'default' })
    await adapter.close()
    await (await opened(storage)).close()
  })

  it('waits for a holder to go', async () => {
    const storage = await fresh()
    const first = await opened(storage)
    const second = storage.adapter()
    const waiting = second.open({ create: true, lockTimeoutMs: 60_000 })
    await first.append(1, record(1), { durability: 'default' })
    await first.close()
    await waiting
    expect(await seqs(second, 0)).toEqual([1])
    await second.close()
  })

  it('gives up after the time to wait', async () => {
    const storage = await fresh()
    const first = await opened(storage)
    const waiting = storage.adapter().open({ create: true, lockTimeoutMs: 100 })
    await expect(waiting).rejects.toThrow(refusal('RESOURCE_CONFLICT'))
    await first.close()
  })

  it('lets exactly one of many in that come at once', async () => {
    const storage = await fresh()
    await (await opened(storage)).close()
    const adapters = Array.from({ length: 8 }, () => storage.adapter())
    const results = await Promise.allSettled(adapters.map((adapter) => adapter.open(OPEN)))
    const winners = adapters.filter((_, i) => results[i]?.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toEqual(refusal('RESOURCE_CONFLICT'))
    await winners[0]?.append(1, record(1), { durability: 'default' })
    await winners[0]?.close()
  })

  test(can.namesHolder, 'names the holder in its refusal', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    await expect(opened(storage)).rejects.toThrow(/process \d+ on "[^"]+"/)
    await adapter.close()
  })
}

function journalTests(fresh: Fresh, can: StorageCapabilities): void {
  it('gives back every record after a seq, in order, byte for byte', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    for (let seq = 1; seq <= 20; seq++)
      await adapter.append(seq, record(seq), { durability: seq % 5 ? 'default' : 'strict' })
    for (const after of [0, 1, 7, 19, 20, 99])
      expect(await stored(adapter, after)).toEqual(
        Array.from({ length: Math.max(0, 20 - after) }, (_, i) => record(after + i + 1)),
      )
    await adapter.close()
  })

  it('keeps them over closing and opening, and goes on', async () => {
    const storage = await fresh()
    for (let seq = 1; seq <= 4; seq++) {
      const adapter = await opened(storage)
      await adapter.append(seq, record(seq), { durability: 'default' })
      await adapter.close()
    }
    const adapter = await opened(storage)
    expect(await seqs(adapter, 1)).toEqual([2, 3, 4])
    await adapter.close()
  })

  it('takes records of any size', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    const sizes = [1, 1000, 2_000_000, 5]
    for (const [i, size] of sizes.entries())
      await adapter.append(i + 1, record(i + 1, size), { durability: 'default' })
    await adapter.sync()
    const sums = (await stored(adapter, 0)).map((item) => crc32c(item))
    expect(sums).toEqual(sizes.map((size, i) => crc32c(record(i + 1, size))))
    await adapter.close()
  })

  it('takes the same record twice as once', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    for (const seq of [1, 1, 2, 3, 3, 2])
      await adapter.append(seq, record(seq), { durability: 'default' })
    expect(await stored(adapter, 0)).toEqual([record(1), record(2), record(3)])
    await adapter.append(4, record(4), { durability: 'strict' })
    await adapter.close()
    const again = await opened(storage)
    expect(await seqs(again, 0)).toEqual([1, 2, 3, 4])
    await again.close()
  })

  it('has copied a record when append returns', async () => {
    const adapter = await opened(await fresh())
    const bytes = record(1)
    await adapter.append(1, bytes, { durability: 'default' })
    bytes.fill(0)
    const [back] = await stored(adapter, 0)
    expect(back).toEqual(record(1))
    back?.fill(0)
    expect(await stored(adapter, 0)).toEqual([record(1)])
    await adapter.close()
  })

  it('stores a part of a buffer, not the buffer', async () => {
    const adapter = await opened(await fresh())
    const whole = record(1)
    const larger = new Uint8Array(whole.length + 100).fill(7)
    larger.set(whole, 50)
    await adapter.append(1, larger.subarray(50, 50 + whole.length), { durability: 'default' })
    expect(await stored(adapter, 0)).toEqual([whole])
    await adapter.close()
  })

  it('keeps the order of appends that are not waited for', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    const appends = Array.from({ length: 30 }, (_, i) =>
      adapter.append(i + 1, record(i + 1), { durability: i % 7 ? 'default' : 'strict' }),
    )
    await Promise.all(appends)
    expect(await seqs(adapter, 0)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    await adapter.close()
  })

  it('forgets what is trimmed, if anything, and nothing behind it', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    for (let seq = 1; seq <= 9; seq++) {
      await adapter.append(seq, record(seq), { durability: 'default' })
      if (seq % 3 === 0) await adapter.flip(bytes(seq))
    }
    await adapter.trim(6)
    expect(await seqs(adapter, 6)).toEqual([7, 8, 9])
    await adapter.trim(9)
    expect(await seqs(adapter, 9)).toEqual([])
    await adapter.append(10, record(10), { durability: 'default' })
    await adapter.close()
    const again = await opened(storage)
    expect(await seqs(again, 9)).toEqual([10])
    await again.trim(10)
    expect(await seqs(again, 10)).toEqual([])
    await again.close()
  })

  it('lets a new writer take the place of records that it does not accept', async () => {
    const storage = await fresh()
    const first = await opened(storage)
    for (let seq = 1; seq <= 5; seq++)
      await first.append(seq, record(seq), { durability: 'default' })
    await first.close()
    const second = await opened(storage)
    await second.append(3, record(3, 77), { durability: 'default' })
    expect(await stored(second, 0)).toEqual([record(1), record(2), record(3, 77)])
    await second.close()
    const third = await opened(storage)
    expect(await stored(third, 0)).toEqual([record(1), record(2), record(3, 77)])
    await third.close()
  })

  test(can.appendSync, 'has appended when appendSync returns', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    const bytes = record(1)
    adapter.appendSync?.(1, bytes)
    bytes.fill(0)
    adapter.appendSync?.(2, record(2))
    await adapter.append(3, record(3), { durability: 'strict' })
    expect(await stored(adapter, 0)).toEqual([record(1), record(2), record(3)])
    await adapter.close()
  })
}

function blobTests(fresh: Fresh): void {
  it('gives back a blob, whole and in parts, also after opening anew', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    await adapter.put('blobs/ab/0', bytes(10))
    await adapter.close()
    const again = await opened(storage)
    expect(await again.get('blobs/ab/0')).toEqual(bytes(10))
    expect(await again.get('blobs/ab/0', { start: 3, end: 6 })).toEqual(bytes(10).slice(3, 6))
    expect(await again.get('blobs/ab/0', { start: 8, end: 99 })).toEqual(bytes(10).slice(8))
    expect(await again.get('blobs/ab/0', { start: 50, end: 99 })).toEqual(new Uint8Array(0))
    expect(await again.get('blobs/ab/0', { start: 4, end: 4 })).toEqual(new Uint8Array(0))
    await again.close()
  })

  largeBlobTests(async () => opened(await fresh()))

  it('gives null for a key that it does not hold', async () => {
    const adapter = await opened(await fresh())
    await adapter.put('blobs/ab/0', bytes(1))
    for (const key of ['blobs/ab/1', 'blobs/ab', 'series/1', 'blobs/ab/0/0'])
      expect(await adapter.get(key)).toBeNull()
    await adapter.close()
  })

  it('holds an empty blob', async () => {
    const adapter = await opened(await fresh())
    await adapter.put('series/0', new Uint8Array(0))
    expect(await adapter.get('series/0')).toEqual(new Uint8Array(0))
    expect(await adapter.list('series/')).toEqual(['series/0'])
    await adapter.close()
  })

  it('has copied a blob when put returns, and gives copies', async () => {
    const adapter = await opened(await fresh())
    const larger = new Uint8Array(30).fill(9)
    larger.set(bytes(10), 10)
    await adapter.put('series/1', larger.subarray(10, 20))
    larger.fill(0)
    const back = await adapter.get('series/1')
    expect(back).toEqual(bytes(10))
    back?.fill(0)
    expect(await adapter.get('series/1')).toEqual(bytes(10))
    await adapter.close()
  })

  it('lists keys by any prefix, sorted', async () => {
    const adapter = await opened(await fresh())
    const keys = ['series/2', 'blobs/b/0', 'series/10', 'blobs/a/1', 'blobs/a/0', 'image/1-1']
    await Promise.all(keys.map((key) => adapter.put(key, bytes(1))))
    expect(await adapter.list('')).toEqual([...keys].sort())
    expect(await adapter.list('blobs/')).toEqual(['blobs/a/0', 'blobs/a/1', 'blobs/b/0'])
    expect(await adapter.list('blobs/a/')).toEqual(['blobs/a/0', 'blobs/a/1'])
    expect(await adapter.list('series/1')).toEqual(['series/10'])
    expect(await adapter.list('nothing/here')).toEqual([])
    await adapter.close()
  })

  it('deletes blobs and minds no missing one', async () => {
    const adapter = await opened(await fresh())
    await adapter.put('blobs/a/0', bytes(1))
    await adapter.put('blobs/a/1', bytes(2))
    await adapter.delete(['blobs/a/0', 'blobs/zz/9', 'blobs/a/0'])
    expect(await adapter.list('')).toEqual(['blobs/a/1'])
    expect(await adapter.get('blobs/a/0')).toBeNull()
    await adapter.delete(['blobs/a/1'])
    await adapter.delete([])
    await adapter.put('blobs/a/2', bytes(3))
    expect(await adapter.list('')).toEqual(['blobs/a/2'])
    await adapter.close()
  })

  it('tells how many bytes it uses', async () => {
    const adapter = await opened(await fresh())
    await adapter.put('series/1', new Uint8Array(10_000))
    const usage = await adapter.usage()
    expect(usage.bytes).toBeGreaterThanOrEqual(0)
    expect(usage.quota ?? Infinity).toBeGreaterThan(usage.bytes)
    await adapter.close()
  })
}

function manifestTests(fresh: Fresh): void {
  it('keeps the newest two, newest first, also after opening anew', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    const larger = new Uint8Array(30)
    larger.set(bytes(1), 5)
    await adapter.flip(larger.subarray(5, 6))
    expect(await adapter.manifests()).toEqual([bytes(1)])
    larger.fill(99)
    await adapter.flip(bytes(2))
    await adapter.flip(bytes(3))
    expect(await adapter.manifests()).toEqual([bytes(3), bytes(2)])
    await adapter.close()
    const again = await opened(storage)
    expect(await again.manifests()).toEqual([bytes(3), bytes(2)])
    await again.flip(bytes(4))
    expect(await again.manifests()).toEqual([bytes(4), bytes(3)])
    await again.close()
  })

  it('leaves the journal as it is', async () => {
    const storage = await fresh()
    const adapter = await opened(storage)
    await adapter.append(1, record(1), { durability: 'default' })
    await adapter.flip(bytes(1))
    await adapter.append(2, record(2), { durability: 'default' })
    expect(await seqs(adapter, 0)).toEqual([1, 2])
    await adapter.close()
  })
}

function fenceTests(fresh: Fresh, can: StorageCapabilities): void {
  test(can.breakLock, 'refuses every write of an old writer, for ever', async () => {
    const { storage, old, current } = await takenOver(fresh)
    const fenced = expect.objectContaining({
      errorCode: 'INVALID_STATE',
      message: expect.stringMatching(/fenced/),
    })
    const append = old.append(2, record(2, 50), { durability: 'default' })
    await expect(append).rejects.toThrow(fenced)
    await expect(old.append(3, record(3), { durability: 'strict' })).rejects.toThrow(fenced)
    await expect(old.flip(bytes(9))).rejects.toThrow(fenced)
    await expect(old.trim(1)).rejects.toThrow(fenced)
    await expect(old.sync()).rejects.toThrow(fenced)
    if (old.appendSync) expect(() => old.appendSync?.(2, record(2))).toThrow(fenced)
    await expect(old.destroy()).rejects.toThrow(fenced)
    await old.close()
    await current.append(2, record(2), { durability: 'strict' })
    expect(await stored(current, 0)).toEqual([record(1), record(2)])
    expect(await current.manifests()).toEqual([bytes(1)])
    await current.close()
    const again = await opened(storage)
    expect(await stored(again, 0)).toEqual([record(1), record(2)])
    expect(await again.manifests()).toEqual([bytes(1)])
    await again.close()
  })

  test(can.breakLock, 'does not yield what an old writer left behind the new one', async () => {
    const { storage, old, current } = await takenOver(fresh)
    await current.append(2, record(2), { durability: 'default' })
    await expect(old.append(2, record(2, 50), { durability: 'default' })).rejects.toThrow()
    await current.append(3, record(3), { durability: 'default' })
    await current.close()
    await old.close()
    const again = await opened(storage)
    expect(await stored(again, 0)).toEqual([record(1), record(2), record(3)])
    await again.close()
  })

  test(can.breakLock, 'keeps the new writer unharmed by the old one closing', async () => {
    const { storage, old, current } = await takenOver(fresh)
    await old.close()
    await expect(opened(storage)).rejects.toThrow(refusal('RESOURCE_CONFLICT'))
    await current.append(2, record(2), { durability: 'default' })
    await current.close()
  })
}

async function takenOver(
  fresh: Fresh,
): Promise<{ storage: StorageUnderTest; old: StorageAdapter; current: StorageAdapter }> {
  const storage = await fresh()
  const old = await opened(storage)
  await old.append(1, record(1), { durability: 'default' })
  await old.flip(bytes(1))
  await storage.breakLock()
  return { storage, old, current: await opened(storage) }
}

function test(can: true | string, name: string, run: () => Promise<void>): void {
  if (can === true) it(name, run)
  else it.skip(`${name} (skipped: ${can})`, run)
}

function refusal(errorCode: ErrorCode): unknown {
  return expect.objectContaining({ errorCode })
}

async function opened(storage: StorageUnderTest): Promise<StorageAdapter> {
  const adapter = storage.adapter()
  await adapter.open(OPEN)
  return adapter
}

async function refusesEverything(adapter: StorageAdapter): Promise<void> {
  const calls: (() => Promise<unknown>)[] = [
    () => adapter.append(1, record(1), { durability: 'default' }),
    () => adapter.sync(),
    () => seqs(adapter, 0),
    () => adapter.trim(1),
    () => adapter.put('series/1', bytes(1)),
    () => adapter.get('series/1'),
    () => adapter.list(''),
    () => adapter.delete(['series/1']),
    () => adapter.flip(bytes(1)),
    () => adapter.manifests(),
  ]
  const notOpen = expect.objectContaining({
    errorCode: 'INVALID_STATE',
    message: expect.stringMatching(/not open/),
  })
  for (const call of calls) await expect(call()).rejects.toThrow(notOpen)
  if (adapter.appendSync) expect(() => adapter.appendSync?.(1, record(1))).toThrow(notOpen)
}

/** A record that tells its seq; records of different `size` under one seq differ. */
function record(seq: number, size = 10): Uint8Array {
  const name = 'x'.repeat(size)
  return encodeRecord({ epoch: 1, seq, commands: [{ t: 'defineKey', id: seq, name }] })
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => length * 16 + i)
}

async function stored(adapter: StorageAdapter, after: number): Promise<Uint8Array[]> {
  const items: Uint8Array[] = []
  for await (const item of adapter.records(after)) items.push(new Uint8Array(item))
  return items.filter((item) => {
    const result = decodeRecord(item)
    return !result.ok || result.record.seq > after
  })
}

async function seqs(adapter: StorageAdapter, after: number): Promise<number[]> {
  return (await stored(adapter, after)).map((item) => {
    const result = decodeRecord(item)
    return result.ok ? result.record.seq : NaN
  })
}
