import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../adapters/memory.js'
import { openEngine } from '../../src/store/engine.js'
import type { EngineOptions } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import { faultAdapter } from '../helpers/fault-adapter.js'
import { seededRandom } from '../helpers/random.js'
import { stateHash } from '../helpers/state-hash.js'
import { workload } from '../helpers/workload.js'

const SEED = 99
const OPERATIONS = process.env['TRACKLET_FULL'] ? 200 : 90

describe('a process that dies at an operation of its storage', () => {
  it.each([
    { when: 'before it has an effect', crashAfterEffect: false },
    { when: 'after it had its effect', crashAfterEffect: true },
  ])(
    'loses nothing acknowledged, at every single operation, $when',
    async ({ crashAfterEffect }) => {
      const { hashes, operations } = await undisturbed()
      expect(operations).toBeGreaterThan(OPERATIONS)
      for (let crashAt = 1; crashAt <= operations; crashAt++) {
        const name = `crash ${crashAfterEffect} ${crashAt}`
        const acknowledged = await crashed(name, crashAt, crashAfterEffect)
        unlockMemory(name)
        const store = await openEngine(memoryAdapter(name), sameEachTime())
        const hash = await stateHash(store)
        // The call that was under way may have been stored without its answer having been heard.
        const allowed = [hashes[acknowledged], hashes[acknowledged + 1]]
        expect(allowed, `operation ${crashAt}, ${acknowledged} calls acknowledged`).toContain(hash)
        expect((await store.storage()).writable).toBe(true)
        await store.close()
      }
    },
  )
})

describe('a loss of power', () => {
  it('takes nothing that was flushed strictly, and leaves no gap in what came after', async () => {
    for (let flushed = 10; flushed <= 60; flushed += 10) {
      const { hashes } = await undisturbed()
      const name = `power ${flushed}`
      const adapter = faultAdapter(memoryAdapter(name), { unsynced: 'dropped' })
      const store = await openEngine(adapter, sameEachTime())
      for (const [at, operation] of workload(SEED, OPERATIONS)
        .slice(0, flushed + 9)
        .entries()) {
        await operation(store).catch(() => undefined)
        if (at === flushed - 1) await store.flush({ durability: 'strict' })
      }
      adapter.crash()
      unlockMemory(name)
      const reopened = await openEngine(memoryAdapter(name), sameEachTime())
      expect(hashes.slice(flushed, flushed + 10)).toContain(await stateHash(reopened))
      await reopened.close()
    }
  })
})

/** The states after 0, 1, 2, … calls of an undisturbed life, and how many operations of storage it took. */
async function undisturbed(): Promise<{ hashes: string[]; operations: number }> {
  const adapter = faultAdapter(memoryAdapter())
  const store = await openEngine(adapter, sameEachTime())
  const hashes = [await stateHash(store)]
  for (const operation of workload(SEED, OPERATIONS)) {
    await operation(store).catch(() => undefined)
    hashes.push(await stateHash(store))
  }
  await store.close()
  return { hashes, operations: adapter.operations.length }
}

/** Lives until the storage fails at operation `crashAt`; gives how many calls were acknowledged or refused by then. */
async function crashed(name: string, crashAt: number, crashAfterEffect: boolean): Promise<number> {
  const adapter = faultAdapter(memoryAdapter(name), { crashAt, crashAfterEffect })
  let store: LocalStore
  try {
    store = await openEngine(adapter, sameEachTime())
  } catch {
    return 0
  }
  let settled = 0
  for (const operation of workload(SEED, OPERATIONS)) {
    await operation(store).catch(() => undefined)
    if (adapter.crashed) return settled
    settled++
  }
  await store.close().catch(() => undefined)
  return settled
}

/** The same ids and times in every life, so that states can be compared. */
function sameEachTime(): EngineOptions {
  const random = seededRandom(SEED)
  let now = 1_700_000_000_000
  return {
    surroundings: {
      now: () => now++,
      randomBytes: (n) => Uint8Array.from({ length: n }, () => Math.floor(random() * 256)),
    },
  }
}
