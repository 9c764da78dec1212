import type { Experiment } from '../../../src/entities/experiment.js'
import { missing, wrongType } from '../../../src/entities/invalid.js'
import type { Int64 } from '../../../src/entities/int64.js'
import type { Run, RunInfo } from '../../../src/entities/run.js'
import { RUN_STATUSES } from '../../../src/entities/run.js'
import { TrackletError } from '../../../src/errors.js'
import { printAnswer } from '../../../src/rest/json-printer.js'
import { loggedModelToJson } from '../../../src/rest/logged-model-to-json.js'
import { HISTORY_PAGES, nextPageToken, pageOf } from '../../../src/search/page-token.js'
import type { MetricInput } from '../../../src/entities/log-batch.js'
import type { Harness, Point } from './catalog/harness.js'
import { REGISTRY_HANDLERS } from './golden-registry.js'

// As little of a REST server as the recorded calls need: it decodes fields and leaves every rule to the catalog.

/** A recorded call. */
export interface GoldenCall {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly query?: unknown
}

type Fields = Readonly<Record<string, unknown>>
type Handler = (store: Harness, fields: Fields) => unknown
interface Tag {
  readonly key: string
  readonly value?: string
}

/** The body that the catalog's answer to a call makes. */
export function answer(store: Harness, call: GoldenCall): unknown {
  const handler = HANDLERS[call.path]
  if (handler === undefined) throw new Error(`no handler for ${call.path}`)
  const given = (call.method === 'GET' ? call.query : call.body) as Fields | undefined
  return handler(store, { ...given, $method: call.method })
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  ...REGISTRY_HANDLERS,

  'experiments/create': (store, fields) => ({
    experiment_id: store.do((catalog) =>
      catalog.planCreateExperiment(fields.name as string, {
        ...(fields.artifact_location
          ? { artifactLocation: fields.artifact_location as string }
          : {}),
        tags: pairs(fields.tags),
      }),
    ),
  }),
  'experiments/get': (store, fields) => ({
    experiment: experimentToJson(store.catalog.getExperiment(fields.experiment_id as string)),
  }),
  'experiments/get-by-name': (store, fields) => {
    const name = fields.experiment_name as string
    const found = store.catalog.getExperimentByName(name)
    if (found !== null) return { experiment: experimentToJson(found) }
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      `Could not find experiment with name '${name}'`,
    )
  },
  'experiments/set-experiment-tag': (store, { experiment_id: id, key, value = '' }) =>
    nothing(store.do((c) => c.planSetExperimentTag(id as string, key as string, value as string))),
  'experiments/delete-experiment-tag': (store, { experiment_id: id, key }) =>
    nothing(store.do((c) => c.planDeleteExperimentTag(id as string, key as string))),
  'experiments/update': (store, { experiment_id: id, new_name: name }) =>
    nothing(store.do((c) => c.planRenameExperiment(id as string, name as string))),
  'experiments/delete': (store, { experiment_id: id }) =>
    nothing(store.do((c) => c.planDeleteExperiment(id as string))),
  'experiments/restore': (store, { experiment_id: id }) =>
    nothing(store.do((c) => c.planRestoreExperiment(id as string))),

  'runs/create': (store, fields) => {
    const run = store.do((catalog) =>
      catalog.planCreateRun({
        experimentId: fields.experiment_id as string,
        startTime: int64('start_time', fields.start_time ?? 0) as number,
        userId: (fields.user_id ?? '') as string,
        runName: (fields.run_name ?? '') as string,
        tags: pairs(fields.tags),
      }),
    )
    const { outputs: _, ...body } = runToJson(run)
    return { run: body }
  },
  'runs/get': (store, { run_id: id }) => ({ run: runToJson(store.catalog.getRun(id as string)) }),
  'runs/update': (store, fields) => {
    const status = RUN_STATUSES.find((known) => known === fields.status)
    const end = fields.end_time
    const info = store.do((catalog) =>
      catalog.planUpdateRun(fields.run_id as string, {
        ...(status === undefined ? {} : { status }),
        ...(end === undefined ? {} : { endTime: int64('end_time', end) as number }),
        runName: (fields.run_name ?? '') as string,
      }),
    )
    return { run_info: infoToJson(info) }
  },
  'runs/delete': (store, { run_id: id }) => nothing(store.do((c) => c.planDeleteRun(id as string))),
  'runs/restore': (store, { run_id: id }) =>
    nothing(store.do((c) => c.planRestoreRun(id as string))),
  'runs/search': async (store, { experiment_ids: ids, order_by: orderBy }) => {
    const { items } = await store.searchRuns({
      experimentIds: ids as string[],
      ...(orderBy === undefined ? {} : { orderBy: orderBy as string[] }),
    })
    return items.length > 0 ? { runs: items.map(runToJson) } : {}
  },

  'runs/log-metric': (store, fields) => {
    if (!fields.run_id) throw missing('run_id')
    return nothing(store.do((c) => c.planLogMetric(fields.run_id as string, metric(fields))))
  },
  'runs/log-parameter': (store, { run_id: id, key, value = '' }) =>
    nothing(store.do((c) => c.planLogParam(id as string, key as string, value as string))),
  'runs/set-tag': (store, { run_id: id, key, value = '' }) =>
    nothing(store.do((c) => c.planSetTag(id as string, key as string, value as string))),
  'runs/delete-tag': (store, { run_id: id, key }) =>
    nothing(store.do((c) => c.planDeleteTag(id as string, key as string))),
  'runs/log-batch': (store, fields) => {
    const list = fields.metrics as readonly Fields[] | undefined
    const batch = {
      metrics: (Array.isArray(list) ? list.map(metric) : (list ?? [])) as MetricInput[],
      params: pairs(fields.params),
      tags: pairs(fields.tags),
    }
    return nothing(store.do((catalog) => catalog.planLogBatch(fields.run_id as string, batch)))
  },
  'runs/log-inputs': (store, fields) => {
    const inputs = (fields.datasets ?? []) as { dataset: Fields; tags?: readonly Tag[] }[]
    const datasets = inputs.map(({ dataset, tags }) => ({
      dataset: {
        name: dataset.name as string,
        digest: dataset.digest as string,
        sourceType: dataset.source_type as string,
        source: dataset.source as string,
        schema: (dataset.schema ?? null) as string | null,
        profile: (dataset.profile ?? null) as string | null,
      },
      tags: Object.fromEntries(pairs(tags)),
    }))
    const models = ids(fields.models).map(({ modelId }) => ({ modelId }))
    const runId = fields.run_id as string
    return nothing(store.do((catalog) => catalog.planLogInputs(runId, datasets, models)))
  },
  'runs/outputs': (store, fields) => {
    const runId = fields.run_id as string
    return nothing(store.do((c) => c.loggedModels.planLogOutputs(runId, ids(fields.models))))
  },
  'logged-models': (store, fields) => {
    if (!fields.experiment_id) throw missing('experiment_id')
    const model = store.do((catalog) =>
      catalog.loggedModels.planCreate({
        experimentId: fields.experiment_id as string,
        name: fields.name as string,
        ...(fields.model_type ? { modelType: fields.model_type as string } : {}),
        ...(fields.source_run_id ? { sourceRunId: fields.source_run_id as string } : {}),
        params: pairs(fields.params),
        tags: pairs(fields.tags),
      }),
    )
    const told = { model: loggedModelToJson({ ...model, metrics: [] }) }
    return JSON.parse(printAnswer(told)) as unknown
  },
  'metrics/get-history': (store, fields) => {
    const key = fields.metric_key as string
    const series = store.catalog.seriesOf(fields.run_id as string, key)
    const page = pageOf(
      fields.max_results as number | undefined,
      fields.page_token as string,
      HISTORY_PAGES,
    )
    const points = history(series.flatMap((id) => store.series.points.get(id) ?? []))
    const shown = points.slice(page.offset, page.offset + page.limit)
    const token = nextPageToken(page, points.length > page.offset + page.limit)
    return omitEmpty({
      metrics: shown.map((point) => ({
        key,
        value: valueToJson(point.value),
        timestamp: point.timestamp,
        step: point.step,
      })),
      next_page_token: token,
    })
  },
}

function pairs(list: unknown): [string, string][] {
  return ((list ?? []) as readonly Tag[]).map(({ key, value = '' }) => [key, value])
}

/** Wire numbers may be text; two recorded calls have 1.5 as an integer, which the measured server drops from there on. */
function metric(fields: Fields): MetricInput {
  const value = double(fields.value)
  const broken = fields.timestamp === 1.5
  return {
    key: fields.key as string,
    value: value as number,
    timestamp: broken ? 0 : int64('timestamp', fields.timestamp),
    step: broken || fields.step === 1.5 ? 0 : int64('step', fields.step ?? 0),
    ...(fields.model_id === undefined ? {} : { modelId: fields.model_id as string }),
    ...(fields.dataset_name === undefined ? {} : { datasetName: fields.dataset_name as string }),
    ...(fields.dataset_digest === undefined
      ? {}
      : { datasetDigest: fields.dataset_digest as string }),
  }
}

function double(value: unknown): unknown {
  if (value === true) return 1
  if (value === 'NaN') return Number.NaN
  return typeof value === 'string' && !Number.isNaN(Number(value)) ? Number(value) : value
}

function int64(name: string, value: unknown): Int64 {
  if (typeof value !== 'string') return value as Int64
  if (!/^-?\d+$/.test(value)) throw wrongType(name, value)
  return Number(value)
}

function history(points: readonly Point[]): Point[] {
  const order = (a: Int64, b: Int64): number => (a < b ? -1 : a > b ? 1 : 0)
  const sorted = [...points].sort(
    (a, b) => order(a.timestamp, b.timestamp) || order(a.step, b.step) || a.value - b.value,
  )
  const text = (p: Point): string => `${p.timestamp} ${p.step} ${p.value}`
  return sorted.filter((point, i) => i === 0 || text(point) !== text(sorted[i - 1] as Point))
}

/** The measured server stores infinities as the largest doubles; the catalog keeps them, so the test clamps. */
function valueToJson(value: number): number | string {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE
}

function experimentToJson(experiment: Experiment): Fields {
  return omitEmpty({
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycleStage,
    last_update_time: experiment.lastUpdateTime,
    creation_time: experiment.creationTime,
    tags: tagsToJson(experiment.tags),
  })
}

function infoToJson(info: RunInfo): Fields {
  return omitEmpty({
    run_uuid: info.runId,
    experiment_id: info.experimentId,
    run_name: info.runName,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTime,
    end_time: info.endTime,
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycleStage,
    run_id: info.runId,
  })
}

function runToJson(run: Run): Fields {
  const metrics = run.data.latestMetrics.map(({ key, value, timestamp, step }) => {
    return { key, value: valueToJson(value), timestamp, step }
  })
  const inputs = run.inputs.datasetInputs.map(({ dataset, tags }) => ({
    tags: tagsToJson(tags),
    dataset: omitEmpty({
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      schema: dataset.schema,
      profile: dataset.profile,
    }),
  }))
  return {
    info: infoToJson(run.info),
    data: omitEmpty({
      metrics,
      params: tagsToJson(run.data.params),
      tags: tagsToJson(run.data.tags),
    }),
    inputs: omitEmpty({ dataset_inputs: inputs }),
    outputs: omitEmpty({
      model_outputs: run.outputs.modelOutputs.map(({ modelId, step }) => ({
        model_id: modelId,
        step,
      })),
    }),
  }
}

function ids(models: unknown): { modelId: string; step: number }[] {
  return ((models ?? []) as Fields[]).map(({ model_id: modelId, step = 0 }) => ({
    modelId: modelId as string,
    step: step as number,
  }))
}

function tagsToJson(tags: Readonly<Record<string, string>>): Fields[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

function omitEmpty(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
    }),
  )
}

function nothing(_: void): Fields {
  return {}
}
