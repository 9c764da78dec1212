import type { Family } from '../family.js'
import { artifacts } from './artifacts.js'
import { datasets } from './datasets.js'
import { experiments } from './experiments.js'
import { loggedModels } from './logged-models.js'
import { logging } from './logging.js'
import { metrics } from './metrics.js'
import { registry } from './registry.js'
import { runs } from './runs.js'
import { server } from './server.js'
import { traces } from './traces.js'

/** Every family of calls. */
export const FAMILIES: readonly Family[] = [
  experiments,
  runs,
  logging,
  metrics,
  datasets,
  artifacts,
  registry,
  loggedModels,
  traces,
  server,
]
