import type { Given } from './given.js'
import type { VerbOption } from './verb.js'

/** The options of a search; `filter` and `order` are examples for the help. */
export function searchOptions(filter: string, order: string): readonly VerbOption[] {
  return [
    { flags: '--filter <filter>', help: `only those that match, such as "${filter}"` },
    {
      flags: '--order-by <clause>',
      help: `such as "${order}"; may be repeated`,
      many: true,
    },
    { flags: '--max-results <n>', help: 'list at most this many', count: true },
  ]
}

/** What those options ask for, as a search takes it. */
export function givenSearch(given: Given): { filter?: string; orderBy?: readonly string[] } {
  const [filter, orderBy] = [given.text('filter'), given.texts('orderBy')]
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(orderBy.length === 0 ? {} : { orderBy }),
  }
}
