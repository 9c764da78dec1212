import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../adapters/memory.js'
import type { StorageAdapter } from '../../src/adapter.js'
import { faultAdapter, type FaultPlan } from '../helpers/fault-adapter.js'
import { storageAdapterSuite } from './storage-adapter.suite.js'

const OPEN = { create: true, lockTimeoutMs: 0 }
let count = 0

storageAdapterSuite(
  'a fault adapter without faults',
  async () => {
    const name = `fault-suite-${++count}`
    return {
      adapter: () => faultAdapter(memoryAdapter(name)),
      breakLock: async () => unlockMemory(name),
    }
  },
  {
    appendSync: true,
    breakLock: true,
    namesHolder: 'a store in memory is only ever held by this very process',
  },
)

describe('a fault adapter', () => {
  it('dies at the planned operation, before its effect or after it', async () => {
    expect(await afterCrash({ crashAt: 3 })).toEqual([[1, 4]])
    expect(await afterCrash({ crashAt: 3, crashAfterEffect: true })).toEqual([
      [1, 4],
      [2, 4],
    ])
    expect(await afterCrash({ crashAt: 99 })).toHaveLength(4)
  })

  it('tears the planned append and dies', async () => {
    expect(await afterCrash({ tear: { append: 2, bytes: 3 } })).toEqual([
      [1, 4],
      [2, 3],
    ])
  })

  it('fails once and goes on', async () => {
    const faulty = faultAdapter(memoryAdapter(), { fail: { at: 'append', error: new Error('no') } })
    await faulty.open(OPEN)
    await expect(faulty.append(1, bytes(1), { durability: 'default' })).rejects.toThrow('no')
    await faulty.append(1, bytes(1), { durability: 'default' })
    expect(await stored(faulty)).toEqual([[1, 4]])
    expect(faulty.operations).toEqual(['open', 'append', 'append', 'records'])
  })

  it('loses the unsynced records that it is told to lose', async () => {
    const crashAt = 6
    expect(await afterCrash({ crashAt, unsynced: 'dropped' })).toEqual([
      [1, 4],
      [2, 4],
    ])
    expect(await afterCrash({ crashAt, unsynced: (seq) => seq === 4 })).toEqual([
      [1, 4],
      [2, 4],
      [4, 4],
    ])
  })
})

/** Opens, appends 1 and 2 (strictly), 3 and 4, lists; gives what the next opening finds. */
async function afterCrash(plan: FaultPlan): Promise<[number, number][]> {
  const name = `fault-${++count}`
  const faulty = faultAdapter(memoryAdapter(name), plan)
  try {
    await faulty.open(OPEN)
    for (const seq of [1, 2, 3, 4])
      await faulty.append(seq, bytes(seq), { durability: seq === 2 ? 'strict' : 'default' })
    await faulty.list('')
  } catch {
    await expect(faulty.get('series/1')).rejects.toThrow(/died/)
  }
  unlockMemory(name)
  const next = memoryAdapter(name)
  await next.open(OPEN)
  return stored(next)
}

function bytes(seq: number): Uint8Array {
  return new Uint8Array(4).fill(seq)
}

/** The first byte and the length of each record. */
async function stored(adapter: StorageAdapter): Promise<[number, number][]> {
  const items: [number, number][] = []
  for await (const item of adapter.records(0)) items.push([item[0] ?? -1, item.length])
  return items
}
