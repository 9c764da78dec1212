import type { Span } from '../../../entities/trace.js'
import type { Comparison } from '../../../search/grammar/ast.js'
import { withoutBackQuotes } from '../../../search/grammar/attributes-common.js'
import { compileFilter } from '../../../search/predicate.js'
import type { RegexBudget } from '../../../search/regex/regex.js'
import type { CatalogState } from '../state.js'
import type { TraceRow } from './lookup.js'
import { spanText } from './span-text.js'
import { readSpans } from './trace-reader.js'

const ATTRIBUTES = 'attributes.'
/** How much earlier than its trace a span may begin, in milliseconds, by MLflow's rule. */
const TOLERANCE = 10_000

/**
 * Whether a trace has one span that meets all comparisons; `notBefore` is the time, in epoch milliseconds, that the filter
 * wants its traces to begin after, which leaves out spans that are much older.
 */
export function spanTest(
  state: CatalogState,
  comparisons: readonly Comparison[],
  notBefore: number | null,
  budget: RegexBudget,
): (trace: TraceRow) => boolean {
  const items = comparisons.map(toContentComparison)
  const meets = compileFilter({ kind: 'and', items }, budget)
  const earliest = notBefore === null ? null : (notBefore - TOLERANCE) * 1_000_000
  const asksForTypes = comparisons.some(({ key }) => key === 'type')
  return (trace) => {
    const types = asksForTypes ? typesOf(state, trace) : new Map<string, string>()
    return readSpans(state, trace).some((span) => {
      if (earliest !== null && Number(span.startTimeUnixNano) < earliest) return false
      return meets(({ key }) =>
        key === 'type' ? (types.get(span.spanId) ?? null) : readSpan(span, key),
      )
    })
  }
}

/** The types that spans of a trace came with. */
function typesOf(state: CatalogState, { id }: TraceRow): ReadonlyMap<string, string> {
  const sql = 'SELECT span_id, type FROM spans WHERE trace = ? AND type IS NOT NULL'
  return new Map(state.db.all(sql, [id]).map(([spanId, type]) => [String(spanId), String(type)]))
}

function readSpan(span: Span, key: string): string {
  switch (key) {
    case 'name':
      return span.name
    case 'status':
      return span.status.code
    default:
      return spanText(span)
  }
}

/** MLflow looks for an attribute in its text of the span: where its name stands, and what follows. */
function toContentComparison(comparison: Comparison): Comparison {
  const { key, comparator, value } = comparison
  if (!key.startsWith(ATTRIBUTES)) return comparison
  const name = withoutBackQuotes(key.slice(ATTRIBUTES.length))
  const around = (text: string): string => `%"${name}"${text}%`
  const wanted =
    comparator === 'RLIKE'
      ? attributePattern(name, String(value))
      : Array.isArray(value)
        ? value.map((item) => around(String(item)))
        : around(String(value))
  return { ...comparison, key: 'content', value: wanted }
}

function attributePattern(name: string, pattern: string): string {
  const start = pattern.startsWith('^') ? '"\\\\"' : '"\\\\".*'
  const end = pattern.endsWith('$') ? '\\\\"' : ''
  const bare = pattern.replace(/^\^/, '').replace(/\$$/, '')
  return `"${name}": ${start}${bare}${end}`
}
