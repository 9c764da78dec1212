import { mkdtemp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeFiles } from '../../../adapters/node-files.js'
import { readArtifact, readArtifactBytes } from '../../../src/artifacts/read.js'
import { sourceName, sourceToPieces, type ArtifactSource } from '../../../src/artifacts/source.js'
import {
  writeArtifact,
  writeDirectory,
  type DirectoryHandleLike,
} from '../../../src/artifacts/write.js'
import { memoryRepository } from './memory-host.js'

const MIB = 1 << 20
const invalid = { errorCode: 'INVALID_PARAMETER_VALUE' }
const cancelled = { errorCode: 'CANCELLED' }
const files = nodeFiles()
let dir = ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'artifacts-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

function pattern(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31) ^ (i >> 8))
}

function streamOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      chunks.forEach((chunk) => controller.enqueue(chunk))
      controller.close()
    },
  })
}

async function* chunked(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('writeArtifact', () => {
  it('takes every kind of source', async () => {
    const bytes = pattern(MIB + 300)
    const path = join(dir, 'file.bin')
    await writeFile(path, bytes)
    const file = new File([bytes], 'f.bin')
    const sources: ArtifactSource[] = [
      path,
      bytes,
      bytes.buffer,
      new Uint16Array(bytes.buffer),
      new DataView(bytes.buffer),
      new Blob([bytes]),
      file,
      { kind: 'file', name: 'f.bin', getFile: async () => file },
      streamOf(bytes.subarray(0, 5), new Uint8Array(), bytes.subarray(5)),
      chunked(bytes, 1000),
    ]
    for (const source of sources) {
      const { store } = memoryRepository()
      await writeArtifact(store, 'r', 'a/b', source, { files })
      expect(Buffer.compare(await readArtifactBytes(store, 'r', 'a/b'), bytes)).toBe(0)
    }
  })

  it('hands on pieces of 1 MiB that are its own, whatever the chunks', async () => {
    const bytes = pattern(3 * MIB + 1)
    for (const size of [7_777, MIB, 5 * MIB]) {
      const pieces: Uint8Array[] = []
      for await (const piece of sourceToPieces(chunked(bytes, size))) pieces.push(piece)
      expect(pieces.map((piece) => piece.length)).toEqual([MIB, MIB, MIB, 1])
      for (const piece of pieces) {
        expect(piece.buffer).not.toBe(bytes.buffer)
        expect(piece.byteLength).toBe(piece.buffer.byteLength)
      }
      expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0)
    }
  })

  it('stores nothing when the source fails, and tells its error', async () => {
    const { host, store } = memoryRepository()
    const broken = new Error('broken')
    async function* source() {
      yield pattern(2 * MIB)
      throw broken
    }
    await expect(writeArtifact(store, 'r', 'a', source())).rejects.toBe(broken)
    expect([host.stored.size, host.files.size, store.inUse().size]).toEqual([0, 0, 0])
  })

  it('stops a source that stalls when the signal is aborted, and cancels it', async () => {
    const { host, store } = memoryRepository()
    let reason: unknown
    const abort = new AbortController()
    const stalled = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => setImmediate(() => abort.abort('enough'))),
      cancel: (why) => void (reason = why),
    })
    const { signal } = abort
    await expect(writeArtifact(store, 'r', 'a', stalled, { signal })).rejects.toMatchObject(
      cancelled,
    )
    expect(store.inUse().size).toBe(0)
    await expect(writeArtifact(store, 'r', 'a', pattern(1), { signal })).rejects.toMatchObject(
      cancelled,
    )
    expect(host.files.size).toBe(0)
    expect(reason).toBe('enough')
  })

  it('lets go of what it has stored, with a signal and without', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    for (const signal of [new AbortController().signal, undefined]) {
      const given: WeakRef<Uint8Array>[] = []
      let alive = Infinity
      async function* source() {
        for (let i = 0; i < 64; i++) {
          const chunk = pattern(MIB / 4)
          given.push(new WeakRef(chunk))
          yield chunk
        }
        await new Promise((resolve) => setImmediate(resolve))
        collect()
        alive = given.filter((chunk) => chunk.deref() !== undefined).length
      }
      const { host, store } = memoryRepository()
      host.onPut = (key) => void setImmediate(() => host.stored.delete(key))
      await writeArtifact(store, 'r', 'a', source(), { signal })
      expect(alive).toBeLessThanOrEqual(8)
    }
  })

  it('cancels the stream when the store refuses a piece', async () => {
    const { host, store } = memoryRepository()
    const full = new Error('full')
    host.onPut = () => {
      throw full
    }
    let ended = false
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(pattern(MIB)),
      cancel: () => void (ended = true),
    })
    await expect(writeArtifact(store, 'r', 'a', source)).rejects.toBe(full)
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toBe(true)
  })

  it('refuses what is not made of bytes, and local paths where there are no files', async () => {
    const { store } = memoryRepository()
    for (const source of [5, { a: 1 }, ['x']] as unknown as ArtifactSource[])
      await expect(writeArtifact(store, 'r', 'a', source)).rejects.toMatchObject(invalid)
    await expect(
      writeArtifact(store, 'r', 'a', streamOf('text' as unknown as Uint8Array)),
    ).rejects.toMatchObject(invalid)
    await expect(writeArtifact(store, 'r', 'a', '/x')).rejects.toMatchObject({
      errorCode: 'NOT_IMPLEMENTED',
    })
    expect(store.inUse().size).toBe(0)
  })

  it('knows the name that a source brings', () => {
    expect(sourceName('/a/b.txt')).toBe('b.txt')
    expect(sourceName('C:\\a\\b.txt')).toBe('b.txt')
    expect(sourceName(new File([], 'f.bin'))).toBe('f.bin')
    expect(sourceName(pattern(1))).toBeNull()
    expect(sourceName(new Blob([]))).toBeNull()
  })
})

describe('readArtifact', () => {
  it('streams a file or a range, asks for nothing before it is read, and closes when cancelled', async () => {
    const { store } = memoryRepository()
    const bytes = pattern(2 * MIB + 9)
    await writeArtifact(store, 'r', 'a', bytes)
    const range = { start: MIB - 4, end: MIB + 4 }
    expect(await new Response(readArtifact(store, 'r', 'a', range)).bytes()).toEqual(
      bytes.subarray(range.start, range.end),
    )
    const stream = readArtifact(store, 'r', 'a')
    expect(store.inUse().size).toBe(0)
    const reader = stream.getReader()
    await reader.read()
    expect(store.inUse().size).toBe(1)
    await reader.cancel()
    expect(store.inUse().size).toBe(0)
    await expect(readArtifact(store, 'r', 'none').getReader().read()).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
  })
})

describe('writeDirectory', () => {
  it('stores a local directory below a path, links followed', async () => {
    const root = join(dir, 'tree')
    await mkdir(join(root, 'sub/deep'), { recursive: true })
    await mkdir(join(root, 'empty'))
    await writeFile(join(root, 'a.txt'), 'a')
    await writeFile(join(root, 'sub/deep/b é.txt'), 'b')
    await symlink(join(root, 'a.txt'), join(root, 'link.txt'))
    await symlink(join(root, 'sub'), join(root, 'linked'))
    const { store } = memoryRepository()
    const expected = ['a.txt', 'link.txt', 'linked/deep/b é.txt', 'sub/deep/b é.txt']
    expect(await writeDirectory(store, 'r', root, 'to/here', { files })).toEqual(
      expected.map((path) => `to/here/${path}`),
    )
    expect(await writeDirectory(store, 'r', root, undefined, { files })).toEqual(expected)
    expect(await readArtifactBytes(store, 'r', 'linked/deep/b é.txt')).toEqual(Uint8Array.of(98))
  })

  it('stores a directory handle of a browser', async () => {
    const file = (name: string) =>
      ({ kind: 'file', name, getFile: async () => new File([name], name) }) as const
    async function* values(entries: (DirectoryHandleLike | ReturnType<typeof file>)[]) {
      yield* entries
    }
    const sub = { kind: 'directory', name: 'sub', values: () => values([file('b')]) } as const
    const root = {
      kind: 'directory',
      name: 'root',
      values: () => values([sub, file('a')]),
    } as const
    const { store } = memoryRepository()
    expect(await writeDirectory(store, 'r', root, 'd')).toEqual(['d/a', 'd/sub/b'])
  })

  it('refuses cycles of links, special files, what is not there and paths that leave the run', async () => {
    const root = join(dir, 'bad')
    await mkdir(root)
    const { store } = memoryRepository()
    const write = (path = root, to?: string) => writeDirectory(store, 'r', path, to, { files })
    await symlink(root, join(root, 'loop'))
    await expect(write()).rejects.toMatchObject(invalid)
    await rm(join(root, 'loop'))
    const server = createServer().listen(join(root, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    await expect(write()).rejects.toMatchObject(invalid)
    await new Promise((resolve) => server.close(resolve))
    await expect(write(join(root, 'none'))).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
    await writeFile(join(root, 'a'), 'a')
    await expect(write(root, '../up')).rejects.toMatchObject({ errorCode: 'INTERNAL_ERROR' })
    await expect(write(join(root, 'a'))).rejects.toMatchObject(invalid)
  })
})

describe('nodeFiles', () => {
  it('writes a file whole or not at all, and makes the directories above it', async () => {
    const path = join(dir, 'out/x/y.bin')
    await files.writeFile(path, chunked(pattern(10), 3))
    expect(new Uint8Array(await readFile(path))).toEqual(pattern(10))
    async function* failing() {
      yield pattern(3)
      throw new Error('broken')
    }
    await expect(files.writeFile(path, failing())).rejects.toThrow('broken')
    expect(new Uint8Array(await readFile(path))).toEqual(pattern(10))
    expect(await readdir(join(dir, 'out/x'))).toEqual(['y.bin'])
  })

  it('tells the size and name of a file, and refuses a directory', async () => {
    await writeFile(join(dir, 'n.txt'), 'abc')
    expect(await files.openFile(join(dir, 'n.txt'))).toMatchObject({ size: 3, name: 'n.txt' })
    await expect(files.openFile(dir)).rejects.toThrow(/is a directory/)
    await expect(files.openFile(join(dir, 'none'))).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
  })
})
