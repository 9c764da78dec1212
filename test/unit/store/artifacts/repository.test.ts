import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PART_SIZE } from '../../../../src/store/artifacts/host.js'
import type { ArtifactRepository } from '../../../../src/store/artifacts/repository.js'
import { memoryRepository } from '../../artifacts/memory-host.js'

function noise(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0, x = seed; i < size; i++) bytes[i] = x = (x * 1103515245 + 12345) & 0xff
  return bytes
}

async function save(store: ArtifactRepository, path: string, bytes: Uint8Array, run = 'r') {
  const handle = await store.openWrite(run, path)
  for (let at = 0; at < bytes.length; at += PART_SIZE)
    await store.write(handle, bytes.subarray(at, at + PART_SIZE))
  await store.finishWrite(handle)
}

async function load(
  store: ArtifactRepository,
  path: string,
  range?: { start: number; end: number },
) {
  const { handle } = await store.openRead('r', path, range)
  const pieces: Uint8Array[] = []
  for (let piece = await store.read(handle); piece; piece = await store.read(handle)) {
    expect(piece.length).toBeGreaterThan(0)
    expect(piece.length).toBeLessThanOrEqual(PART_SIZE)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

const invalid = { errorCode: 'INVALID_PARAMETER_VALUE' }

describe('ArtifactRepository', () => {
  it('gives back any range of any file, however it was cut when written', async () => {
    const size = fc.oneof(
      fc.integer({ min: 0, max: 3 * PART_SIZE + 7 }),
      fc.constantFrom(0, 1, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, 2 * PART_SIZE),
    )
    const cuts = fc.array(fc.integer({ min: 1, max: PART_SIZE }), { minLength: 1, maxLength: 6 })
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    await fc.assert(
      fc.asyncProperty(size, cuts, share, share, async (length, lengths, a, b) => {
        const { host, store } = memoryRepository()
        const bytes = noise(length)
        const handle = await store.openWrite('r', 'f')
        for (let at = 0, i = 0; at < length; i++) {
          const end = at + Math.max(lengths[i % lengths.length] ?? 1, PART_SIZE >> 4)
          const chunk = bytes.slice(at, end)
          await store.write(handle, chunk)
          chunk.fill(0)
          at = end
        }
        await store.finishWrite(handle)
        expect([...host.stored.values()].map((part) => part.length)).toEqual(
          Array.from({ length: Math.ceil(length / PART_SIZE) }, (_, n) =>
            Math.min(PART_SIZE, length - n * PART_SIZE),
          ),
        )
        const hash = createHash('sha256').update(bytes).digest('hex')
        expect(host.artifact(1, 'f')).toMatchObject({ size: length, hash })
        expect((await load(store, 'f')).equals(bytes)).toBe(true)
        const [start, end] = [
          Math.floor(Math.min(a, b) * length),
          Math.ceil(Math.max(a, b) * length),
        ]
        expect((await load(store, 'f', { start, end })).equals(bytes.subarray(start, end))).toBe(
          true,
        )
      }),
      { numRuns: 30 },
    )
  })

  it('holds at most four parts of a long stream, also when storage is slow', async () => {
    const { host, store } = memoryRepository()
    let held = 0
    let most = 0
    let ended = 0
    host.onPut = async (key, bytes) => {
      most = Math.max(most, (held += bytes.length))
      await new Promise((resolve) => setImmediate(resolve))
      held -= bytes.length
      ended += bytes.length
      host.stored.delete(key)
    }
    const handle = await store.openWrite('r', 'f')
    const chunk = noise(700_000)
    for (let given = 0; given < 64 * PART_SIZE; given += chunk.length) {
      await store.write(handle, chunk)
      most = Math.max(most, given + chunk.length - ended)
    }
    await store.finishWrite(handle)
    expect(most).toBeLessThanOrEqual(4 * PART_SIZE)
    expect(most).toBeGreaterThan(PART_SIZE)
  })

  it('takes calls that do not wait for each other in their order', async () => {
    const { store } = memoryRepository()
    const handle = await store.openWrite('r', 'f')
    const bytes = noise(3 * PART_SIZE + 5)
    const calls = [0, 1, 2, 3].map((n) =>
      store.write(handle, bytes.subarray(n * PART_SIZE, (n + 1) * PART_SIZE)),
    )
    await Promise.all([...calls, store.finishWrite(handle)])
    const { handle: reader } = await store.openRead('r', 'f')
    const pieces = await Promise.all([1, 2, 3, 4].map(() => store.read(reader)))
    expect(Buffer.concat(pieces.map((piece) => piece ?? new Uint8Array())).equals(bytes)).toBe(true)
  })

  it('spends one put and one command on a small file, and none but the command on its equal', async () => {
    const { host, store } = memoryRepository()
    await save(store, 'a', noise(10))
    expect([host.puts, host.commands]).toEqual([1, 1])
    await save(store, 'b/c', noise(10))
    expect([host.puts, host.commands]).toEqual([1, 2])
    await save(store, 'empty', new Uint8Array())
    expect(host.puts).toBe(1)
    expect(host.artifact(1, 'empty')).toMatchObject({ size: 0, parts: 0 })
    expect((await load(store, 'empty')).length).toBe(0)
  })

  it('stores equal content once, also when both copies are written at the same time', async () => {
    const { host, store } = memoryRepository()
    const bytes = noise(2 * PART_SIZE + 9)
    await Promise.all([save(store, 'a', bytes), save(store, 'b', bytes), save(store, 'c', bytes)])
    expect(host.contents.length).toBe(1)
    expect(host.stored.size).toBe(3)
    for (const path of ['a', 'b', 'c']) expect((await load(store, path)).equals(bytes)).toBe(true)
  })

  it('shows nothing before the end and leaves nothing after an abort', async () => {
    const { host, store } = memoryRepository()
    const handle = await store.openWrite('r', 'a')
    await store.write(handle, noise(PART_SIZE))
    await store.write(handle, noise(PART_SIZE))
    expect(await store.listArtifacts('r')).toEqual([])
    expect(store.inUse().size).toBe(1)
    await store.abortWrite(handle)
    expect([host.stored.size, host.commands, store.inUse().size]).toEqual([0, 0, 0])
    await expect(store.write(handle, noise(1))).rejects.toMatchObject(invalid)
    await expect(store.finishWrite(handle)).rejects.toMatchObject(invalid)
    await expect(store.abortWrite(handle)).rejects.toMatchObject(invalid)
  })

  it('leaves nothing behind when the storage refuses a part, and tells its error', async () => {
    for (const failing of [0, 1, 2]) {
      const { host, store } = memoryRepository()
      const full = new Error('full')
      host.onPut = () => {
        if (host.puts === failing + 1) throw full
      }
      await expect(save(store, 'a', noise(2 * PART_SIZE + 5))).rejects.toBe(full)
      expect([host.stored.size, host.commands, store.inUse().size]).toEqual([0, 0, 0])
    }
  })

  it('keeps the parts when only the journal fails, for its record may be on the disk', async () => {
    const { host, store } = memoryRepository()
    host.refuse = new Error('journal')
    await expect(save(store, 'a', noise(5))).rejects.toBe(host.refuse)
    expect(host.stored.size).toBe(1)
  })

  it('refuses to finish a file of a run that was deleted meanwhile', async () => {
    const { host, store } = memoryRepository()
    const handle = await store.openWrite('r', 'a')
    await store.write(handle, noise(5))
    host.deletedRuns.add('r')
    await expect(store.finishWrite(handle)).rejects.toMatchObject(invalid)
    expect(host.stored.size).toBe(0)
    await expect(store.openWrite('r', 'a')).rejects.toMatchObject(invalid)
    await expect(store.openWrite('none', 'a')).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  it('lets the last finish win where two write one path', async () => {
    const { store } = memoryRepository()
    const first = await store.openWrite('r', 'a')
    const second = await store.openWrite('r', 'a')
    await store.write(first, noise(5, 1))
    await store.write(second, noise(6, 2))
    await store.finishWrite(second)
    await store.finishWrite(first)
    expect((await load(store, 'a')).equals(noise(5, 1))).toBe(true)
  })

  it('does not let a file and a directory have one name', async () => {
    const { store } = memoryRepository()
    const pending = await store.openWrite('r', 'a/b/c')
    await save(store, 'a/b', noise(1))
    await expect(store.finishWrite(pending)).rejects.toMatchObject(invalid)
    await expect(store.openWrite('r', 'a')).rejects.toThrow(/a directory of that name/)
    await expect(store.openWrite('r', 'a/b/c')).rejects.toThrow(/"a\/b" is a file/)
    await save(store, 'a/bc', noise(1))
    await save(store, 'a/b', noise(2))
  })

  it('refuses paths that leave the run in every call', async () => {
    const { store } = memoryRepository()
    for (const path of ['../a', '/a', 'a/%2e%2e/b', 'a#b']) {
      await expect(store.openWrite('r', path)).rejects.toMatchObject(invalid)
      await expect(store.openRead('r', path)).rejects.toMatchObject(invalid)
      await expect(store.listArtifacts('r', path)).rejects.toMatchObject(invalid)
      await expect(store.deleteArtifacts('r', path)).rejects.toMatchObject(invalid)
    }
  })

  it('lists one level, with sizes, and nothing below a file', async () => {
    const { store } = memoryRepository()
    for (const path of ['b/x/y.txt', 'b/z.txt', 'a.txt', 'b-c.txt'])
      await save(store, path, noise(3))
    expect(await store.listArtifacts('r')).toEqual([
      { path: 'a.txt', isDir: false, fileSize: 3 },
      { path: 'b', isDir: true, fileSize: null },
      { path: 'b-c.txt', isDir: false, fileSize: 3 },
    ])
    expect(await store.listArtifacts('r', 'b/')).toEqual([
      { path: 'b/x', isDir: true, fileSize: null },
      { path: 'b/z.txt', isDir: false, fileSize: 3 },
    ])
    expect(await store.listArtifacts('r', 'a.txt')).toEqual([])
    expect(await store.listArtifacts('r', 'nothing/here')).toEqual([])
  })

  it('deletes a file, a directory, or everything', async () => {
    const { host, store } = memoryRepository()
    for (const path of ['b/x/y', 'b/z', 'a', 'bc']) await save(store, path, noise(3))
    await store.deleteArtifacts('r', 'b')
    expect([...host.files.keys()].sort()).toEqual(['1:a', '1:bc'])
    await store.deleteArtifacts('r', 'nothing')
    await store.deleteArtifacts('r')
    expect(host.files.size).toBe(0)
  })

  it('tells DATA_LOSS, naming the file, when bytes are changed, short or missing', async () => {
    const damages: ((parts: Map<string, Uint8Array>) => void)[] = [
      (parts) => parts.get('blobs/n0/1')?.fill(7, 100, 120),
      (parts) => parts.set('blobs/n0/1', new Uint8Array(3)),
      (parts) => parts.delete('blobs/n0/0'),
    ]
    for (const damage of damages) {
      const { host, store } = memoryRepository()
      await save(store, 'dir/a', noise(PART_SIZE + 500))
      damage(host.stored)
      await expect(load(store, 'dir/a')).rejects.toMatchObject({
        errorCode: 'DATA_LOSS',
        message: expect.stringContaining('"dir/a"') as string,
      })
    }
  })

  it('tells ABORTED rather than DATA_LOSS when the file was replaced under a reader', async () => {
    const { host, store } = memoryRepository()
    await save(store, 'a', noise(PART_SIZE + 5))
    const { handle } = await store.openRead('r', 'a')
    expect(store.inUse()).toEqual(new Set(['n0']))
    await save(store, 'a', noise(4))
    host.stored.delete('blobs/n0/0')
    await expect(store.read(handle)).rejects.toMatchObject({ errorCode: 'ABORTED' })
  })

  it('refuses ranges that are none, cuts those past the end, and forgets closed handles', async () => {
    const { store } = memoryRepository()
    await save(store, 'a', noise(10))
    for (const range of [
      { start: -1, end: 2 },
      { start: 3, end: 2 },
      { start: 0.5, end: 2 },
    ])
      await expect(store.openRead('r', 'a', range)).rejects.toMatchObject(invalid)
    expect((await load(store, 'a', { start: 8, end: 99 })).equals(noise(10).subarray(8))).toBe(true)
    expect((await load(store, 'a', { start: 98, end: 99 })).length).toBe(0)
    const { handle, size } = await store.openRead('r', 'a', { start: 2, end: 3 })
    expect(size).toBe(10)
    await store.closeRead(handle)
    await expect(store.read(handle)).rejects.toMatchObject(invalid)
    await expect(store.openRead('r', 'nope')).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
      message: "No such artifact: 'nope'",
    })
  })

  it('aborts what is open when it is closed', async () => {
    const { host, store } = memoryRepository()
    const handle = await store.openWrite('r', 'a')
    await store.write(handle, noise(PART_SIZE))
    await store.closeAll()
    expect([host.stored.size, store.inUse().size]).toEqual([0, 0])
  })
})
