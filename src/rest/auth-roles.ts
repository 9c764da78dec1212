import type { Role } from './auth.js'

const API = /^\/(?:ajax-)?api\/[23]\.0\/(mlflow|mlflow-artifacts)\/(.+)$/

/** Answers for clients that do not know yet how to log in. */
const OPEN = /^(\/health|\/(?:ajax-)?api\/3\.0\/mlflow\/server-info)$/

/** Where a DELETE takes only a tag away. */
const TAG = /^(?:[\w-]+\/delete-tag|(?:logged-models|traces)\/[^/]+\/tags(?:\/.*)?)$/

/** What is written down here as `METHOD path` or `METHOD prefix/*`; `:id` is one segment. */
const READING = matcher([
  'POST experiments/search',
  'POST experiments/search-datasets',
  'POST runs/search',
  'POST registered-models/search',
  'POST registered-models/get-latest-versions',
  'POST model-versions/search',
  'POST logged-models/search',
  'POST artifacts/presigned-download-url',
  'POST traces/search',
  'POST traces/batchGetInfos',
  'POST traces/metrics',
  'POST traces/calculate-filter-correlation',
])

const EDITING = matcher([
  ...['create', 'update', 'set-experiment-tag', 'delete-experiment-tag'].map(
    (verb) => `POST experiments/${verb}`,
  ),
  ...[
    ...['create', 'update', 'log-metric', 'log-parameter', 'log-batch', 'log-inputs', 'log-model'],
    ...['outputs', 'set-tag', 'delete-tag'],
  ].map((verb) => `POST runs/${verb}`),
  'POST artifacts/presigned-upload-url',
  'POST upload-artifact',
  ...['create', 'rename', 'set-tag', 'alias'].map((verb) => `POST registered-models/${verb}`),
  'PATCH registered-models/update',
  'DELETE registered-models/delete-tag',
  ...['create', 'transition-stage', 'set-tag'].map((verb) => `POST model-versions/${verb}`),
  'PATCH model-versions/update',
  'POST logged-models',
  'PATCH logged-models/:id',
  'PATCH logged-models/:id/tags',
  'POST logged-models/:id/params',
  'POST traces',
  'PATCH traces/:id',
  'PATCH traces/:id/tags',
  'POST traces/link-to-run',
  'POST traces/:id/assessments',
  'PATCH traces/:id/assessments/:id',
])

const EDITING_FILES = matcher([
  'PUT artifacts/*',
  'POST mpu/create/*',
  'POST mpu/complete/*',
  'POST mpu/abort/*',
])

/**
 * The role that a request needs, as MLflow's basic auth has it (mlflow/server/auth): READ to get, list, search and
 * download; EDIT to log, update and create; MANAGE to delete and restore. Null for what everybody may ask. A path
 * that is not known, or is spelled with `%`, needs the most, so that no spelling of it asks for less.
 */
export function neededRole(method: string, path: string): Role | null {
  if (method === 'GET' || method === 'HEAD') return OPEN.test(path) ? null : 'read'
  if (method === 'POST' && path === '/v1/traces') return 'edit'
  // The operations of GraphQL that are known only read.
  if (method === 'POST' && path === '/graphql') return 'read'
  const [, area, rest] = API.exec(path) ?? []
  if (area === undefined || rest === undefined) return 'manage'
  const call = `${method} ${rest}`
  if (area === 'mlflow-artifacts') return EDITING_FILES.test(call) ? 'edit' : 'manage'
  return READING.test(call) ? 'read' : EDITING.test(call) ? 'edit' : 'manage'
}

/** Whether a request's body is a file, of any size, rather than a message. */
export function isUpload(method: string, path: string): boolean {
  const [, area, rest = ''] = API.exec(path) ?? []
  if (area === 'mlflow-artifacts') return method === 'PUT' && rest.startsWith('artifacts/')
  return method === 'POST' && area === 'mlflow' && rest === 'upload-artifact'
}

/** Whether a request deletes a thing (not a tag), or promotes a version of a model: what a server's log should tell. */
export function isDeletionOrPromotion(method: string, path: string): boolean {
  const [, area, rest] = API.exec(path) ?? []
  if (rest === undefined) return false
  if (method === 'DELETE') return area !== 'mlflow' || !TAG.test(rest)
  if (method !== 'POST') return false
  return /\/(delete|delete-traces|transition-stage)$|^registered-models\/alias$/.test(rest)
}

function matcher(calls: readonly string[]): RegExp {
  const patterns = calls.map((call) =>
    call.replaceAll('/', '\\/').replace(/:id/g, '[\\w.-]+').replace(/\*$/, '.+'),
  )
  return new RegExp(`^(?:${patterns.join('|')})$`)
}
