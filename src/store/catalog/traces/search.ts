import { invalid, wrongType } from '../../../entities/invalid.js'
import type { PagedList } from '../../../entities/paged-list.js'
import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import type { TraceInfo } from '../../../entities/trace.js'
import { isRecord } from '../../../entities/validate.js'
import type { Comparison, OrderTerm } from '../../../search/grammar/ast.js'
import { TRACE_RULES } from '../../../search/grammar/attributes.js'
import { checkComparators, parseFilter } from '../../../search/grammar/filter.js'
import { parseOrderBy } from '../../../search/grammar/order-by.js'
import {
  RUN_PAGES,
  nextPageToken,
  pageSize,
  pageTokenToOffset,
} from '../../../search/page-token.js'
import type { PageRule } from '../../../search/page-token.js'
import { compareByOrder, compileFilter } from '../../../search/predicate.js'
import { RegexBudget } from '../../../search/regex/regex.js'
import type { TraceQuery } from '../../trace-store.js'
import { internalExperimentIds } from '../lookup.js'
import type { CatalogState } from '../state.js'
import { COUNTED_KEYS } from './analytics.js'
import { readText, traceRows } from './lookup.js'
import type { TraceRow } from './lookup.js'
import { assessmentTest } from './search-assessments.js'
import { spanTest } from './search-spans.js'
import { toTraceInfo } from './trace-reader.js'

/** Pages of traces. */
const TRACE_PAGES: PageRule = { ...RUN_PAGES, default: 100, max: 500 }

type TraceTest = (trace: TraceRow) => boolean

/** One page of the traces that a query finds. Complaints come in MLflow's order. */
export function searchTraces(state: CatalogState, query: TraceQuery): PagedList<TraceInfo> {
  if (!isRecord(query)) throw wrongType('query', query)
  const limit = pageSize(query.maxResults, TRACE_PAGES)
  const experiments = internalExperimentIds(state, query.experimentIds)
  const terms = parseOrderBy(query.orderBy, TRACE_RULES)
  terms.forEach(checkTerm)
  const comparisons = parseComparisons(query.filter)
  const offset = pageTokenToOffset(query.pageToken)
  const rows = experiments.flatMap((id) => traceRows(state, 't.experiment = ?', [id]))
  const tests = testsOf(state, comparisons, rows)
  const order = compareByOrder<TraceRow>(fullOrder(terms), (row, term) =>
    readValue(state, row, term),
  )
  const found = rows.filter((row) => tests.every((meets) => meets(row))).sort(order)
  const page = found.slice(offset, offset + limit)
  return {
    items: page.map((row) => toTraceInfo(state, row)),
    // As MLflow: a full page has a token, whether or not something follows.
    nextPageToken: nextPageToken({ offset, limit }, page.length === limit),
  }
}

/** MLflow's grammar gives comparisons that must all be met. */
function parseComparisons(text: string | undefined): Comparison[] {
  const filter = parseFilter(text, TRACE_RULES)
  checkComparators(filter, TRACE_RULES)
  const items = filter.kind === 'and' ? filter.items : [filter]
  return items.filter((item) => item.kind === 'comparison')
}

/** The quick tests first: each is asked only for what the ones before have left. */
function testsOf(
  state: CatalogState,
  comparisons: readonly Comparison[],
  rows: readonly TraceRow[],
): TraceTest[] {
  const budget = new RegexBudget()
  const of = (...entities: readonly string[]): Comparison[] =>
    comparisons.filter(({ entity }) => entities.includes(entity))
  const own = of('attribute', 'tag', 'metadata').map((comparison): TraceTest => {
    if (isSourceRun(comparison)) return sourceRunTest(state, String(comparison.value))
    if (isPrompt(comparison)) return promptTest(state, String(comparison.value))
    const meets = compileFilter(comparison, budget)
    return (row) => meets((asked) => readValue(state, row, asked))
  })
  // There are no issues here that an assessment could name.
  const issues = of('issue').map((): TraceTest => () => false)
  const assessments = of('feedback', 'expectation').map((comparison) =>
    assessmentTest(state, comparison, rows, budget),
  )
  const spans = of('span')
  const spanTests =
    spans.length === 0 ? [] : [spanTest(state, spans, startBound(comparisons), budget)]
  return [...own, ...issues, ...assessments, ...spanTests]
}

/** A trace's value for a comparison or a term. */
function readValue(
  state: CatalogState,
  row: TraceRow,
  { entity, key }: Pick<Comparison | OrderTerm, 'entity' | 'key'>,
): string | number | null {
  if (entity === 'tag') return readText(state, 'trace_tags', row.id, key)
  if (entity === 'metadata') return readText(state, 'trace_metadata', row.id, key)
  switch (key) {
    case 'timestamp_ms':
      return row.requestTime
    case 'execution_time_ms':
      return row.duration
    case 'end_time_ms':
      return row.requestTime + (row.duration ?? 0)
    case 'status':
      return row.state
    case 'client_request_id':
      return row.clientRequestId
    case 'experiment_id':
      return Number(row.experimentId)
    default:
      return row.traceId
  }
}

function isSourceRun({ entity, key, comparator }: Comparison): boolean {
  return entity === 'metadata' && key === MLFLOW_TRACES.sourceRun && comparator === '='
}

/** The traces that a run made, and those that are linked to it. */
function sourceRunTest(state: CatalogState, runId: string): TraceTest {
  const linked = new Set(
    state.db.all('SELECT trace_id FROM trace_runs WHERE run_id = ?', [runId]).map(([id]) => id),
  )
  return ({ id, traceId }) =>
    linked.has(traceId) || readText(state, 'trace_metadata', id, MLFLOW_TRACES.sourceRun) === runId
}

function isPrompt({ entity, key }: Comparison): boolean {
  return entity === 'tag' && key === MLFLOW_TRACES.linkedPrompts
}

/** The traces whose tag names a version of a prompt, `name/version`. */
function promptTest(state: CatalogState, prompt: string): TraceTest {
  const [name, version] = prompt.split('/')
  return ({ id }) => {
    const text = readText(state, 'trace_tags', id, MLFLOW_TRACES.linkedPrompts)
    return text !== null && linksPrompt(text, name!, version!)
  }
}

function linksPrompt(text: string, name: string, version: string): boolean {
  try {
    const links: unknown = JSON.parse(text)
    return (
      Array.isArray(links) &&
      links.some((link: { readonly name?: unknown; readonly version?: unknown } | null) => {
        return link?.name === name && String(link.version) === version
      })
    )
  } catch {
    return false
  }
}

/** The latest time that a filter says its traces begin after. */
function startBound(comparisons: readonly Comparison[]): number | null {
  const bounds = comparisons.flatMap(({ entity, key, comparator, value }) => {
    const isBound = key === 'timestamp_ms' && (comparator === '>' || comparator === '>=')
    return entity === 'attribute' && isBound ? [Number(value)] : []
  })
  return bounds.length === 0 ? null : bounds.reduce((a, b) => (b > a ? b : a))
}

function checkTerm({ entity, key }: OrderTerm): void {
  if (entity === 'metadata' && COUNTED_KEYS.includes(key))
    throw invalid(
      `Ordering by reserved metadata '${key}' is not supported because it is represented by multiple columns.`,
    )
}

function fullOrder(terms: readonly OrderTerm[]): OrderTerm[] {
  const isAsked = ({ entity, key }: OrderTerm): boolean =>
    terms.some((term) => term.entity === entity && term.key === key)
  return [...terms, ...TRACE_RULES.ties.filter((tie) => !isAsked(tie))]
}
