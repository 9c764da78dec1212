import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  storeOverDirectory,
  type StoreOverDirectory,
} from '../../adapters/node-artifact-directory-store.js'
import { memoryAdapter } from '../../adapters/memory.js'
import { readArtifactBytes } from '../../src/artifacts/read.js'
import { writeArtifact } from '../../src/artifacts/write.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'

// The artifact port over a folder: what a program finds there, whoever asks.

const MIB = 1 << 20
const INVALID = { errorCode: 'INVALID_PARAMETER_VALUE' }
const ABSENT = { errorCode: 'RESOURCE_DOES_NOT_EXIST' }
let engine: LocalStore
let over: StoreOverDirectory
let folder = ''
let run = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-directory-'))
  engine = await openEngine(memoryAdapter())
  over = await storeOverDirectory(engine, folder, null)
  run = (await over.store.createRun({ experimentId: '0', startTime: 1 })).info.runId
})
afterAll(async () => {
  await over.closeFiles()
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

const placeOf = (path: string): string => join(folder, '0', run, 'artifacts', path)

describe('a store over a folder', () => {
  it('gives back any range of any file', async () => {
    const size = fc.oneof(fc.nat({ max: 2 * MIB }), fc.constantFrom(0, 1, MIB - 1, MIB, MIB + 1))
    const share = fc.double({ min: 0, max: 1.2, noNaN: true })
    await fc.assert(
      fc.asyncProperty(size, share, share, async (length, a, b) => {
        const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) % 256)
        await writeArtifact(over.store, run, 'dir/file', bytes)
        const [start = 0, end = 0] = [a, b].map((x) => Math.floor(x * length)).sort((x, y) => x - y)
        const read = await readArtifactBytes(over.store, run, 'dir/file', { range: { start, end } })
        expect(Buffer.from(read).equals(Buffer.from(bytes.slice(start, end)))).toBe(true)
        const whole = await readArtifactBytes(over.store, run, 'dir/file')
        expect(Buffer.from(whole).equals(Buffer.from(bytes))).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it('gives pieces of at most 1 MiB, in the order asked', async () => {
    await writeArtifact(over.store, run, 'big', new Uint8Array(2 * MIB + 1))
    const { handle, size } = await over.store.openRead(run, 'big')
    const pieces = await Promise.all([0, 1, 2, 3].map(() => over.store.read(handle)))
    expect([size, ...pieces.map((piece) => piece?.length ?? null)]).toEqual([
      2 * MIB + 1,
      MIB,
      MIB,
      1,
      null,
    ])
    await expect(over.store.read(handle)).rejects.toMatchObject(INVALID)
  })

  it('reads the file that was opened, also when another takes its name', async () => {
    await writeArtifact(over.store, run, 'replaced', new TextEncoder().encode('before'))
    const { handle, etag } = await over.store.openRead(run, 'replaced')
    await writeArtifact(over.store, run, 'replaced', new TextEncoder().encode('after!'))
    const bytes = await over.store.read(handle)
    await over.store.closeRead(handle)
    expect(new TextDecoder().decode(bytes ?? undefined)).toBe('before')
    const again = await over.store.openRead(run, 'replaced')
    await over.store.closeRead(again.handle)
    expect(again.etag).not.toBe(etag)
  })

  it('says so when a file is cut short by others while it is read', async () => {
    await writeArtifact(over.store, run, 'cut', new Uint8Array(2 * MIB))
    const { handle } = await over.store.openRead(run, 'cut')
    await truncate(placeOf('cut'), 10)
    await over.store.read(handle)
    await expect(over.store.read(handle)).rejects.toMatchObject({ errorCode: 'DATA_LOSS' })
    await expect(over.store.read(handle)).rejects.toMatchObject(INVALID)
  })

  it('lists the root of a run, and deletes it whole', async () => {
    const { runId } = (await over.store.createRun({ experimentId: '0', startTime: 1 })).info
    expect(await over.store.listArtifacts(runId)).toEqual([])
    await writeArtifact(over.store, runId, 'b/x', new Uint8Array(3))
    await writeArtifact(over.store, runId, 'a', new Uint8Array(0))
    expect(await over.store.listArtifacts(runId)).toEqual([
      { path: 'a', isDir: false, fileSize: 0 },
      { path: 'b', isDir: true, fileSize: null },
    ])
    expect(await over.store.listArtifacts(runId, 'b')).toEqual([
      { path: 'b/x', isDir: false, fileSize: 3 },
    ])
    await over.store.deleteArtifacts(runId)
    await over.store.deleteArtifacts(runId)
    expect(await over.store.listArtifacts(runId)).toEqual([])
    expect(await readdir(join(folder, '0', runId))).toEqual([])
    expect(await readFile(placeOf('replaced'), 'utf8')).toBe('after!')
  })

  it('has the files of a logged model in its own folder', async () => {
    const { modelId } = await over.store.createLoggedModel({ experimentId: '0', name: 'm' })
    await writeArtifact(over.store, modelId, 'MLmodel', new TextEncoder().encode('flavors'))
    const place = join(folder, '0/models', modelId, 'artifacts/MLmodel')
    expect(await readFile(place, 'utf8')).toBe('flavors')
    const unknown = `m-${'0'.repeat(32)}`
    await expect(over.store.openWrite(unknown, 'x')).rejects.toMatchObject(ABSENT)
  })

  it('writes in order, and a given-up write leaves what was there', async () => {
    await writeFile(placeOf('kept'), 'kept')
    const handle = await over.store.openWrite(run, 'kept')
    const texts = ['a', 'b', 'c'].map((text) => new TextEncoder().encode(text))
    await Promise.all(texts.map((bytes) => over.store.write(handle, bytes)))
    await over.store.abortWrite(handle)
    expect(await readFile(placeOf('kept'), 'utf8')).toBe('kept')
    const second = await over.store.openWrite(run, 'kept')
    await Promise.all(texts.map((bytes) => over.store.write(second, bytes)))
    await over.store.finishWrite(second)
    expect(await readFile(placeOf('kept'), 'utf8')).toBe('abc')
    for (const used of [handle, second])
      await expect(over.store.write(used, new Uint8Array(1))).rejects.toMatchObject(INVALID)
  })

  it('gives up what is open when it closes', async () => {
    const other = await mkdtemp(join(tmpdir(), 'tracklet-directory-'))
    const { store, closeFiles } = await storeOverDirectory(engine, other, null)
    await store.openWrite(run, 'x')
    await store.anyPath.openWrite('', 'y')
    await closeFiles()
    expect(await readdir(other)).toEqual([])
    await rm(other, { recursive: true })
  })

  it.each(['..', '../x', '/x', 'a/../../x', '', '.', 'C:\\x', 'a\0'])(
    'refuses to write %j',
    async (path) => {
      await expect(over.store.openWrite(run, path)).rejects.toMatchObject(INVALID)
      await expect(over.store.anyPath.openWrite('', path)).rejects.toMatchObject(INVALID)
    },
  )

  it('refuses what is not there, and ranges that are none', async () => {
    await expect(over.store.openRead(run, 'nope')).rejects.toMatchObject(ABSENT)
    await expect(over.store.openRead('nope', 'x')).rejects.toMatchObject(ABSENT)
    await expect(over.store.listArtifacts('nope')).rejects.toMatchObject(ABSENT)
    await expect(over.store.openRead(run, 'kept', { start: 2, end: 1 })).rejects.toMatchObject(
      INVALID,
    )
    await expect(over.store.anyPath.deleteArtifacts('')).rejects.toMatchObject(INVALID)
  })

  it('is the same store in all else', async () => {
    await over.store.setTag(run, 'k', 'v')
    expect((await engine.getRun(run)).data.tags['k']).toBe('v')
    expect((await over.store.storage()).artifactBytes).toBe(0)
  })
})
