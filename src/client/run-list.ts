import type { Run } from '../entities/run.js'

/** One page of runs. */
export interface RunPage {
  readonly runs: readonly Run[]
  /** What the next `page()` takes; null on the last one. */
  readonly nextPageToken: string | null
}

/** Fetches one page of runs. */
export type FetchRuns = (pageToken: string | undefined) => Promise<RunPage>

/** Runs that a search found, fetched as they are asked for: as pages, one by one, or all at once. */
export class RunList implements AsyncIterable<Run> {
  readonly #fetch: FetchRuns

  /** Nothing is fetched yet. */
  constructor(fetch: FetchRuns) {
    this.#fetch = fetch
  }

  /** One page, the first without a token. It may hold fewer runs than asked for, and more may still follow. */
  page(token?: string | null): Promise<RunPage> {
    return this.#fetch(token ?? undefined)
  }

  /** All runs, or the first `limit` of them. */
  async all(options: { limit?: number } = {}): Promise<Run[]> {
    const { limit = Infinity } = options
    const runs: Run[] = []
    if (limit <= 0) return runs
    for await (const run of this) {
      runs.push(run)
      if (runs.length >= limit) break
    }
    return runs
  }

  /** Run by run, page after page. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Run, void, undefined> {
    let token: string | null = null
    do {
      const page: RunPage = await this.page(token)
      yield* page.runs
      token = page.nextPageToken
    } while (token !== null)
  }
}
