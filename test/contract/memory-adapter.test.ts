import { expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../adapters/memory.js'
import { storageAdapterSuite } from './storage-adapter.suite.js'

let count = 0

storageAdapterSuite(
  'memory',
  async () => {
    const name = `suite-${++count}`
    return {
      adapter: () => memoryAdapter(name),
      breakLock: async () => unlockMemory(name),
      dispose: async () => {
        unlockMemory(name)
        await memoryAdapter(name).destroy()
      },
    }
  },
  {
    appendSync: true,
    breakLock: true,
    namesHolder: 'a store in memory is only ever held by this very process',
  },
)

it('keeps a store without a name to its adapter, over closing and opening', async () => {
  const [one, other] = [memoryAdapter(), memoryAdapter()]
  await one.open({ create: true, lockTimeoutMs: 0 })
  await one.put('series/1', new Uint8Array([1]))
  await other.open({ create: true, lockTimeoutMs: 0 })
  expect(await other.list('')).toEqual([])
  await one.close()
  expect(await one.open({ create: false, lockTimeoutMs: 0 })).toEqual({ epoch: 2 })
  expect(await one.list('')).toEqual(['series/1'])
})
