import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../../adapters/memory.js'
import { openEngine } from '../../../src/store/engine.js'
import { faultAdapter } from '../../helpers/fault-adapter.js'
import { take } from './fixtures.js'
import { storeAsJson } from './store-as-json.js'
import type { Content, Json } from './store-as-json.js'

type Fields = { [key: string]: Json }

const OF_EXPERIMENT = ['runs', 'logged_models', 'traces'] as const
const NOTHING: Json[][] = [[], [], []]

describe('a crash in an import', () => {
  it('leaves each experiment whole or not there, and what comes after makes it whole', async () => {
    const reference = await openEngine(memoryAdapter())
    await take(reference, 'mlruns-2x')
    const whole = await storeAsJson(reference)
    await reference.close()
    const counts = new Set<number>()
    for (let k = 1; ; k++) {
      const name = `import: fixture crash ${k}`
      await (await openEngine(memoryAdapter(name))).close()
      const faulty = faultAdapter(memoryAdapter(name), { crashAt: k })
      await openEngine(faulty)
        .then((store) => take(store, 'mlruns-2x').then(() => store.close()))
        .catch(() => undefined)
      if (!faulty.crashed) break
      unlockMemory(name)
      const store = await openEngine(memoryAdapter(name))
      const found = await storeAsJson(store)
      counts.add(found.runs.length)
      for (const experiment of found.experiments as Fields[])
        expect([contentOf(experiment, whole), NOTHING]).toContainEqual(contentOf(experiment, found))
      await take(store, 'mlruns-2x')
      expect(await storeAsJson(store)).toEqual(whole)
      await store.close()
    }
    expect([...counts].sort()).toEqual([0, 5, 6])
  })
})

function contentOf({ experiment_id: id }: Fields, content: Content): Json[][] {
  return OF_EXPERIMENT.map((kind) =>
    content[kind].filter((record) => {
      const fields = record as Fields
      return ((fields['info'] as Fields | undefined) ?? fields)['experiment_id'] === id
    }),
  )
}
