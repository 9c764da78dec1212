import type { ViewType } from '../../entities/lifecycle.js'
import type { PagedList } from '../../entities/paged-list.js'
import type { Run } from '../../entities/run.js'
import { validateSyntax, validateViewType } from '../../entities/validate.js'
import type { Comparison } from '../../search/grammar/ast.js'
import { RUN_RULES } from '../../search/grammar/attributes.js'
import { checkComparators, parseFilter } from '../../search/grammar/filter.js'
import type { RunFrame } from '../../search/frame.js'
import { parseOrderBy } from '../../search/grammar/order-by.js'
import {
  nextPageToken,
  type Page,
  pageSize,
  pageTokenToOffset,
  RUN_PAGES,
} from '../../search/page-token.js'
import type { RankedRows, RunSearch } from '../../search/run-search.js'
import { searchFrames } from '../../search/run-search.js'
import { rowsToRuns } from '../../search/rows-to-runs.js'
import type { Catalog } from '../catalog/catalog.js'
import type { RunQuery } from '../tracking-store.js'
import type { Frames } from './frames.js'
import type { SavedFrames } from './saved-frames.js'
import {
  BATCH,
  derive,
  derivedCells,
  nextUnknown,
  type ReadHistories,
  seriesComparisons,
  type UnknownRows,
} from './series-functions.js'

/** What searching needs of the engine. */
export interface SearchHost {
  readonly catalog: Catalog
  readonly frames: Frames
  readonly saved: Pick<SavedFrames, 'load'>
  readonly readHistories: ReadHistories
  /** Throws INVALID_STATE once the store is closed. */
  readonly assertOpen: () => void
}

/**
 * While a run is being logged to, its history is never read to its end: after so many small readings a search takes
 * the last one.
 */
const MOST_PARTIAL = 10

interface Ranked {
  readonly signature: string
  readonly versions: readonly number[]
  readonly rows: RankedRows
}

/** Searches over runs: text to AST, AST over frames, rows to runs. */
export class Searcher {
  readonly #host: SearchHost
  /** The last search that was ranked whole, for the pages that follow. */
  #last: Ranked | null = null
  #deriving: Promise<void> = Promise.resolve()

  constructor(host: SearchHost) {
    this.#host = host
  }

  /** One page of the runs that a query finds. */
  async searchRuns(query: RunQuery): Promise<PagedList<Run>> {
    const limit = pageSize(query.maxResults, RUN_PAGES)
    const search = parseRunSearch(query)
    const offset = pageTokenToOffset(query.pageToken)
    return this.#rank(query, search, { offset, limit }, (ranked) => ({
      items: this.#toRuns(slice(ranked, offset, offset + limit)),
      nextPageToken: nextPageToken({ offset, limit }, ranked.total > offset + limit),
    }))
  }

  /** Hands the first `limit` rows that a query finds to `take`, in the turn in which they were found. */
  async rows<T>(query: RunQuery, limit: number, take: (rows: RankedRows) => T): Promise<T> {
    return this.#rank(query, parseRunSearch(query), { offset: 0, limit }, take)
  }

  /** Hands the frames of these experiments to `take`, as the state is in that turn. */
  async frames<T>(
    experiments: readonly number[],
    take: (frames: readonly RunFrame[]) => T,
  ): Promise<T> {
    await this.#host.saved.load(experiments)
    this.#host.assertOpen()
    return take(this.#host.frames.current(experiments))
  }

  /** Rows are to be used in the turn in which they are found: the next search may patch the frames. */
  async #rank<T>(
    query: RunQuery,
    search: RunSearch,
    page: Page,
    take: (ranked: RankedRows) => T,
  ): Promise<T> {
    const experiments = this.#host.catalog.internalExperimentIds(query.experimentIds)
    const { filter, orderBy, viewType, syntax } = query
    const signature = JSON.stringify([experiments, filter, orderBy, viewType, syntax])
    const comparisons = seriesComparisons(search.filter)
    for (let partial = 0; ;) {
      const done = await this.frames(experiments, (frames) => {
        const unknown = nextUnknown(frames, comparisons, this.#keyId)
        const wait = unknown !== null && partial < MOST_PARTIAL
        return wait ? unknown : { result: take(this.#rankNow(frames, search, signature, page)) }
      })
      if ('result' in done) return done.result
      if (done.rows.length < BATCH) partial++
      await this.#derive(done)
    }
  }

  #rankNow(
    frames: readonly RunFrame[],
    search: RunSearch,
    signature: string,
    page: Page,
  ): RankedRows {
    const versions = frames.map(({ version }) => version)
    const last = this.#last
    if (last !== null && last.signature === signature && isSame(last, frames, versions))
      return last.rows
    const wholly = page.offset > 0
    const wanted = wholly ? Number.POSITIVE_INFINITY : page.limit
    const derived = (frame: RunFrame) => (comparison: Comparison) =>
      derivedCells(frame, comparison).values
    const rows = searchFrames(frames, search, this.#keyId, derived, wanted)
    if (wholly) this.#last = { signature, versions, rows }
    return rows
  }

  /** One after the other, for `derive` wants it so. */
  #derive(unknown: UnknownRows): Promise<void> {
    const turn = this.#deriving.then(() => derive(unknown, this.#host.readHistories))
    this.#deriving = turn.catch(() => undefined)
    return turn
  }

  readonly #keyId = (name: string): number | undefined => this.#host.catalog.keyId(name)

  #toRuns(rows: RankedRows): Run[] {
    const { catalog } = this.#host
    return rowsToRuns(rows, {
      keyName: (id) => catalog.keyName(id),
      inputs: (run) => catalog.inputsOf(run),
      models: (runs) => catalog.loggedModels.modelsOfRuns(runs),
    })
  }
}

/** The parsed texts of a query. Complaints come in MLflow's order: filter, order, comparators. */
function parseRunSearch(query: Omit<RunQuery, 'maxResults' | 'pageToken'>): RunSearch {
  const syntax = validateSyntax(query.syntax)
  const filter = parseFilter(query.filter, RUN_RULES, syntax)
  const terms = parseOrderBy(query.orderBy, RUN_RULES)
  checkComparators(filter, RUN_RULES)
  const view: ViewType = validateViewType(query.viewType, 'run_view_type')
  return { filter, terms, view }
}

function isSame(last: Ranked, frames: readonly RunFrame[], versions: readonly number[]): boolean {
  return (
    frames.length === last.rows.frames.length &&
    frames.every((frame, i) => frame === last.rows.frames[i] && versions[i] === last.versions[i])
  )
}

function slice(ranked: RankedRows, from: number, to: number): RankedRows {
  return {
    ...ranked,
    frame: ranked.frame?.slice(from, to) ?? null,
    rows: ranked.rows.slice(from, to),
  }
}
