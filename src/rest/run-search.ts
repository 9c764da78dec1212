import type { RunQuery } from '../store/tracking-store.js'
import { VIEW_TYPES, defined, toCount } from './field-values.js'
import { choice, int64, lenient, list, text, type Fields } from './schema.js'

/** What a search for runs may say, by REST and by GraphQL alike. */
export const runSearch = {
  experiment_ids: list(text),
  filter: text,
  run_view_type: lenient(choice(VIEW_TYPES)),
  max_results: int64,
  order_by: list(text),
  page_token: text,
} as const

/** The query of a search's fields. */
export function toRunQuery(fields: Fields<typeof runSearch>): RunQuery {
  return {
    experimentIds: fields.experiment_ids,
    orderBy: fields.order_by,
    ...defined({
      filter: fields.filter,
      viewType: fields.run_view_type,
      maxResults: toCount(fields.max_results),
      pageToken: fields.page_token,
    }),
  }
}
