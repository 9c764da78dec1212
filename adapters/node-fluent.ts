import { AsyncLocalStorage } from 'node:async_hooks'
import { createFluent } from '../src/client/fluent.js'
import type { RunStack } from '../src/client/run-stack.js'
import type { Tracker } from '../src/client/tracker.js'
import { onProcessExit } from './exit-hooks.js'
import { defaultUri, openTracker } from './node.js'

const stacks = new AsyncLocalStorage<RunStack>()

const { fluent, runs } = createFluent({
  openTracker: openDefault,
  defaultUri,
  scope: {
    current: () => stacks.getStore(),
    run: (stack, fn) => stacks.run(stack, fn),
  },
  env: {
    get: (name) => process.env[name],
    set: (name, value) => {
      process.env[name] = value
    },
    delete: (name) => {
      delete process.env[name]
    },
  },
})

async function openDefault(uri: string | undefined): Promise<Tracker> {
  const unhook = onProcessExit({
    idle: () => runs.endAll('FINISHED'),
    endRuns: (status) => runs.endAllNow(status),
  })
  try {
    return await openTracker(uri, { onClose: unhook })
  } catch (error) {
    unhook()
    throw error
  }
}

/** The fluent functions; each is described in `Fluent`. */
export const {
  setTrackingUri,
  getTrackingUri,
  setTracker,
  getTracker,
  setExperiment,
  createExperiment,
  getExperiment,
  getExperimentByName,
  searchExperiments,
  deleteExperiment,
  setExperimentTag,
  setExperimentTags,
  registerModel,
  startRun,
  endRun,
  withRun,
  activeRun,
  lastActiveRun,
  getRun,
  getParentRun,
  deleteRun,
  searchRuns,
  logMetric,
  logMetrics,
  logParam,
  logParams,
  setTag,
  setTags,
  deleteTag,
  logText,
  logDict,
  logArtifact,
  logArtifacts,
  logImage,
  logFigure,
  logTable,
  loadTable,
  logInput,
  listArtifacts,
  getArtifactUri,
  initializeLoggedModel,
  finalizeLoggedModel,
  getLoggedModel,
  searchLoggedModels,
  deleteLoggedModel,
  setLoggedModelTags,
  deleteLoggedModelTag,
  logModelParams,
  logOutputs,
  flush,
  close,
} = fluent

export type { Fluent } from '../src/client/fluent.js'
export type { FluentStartRun } from '../src/client/fluent-runs.js'
export type { InitializeLoggedModel, LoggedModelFluent } from '../src/client/logged-model-fluent.js'
