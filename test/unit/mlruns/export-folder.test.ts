import { mkdir, mkdtemp, readdir, readFile, rm, writeFile as writeLocal } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeFiles } from '../../../adapters/node-files.js'
import { openTracker } from '../../../adapters/node.js'
import { NameRefused, type NewFolder } from '../../../src/artifacts/file-access.js'
import { createTracker, type Tracker } from '../../../src/client/tracker.js'
import { exportFolder } from '../../../src/mlruns/export-folder.js'
import { exportRuns } from '../../../src/mlruns/export-zip.js'
import type { Store } from '../../../src/store/store.js'
import { emptyRun, experiment, fakeStore } from './fake-store.js'

const MIB = 1024 * 1024
let place: string
let tracker: Tracker

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'tracklet-export-'))
  tracker = await openTracker('memory:')
})

afterEach(async () => {
  await tracker.close()
  await rm(place, { recursive: true, force: true })
})

/** Content by path, null for empty folders. */
async function tree(folder: string): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {}
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(folder.length + 1)
    if (!entry.isDirectory()) found[name] = (await readFile(path)).toString('base64')
    else if ((await readdir(path)).length === 0) found[name] = null
  }
  return found
}

async function fill(): Promise<void> {
  const run = await tracker.startRun({ name: 'a' })
  run.logParam('opt/lr', 0.1)
  run.logMetric('loss', 1)
  await run.logArtifact(new Uint8Array(3 * MIB).fill(5), 'big/w.bin')
  await run.end()
}

describe('exportTo a path', () => {
  it('writes what the zip holds, empty folders too, into a new folder', async () => {
    await fill()
    const report = await tracker.exportTo(join(place, 'new', 'one'))
    expect(report).toMatchObject({ runs: 1, artifacts: 1, skipped: [] })
    const zip = unzipSync(
      new Uint8Array(await new Response(tracker.exportZip() as ReadableStream).arrayBuffer()),
    )
    const written = await tree(join(place, 'new', 'one'))
    const files = Object.entries(zip).filter(([path]) => !path.endsWith('/'))
    for (const [path, bytes] of files)
      expect(written[path]).toBe(Buffer.from(bytes).toString('base64'))
    const folders = Object.keys(written).filter((path) => written[path] === null)
    expect(Object.keys(written)).toHaveLength(files.length + folders.length)
    for (const folder of folders) expect(Object.keys(zip)).toContain(`${folder}/`)
    expect(folders).toContain(join('mlruns', '.trash'))
  })

  it('takes an empty folder, and refuses one that is not, a file, and what is neither', async () => {
    const empty = join(place, 'empty')
    await mkdir(empty)
    expect((await tracker.exportTo(empty)).experiments).toBe(1)
    const before = await tree(empty)
    const file = join(place, 'file')
    await writeLocal(file, 'mine')
    const refused = { errorCode: 'INVALID_PARAMETER_VALUE' }
    for (const target of [empty, file, join(file, 'below'), 7 as never, null as never])
      await expect(tracker.exportTo(target)).rejects.toMatchObject(refused)
    expect(await tree(empty)).toEqual(before)
    expect(await readFile(file, 'utf8')).toBe('mine')
  })

  it('leaves nothing where it fails: neither the folders it made nor what it wrote', async () => {
    await fill()
    const empty = join(place, 'empty')
    await mkdir(empty)
    for (const target of [empty, join(place, 'a', 'b')])
      await expect(tracker.exportTo(target, { runIds: ['gone'] })).rejects.toMatchObject({
        errorCode: 'RESOURCE_DOES_NOT_EXIST',
      })
    expect(await tree(place)).toEqual({ empty: null })
  })

  it('is for platforms with files, and knows its options', async () => {
    const plain = createTracker(fakeStore([], []).store)
    const refused = { errorCode: 'INVALID_PARAMETER_VALUE' }
    await expect(plain.exportTo(place)).rejects.toMatchObject(refused)
    await expect(tracker.exportTo(place, { runs: [] } as never)).rejects.toMatchObject(refused)
    expect(() => tracker.exportZip({ runs: [] } as never)).toThrow(/knows no option 'runs'/)
    expect(await tree(place)).toEqual({})
  })
})

describe('a folder of a file system', () => {
  it('tells names that it takes for one', async () => {
    const folder = await nodeFiles().openNewFolder!(join(place, 'out'))
    const content = async function* () {
      yield new Uint8Array(1)
    }
    await folder.writeFile('a/b', content())
    await expect(folder.writeFile('a/b', content())).rejects.toThrow(NameRefused)
    await expect(folder.makeFolder('a/b')).rejects.toThrow(NameRefused)
    await expect(folder.makeFolder('x'.repeat(300))).rejects.toThrow(NameRefused)
    await folder.makeFolder('a')
  })

  /** As those of macOS and Windows have it. */
  function foldingCase(): NewFolder & { readonly names: string[] } {
    const names: string[] = []
    const add = async (path: string): Promise<void> => {
      if (names.some((name) => name !== path && name.toLowerCase() === path.toLowerCase()))
        throw new NameRefused('another one has its name')
      names.push(path)
    }
    return { names, makeFolder: add, writeFile: add, discard: async () => undefined }
  }

  it('that folds case holds the first of such keys, and the others are noted', async () => {
    const run = emptyRun('a', '0', { params: { P: '1', p: '2', q: '3' } })
    const folder = foldingCase()
    const report = await exportFolder(fakeStore([experiment('0')], [{ run }]).store, folder)
    expect(folder.names.filter((name) => name.includes('/params/'))).toEqual([
      'mlruns/0/a/params/P',
      'mlruns/0/a/params/q',
    ])
    expect(report.skipped).toEqual([
      { owner: '', kind: 'files', name: 'mlruns/0/a/params/p', reason: 'another one has its name' },
    ])
  })
})

describe('big files', () => {
  const PARTS = 40

  /** A store with a file of many parts, which counts those that were read and not yet taken. */
  function storeOfBigFile() {
    const state = { made: 0, taken: 0, most: 0 }
    function* content(): Generator<Uint8Array, void, undefined> {
      for (let i = 0; i < PARTS; i++) {
        state.made += 1
        state.most = Math.max(state.most, state.made - state.taken)
        yield new Uint8Array(MIB)
      }
    }
    const sizes = { 'w.bin': PARTS * MIB }
    const run = { run: emptyRun('a'), artifacts: { 'w.bin': content }, sizes }
    return { ...fakeStore([experiment('0')], [run]), state }
  }

  it('flow into a folder a part at a time', async () => {
    const { store, state } = storeOfBigFile()
    const folder: NewFolder = {
      makeFolder: async () => undefined,
      async writeFile(_, content) {
        for await (const part of content) if (part.length === MIB) state.taken += 1
      },
      discard: async () => undefined,
    }
    await exportFolder(store, folder)
    expect(state).toEqual({ made: PARTS, taken: PARTS, most: 1 })
  })

  it('flow through a zip a part at a time', async () => {
    const { store, state } = storeOfBigFile()
    const reader = exportRuns(store).stream.getReader()
    let bytes = 0
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      bytes += next.value.length
      state.taken = Math.floor(bytes / MIB)
    }
    expect(state.made).toBe(PARTS)
    expect(state.most).toBeLessThan(4)
  })

  it('are given up, and what was written is removed, when the signal is aborted', async () => {
    const { store, open, state } = storeOfBigFile()
    const abort = new AbortController()
    const folder = await nodeFiles().openNewFolder!(join(place, 'out'))
    const aborting: NewFolder = {
      makeFolder: (path) => folder.makeFolder(path),
      writeFile: (path, content) => folder.writeFile(path, abortAt(content, abort, 5)),
      discard: () => folder.discard(),
    }
    await expect(exportFolder(store, aborting, { signal: abort.signal })).rejects.toMatchObject({
      errorCode: 'CANCELLED',
    })
    expect(state.made).toBeLessThan(10)
    expect(open.size).toBe(0)
    expect(await tree(place)).toEqual({})
  })

  async function* abortAt(
    content: AsyncIterable<Uint8Array>,
    abort: AbortController,
    at: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let count = 0
    for await (const part of content) {
      if (++count === at) abort.abort()
      yield part
    }
  }

  it('that are damaged make it fail, and nothing stays', async () => {
    const run = { run: emptyRun('a'), artifacts: { f: () => [new Uint8Array(3)] }, sizes: { f: 4 } }
    const { store } = fakeStore([experiment('0')], [run])
    const out = join(place, 'out')
    const folder = await nodeFiles().openNewFolder!(out)
    await expect(exportFolder(store as Store, folder)).rejects.toMatchObject({
      errorCode: 'DATA_LOSS',
    })
    expect(await tree(place)).toEqual({})
  })
})
