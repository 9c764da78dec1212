import type { Endpoint } from '../endpoint.js'
import type { Route } from '../route.js'
import { artifactFileEndpoints } from './artifact-files.js'
import { proxyEndpoints } from './artifact-proxy.js'
import { artifactRoutes } from './artifacts.js'
import { assessmentRoutes } from './assessments.js'
import { datasetRoutes } from './datasets.js'
import { experimentRoutes } from './experiments.js'
import { graphqlEndpoints } from './graphql.js'
import { logModelRoutes } from './log-model.js'
import { loggedModelRoutes } from './logged-models.js'
import { loggingRoutes } from './logging.js'
import { metricRoutes } from './metrics.js'
import { modelFileEndpoints } from './model-files.js'
import { oldTraceRoutes } from './old-traces.js'
import { otlpEndpoints } from './otlp.js'
import { plainEndpoints } from './plain.js'
import { registryRoutes } from './registry.js'
import { runRoutes } from './runs.js'
import { serverInfoRoutes } from './server-info.js'
import { traceRoutes } from './traces.js'

/** Every route of the API. */
export const ROUTES: readonly Route[] = [
  ...experimentRoutes,
  ...datasetRoutes,
  ...runRoutes,
  ...loggingRoutes,
  ...logModelRoutes,
  ...loggedModelRoutes,
  ...metricRoutes,
  ...artifactRoutes,
  ...registryRoutes,
  ...traceRoutes,
  ...assessmentRoutes,
  ...oldTraceRoutes,
  ...serverInfoRoutes,
]

/** Every path beside the API's; of two that match a request the first answers. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...plainEndpoints,
  ...otlpEndpoints,
  ...graphqlEndpoints,
  ...artifactFileEndpoints,
  ...modelFileEndpoints,
  ...proxyEndpoints,
]
