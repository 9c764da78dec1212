import { readFile } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { startServer } from '../../adapters/node-server.js'
import { openEngine } from '../../src/store/engine.js'
import { pinnedMlflows } from './python.js'
import { startMlflowServer, type MlflowServer } from './remote-server.js'
import { showCall } from './sequence/call.js'
import { KNOWN_DIFFERENCES } from './sequence/known-differences.js'
import { LEVELLED } from './sequence/levelled.js'
import { playSequence, replay, type Played, type Sides } from './sequence/play.js'
import { describeDifference, relatedTo } from './sequence/report.js'
import { newSide } from './sequence/side.js'

// Random calls, right ones and wrong ones, played against MLflow's server and against this one: each answer, and all that
// is there in the end, must be the same. The newest pinned release alone: the others answer in other words.

const full = process.env['TRACKLET_FULL'] !== undefined
const LENGTH = full ? 800 : 350
const FIRST_SEED = Number(process.env['TRACKLET_SEED'] ?? 1)
const SEEDS = Array.from({ length: full ? 6 : 1 }, (_, i) => FIRST_SEED + i)
const SHOWN = 5

describe('the table of known differences', () => {
  it('names rows of test/parity/differences.md', async () => {
    const table = await readFile(new URL('../parity/differences.md', import.meta.url), 'utf8')
    const rows = table.split('\n').map((line) => line.replace(/^\| /, ''))
    const named = [...KNOWN_DIFFERENCES, ...LEVELLED].map(({ row }) => row)
    expect(named.filter((row) => !rows.some((line) => line.startsWith(row)))).toEqual([])
  })
})

describe.each(pinnedMlflows().slice(0, 1))(
  'a sequence of calls, as MLflow $version',
  ({ python }) => {
    let theirs: MlflowServer

    beforeAll(async () => {
      theirs = await startMlflowServer(python)
    })
    afterAll(() => theirs.stop())

    it.each(SEEDS)('is answered by this server, and leaves the same (seed %i)', async (seed) => {
      const played = await onEmptyServers((sides) => playSequence(sides, seed, LENGTH))
      const wrong = played.filter(({ same, row }) => !same && row === null)
      const shown = wrong.slice(0, SHOWN).map((one) => describeDifference(played, one, seed))
      const shrunk = wrong[0] === undefined ? '' : await shrink(played, wrong[0])
      expect([...shown, shrunk].join('\n\n')).toBe('')
      // Neither side of the comparison may be all that the test has seen.
      const refused = played.filter((one) => one.theirs.status >= 400)
      expect(refused.length).toBeGreaterThan(played.length / 8)
      expect(refused.length).toBeLessThan(played.length / 2)
    })

    /** Plays what comes before a difference and has to do with it, and says whether that is enough. */
    async function shrink(played: readonly Played[], wrong: Played): Promise<string> {
      const calls = [...relatedTo(played, wrong), wrong].map(({ call }) => call)
      const again = await onEmptyServers((sides) => replay(sides, calls))
      const last = again.at(-1)
      if (last === undefined || last.same)
        return 'The calls before it that touch the same do not lead to the first of these alone.'
      return `Shrunk to ${calls.length} calls:\n${again.map(({ call }) => `  ${showCall(call)}`).join('\n')}`
    }

    async function onEmptyServers<T>(play: (sides: Sides) => Promise<T>): Promise<T> {
      await theirs.empty()
      const store = await openEngine(memoryAdapter())
      const ours = await startServer({ store, port: 0, log: () => undefined })
      // What was made before the first call is told from what that made by the clock.
      for (const opened = Date.now(); Date.now() === opened;) await nextTurn()
      const sides = { theirs: newSide('MLflow', theirs.url), ours: newSide('tracklet', ours.url) }
      try {
        return await play(sides)
      } finally {
        for (const { agent } of Object.values(sides)) agent.destroy()
        await ours.close()
        await store.close()
      }
    }
  },
)
