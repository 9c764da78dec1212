import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../../../adapters/memory.js'
import { MODEL_STAGES } from '../../../../src/entities/registered-model.js'
import type { ModelVersion } from '../../../../src/entities/registered-model.js'
import { TrackletError } from '../../../../src/errors.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import { PlainRegistry, Refused } from './plain-registry.js'
import type { PlainModel, PlainVersion } from './plain-registry.js'

/** One call, to the store and to the plain rules; `now` is what the store's clock says. */
interface Call {
  readonly store: (store: LocalStore) => Promise<unknown>
  readonly plain: (plain: PlainRegistry, now: number) => void
}

const name = fc.constantFrom('a', 'B', 'ü 1')
const version = fc.integer({ min: 1, max: 4 })
const text = fc.constantFrom('', 'x', 'é\n🙂')
const key = fc.constantFrom('k', 'c/d', '__proto__')
const alias = fc.constantFrom('champ', 'Champ', 'constructor')

const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(name, fc.option(text)).map(([n, d]) => created(n, d)) },
  {
    weight: 5,
    arbitrary: fc.tuple(name, fc.option(fc.tuple(name, version))).map(([n, from]) => made(n, from)),
  },
  fc.tuple(name, name).map(([n, to]): Call => ({
    store: (s) => s.renameRegisteredModel(n, to),
    plain: (p, now) => p.rename(n, to, now),
  })),
  fc.tuple(name, fc.option(text)).map(([n, d]): Call => ({
    store: (s) => s.updateRegisteredModel(n, d),
    plain: (p, now) => void Object.assign(p.model(n), { description: d, updated: now }),
  })),
  name.map((n): Call => ({
    store: (s) => s.deleteRegisteredModel(n),
    plain: (p) => void p.models.delete(p.model(n).name),
  })),
  fc.tuple(name, key, text).map(([n, k, v]): Call => ({
    store: (s) => s.setRegisteredModelTag(n, k, v),
    plain: (p) => void p.model(n).tags.set(k, v),
  })),
  fc.tuple(name, key).map(([n, k]): Call => ({
    store: (s) => s.deleteRegisteredModelTag(n, k),
    plain: (p) => void p.model(n).tags.delete(k),
  })),
  fc.tuple(name, alias, version).map(([n, a, v]): Call => ({
    store: (s) => s.setRegisteredModelAlias(n, a, v),
    plain: (p) => void p.model(n).aliases.set(a, p.version(n, v).version),
  })),
  fc.tuple(name, alias).map(([n, a]): Call => ({
    store: (s) => s.deleteRegisteredModelAlias(n, a),
    plain: (p) => void p.model(n).aliases.delete(a),
  })),
  fc.tuple(name, version, fc.option(text)).map(([n, v, d]): Call => ({
    store: (s) => s.updateModelVersion(n, v, d),
    plain: (p, now) => void Object.assign(p.version(n, v), { description: d, updated: now }),
  })),
  fc.tuple(name, version, key, text).map(([n, v, k, t]): Call => ({
    store: (s) => s.setModelVersionTag(n, v, k, t),
    plain: (p) => void p.version(n, v).tags.set(k, t),
  })),
  fc.tuple(name, version, key).map(([n, v, k]): Call => ({
    store: (s) => s.deleteModelVersionTag(n, String(v), k),
    plain: (p) => void p.version(n, v).tags.delete(k),
  })),
  fc
    .tuple(name, version, fc.constantFrom(...MODEL_STAGES), fc.boolean())
    .map(([n, v, stage, archive]): Call => ({
      store: (s) =>
        s.transitionModelVersionStage(n, v, stage.toLowerCase(), {
          archiveExistingVersions: archive,
        }),
      plain: (p, now) => p.stage(n, v, stage, archive, now),
    })),
  fc.tuple(name, version).map(([n, v]): Call => ({
    store: (s) => s.deleteModelVersion(n, v),
    plain: (p, now) => p.deleteVersion(n, v, now),
  })),
)

function created(n: string, description: string | null): Call {
  return {
    store: (s) => s.createRegisteredModel(n, { description }),
    plain: (p, now) => p.create(n, description, now),
  }
}

function made(n: string, from: readonly [string, number] | null): Call {
  const source = from === null ? 's3://bucket/x' : `models:/${from[0]}/${from[1]}`
  return {
    store: (s) => s.createModelVersion(n, { source }),
    plain: (p, now) => p.createVersion(n, source, from, now),
  }
}

/** So that most calls find something. */
const FIRST: readonly Call[] = [
  created('a', null),
  created('B', ''),
  made('a', null),
  made('B', null),
  made('a', ['B', 1]),
]

describe('random calls of the model registry', () => {
  it('do what the plain rules say, and last over closing and killing', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 5, maxLength: 40 }),
        fc.array(fc.nat(40), { maxLength: 3 }),
        async (calls, reopenings) => {
          let now = 1_000
          const surroundings = { now: () => now, randomBytes: (n: number) => new Uint8Array(n) }
          const place = `registry-${++stores}`
          const open = () => openEngine(memoryAdapter(place), { surroundings })
          const plain = new PlainRegistry()
          let store = await open()
          for (const [at, { store: real, plain: rule }] of [...FIRST, ...calls].entries()) {
            now++
            const [outcome, wanted] = [await codeOf(real(store)), refusedBy(rule, plain, now)]
            expect(outcome === null).toBe(wanted === null)
            if (outcome === null) accepted++
            if (!reopenings.includes(at)) continue
            // Every other time as after a kill: what was awaited is in the journal alone.
            if (at % 2 === 0) await store.close()
            else unlockMemory(place)
            store = await open()
            await check(store, plain)
          }
          await check(store, plain)
          await store.close()
        },
      ),
      { numRuns: 60 },
    )
    expect(accepted).toBeGreaterThan(500)
  })
})

let stores = 0

async function codeOf(answer: Promise<unknown>): Promise<string | null> {
  try {
    await answer
    return null
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode === 'INTERNAL_ERROR') throw error
    return error.errorCode
  }
}

function refusedBy(rule: Call['plain'], plain: PlainRegistry, now: number): string | null {
  try {
    rule(plain, now)
    return null
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}

async function check(store: LocalStore, plain: PlainRegistry): Promise<void> {
  const models = [...plain.models.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const { items } = await store.searchRegisteredModels()
  expect(items).toEqual(models.map(modelOf))
  const versions = models.flatMap((model) =>
    [...model.versions.values()].map((v) => ({ model, v })),
  )
  const newest = versions.sort(
    (a, b) =>
      b.v.updated - a.v.updated ||
      (a.model.name < b.model.name ? -1 : a.model.name > b.model.name ? 1 : 0) ||
      b.v.version - a.v.version,
  )
  const found = await store.searchModelVersions()
  expect(found.items).toEqual(newest.map(({ model, v }) => versionOf(model, v, false)))
  for (const { model, v } of versions) {
    expect(await store.getModelVersion(model.name, v.version)).toEqual(versionOf(model, v, true))
    expect(await store.getModelVersionDownloadUri(model.name, v.version)).toBe(v.uri)
  }
  for (const model of models) await checkAliases(store, model)
}

async function checkAliases(store: LocalStore, model: PlainModel): Promise<void> {
  for (const [name, number] of model.aliases) {
    const { version: found } = await store.getModelVersionByAlias(model.name, name)
    expect(found).toBe(String(number))
  }
  const highest = Math.max(...model.versions.keys())
  const latest = store.getModelVersionByAlias(model.name, 'LATEST')
  if (model.versions.size > 0) expect((await latest).version).toBe(String(highest))
  else await expect(latest).rejects.toMatchObject({ errorCode: 'RESOURCE_DOES_NOT_EXIST' })
}

function modelOf(model: PlainModel): unknown {
  const byStage = new Map<string, PlainVersion>()
  for (const v of [...model.versions.values()].sort((a, b) => a.version - b.version))
    byStage.set(v.stage, v)
  const latest = [...byStage.values()].sort((a, b) => a.version - b.version)
  return {
    name: model.name,
    creationTimestamp: model.created,
    lastUpdatedTimestamp: model.updated,
    description: model.description,
    tags: Object.fromEntries(model.tags),
    aliases: Object.fromEntries([...model.aliases].map(([a, v]) => [a, String(v)])),
    latestVersions: latest.map((v) => versionOf(model, v, false)),
  }
}

function versionOf(model: PlainModel, v: PlainVersion, withAliases: boolean): ModelVersion {
  const aliases = [...model.aliases].filter(([, target]) => target === v.version).map(([a]) => a)
  return {
    name: model.name,
    version: String(v.version),
    creationTimestamp: v.created,
    lastUpdatedTimestamp: v.updated,
    currentStage: v.stage,
    description: v.description,
    source: v.source,
    runId: '',
    runLink: '',
    status: 'READY',
    tags: Object.fromEntries(v.tags),
    aliases: withAliases ? aliases.sort() : [],
    modelId: '',
  }
}
