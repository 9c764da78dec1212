import type { Counts } from './analytics.js'

/** What one span counts. */
export interface CountingSpan {
  readonly spanId: string
  /** '' for the root. */
  readonly parentId: string
  /** Null where it counts nothing. */
  readonly counts: Counts | null
}

/**
 * The sums over a trace's spans; null where none counts. A span below one that counts is left out: spans further up count
 * what is below them too (mlflow/tracing/utils, _aggregate_from_nodes). `always` are in the result even where no span has them.
 */
export function sumOverTree(
  spans: readonly CountingSpan[],
  always: readonly string[],
): Counts | null {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const covered = new Map<string, boolean>()
  const counting = spans.filter(({ counts, parentId }) => counts !== null && !isCovered(parentId))
  if (counting.length === 0) return null
  const sums: Record<string, number> = Object.fromEntries(always.map((name) => [name, 0]))
  for (const { counts } of counting)
    for (const [name, count] of Object.entries(counts!))
      sums[name] = (sums[name] ?? 0) + (count ?? 0)
  return sums

  /** Whether a span, or one above it, counts. What hangs below a ring of spans is below no root, and counts for nothing. */
  function isCovered(start: string): boolean {
    const way = new Set<string>()
    let answer = false
    for (let at = byId.get(start); at !== undefined; at = byId.get(at.parentId)) {
      const known = covered.get(at.spanId)
      if (known !== undefined || at.counts !== null || way.has(at.spanId)) {
        answer = known ?? true
        break
      }
      way.add(at.spanId)
    }
    for (const id of way) covered.set(id, answer)
    return answer
  }
}
