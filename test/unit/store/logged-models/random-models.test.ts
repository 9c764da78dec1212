import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../../../adapters/memory.js'
import type { LoggedModelStatus } from '../../../../src/entities/logged-model.js'
import { TrackletError } from '../../../../src/errors.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import { seededRandom } from '../../../helpers/random.js'
import { PlainModels, Refused, shown } from './plain-models.js'

/** What a call may name: the ids of models and runs, in the order of their making. */
interface Names {
  readonly models: string[]
  readonly runs: readonly string[]
}

/** One call, to the store and to the plain rules; `now` is what the store's clock says. */
interface Call {
  readonly store: (store: LocalStore, names: Names) => Promise<unknown>
  readonly plain: (plain: PlainModels, now: number, names: Names) => void
}

const RUNS = 2
const nth = fc.nat(4)
const run = fc.nat(RUNS - 1)
const key = fc.constantFrom('k', 'c/d', '__proto__')
const text = fc.constantFrom('', 'x', 'é\n🙂')
const number = fc.nat(3)
const status = fc.constantFrom<LoggedModelStatus>('READY', 'FAILED', 'PENDING', 'UNSPECIFIED')
const idOf = ({ models }: Names, at: number): string => models[at] ?? 'm-none'

const call: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(key, text).map((param) => created(param)),
  fc.tuple(nth, status).map(([at, to]): Call => ({
    store: (s, names) => s.finalizeLoggedModel(idOf(names, at), to),
    plain: (p, now) => p.finalize(at, to, now),
  })),
  fc.tuple(nth, key, text).map(([at, k, v]): Call => ({
    store: (s, names) => s.setLoggedModelTags(idOf(names, at), [[k, v]]),
    plain: (p) => void p.active(at).tags.set(k, v),
  })),
  fc.tuple(nth, key).map(([at, k]): Call => ({
    store: (s, names) => s.deleteLoggedModelTag(idOf(names, at), k),
    plain: (p) => p.deleteTag(at, k),
  })),
  fc.tuple(nth, key, text).map(([at, k, v]): Call => ({
    store: (s, names) => s.logLoggedModelParams(idOf(names, at), [[k, v]]),
    plain: (p) => p.param(at, k, v),
  })),
  {
    weight: 3,
    arbitrary: fc.tuple(nth, run, key, number, number, number).map(logged),
  },
  fc.tuple(nth, run, number).map(([at, r, step]): Call => ({
    store: (s, names) => s.logOutputs(names.runs[r]!, [{ modelId: idOf(names, at), step }]),
    plain: (p, _, names) => p.output(r, idOf(names, at), step),
  })),
  fc.tuple(nth, run).map(([at, r]): Call => ({
    store: (s, names) => s.logInputs(names.runs[r]!, [], [{ modelId: idOf(names, at) }]),
    plain: (p, _, names) => void p.links[r]!.inputs.add(idOf(names, at)),
  })),
  nth.map((at): Call => ({
    store: (s, names) => s.deleteLoggedModel(idOf(names, at)),
    plain: (p, now) => p.delete(at, now),
  })),
  nth.map((at): Call => ({
    store: (s, names) => s.purgeLoggedModel(idOf(names, at)),
    plain: (p) => p.purge(at),
  })),
)

function created(param: readonly [string, string]): Call {
  return {
    store: async (s, { models }) => {
      const name = `model ${models.length}`
      models.push((await s.createLoggedModel({ experimentId: '0', name, params: [param] })).modelId)
    },
    plain: (p, now) => p.create(param, now),
  }
}

function logged([at, r, k, value, timestamp, step]: readonly [
  number,
  number,
  string,
  number,
  number,
  number,
]): Call {
  const point = { key: k, value, timestamp, step }
  return {
    store: (s, names) => s.logMetric(names.runs[r]!, { ...point, modelId: idOf(names, at) }),
    plain: (p, _, names) => {
      const { points } = p.any(at)
      const owner = { modelId: idOf(names, at), runId: names.runs[r]! }
      const metric = { ...owner, ...point, datasetName: null, datasetDigest: null }
      const same = JSON.stringify(metric)
      if (!points.some((one) => JSON.stringify(one) === same)) points.push(metric)
    },
  }
}

/** So that most calls find something. */
const FIRST: readonly Call[] = [
  created(['k', 'x']),
  created(['c/d', '']),
  logged([0, 0, 'k', 1, 1, 1]),
]

describe('random calls about logged models', () => {
  it('do what the plain rules say, and last over closing and killing', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 5, maxLength: 40 }),
        fc.array(fc.nat(40), { maxLength: 3 }),
        async (calls, reopenings) => {
          const { open, tick } = newPlace()
          let store = await open()
          const names: Names = { models: [], runs: await makeRuns(store) }
          const plain = new PlainModels(RUNS)
          for (const [at, { store: real, plain: rule }] of [...FIRST, ...calls].entries()) {
            const now = tick()
            const wanted = refuses(() => rule(plain, now, names))
            const refused = await isRefused(real(store, names))
            expect(refused).toBe(wanted)
            if (!refused) accepted++
            if (!reopenings.includes(at)) continue
            store = await open(at % 2 === 0 ? store : null)
            await check(store, plain, names)
          }
          await check(store, plain, names)
          await store.close()
        },
      ),
      { numRuns: 60 },
    )
    expect(accepted).toBeGreaterThan(500)
  })
})

let places = 0

/** A place for a store, and its clock. Opened again without the store that is there, as after a kill. */
function newPlace() {
  let now = 1_000
  const place = `models-${++places}`
  const random = seededRandom(places)
  const randomBytes = (n: number): Uint8Array =>
    Uint8Array.from({ length: n }, () => Math.floor(random() * 256))
  return {
    tick: () => ++now,
    open: async (closing: LocalStore | null = null) => {
      if (closing !== null) await closing.close()
      else unlockMemory(place)
      return openEngine(memoryAdapter(place), { surroundings: { now: () => now, randomBytes } })
    },
  }
}

async function makeRuns(store: LocalStore): Promise<string[]> {
  const runs: string[] = []
  for (let i = 0; i < RUNS; i++)
    runs.push((await store.createRun({ experimentId: '0', startTime: i })).info.runId)
  return runs
}

async function isRefused(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer
    return false
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode === 'INTERNAL_ERROR') throw error
    return true
  }
}

function refuses(rule: () => void): boolean {
  try {
    rule()
    return false
  } catch (error) {
    if (error instanceof Refused) return true
    throw error
  }
}

async function check(store: LocalStore, plain: PlainModels, names: Names): Promise<void> {
  const models = [...plain.models.values()].filter(({ deleted }) => !deleted)
  const { items } = await store.searchLoggedModels({ experimentIds: ['0'] })
  const newest = models.sort((a, b) => b.created - a.created)
  expect(items.map(({ modelId }) => modelId)).toEqual(newest.map(({ at }) => names.models[at]))
  for (const [i, model] of newest.entries()) {
    expect(items[i]).toMatchObject(shown(model))
    expect(await store.getLoggedModel(names.models[model.at]!)).toEqual(items[i])
  }
  const { items: runs } = await store.searchRuns({ experimentIds: ['0'] })
  for (const [r, { inputs, outputs }] of plain.links.entries()) {
    const shownRun = await store.getRun(names.runs[r]!)
    expect(shownRun.inputs.modelInputs).toEqual([...inputs].sort().map((modelId) => ({ modelId })))
    const made = [...outputs].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(shownRun.outputs.modelOutputs).toEqual(
      made.map(([modelId, step]) => ({ modelId, step })),
    )
    const found = runs.find(({ info }) => info.runId === names.runs[r])!
    expect([found.inputs, found.outputs]).toEqual([shownRun.inputs, shownRun.outputs])
  }
}
