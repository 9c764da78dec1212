import { pick } from '../../../helpers/random-runs.js'
import type { Draft } from '../call.js'
import type { Family } from '../family.js'
import type { World } from '../world.js'

const PLACES = [
  ...['/health', '/version', '/api/3.0/mlflow/server-info', '/ajax-api/3.0/mlflow/server-info'],
  ...['/api/2.0/mlflow/nope', '/api/2.0/mlflow/', '/api/2.0/mlflow', '/api/9.0/mlflow/runs/get'],
  ...[
    '/api/2.0/mlflow/runs/get/',
    '/api/2.0/mlflow//runs/get',
    '/API/2.0/mlflow/runs/get',
    '/nope',
  ],
  ...['/api/2.0/mlflow/runs', '/api/2.0/mlflow/server-info', '/api/2.0/mlflow/Runs/get'],
  ...['/api/2.0/mlflow/metrics/get-history-bulk', '/api/2.0/mlflow/runs/get%20'],
]

/** The server itself, and paths that lead nowhere. */
export const server: Family = {
  name: 'server',
  weight: 3,
  makers: [[1, askServer]],
}

function askServer({ random }: World): Draft {
  const path = pick(random, PLACES)
  const method = pick(random, ['GET', 'GET', 'GET', 'POST', 'DELETE'])
  const raw = method === 'POST' ? { raw: { body: '{}', type: 'application/json' } } : {}
  return { route: { method, path, reads: true }, fields: {}, about: [], ...raw }
}
