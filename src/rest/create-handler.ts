import { Hono } from 'hono'
import type { Endpoint } from './endpoint.js'
import type { RestHandler, RestOptions } from './handler.js'
import { readFields } from './read-fields.js'
import { readRequest } from './read-request.js'
import { errorResponse, jsonResponse, notThere } from './responses.js'
import type { Route } from './route.js'
import { ENDPOINTS, ROUTES } from './routes/index.js'

/** The version of MLflow whose protocol this is, as measured. */
const MLFLOW_VERSION = '3.17.2'

/**
 * A handler of MLflow's REST protocol over a store: tracking, registry and artifacts, as MLflow's own server answers
 * them. The store stays the caller's to close. Who may ask, and from where, is for the server around it to say.
 */
export function createRestHandler(options: RestOptions): RestHandler {
  const app = new Hono()
  for (const [path, endpoints] of byPath([...ROUTES.flatMap(routeToEndpoints), ...ENDPOINTS]))
    app.all(path, (context) => answer(endpoints, context.req.raw, context.req.param(), options))
  app.notFound(() => notThere(404))
  app.onError(errorResponse)
  return async (request) => {
    try {
      return await app.fetch(request)
    } catch (error) {
      return errorResponse(error)
    }
  }
}

/** A route at each of its paths: its versions, below `/api` and `/ajax-api`. */
function routeToEndpoints(route: Route): readonly Endpoint[] {
  const { methods, needs, versions = ['2.0'], ajaxOnly = false } = route
  const roots = ajaxOnly ? ['/ajax-api'] : ['/api', '/ajax-api']
  return roots.flatMap((root) =>
    versions.map((version) => ({
      methods,
      path: `${root}/${version}/mlflow/${route.path}`,
      async answer(request, { store, params }) {
        const fields = readFields(needs, await readRequest(request, needs))
        const given = await route.answer(store, fields, { store, request, params })
        return given instanceof Response ? given : jsonResponse(given)
      },
    })),
  )
}

function byPath(endpoints: readonly Endpoint[]): ReadonlyMap<string, readonly Endpoint[]> {
  const paths = new Map<string, Endpoint[]>()
  for (const endpoint of endpoints)
    paths.set(endpoint.path, [...(paths.get(endpoint.path) ?? []), endpoint])
  return paths
}

async function answer(
  endpoints: readonly Endpoint[],
  request: Request,
  params: Readonly<Record<string, string>>,
  { store, mlflowVersion = MLFLOW_VERSION }: RestOptions,
): Promise<Response> {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const endpoint = endpoints.find(({ methods }) => methods.some((known) => known === method))
  if (endpoint === undefined) {
    const allowed = new Set(endpoints.flatMap(({ methods }) => methods))
    return notThere(405, { allow: [...allowed].join(', ') })
  }
  try {
    return await endpoint.answer(request, { store, mlflowVersion, params })
  } catch (error) {
    return errorResponse(error)
  }
}
