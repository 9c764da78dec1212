import { json, refusal, type Answer } from './stand-in.js'

interface KeyedValue {
  readonly key: string
  readonly value: string
}

interface Point {
  readonly key: string
  readonly value: number
  readonly step: number
}

/** What a batch holds. */
export interface Batch {
  readonly metrics?: readonly object[]
  readonly params?: readonly object[]
  readonly tags?: readonly object[]
}

interface FakeRun {
  params: Record<string, string>
  tags: Record<string, string>
  points: [key: string, step: number, value: number][]
}

/** Runs as a server keeps them: batches are stored whole or not at all, within MLflow's limits; the key `bad` is refused. */
export class FakeRuns {
  readonly #runs: Record<string, FakeRun>

  constructor(runIds: readonly string[]) {
    const empty = (): FakeRun => ({ params: {}, tags: {}, points: [] })
    this.#runs = Object.fromEntries(runIds.map((runId) => [runId, empty()]))
  }

  /** All that is stored; points of a key in the order in which they came. */
  state(): Readonly<Record<string, FakeRun>> {
    return Object.fromEntries(
      Object.entries(this.#runs).map(([runId, run]) => {
        const points = [...run.points].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        return [runId, { ...run, points }]
      }),
    )
  }

  /** For a stand-in. */
  readonly answer: Answer = ({ path, body }) => {
    const verb = path.replace(/\?.*/, '').split('/').at(-1)
    if (verb === 'get') return json({ run: {} })
    const given = JSON.parse(body) as { run_id: string } & Batch & KeyedValue
    const one = [{ key: given.key, value: given.value }]
    const batch =
      verb === 'set-tag' ? { tags: one } : verb === 'log-parameter' ? { params: one } : given
    const problem = body.length > 1_000_000 ? 'too large' : this.write(given.run_id, batch)
    return problem === null ? json({}) : refusal('INVALID_PARAMETER_VALUE', problem, 400)
  }

  /** Stores a batch; gives why not, and then stores nothing. */
  write(runId: string, { metrics = [], params = [], tags = [] }: Batch): string | null {
    const run = this.#runs[runId]!
    if (metrics.length > 1000 || params.length > 100 || tags.length > 100) return 'too many'
    if (metrics.length + params.length + tags.length > 1000) return 'too many in all'
    const points = metrics as readonly Point[]
    if (points.some(({ key }) => key === 'bad')) return 'a bad key'
    const next = { ...run.params }
    for (const { key, value } of params as readonly KeyedValue[]) {
      if ((next[key] ?? value) !== value) return 'a changed param'
      next[key] = value
    }
    run.params = next
    for (const { key, value } of tags as readonly KeyedValue[]) run.tags[key] = value
    for (const { key, step, value } of points) run.points.push([key, step, value])
    return null
  }
}
