import { mergeConfig } from 'vitest/config'
import base from '../vitest.config.js'

// What needs Python and a real MLflow, which `npm test` does without. `.ci/run` makes them and sets TRACKLET_MLFLOW.
const config = mergeConfig(base, { test: { testTimeout: 600_000, hookTimeout: 600_000 } })
config.test.include = ['test/interop/**/*.interop.ts']

export default config
