import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createTracker } from 'tracklet'
import { memoryAdapter } from '../../../../adapters/memory.js'
import { TrackletError } from '../../../../src/errors.js'
import type { RunStatus } from '../../../../src/entities/run.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'

// Searches and what a real MLflow server answered, given to the store port.

interface Query {
  readonly id: string
  readonly filter: string
  readonly order_by: readonly string[]
  readonly view?: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
  readonly experiments?: readonly string[]
  readonly max_results?: number
  readonly page_token?: string
  readonly expect: {
    readonly items?: readonly string[]
    readonly pages?: readonly (readonly string[])[]
    readonly error_code?: string
    readonly message?: string
    readonly message_prefix?: string
  }
}

interface GoldenRun {
  readonly name: string
  readonly experiment: string
  readonly start_time: number
  readonly end_time?: number
  readonly status: RunStatus
  readonly user_id: string
  readonly deleted?: boolean
  readonly params?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  readonly metrics?: readonly {
    readonly key: string
    readonly value: number | string
    readonly timestamp: number
    readonly step: number
  }[]
  readonly datasets?: readonly {
    readonly name: string
    readonly digest: string
    readonly source_type: string
    readonly source: string
    readonly context?: string
  }[]
}

interface GoldenModel {
  readonly name: string
  readonly description: string
  readonly tags: Readonly<Record<string, string>>
}

interface GoldenVersion {
  readonly name: string
  readonly source: string
  readonly run?: string
  readonly tags: Readonly<Record<string, string>>
}

interface Golden {
  readonly setup: {
    readonly experiments: readonly {
      readonly ref: string
      readonly name: string
      readonly tags: Readonly<Record<string, string>>
    }[]
    readonly runs: readonly GoldenRun[]
    readonly models: readonly GoldenModel[]
    readonly versions: readonly GoldenVersion[]
    readonly after: readonly { readonly path: string; readonly body: Record<string, string> }[]
  }
  readonly run_queries: readonly Query[]
  readonly experiment_queries: readonly Query[]
  readonly model_queries: readonly Query[]
  readonly version_queries: readonly Query[]
}

const GOLDEN = new URL('../../../fixtures/search-golden.json', import.meta.url)
const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden

let store: LocalStore
const ids = new Map<string, string>()

/** Every call is a millisecond later than the one before: no two experiments are of one time. */
function clock(): () => number {
  let now = 1_690_000_000_000
  return () => now++
}

beforeAll(async () => {
  const surroundings = {
    now: clock(),
    randomBytes: (n: number) => crypto.getRandomValues(new Uint8Array(n)),
  }
  store = await openEngine(memoryAdapter(), { surroundings })
  for (const { ref, name, tags } of golden.setup.experiments)
    ids.set(`exp:${ref}`, await store.createExperiment(name, { tags: Object.entries(tags) }))
  for (const run of golden.setup.runs) await makeRun(run)
  for (const run of golden.setup.runs)
    if (run.deleted) await store.deleteRun(ids.get(`run:${run.name}`)!)
  for (const { name, description, tags } of golden.setup.models)
    await store.createRegisteredModel(name, { description, tags: Object.entries(tags) })
  for (const version of golden.setup.versions) await makeVersion(version)
  for (const { path, body } of golden.setup.after) await applyStep(path, body)
})

describe("MLflow's answers to searches over runs", () => {
  it.each(golden.run_queries)('$id $filter $order_by', async (query) => {
    await check(query, async (pageToken) => {
      const page = await store.searchRuns({
        experimentIds: (query.experiments ?? ['E1']).map((ref) => ids.get(`exp:${ref}`)!),
        ...options(query, pageToken),
      })
      return {
        names: page.items.map(({ info }) => info.runName),
        nextPageToken: page.nextPageToken,
      }
    })
  })

  it('are given through a tracker too', async () => {
    const tracker = createTracker(store)
    const names = ['vision/resnet', 'NLP bert v2']
    const list = tracker.searchRuns({
      experimentNames: names,
      filter: 'metrics.acc >= 0.85',
      orderBy: ['metrics.acc DESC'],
    })
    const found = (await list.all()).map(({ info }) => info.runName)
    expect(found).toEqual(['Alpha', 'zeta', 'beta', 'alpha', 'nlp two'])
  })
})

describe("MLflow's answers to searches over experiments", () => {
  it.each(golden.experiment_queries)('$id $filter $order_by', async (query) => {
    await check(query, async (pageToken) => {
      const page = await store.searchExperiments(options(query, pageToken))
      return { names: page.items.map(({ name }) => name), nextPageToken: page.nextPageToken }
    })
  })
})

describe("MLflow's answers to searches over registered models", () => {
  it.each(golden.model_queries)('$id $filter $order_by', async (query) => {
    await check(query, async (pageToken) => {
      const page = await store.searchRegisteredModels(options(query, pageToken))
      return { names: page.items.map(({ name }) => name), nextPageToken: page.nextPageToken }
    })
  })
})

describe("MLflow's answers to searches over model versions", () => {
  it.each(golden.version_queries)('$id $filter $order_by', async (query) => {
    await check(query, async (pageToken) => {
      const page = await store.searchModelVersions(options(query, pageToken))
      const names = page.items.map(({ name, version }) => `${name}/${version}`)
      return { names, nextPageToken: page.nextPageToken }
    })
  })
})

async function makeRun(run: GoldenRun): Promise<void> {
  const { info } = await store.createRun({
    experimentId: ids.get(`exp:${run.experiment}`)!,
    startTime: run.start_time,
    userId: run.user_id,
    runName: run.name,
    tags: Object.entries(run.tags ?? {}),
  })
  ids.set(`run:${run.name}`, info.runId)
  await store.logBatch(info.runId, {
    params: Object.entries(run.params ?? {}),
    metrics: (run.metrics ?? []).map((point) => ({ ...point, value: Number(point.value) })),
  })
  const datasets = (run.datasets ?? []).map(({ name, digest, source_type, source, context }) => ({
    dataset: { name, digest, sourceType: source_type, source, schema: null, profile: null },
    tags: context === undefined ? {} : { 'mlflow.data.context': context },
  }))
  if (datasets.length > 0) await store.logInputs(info.runId, datasets)
  const { status, end_time: endTime } = run
  await store.updateRun(info.runId, { status, ...(endTime === undefined ? {} : { endTime }) })
}

async function makeVersion({ name, source, run, tags }: GoldenVersion): Promise<void> {
  await store.createModelVersion(name, {
    source: fill(source),
    tags: Object.entries(tags),
    ...(run === undefined ? {} : { runId: ids.get(`run:${run}`)! }),
  })
}

async function applyStep(path: string, body: Record<string, string>): Promise<void> {
  const { name = '', version = '', key = '', value = '' } = body
  if (path === 'model-versions/transition-stage')
    await store.transitionModelVersionStage(name, version, body.stage!)
  if (path === 'model-versions/delete') await store.deleteModelVersion(name, version)
  if (path === 'model-versions/set-tag') await store.setModelVersionTag(name, version, key, value)
  if (path === 'registered-models/set-tag') await store.setRegisteredModelTag(name, key, value)
  if (path === 'registered-models/update')
    await store.updateRegisteredModel(name, body.description!)
  const id = fill(body.experiment_id ?? '')
  if (path === 'experiments/delete') await store.deleteExperiment(id)
  if (path === 'experiments/set-experiment-tag')
    await store.setExperimentTag(id, body.key!, body.value!)
  if (path === 'experiments/update') await store.renameExperiment(id, body.new_name!)
}

/** A number in a query string is text to MLflow's server; here it is a number. */
function withoutWire(message: string): string {
  return message.replace(/^(Invalid value )"(\d+)"(.*type ')str/, '$1$2$3int')
}

/** A text with the ids of this store's own runs and experiments. */
function fill(text: string): string {
  return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => ids.get(name)!)
}

function options(query: Query, pageToken: string | undefined): object {
  const { max_results: maxResults, view: viewType } = query
  return {
    filter: fill(query.filter),
    orderBy: query.order_by,
    ...(viewType === undefined ? {} : { viewType }),
    ...(maxResults === undefined ? {} : { maxResults }),
    ...(pageToken === undefined ? {} : { pageToken }),
  }
}

async function check(
  query: Query,
  page: (token: string | undefined) => Promise<{ names: string[]; nextPageToken: string | null }>,
): Promise<void> {
  const pages: string[][] = []
  try {
    let token = query.page_token
    do {
      const { names, nextPageToken } = await page(token)
      pages.push(names)
      token = nextPageToken ?? undefined
    } while (token !== undefined)
  } catch (error) {
    return expectError(error, query)
  }
  expect(pages).toEqual(query.expect.pages ?? [query.expect.items])
}

function expectError(error: unknown, { expect: wanted }: Query): void {
  expect(error).toBeInstanceOf(TrackletError)
  const { errorCode, message } = error as TrackletError
  // A field twice in an order is a server's error there; here it is the caller's.
  const code =
    wanted.error_code === 'INTERNAL_ERROR' ? 'INVALID_PARAMETER_VALUE' : wanted.error_code
  expect(errorCode).toBe(code)
  if (wanted.message !== undefined) expect(message).toBe(withoutWire(fill(wanted.message)))
  else expect(message).toContain(wanted.message_prefix)
  if (wanted.message_prefix !== undefined) expect(message.indexOf(wanted.message_prefix)).toBe(0)
}
