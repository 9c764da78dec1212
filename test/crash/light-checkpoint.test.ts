import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import { stateHash } from '../helpers/state-hash.js'

describe('a checkpoint that did not renew the image', () => {
  let scratch = ''
  let hash = ''

  /** A store that crashes after its second checkpoint, and one write behind that. */
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tracklet-light-'))
    const store = await openEngine(filesystemAdapter(join(scratch, 'live')))
    const first = await runWithPoints(store, 'first')
    await store.checkpoint()
    const packs = await readdir(join(scratch, 'live', 'image'))
    const second = await runWithPoints(store, 'second')
    await store.logMetric(first, { key: 'loss', value: 0.25, timestamp: 99, step: 7 })
    await store.checkpoint()
    expect(await readdir(join(scratch, 'live', 'image'))).toEqual(packs)
    await store.setTag(second, 'after', 'the checkpoint')
    hash = await stateHash(store)
    await cp(join(scratch, 'live'), join(scratch, 'crashed'), {
      recursive: true,
      filter: (path) => !path.endsWith('.sock'),
    })
    await store.close()
  })

  afterAll(() => rm(scratch, { recursive: true, force: true }))

  async function copied(): Promise<string> {
    const copy = await mkdtemp(join(scratch, 'copy-'))
    await cp(join(scratch, 'crashed'), copy, { recursive: true })
    return copy
  }

  it('gives the same state after a crash: its commands are applied again, its points are not', async () => {
    const copy = await copied()
    const store = await openEngine(filesystemAdapter(copy))
    expect(await stateHash(store)).toBe(hash)
    const { points, recovery } = await store.storage()
    expect(points).toBe(21)
    expect(recovery.state).toBe('replayed')
    await store.close()
    const again = await openEngine(filesystemAdapter(copy))
    expect(await stateHash(again)).toBe(hash)
    expect((await again.storage()).recovery.state).toBe('clean')
    await again.close()
  })

  it('is renewed by the close, so that the next opening has nothing to apply', async () => {
    const store = await openEngine(filesystemAdapter(join(scratch, 'live')))
    expect((await store.storage()).recovery).toMatchObject({ state: 'clean', records: 0 })
    expect(await stateHash(store)).toBe(hash)
    await store.close()
  })

  it('is read-only, and says so, where the journal ends before it; salvage goes on', async () => {
    const copy = await copied()
    await cutJournals(copy)
    const store = await openEngine(filesystemAdapter(copy))
    const { recovery, writable } = await store.storage()
    expect(recovery.state).toBe('damaged')
    expect(recovery.problems.join(' ')).toContain('on which the last checkpoint relies')
    expect(writable).toBe(false)
    await store.close()
    const salvaged = await openEngine(filesystemAdapter(copy), { salvage: true })
    await salvaged.createExperiment('goes on')
    const kept = await stateHash(salvaged)
    await salvaged.close()
    const again = await openEngine(filesystemAdapter(copy))
    expect(await stateHash(again)).toBe(kept)
    await again.close()
  })
})

async function runWithPoints(store: LocalStore, runName: string): Promise<string> {
  const { info } = await store.createRun({ experimentId: '0', startTime: 1, runName })
  const metrics = Array.from({ length: 10 }, (_, step) => ({
    key: 'loss',
    value: 1 / (step + 1),
    timestamp: step,
    step,
  }))
  await store.logBatch(info.runId, { metrics, params: [['name', runName]] })
  return info.runId
}

/** Cuts every journal file after its first half, as a disk that lost its tail. */
async function cutJournals(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith('journal-')) continue
    const path = join(directory, name)
    await truncate(path, Math.floor((await stat(path)).size / 2))
  }
}
