import { describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import type { StorageAdapter } from '../../../../src/adapter.js'
import { Database, loadSqlite } from '../../../../src/store/database.js'
import { openEngine } from '../../../../src/store/engine.js'
import { imageDelta, loadImage, NO_IMAGE } from '../../../../src/store/image.js'
import { decodeManifest, encodeManifest } from '../../../../src/store/manifest.js'
import { downgradeCatalog } from '../../../helpers/older-catalog.js'
import { stateHash } from '../../../helpers/state-hash.js'

// A store as it was before it had a model registry, opened by code that has one.

/** Turns a closed store into one of version 1: no tables of the registry, no counter of models. */
async function downgrade(adapter: StorageAdapter): Promise<void> {
  await adapter.open({ create: false, lockTimeoutMs: 0 })
  const manifest = decodeManifest((await adapter.manifests())[0]!)
  const db = Database.open(await loadSqlite(), await loadImage(adapter, manifest.image))
  downgradeCatalog(db, 1)
  const { model: _, ...counters } = manifest.counters
  db.run("UPDATE meta SET value = ? WHERE name = 'counters'", [
    JSON.stringify(Object.values(counters)),
  ])
  const { map, packs } = imageDelta(db.export(), NO_IMAGE, 'image/old')
  for (const { key, bytes } of packs) await adapter.put(key, bytes)
  const old = { ...manifest, image: map, counters } as typeof manifest
  await adapter.flip(encodeManifest(old))
  await adapter.close()
}

describe('a store of before the model registry', () => {
  it('keeps what it has, and takes models that last', async () => {
    const name = 'before-the-registry'
    const first = await openEngine(memoryAdapter(name))
    const run = await first.createRun({ experimentId: '0', startTime: 1, tags: [['k', 'v']] })
    await first.logMetric(run.info.runId, { key: 'm', value: 1, timestamp: 1, step: 0 })
    const before = await stateHash(first)
    await first.close()
    await downgrade(memoryAdapter(name))

    const second = await openEngine(memoryAdapter(name))
    expect((await second.storage()).recovery.state).toBe('clean')
    expect(await stateHash(second)).toBe(before)
    for (const model of ['a', 'b']) await second.createRegisteredModel(model)
    await second.createModelVersion('b', { source: 's3://b/x', tags: [['k', 'v']] })
    const after = await stateHash(second)
    await second.close()

    const third = await openEngine(memoryAdapter(name))
    expect(await stateHash(third)).toBe(after)
    await third.createRegisteredModel('c')
    const { items } = await third.searchRegisteredModels()
    expect(items.map((item) => item.name)).toEqual(['a', 'b', 'c'])
    await third.close()
  })
})
