import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { filesystemAdapter } from '../../../adapters/filesystem.js'
import { memoryAdapter } from '../../../adapters/memory.js'
import { createTracker } from '../../../src/client/tracker.js'
import { exportZip } from '../../../src/mlruns/export-zip.js'
import { openEngine } from '../../../src/store/engine.js'
import type { Store } from '../../../src/store/store.js'
import { fillRichStore } from '../../interop/rich-store.js'

let place: string

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'tracklet-again-'))
})

afterEach(() => rm(place, { recursive: true, force: true }))

async function bytesOf(store: Store): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(exportZip(store) as ReadableStream).arrayBuffer())
}

function textsOf(zip: Uint8Array): Record<string, string> {
  const files = Object.entries(unzipSync(zip))
  return Object.fromEntries(files.map(([path, bytes]) => [path, Buffer.from(bytes).toString()]))
}

it('gives the same bytes again, also when the store was closed and opened', async () => {
  const store = await openEngine(filesystemAdapter(place))
  await fillRichStore(store)
  const first = Buffer.from(await bytesOf(store))
  expect(first.equals(await bytesOf(store))).toBe(true)
  await store.checkpoint()
  expect(first.equals(await bytesOf(store))).toBe(true)
  await store.close()
  const again = await openEngine(filesystemAdapter(place))
  expect(first.equals(await bytesOf(again))).toBe(true)
  await again.close()
})

it('holds all that an import takes: the export of an imported export is the same', async () => {
  const store = await openEngine(memoryAdapter())
  await fillRichStore(store)
  const first = await bytesOf(store)
  const other = await openEngine(memoryAdapter())
  const tracker = createTracker(other)
  const report = await tracker.importFrom(first)
  expect(report.doubts).toEqual([])
  const second = await bytesOf(other)
  const [expected, found] = [textsOf(first), textsOf(second)]
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort())
  expect(found).toEqual(expected)
  expect(Buffer.from(first).equals(second)).toBe(true)
  await Promise.all([store.close(), tracker.close()])
})
