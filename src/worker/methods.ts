import type { Store } from '../store/store.js'

/** The name of a method that may be called across a worker's boundary. */
export type StoreMethod = keyof Store

const METHODS: Readonly<Record<StoreMethod, true>> = {
  createExperiment: true,
  getExperiment: true,
  getExperimentByName: true,
  searchExperiments: true,
  renameExperiment: true,
  setExperimentTag: true,
  deleteExperimentTag: true,
  deleteExperiment: true,
  restoreExperiment: true,
  purgeExperiment: true,
  createRun: true,
  getRun: true,
  searchRuns: true,
  updateRun: true,
  deleteRun: true,
  restoreRun: true,
  purgeRun: true,
  logMetric: true,
  logParam: true,
  setTag: true,
  deleteTag: true,
  logBatch: true,
  logInputs: true,
  logBuffered: true,
  getMetricHistory: true,
  getMetricColumns: true,
  listArtifacts: true,
  openWrite: true,
  write: true,
  finishWrite: true,
  abortWrite: true,
  openRead: true,
  read: true,
  closeRead: true,
  deleteArtifacts: true,
  getRunColumns: true,
  findSimilarRuns: true,
  compareSeries: true,
  sql: true,
  subscribe: true,
  flush: true,
  checkpoint: true,
  storage: true,
  close: true,
}

/** Every method of a store; the compiler keeps the list whole. */
export const STORE_METHODS = Object.keys(METHODS) as readonly StoreMethod[]

/** Whether a message may name this method. */
export function isStoreMethod(name: string): name is StoreMethod {
  return Object.hasOwn(METHODS, name)
}
