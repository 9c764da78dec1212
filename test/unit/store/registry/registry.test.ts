import { describe, expect, it } from 'vitest'
import type { KeyValue } from '../../../../src/entities/log-batch.js'
import { freshStore, refusal, reopen, type Harness } from '../catalog/harness.js'
import type { Catalog } from '../../../../src/store/catalog/catalog.js'
import { SCHEMA_VERSION } from '../../../../src/store/schema.js'
import { downgradeCatalog } from '../../../helpers/older-catalog.js'

const PROMPT: readonly KeyValue[] = [['mlflow.prompt.is_prompt', 'true']]

function withModel(): Harness {
  const store = freshStore()
  store.do(({ registry }) => registry.planCreateModel('m'))
  return store
}

function withVersions(count: number): Harness {
  const store = withModel()
  for (let i = 0; i < count; i++)
    store.do(({ registry }) => registry.planCreateVersion('m', { source: `s3://b/${i}` }))
  return store
}

function read<T>(store: Harness, fn: (registry: Catalog['registry']) => T): T {
  return fn(store.catalog.registry)
}

describe('a registered model', () => {
  it('says what has its name', () => {
    const store = withModel()
    store.do(({ registry }) => registry.planCreateModel("o'p", { tags: PROMPT }))
    const again = (name: string, tags: readonly KeyValue[]) =>
      refusal(() => store.do(({ registry }) => registry.planCreateModel(name, { tags })))
    expect(again('m', [])).toEqual({
      errorCode: 'RESOURCE_ALREADY_EXISTS',
      message: 'Registered Model (name=m) already exists.',
    })
    expect(again("o'p", PROMPT).message).toBe("Prompt (name=o'p) already exists.")
    expect(again("o'p", []).message).toBe(
      `Tried to create a registered model with name "o'p", but the name is already taken by a prompt. ` +
        'MLflow does not allow creating a model and a prompt with the same name.',
    )
    expect(again('m', PROMPT).message).toContain('Tried to create a prompt with name')
  })

  it('keeps the last of equal tags', () => {
    const store = freshStore()
    const tags: KeyValue[] = [
      ['a', '1'],
      ['a', '2'],
    ]
    const model = store.do(({ registry }) => registry.planCreateModel('m', { tags }))
    expect(model.tags).toEqual({ a: '2' })
  })

  it('keeps its name unless the new one is free, and may be given its own', () => {
    const store = withVersions(1)
    store.do(({ registry }) => registry.planCreateModel('n'))
    const { errorCode, message } = refusal(() =>
      store.do(({ registry }) => registry.planRenameModel('m', 'n')),
    )
    expect(errorCode).toBe('RESOURCE_ALREADY_EXISTS')
    expect(message).toMatch(/^Registered Model \(name=n\) already exists\. Error: /)
    const before = read(store, (r) => r.getModel('m')).lastUpdatedTimestamp
    store.do(({ registry }) => registry.planRenameModel('m', 'm'))
    expect(read(store, (r) => r.getModel('m')).lastUpdatedTimestamp).toBeGreaterThan(before)
  })

  it('leaves nothing behind when it is deleted, and its name begins with version 1 again', () => {
    const store = withVersions(3)
    store.do(({ registry }) => registry.planSetAlias('m', 'a', 2))
    store.do(({ registry }) => registry.planSetModelTag('m', 'k', 'v'))
    store.do(({ registry }) => registry.planSetVersionTag('m', 2, 'k', 'v'))
    store.do(({ registry }) => registry.planDeleteModel('m'))
    for (const table of ['models', 'model_tags', 'aliases', 'versions', 'version_tags'])
      expect(store.db.all(`SELECT * FROM ${table}`)).toEqual([])
    store.do(({ registry }) => registry.planCreateModel('m'))
    const made = store.do(({ registry }) => registry.planCreateVersion('m', { source: 's3://b/x' }))
    expect(made).toMatchObject({ version: '1', aliases: [], tags: {} })
  })
})

describe('a version', () => {
  it('has a number that no other ever had', () => {
    const store = withVersions(3)
    store.do(({ registry }) => registry.planDeleteVersion('m', 3))
    const made = store.do(({ registry }) => registry.planCreateVersion('m', { source: 's3://b/x' }))
    expect(made.version).toBe('4')
  })

  it.each([1, '1', ' 1 ', '+1', '01'])('is found by %j', (given) => {
    expect(read(withVersions(1), (r) => r.getVersion('m', given)).version).toBe('1')
  })

  it.each(['abc', '1.5', 1.5, NaN, '1e3', '½'])('is not called %j', (given) => {
    expect(refusal(() => read(withVersions(1), (r) => r.getVersion('m', given)))).toEqual({
      errorCode: 'INVALID_PARAMETER_VALUE',
      message: `Parameter 'version' must be an integer, got '${given}'.`,
    })
  })

  it.each([0, -1, '9'.repeat(400)])('numbered %s is not found', (given) => {
    expect(refusal(() => read(withVersions(1), (r) => r.getVersion('m', given)))).toEqual({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
      message: `Model Version (name=m, version=${given}) not found`,
    })
  })

  it('archives others of its stage alone, and only where that is allowed', () => {
    const store = withVersions(4)
    const move = (version: number, stage: string, archive = false) =>
      store.do(({ registry }) =>
        registry.planSetStage('m', version, stage, { archiveExistingVersions: archive }),
      )
    move(1, 'STAGING')
    move(2, 'staging')
    move(3, 'Production')
    move(4, 'Staging', true)
    const stages = read(store, (r) => r.searchVersions({ orderBy: ['version_number ASC'] }))
    expect(stages.items.map(({ currentStage }) => currentStage)).toEqual([
      'Archived',
      'Archived',
      'Production',
      'Staging',
    ])
    expect(refusal(() => move(4, 'none', true))).toEqual({
      errorCode: 'INVALID_PARAMETER_VALUE',
      message:
        "Model version transition cannot archive existing model versions because 'none' is not an Active stage. " +
        "Valid stages are ['Staging', 'Production']",
    })
  })

  it('shows its aliases where it is asked for by itself, and not in searches', () => {
    const store = withVersions(1)
    for (const alias of ['b', 'a']) store.do(({ registry }) => registry.planSetAlias('m', alias, 1))
    expect(read(store, (r) => r.getVersion('m', 1)).aliases).toEqual(['a', 'b'])
    expect(read(store, (r) => r.getLatestVersions('m'))[0]!.aliases).toEqual(['a', 'b'])
    expect(read(store, (r) => r.searchVersions()).items[0]!.aliases).toEqual([])
    expect(read(store, (r) => r.getModel('m')).latestVersions[0]!.aliases).toEqual([])
  })
})

describe('names', () => {
  it.each(['Champ', 'v10x', 'ünï-_1', 'version'])('an alias may be called %s', (alias) => {
    const store = withVersions(1)
    store.do(({ registry }) => registry.planSetAlias('m', alias, 1))
    expect(read(store, (r) => r.getVersionByAlias('m', alias)).version).toBe('1')
  })

  it.each(['LATEST', 'V12', 'a b', 'a.b', '', null, 7, 'a\n'])(
    'an alias is not called %j',
    (alias) => {
      const store = withVersions(1)
      const before = store.dump()
      const { errorCode } = refusal(() =>
        store.do(({ registry }) => registry.planSetAlias('m', alias as string, 1)),
      )
      expect(errorCode).toBe('INVALID_PARAMETER_VALUE')
      expect(store.dump()).toEqual(before)
    },
  )

  it.each(['.', '..a', '\t', 'a/b', 'a:b', 'a\0', '\ud800', 5, null, undefined])(
    'a model is not called %j',
    (name) => {
      const { errorCode } = refusal(() =>
        freshStore().do(({ registry }) => registry.planCreateModel(name as string)),
      )
      expect(errorCode).toBe('INVALID_PARAMETER_VALUE')
    },
  )
})

describe('searches of the registry', () => {
  it('cut models into pages', () => {
    const store = freshStore()
    for (let i = 0; i < 5; i++) store.do(({ registry }) => registry.planCreateModel(`m${i}`))
    const names: string[][] = []
    let pageToken: string | undefined
    do {
      const query = { maxResults: 2, ...(pageToken === undefined ? {} : { pageToken }) }
      const page = read(store, (r) => r.searchModels(query))
      names.push(page.items.map(({ name }) => name))
      pageToken = page.nextPageToken ?? undefined
    } while (pageToken !== undefined)
    expect(names).toEqual([['m0', 'm1'], ['m2', 'm3'], ['m4']])
  })

  it.each([0, -1, 1001])('refuse pages of %d models', (maxResults) => {
    const { errorCode } = refusal(() => read(withModel(), (r) => r.searchModels({ maxResults })))
    expect(errorCode).toBe('INVALID_PARAMETER_VALUE')
  })

  it('tell of prompts where they are asked for, and else drop what the filter says of them', () => {
    const store = withModel()
    store.do(({ registry }) => registry.planCreateModel('p', { tags: PROMPT }))
    store.do(({ registry }) =>
      registry.planCreateVersion('p', { source: 'dummy-source', tags: PROMPT }),
    )
    store.do(({ registry }) => registry.planCreateVersion('m', { source: 's3://b/x' }))
    const tag = 'tags.`mlflow.prompt.is_prompt`'
    for (const [filter, found] of [
      ['', ['m']],
      [`${tag} = 'true'`, ['p']],
      [`${tag} != 'false'`, ['p']],
      [`${tag} != 'true'`, ['m']],
      [`${tag} = 'false' AND name LIKE '%'`, ['m']],
      [`name = 'p' AND ${tag} = 'true'`, ['p']],
      ["name = 'p'", []],
    ] as const) {
      const names = (items: readonly { name: string }[]) => items.map(({ name }) => name)
      expect(names(read(store, (r) => r.searchModels({ filter })).items)).toEqual(found)
      expect(names(read(store, (r) => r.searchVersions({ filter })).items)).toEqual(found)
    }
  })
})

describe('a catalog of before the registry', () => {
  it('is given its tables when it is opened', () => {
    const store = freshStore()
    downgradeCatalog(store.db, 1)
    const db = reopen(store.db.export())
    const columns = (of: typeof db): unknown =>
      of.all('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name')
    expect(columns(db)).toEqual(columns(freshStore().db))
    expect(db.all("SELECT value FROM meta WHERE name = 'schema_version'")).toEqual([
      [String(SCHEMA_VERSION)],
    ])
    expect(db.all('SELECT name FROM experiments')).toEqual([['Default']])
    expect(reopen(db.export()).integrityCheck()).toEqual([])
  })
})
