import { MLFLOW_TRACES } from '../entities/mlflow-traces.js'
import { spanValueToJson } from '../entities/span-json.js'
import type { LATER_TRACE_COLUMNS } from './later-tables.js'
import type { Row } from './rows.js'

const TOKENS = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation_input_tokens_above_1hr',
] as const
const COSTS = ['input_cost', 'output_cost', 'total_cost'] as const

/**
 * The metadata that newer databases, such as those of 3.17, keep in columns, as MLflow's clients see it
 * (`compatibility_metadata_from_columns` of mlflow/store/tracking/utils/trace_analytics.py).
 */
export function promotedMetadata(row: Row<typeof LATER_TRACE_COLUMNS>): Record<string, string> {
  const session = row.text('session_id')
  const tokens = TOKENS.flatMap((name) => {
    const count = row.integer(name)
    return count === null ? [] : [[name, BigInt(count)] as const]
  })
  const costs = COSTS.flatMap((name) => {
    const cost = row.number(name)
    return cost === null ? [] : [[name, cost] as const]
  })
  return {
    ...(session !== null && { [MLFLOW_TRACES.session]: session }),
    ...(tokens.length > 0 && {
      [MLFLOW_TRACES.tokenUsage]: spanValueToJson(Object.fromEntries(tokens)),
    }),
    ...(costs.length > 0 && { [MLFLOW_TRACES.cost]: spanValueToJson(Object.fromEntries(costs)) }),
  }
}
