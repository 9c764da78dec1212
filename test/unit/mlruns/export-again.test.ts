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
import { connect, expose, type Endpoint } from '../../../src/worker/index.js'
import { writeFile } from '../../helpers/write-file.js'
import { fillRichStore } from '../../interop/rich-store.js'

let place: string

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'tracklet-again-'))
})

afterEach(() => rm(place, { recursive: true, force: true }))

/** Some of everything, and logged models that are deleted, one with a version of a registered model. */
async function fill(store: Store): Promise<void> {
  await fillRichStore(store)
  const experimentId = await store.createExperiment('deleted models')
  const { runId } = (await store.createRun({ experimentId, startTime: 5 })).info
  for (const name of ['first', 'second']) {
    const params = [['lr', '1']] as const
    const model = { experimentId, name, sourceRunId: runId, params }
    const { modelId } = await store.createLoggedModel(model)
    await writeFile(store, modelId, 'data/weights.bin', name)
    const on = { datasetName: 'iris', datasetDigest: 'd1', modelId }
    await store.logMetric(runId, { key: 'acc', value: 0.5, timestamp: 5, step: 1, ...on })
    await store.logOutputs(runId, [{ modelId, step: 1 }])
    if (name === 'second') {
      await store.createRegisteredModel('of a deleted model')
      const version = { source: `models:/${modelId}`, modelId }
      await store.createModelVersion('of a deleted model', version)
    }
    await store.deleteLoggedModel(modelId)
  }
}

async function bytesOf(store: Store): Promise<Buffer<ArrayBuffer>> {
  return Buffer.from(await new Response(exportZip(store) as ReadableStream).arrayBuffer())
}

function textsOf(zip: Uint8Array): Record<string, string> {
  const files = Object.entries(unzipSync(zip))
  return Object.fromEntries(files.map(([path, bytes]) => [path, Buffer.from(bytes).toString()]))
}

/** What is asked of a store in a worker goes through messages. */
async function throughMessages<T>(store: Store, work: (remote: Store) => Promise<T>): Promise<T> {
  const { port1, port2 } = new MessageChannel()
  try {
    expose(store, port1 as unknown as Endpoint)
    return await work(await connect(port2 as unknown as Endpoint))
  } finally {
    port1.close()
    port2.close()
  }
}

it('gives the same bytes again: of a checkpoint, through a worker, and when the store was opened again', async () => {
  const store = await openEngine(filesystemAdapter(place))
  await fill(store)
  const first = await bytesOf(store)
  expect(first.equals(await bytesOf(store))).toBe(true)
  await store.checkpoint()
  expect(first.equals(await bytesOf(store))).toBe(true)
  expect(first.equals(await throughMessages(store, bytesOf))).toBe(true)
  await store.close()
  const again = await openEngine(filesystemAdapter(place))
  expect(first.equals(await bytesOf(again))).toBe(true)
  await again.close()
})

it('holds all that an import takes: the export of an imported export is the same', async () => {
  const store = await openEngine(memoryAdapter())
  await fill(store)
  const first = await bytesOf(store)
  const other = await openEngine(memoryAdapter())
  const tracker = createTracker(other)
  const report = await tracker.importFrom(first)
  expect(report.doubts).toEqual([])
  const second = await bytesOf(other)
  const [expected, found] = [textsOf(first), textsOf(second)]
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort())
  expect(found).toEqual(expected)
  expect(first.equals(second)).toBe(true)
  await Promise.all([store.close(), tracker.close()])
})
