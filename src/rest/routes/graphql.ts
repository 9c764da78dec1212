import type { Endpoint } from '../endpoint.js'
import { answerGraphql } from '../graphql/answer-graphql.js'
import { readRequest } from '../read-request.js'
import { respond } from '../responses.js'

/** No page of MLflow's tells anybody of its use. */
const NO_TELEMETRY = {
  disable_ui_telemetry: true,
  disable_ui_events: [],
  ui_rollout_percentage: 0,
} as const

/** What only MLflow's own pages ask for. */
export const graphqlEndpoints: readonly Endpoint[] = [
  {
    methods: ['POST'],
    path: '/graphql',
    answer: async (request, { store }) =>
      plainJson(await answerGraphql(store, await readRequest(request, {}))),
  },
  {
    methods: ['GET'],
    path: '/ajax-api/3.0/mlflow/ui-telemetry',
    answer: async () => plainJson(NO_TELEMETRY),
  },
  {
    methods: ['GET'],
    path: '/ajax-api/2.0/mlflow/gateway-proxy',
    // As where MLflow's server has no gateway; its table of runs shows an error for anything else.
    answer: async () => plainJson({ endpoints: [] }),
  },
]

/** With its nulls and empty lists, which other answers leave out. */
function plainJson(value: object): Response {
  return respond(JSON.stringify(value), { type: 'application/json' })
}
