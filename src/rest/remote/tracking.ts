import type { Experiment } from '../../entities/experiment.js'
import type { PagedList } from '../../entities/paged-list.js'
import type { Run } from '../../entities/run.js'
import {
  validateDatasetInput,
  validateExperimentTag,
  validateList,
  validateParam,
  validateRequired,
  validateSafeInteger,
  validateStatus,
  validateTag,
  validateViewType,
} from '../../entities/validate.js'
import { validateBatch, validateMetric } from '../../entities/validate-batch.js'
import { TrackletError } from '../../errors.js'
import { EXPERIMENT_PAGES, HISTORY_PAGES, pageSize, RUN_PAGES } from '../../search/page-token.js'
import type {
  CreateRun,
  ExperimentQuery,
  RunQuery,
  TrackingStore,
} from '../../store/tracking-store.js'
import { logBuffered } from './buffered.js'
import type { Connection } from './connection.js'
import { getMetricColumns, historyPage } from './history.js'
import { notOnServers } from './not-on-servers.js'
import { checkRemoteSyntax, searchOrFault } from './search-fault.js'
import {
  fromDatasetInput,
  fromMetric,
  fromPairs,
  listOf,
  messageOf,
  textOf,
  toExperiment,
  tokenOf,
  toRun,
  toRunInfo,
} from './wire.js'

/** MLflow's tracking store, spoken to over its REST protocol (mlflow/protos/service.proto). */
export function remoteTracking(server: Connection): TrackingStore {
  return { ...experiments(server), ...runs(server), ...logging(server), ...histories(server) }
}

type Experiments =
  | 'createExperiment'
  | 'getExperiment'
  | 'getExperimentByName'
  | 'searchExperiments'
  | 'renameExperiment'
  | 'setExperimentTag'
  | 'deleteExperimentTag'
  | 'deleteExperiment'
  | 'restoreExperiment'
  | 'purgeExperiment'

function experiments(server: Connection): Pick<TrackingStore, Experiments> {
  const post = async (verb: string, json: object, repeat = false): Promise<void> =>
    void (await server.call({ path: `experiments/${verb}`, json, repeat }))
  return {
    async createExperiment(name, { artifactLocation, tags = [] } = {}) {
      for (const [key, value] of tags) validateExperimentTag(key, value)
      const location = artifactLocation === undefined ? {} : { artifact_location: artifactLocation }
      const json = { name: validateRequired(name, 'name'), ...location, tags: fromPairs(tags) }
      const answer = await server.call({ path: 'experiments/create', json })
      return textOf(answer['experiment_id'])
    },
    async getExperiment(experimentId) {
      const id = validateRequired(experimentId, 'experiment_id')
      const answer = await server.read('experiments/get', { experiment_id: id })
      return toExperiment(messageOf(answer['experiment']))
    },
    async getExperimentByName(name) {
      const query = { experiment_name: validateRequired(name, 'experiment_name') }
      const answer = await orNull(server.read('experiments/get-by-name', query))
      return answer === null ? null : toExperiment(messageOf(answer['experiment']))
    },
    searchExperiments: (query = {}) => searchExperiments(server, query),
    renameExperiment: (experimentId, newName) =>
      post('update', { experiment_id: experimentId, new_name: newName }),
    async setExperimentTag(experimentId, key, value) {
      validateExperimentTag(key, value)
      await post('set-experiment-tag', { experiment_id: experimentId, key, value }, true)
    },
    deleteExperimentTag: (experimentId, key) =>
      post('delete-experiment-tag', { experiment_id: experimentId, key }),
    deleteExperiment: (experimentId) => post('delete', { experiment_id: experimentId }),
    restoreExperiment: (experimentId) => post('restore', { experiment_id: experimentId }),
    purgeExperiment: () => notOnServers('purge'),
  }
}

async function searchExperiments(
  server: Connection,
  query: ExperimentQuery,
): Promise<PagedList<Experiment>> {
  const { filter = '', orderBy = [], pageToken = '' } = query
  const json = {
    max_results: pageSize(query.maxResults ?? RUN_PAGES.default, EXPERIMENT_PAGES),
    view_type: validateViewType(query.viewType),
    filter,
    order_by: validateList(orderBy, 'order_by'),
    ...(pageToken !== '' && { page_token: pageToken }),
  }
  const answer = await searchOrFault('experiments', query, (repeat) =>
    server.call({ path: 'experiments/search', json, repeat }),
  )
  return { items: listOf(answer['experiments']).map(toExperiment), nextPageToken: tokenOf(answer) }
}

type Runs =
  'createRun' | 'getRun' | 'searchRuns' | 'updateRun' | 'deleteRun' | 'restoreRun' | 'purgeRun'

function runs(server: Connection): Pick<TrackingStore, Runs> {
  const about = async (runId: string, verb: string): Promise<void> => {
    const json = { run_id: validateRequired(runId, 'run_id') }
    await server.write(runId, { path: `runs/${verb}`, json, repeat: true })
  }
  return {
    createRun: (run) => createRun(server, run),
    getRun: (runId) => getRun(server, runId),
    searchRuns: (query) => searchRuns(server, query),
    async updateRun(runId, { status, endTime, runName }) {
      const json = {
        run_id: validateRequired(runId, 'run_id'),
        ...(status !== undefined && { status: validateStatus(status) }),
        ...(endTime !== undefined && { end_time: validateSafeInteger(endTime, 'end_time') }),
        ...(runName !== undefined && { run_name: runName }),
      }
      const answer = await server.write(runId, { path: 'runs/update', json, repeat: true })
      return toRunInfo(messageOf(answer['run_info']))
    },
    deleteRun: (runId) => about(runId, 'delete'),
    restoreRun: (runId) => about(runId, 'restore'),
    purgeRun: () => notOnServers('purge'),
  }
}

async function createRun(server: Connection, run: CreateRun): Promise<Run> {
  const { experimentId, userId, runName, startTime, tags = [] } = run
  const checked = tags.map(([key, value]) => validateTag(key, value, server.cut))
  const json = {
    experiment_id: validateRequired(experimentId, 'experiment_id'),
    start_time: validateSafeInteger(startTime, 'start_time'),
    tags: fromPairs(checked),
    ...(userId !== undefined && { user_id: userId }),
    ...(runName && { run_name: runName }),
  }
  const answer = await server.call({ path: 'runs/create', json })
  return toRun(messageOf(answer['run']))
}

/** A run with all that was written to it before. */
export async function getRun(server: Connection, runId: string): Promise<Run> {
  const id = validateRequired(runId, 'run_id')
  const answer = await server.read('runs/get', { run_id: id }, runId)
  return toRun(messageOf(answer['run']))
}

/** One page of a search for runs; where the server refuses its text, the error says where that is wrong. */
export async function searchRuns(server: Connection, query: RunQuery): Promise<PagedList<Run>> {
  checkRemoteSyntax(query.syntax)
  const { filter = '', orderBy = [], pageToken = '' } = query
  const json = {
    experiment_ids: validateList(query.experimentIds, 'experiment_ids'),
    max_results: pageSize(query.maxResults, RUN_PAGES),
    run_view_type: validateViewType(query.viewType, 'run_view_type'),
    filter,
    order_by: validateList(orderBy, 'order_by'),
    ...(pageToken !== '' && { page_token: pageToken }),
  }
  const answer = await searchOrFault('runs', query, (repeat) =>
    server.call({ path: 'runs/search', json, repeat }),
  )
  return { items: listOf(answer['runs']).map(toRun), nextPageToken: tokenOf(answer) }
}

type Logging =
  'logMetric' | 'logParam' | 'setTag' | 'deleteTag' | 'logBatch' | 'logInputs' | 'logBuffered'

function logging(server: Connection): Pick<TrackingStore, Logging> {
  const write = async (runId: string, verb: string, fields: object, repeat = true) => {
    const json = { run_id: validateRequired(runId, 'run_id'), ...fields }
    await server.write(runId, { path: `runs/${verb}`, json, repeat })
  }
  return {
    async logMetric(runId, metric) {
      await write(runId, 'log-metric', fromMetric(validateMetric(metric)))
    },
    async logParam(runId, key, value) {
      const [, text] = validateParam(key, value, server.cut)
      await write(runId, 'log-parameter', { key, value: text })
    },
    async setTag(runId, key, value) {
      const [, text] = validateTag(key, value, server.cut)
      await write(runId, 'set-tag', { key, value: text })
    },
    // Not repeated: a tag that is gone is an error.
    deleteTag: (runId, key) => write(runId, 'delete-tag', { key }, false),
    async logBatch(runId, batch) {
      const { metrics, params, tags } = validateBatch(batch, server.cut)
      await write(runId, 'log-batch', {
        metrics: metrics.map(fromMetric),
        params: fromPairs(params),
        tags: fromPairs(tags),
      })
    },
    async logInputs(runId, datasets, models = []) {
      const inputs = validateList(datasets, 'datasets').map(validateDatasetInput)
      const used = validateList(models, 'models').map(({ modelId }) => ({
        model_id: validateRequired(modelId, 'model_id'),
      }))
      const fields = { datasets: inputs.map(fromDatasetInput), models: used }
      // A model that is linked already is an error of the server's.
      await write(runId, 'log-inputs', fields, used.length === 0)
    },
    async logBuffered(buffered) {
      server.http.assertOpen()
      return logBuffered(server.lanes, buffered, server.cut)
    },
  }
}

function histories(
  server: Connection,
): Pick<TrackingStore, 'getMetricHistory' | 'getMetricColumns'> {
  return {
    getMetricHistory: async (runId, key, options = {}) =>
      historyPage(server, runId, key, {
        ...options,
        maxResults: pageSize(options.maxResults, HISTORY_PAGES),
      }),
    getMetricColumns: (query) => getMetricColumns(server, query),
  }
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof TrackletError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null
    throw error
  }
}
