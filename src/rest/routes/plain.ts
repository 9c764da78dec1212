import type { Endpoint } from '../endpoint.js'
import { respond } from '../responses.js'

const PAGE = `<!doctype html>
<html lang="en">
<title>tracklet</title>
<h1>tracklet</h1>
<p>This server speaks MLflow's REST protocol. Point a client here:
<code>mlflow.set_tracking_uri("http://this-address")</code></p>
</html>
`

/** What has no API path: health, version, the page at the root. */
export const plainEndpoints: readonly Endpoint[] = [
  {
    methods: ['GET'],
    path: '/',
    answer: async () => respond(PAGE, { type: 'text/html; charset=utf-8' }),
  },
  {
    methods: ['GET'],
    path: '/health',
    answer: async () => respond('OK', { type: 'text/plain; charset=utf-8' }),
  },
  {
    methods: ['GET'],
    path: '/version',
    answer: async (_, { mlflowVersion }) =>
      respond(mlflowVersion, { type: 'text/html; charset=utf-8' }),
  },
]
