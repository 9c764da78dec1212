import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { Wire } from './wire.js'

// Searches and what a real MLflow server answered, over the wire: data set up and asked for as a client does it.

interface Query {
  readonly id: string
  readonly filter: string
  readonly order_by: readonly string[]
  readonly view?: string
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
  readonly status: string
  readonly user_id: string
  readonly deleted?: boolean
  readonly params?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  readonly metrics?: readonly unknown[]
  readonly datasets?: readonly (Readonly<Record<string, string>> & { context?: string })[]
}

interface Golden {
  readonly setup: {
    readonly experiments: readonly {
      readonly ref: string
      readonly name: string
      readonly tags: Readonly<Record<string, string>>
    }[]
    readonly runs: readonly GoldenRun[]
    readonly after: readonly { readonly path: string; readonly body: Record<string, string> }[]
  }
  readonly run_queries: readonly Query[]
  readonly experiment_queries: readonly Query[]
}

const GOLDEN = new URL('../../fixtures/search-golden.json', import.meta.url)
const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden

let wire: Wire
const ids = new Map<string, string>()

beforeAll(async () => {
  // Every call is a millisecond later than the one before: no two experiments are of one time.
  let now = 1_690_000_000_000
  const randomBytes = (n: number): Uint8Array => crypto.getRandomValues(new Uint8Array(n))
  wire = await Wire.open({ surroundings: { now: () => now++, randomBytes } })
  for (const { ref, name, tags } of golden.setup.experiments) {
    const made = await wire.post('experiments/create', { name, tags: pairs(tags) })
    ids.set(`exp:${ref}`, (made as { experiment_id: string }).experiment_id)
  }
  for (const run of golden.setup.runs) await makeRun(run)
  for (const { name, deleted } of golden.setup.runs)
    if (deleted) await wire.post('runs/delete', { run_id: ids.get(`run:${name}`) })
  for (const { path, body } of golden.setup.after)
    if (/^(runs|experiments)\//.test(path)) await wire.post(path, fill(body))
})

describe("MLflow's answers to searches over runs", () => {
  it.each(golden.run_queries)('$id $filter $order_by', (query) =>
    check('runs/search', query, {
      experiment_ids: (query.experiments ?? ['E1']).map((ref) => ids.get(`exp:${ref}`)),
      run_view_type: query.view,
    }),
  )
})

describe("MLflow's answers to searches over experiments", () => {
  it.each(golden.experiment_queries)('$id $filter $order_by', (query) =>
    check('experiments/search', { max_results: 1000, ...query }, { view_type: query.view }),
  )
})

async function makeRun(run: GoldenRun): Promise<void> {
  const { name, status, start_time, end_time, user_id } = run
  const made = await wire.post('runs/create', {
    experiment_id: ids.get(`exp:${run.experiment}`),
    start_time,
    user_id,
    run_name: name,
    tags: pairs(run.tags ?? {}),
  })
  const run_id = (made as { run: { info: { run_id: string } } }).run.info.run_id
  ids.set(`run:${name}`, run_id)
  await wire.post('runs/log-batch', {
    run_id,
    params: pairs(run.params ?? {}),
    metrics: run.metrics ?? [],
  })
  const datasets = (run.datasets ?? []).map(({ context, ...dataset }) => ({
    dataset,
    tags: context === undefined ? [] : pairs({ 'mlflow.data.context': context }),
  }))
  await wire.post('runs/log-inputs', { run_id, datasets })
  await wire.post('runs/update', { run_id, status, end_time })
}

async function check(path: string, query: Query, more: object): Promise<void> {
  const pages: string[][] = []
  let token: string | undefined = query.page_token
  do {
    const { filter, order_by, max_results } = query
    const body = { filter: fill(filter), order_by, max_results, page_token: token, ...more }
    const answer = await wire.send(path, { method: 'POST', body })
    if (answer.status !== 200) return expectError(answer, query)
    const page = answer.body as {
      runs?: { info: { run_name: string } }[]
      experiments?: { name: string }[]
      next_page_token?: string
    }
    pages.push([
      ...(page.runs ?? []).map(({ info }) => info.run_name),
      ...(page.experiments ?? []).map(({ name }) => name),
    ])
    token = page.next_page_token
  } while (token !== undefined)
  expect(pages).toEqual(query.expect.pages ?? [query.expect.items])
}

function expectError(
  { status, body }: { status: number; body: unknown },
  { expect: wanted }: Query,
): void {
  const { error_code: code, message } = body as { error_code: string; message: string }
  // A field twice in an order is a server's error there; here it is the caller's.
  const known =
    wanted.error_code === 'INTERNAL_ERROR' ? 'INVALID_PARAMETER_VALUE' : wanted.error_code
  expect([status, code]).toEqual([400, known])
  if (wanted.message !== undefined) expect(message).toBe(fill(wanted.message))
  else expect(message.startsWith(wanted.message_prefix ?? '')).toBe(true)
}

function pairs(record: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }))
}

/** A text, or each of an object's texts, with the ids of this server's own runs and experiments. */
function fill<T>(value: T): T {
  const text = JSON.stringify(value).replace(
    /\$\{([^}]+)\}/g,
    (_, name: string) => ids.get(name) ?? '',
  )
  return JSON.parse(text) as T
}
