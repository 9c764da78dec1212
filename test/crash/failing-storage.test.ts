import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../adapters/memory.js'
import { TrackletError } from '../../src/errors.js'
import { openEngine } from '../../src/store/engine.js'
import { faultAdapter } from '../helpers/fault-adapter.js'
import { stateHash } from '../helpers/state-hash.js'

const FULL = new TrackletError('RESOURCE_EXHAUSTED', 'The disk is full. Make room.')
const BROKEN = new TrackletError('INTERNAL_ERROR', 'The disk does not answer.')

describe('a storage that is full', () => {
  it('refuses the write with RESOURCE_EXHAUSTED, keeps it, and stores it with the next that succeeds', async () => {
    const name = 'full'
    const store = await openEngine(
      faultAdapter(memoryAdapter(name), { fail: { at: await appendsOfOpening(), error: FULL } }),
    )
    await expect(store.createExperiment('first')).rejects.toMatchObject({
      errorCode: 'RESOURCE_EXHAUSTED',
    })
    await store.createExperiment('second')
    const hash = await stateHash(store)
    await store.flush({ durability: 'strict' })
    unlockMemory(name)
    const reopened = await openEngine(memoryAdapter(name))
    expect(await stateHash(reopened)).toBe(hash)
    expect(await reopened.getExperimentByName('first')).not.toBeNull()
    await reopened.close()
  })

  it('leaves the last checkpoint and the journal as they were when a checkpoint does not fit', async () => {
    const name = 'full checkpoint'
    const store = await openEngine(
      faultAdapter(memoryAdapter(name), { fail: { at: 'put', error: FULL } }),
    )
    await store.createExperiment('kept')
    await expect(store.checkpoint()).rejects.toMatchObject({ errorCode: 'RESOURCE_EXHAUSTED' })
    await store.createExperiment('after')
    const hash = await stateHash(store)
    unlockMemory(name)
    const reopened = await openEngine(memoryAdapter(name))
    expect(await stateHash(reopened)).toBe(hash)
    await reopened.close()
  })
})

describe('a storage that broke', () => {
  it('makes the store read-only, with what was acknowledged still there for reading and after reopening', async () => {
    const name = 'broken'
    const acknowledged = await openEngine(memoryAdapter(name))
    await acknowledged.createExperiment('kept')
    await acknowledged.close()
    const failing = faultAdapter(memoryAdapter(name), { fail: { at: 'append', error: BROKEN } })
    const store = await openEngine(failing)
    await expect(store.createExperiment('lost')).rejects.toMatchObject({
      errorCode: 'INTERNAL_ERROR',
    })
    await expect(store.createExperiment('refused')).rejects.toMatchObject({
      errorCode: 'INVALID_STATE',
    })
    expect(await store.getExperimentByName('kept')).not.toBeNull()
    expect((await store.storage()).writable).toBe(false)
    await store.close()
    const reopened = await openEngine(memoryAdapter(name))
    expect(await reopened.getExperimentByName('kept')).not.toBeNull()
    expect(await reopened.getExperimentByName('lost')).toBeNull()
    await reopened.close()
  })
})

/** The number of the first operation after opening: the append of the first write. */
async function appendsOfOpening(): Promise<number> {
  const adapter = faultAdapter(memoryAdapter())
  const store = await openEngine(adapter)
  const opening = adapter.operations.length
  await store.close()
  return opening + 1
}
