import { describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import type { StorageAdapter } from '../../../src/adapter.js'
import { openEngine } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'
import { writeFile } from '../../helpers/write-file.js'

async function opened(
  name?: string,
): Promise<{ store: LocalStore; adapter: StorageAdapter; runId: string }> {
  const adapter = memoryAdapter(name)
  const store = await openEngine(adapter)
  const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
  return { store, adapter, runId: info.runId }
}

describe('the blobs of a store', () => {
  it('hold equal files once, however many runs have them', async () => {
    const { store, adapter, runId } = await opened()
    const other = await store.createRun({ experimentId: '0', startTime: 2 })
    await writeFile(store, runId, 'a.txt', 'the same')
    await writeFile(store, runId, 'b/c.txt', 'the same')
    await writeFile(store, other.info.runId, 'd.txt', 'the same')
    expect(await adapter.list('blobs/')).toHaveLength(1)
    await store.deleteArtifacts(runId)
    for (let i = 0; i < 3; i++) await store.checkpoint()
    expect(await adapter.list('blobs/')).toHaveLength(1)
    await store.close()
  })

  it('go when the second checkpoint after the last reference was written, and not before', async () => {
    const { store, adapter, runId } = await opened()
    await writeFile(store, runId, 'a.txt', 'soon gone')
    await store.checkpoint()
    await store.deleteArtifacts(runId, 'a.txt')
    await store.checkpoint()
    expect(await adapter.list('blobs/')).toHaveLength(1)
    await store.checkpoint()
    expect(await adapter.list('blobs/')).toHaveLength(0)
    await store.close()
  })

  it('of a purged run go too, with its image packs and segments once nothing names them', async () => {
    const { store, adapter, runId } = await opened()
    await writeFile(store, runId, 'a.txt', 'soon gone')
    await store.logMetric(runId, { key: 'm', value: 1, timestamp: 1, step: 0 })
    await store.checkpoint()
    await store.deleteRun(runId)
    await store.purgeRun(runId)
    for (let i = 0; i < 12; i++) {
      await store.setExperimentTag('0', 'n', String(i))
      await store.checkpoint()
    }
    expect(await adapter.list('blobs/')).toHaveLength(0)
    expect((await adapter.list('image/')).length).toBeLessThan(8)
    await store.close()
  })

  it('that a crash left behind are swept after the next opening', async () => {
    const adapter = memoryAdapter('garbage: crashed')
    await (await openEngine(adapter)).close()
    const crashed = memoryAdapter('garbage: crashed')
    await crashed.open({ create: false, lockTimeoutMs: 0 })
    await crashed.put('blobs/0123456789abcdef0123456789abcdef/0', new Uint8Array(10))
    await crashed.put('series/99-1', new Uint8Array(10))
    await crashed.close()
    const again = memoryAdapter('garbage: crashed')
    const store = await openEngine(again)
    const { info } = await store.createRun({ experimentId: '0', startTime: 1 })
    const handle = await store.openWrite(info.runId, 'half.bin')
    await store.write(handle, new Uint8Array(1 << 20))
    await store.write(handle, new Uint8Array(1 << 20))
    await store.checkpoint()
    expect((await again.list('blobs/')).filter((key) => key.includes('0123456789abcdef'))).toEqual(
      [],
    )
    expect(await again.list('series/')).toEqual([])
    await store.finishWrite(handle)
    expect(await store.listArtifacts(info.runId)).toHaveLength(1)
    await store.close()
  })

  it('that nobody has finished when the store is closed are gone then', async () => {
    const { store, adapter, runId } = await opened('garbage: unfinished')
    await writeFile(store, runId, 'a.txt', 'finished')
    const write = await store.openWrite(runId, 'half.bin')
    await store.write(write, new Uint8Array(3 << 20))
    const handle = await store.openImport()
    const file = await store.openStagedFile(handle)
    await store.writeStagedFile(handle, file, new Uint8Array(3 << 20))
    await store.finishStagedFile(handle, file)
    expect((await adapter.list('blobs/')).length).toBeGreaterThan(1)
    await store.close()
    const again = memoryAdapter('garbage: unfinished')
    await again.open({ create: false, lockTimeoutMs: 0 })
    expect(await again.list('blobs/')).toHaveLength(1)
    await again.close()
  })
})
