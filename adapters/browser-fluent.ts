import { createFluent } from '../src/client/fluent.js'
import type { FluentEnvironment } from '../src/client/fluent-store.js'
import { openTracker } from './browser.js'

const NO_ENVIRONMENT: FluentEnvironment = {
  get: () => undefined,
  set: () => undefined,
  delete: () => undefined,
}

// A page cannot follow async calls: one stack for all of it, and a second active run is an error.
const { fluent } = createFluent({
  openTracker: (uri) => openTracker(uri),
  defaultUri: () => 'idb:tracklet',
  scope: { current: () => undefined },
  env: NO_ENVIRONMENT,
})

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
