import { invalid, missing, wrongType } from '../../entities/invalid.js'
import { isRecord } from '../../entities/validate.js'
import { httpStatus, toTrackletError } from '../../errors.js'
import type { Store } from '../../store/store.js'
import type { GraphqlObject } from './graphql-value.js'
import { OPERATIONS, type GraphqlInput } from './operations.js'

/** An answer by GraphQL: `data` by field, null where it failed; `errors` are messages, as MLflow's server has them. */
export interface GraphqlAnswer {
  readonly data: Readonly<Record<string, GraphqlObject | null>> | null
  readonly errors: readonly string[] | null
}

/**
 * Answers the operations of MLflow's pages by their names; what is selected of them is not looked at. An operation that
 * is not known, and what the store refuses, is an answer with `errors`. INVALID_PARAMETER_VALUE for a body that is no
 * GraphQL request at all, where MLflow's server fails with 500.
 */
export async function answerGraphql(
  store: Store,
  body: Readonly<Record<string, unknown>>,
): Promise<GraphqlAnswer> {
  const { name, variables } = readRequest(body)
  const operation = OPERATIONS.get(name)
  if (operation === undefined) return failed(null, unknown(name))
  const { variable, field } = operation
  const input = Object.hasOwn(variables, variable) ? variables[variable] : undefined
  if (!isRecord(input)) return failed(null, `Variable '$${variable}' must be an object.`)
  try {
    return { data: { [field]: await operation.answer(store, input as GraphqlInput) }, errors: null }
  } catch (error) {
    const { errorCode, message } = toTrackletError(error)
    if (httpStatus(errorCode) >= 500) throw error
    return failed({ [field]: null }, message)
  }
}

function failed(data: GraphqlAnswer['data'], message: string): GraphqlAnswer {
  return { data, errors: [message] }
}

function unknown(name: string): string {
  const known = [...OPERATIONS.keys()].join(', ')
  return `Unknown operation named '${name}'. This server knows those of MLflow's pages: ${known}.`
}

function readRequest(body: Readonly<Record<string, unknown>>): {
  name: string
  variables: GraphqlInput
} {
  const { query, operationName, variables } = body
  if (query === undefined || query === null || query === '') throw missing('query')
  if (typeof query !== 'string') throw wrongType('query', query)
  const given = operationName ?? nameIn(query)
  if (typeof given !== 'string') throw wrongType('operationName', given)
  if (given === '')
    throw invalid('Give the operationName: of queries without a name nothing is known here.')
  if (variables !== undefined && variables !== null && !isRecord(variables))
    throw wrongType('variables', variables)
  return { name: given, variables: (variables ?? {}) as GraphqlInput }
}

/** The name of a query that is alone in its text, as `query GetRun(...)` has it. */
function nameIn(query: string): string {
  return /^\s*query\s+(\w{1,100})/.exec(query)?.[1] ?? ''
}
