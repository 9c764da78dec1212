import type { DatasetInput } from '../../entities/dataset.js'
import type { Int64 } from '../../entities/int64.js'
import { invalidValue } from '../../entities/invalid.js'
import type { MetricInput } from '../../entities/log-batch.js'
import type { ModelOutput } from '../../entities/logged-model.js'
import { defined, toPairs } from '../field-values.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import {
  alias,
  double,
  int64,
  keyValue,
  lenient,
  list,
  message,
  required,
  text,
} from '../schema.js'
import type { Fields } from '../schema.js'

const runId = alias(required(text), 'run_uuid')

const context = { model_id: text, dataset_name: text, dataset_digest: text }

const metric = message({
  key: required(text),
  value: required(double),
  timestamp: required(int64),
  step: int64,
  ...context,
})

const datasetInput = message({
  tags: list(keyValue),
  dataset: required(
    message({
      name: required(text),
      digest: required(text),
      source_type: required(text),
      source: required(text),
      schema: text,
      profile: text,
    }),
  ),
})

const modelOutput = message({ model_id: required(text), step: int64 })

/** What runs log: metrics, params, tags, batches, inputs, outputs. */
export const loggingRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'runs/log-metric',
    needs: {
      run_id: runId,
      key: required(text),
      value: required(double),
      // MLflow's server answers 200 to fractions, and stores 0.
      timestamp: required(lenient(int64)),
      step: lenient(int64),
      ...context,
    },
    async answer(store, fields) {
      await store.logMetric(fields.run_id, toMetric(fields))
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/log-parameter',
    needs: { run_id: runId, key: required(text), value: text },
    async answer(store, { run_id: id, key, value = '' }) {
      await store.logParam(id, key, value)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/set-tag',
    needs: { run_id: runId, key: required(text), value: text },
    async answer(store, { run_id: id, key, value = '' }) {
      await store.setTag(id, key, value)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/delete-tag',
    needs: { run_id: required(text), key: required(text) },
    async answer(store, { run_id: id, key }) {
      await store.deleteTag(id, key)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/log-batch',
    needs: {
      run_id: required(text),
      metrics: list(metric),
      params: list(keyValue),
      tags: list(keyValue),
    },
    async answer(store, { run_id: id, metrics, params, tags }) {
      await store.logBatch(id, {
        metrics: metrics.map(toMetric),
        params: toPairs(params),
        tags: toPairs(tags),
      })
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/log-inputs',
    needs: {
      run_id: required(text),
      datasets: list(datasetInput),
      models: list(message({ model_id: required(text) })),
    },
    async answer(store, { run_id: id, datasets, models }) {
      const used = models.map(({ model_id: modelId }) => ({ modelId }))
      await store.logInputs(id, datasets.map(toDatasetInput), used)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/outputs',
    needs: { run_id: required(text), models: required(list(modelOutput)) },
    async answer(store, { run_id: id, models }) {
      await store.logOutputs(id, models.map(toModelOutput))
      return {}
    },
  }),
]

interface MetricFields {
  readonly key: string
  readonly value: number
  readonly timestamp: Int64
  readonly step: Int64 | undefined
  readonly model_id: string | undefined
  readonly dataset_name: string | undefined
  readonly dataset_digest: string | undefined
}

function toMetric(fields: MetricFields): MetricInput {
  const { key, value, timestamp, step = 0 } = fields
  const { model_id: modelId, dataset_name: datasetName, dataset_digest: datasetDigest } = fields
  return { key, value, timestamp, step, ...defined({ modelId, datasetName, datasetDigest }) }
}

function toDatasetInput({ dataset, tags }: Fields<typeof datasetInput.fields>): DatasetInput {
  return {
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      sourceType: dataset.source_type,
      source: dataset.source,
      schema: dataset.schema ?? null,
      profile: dataset.profile ?? null,
    },
    tags: Object.fromEntries(toPairs(tags)),
  }
}

function toModelOutput({
  model_id: modelId,
  step = 0,
}: Fields<typeof modelOutput.fields>): ModelOutput {
  if (typeof step === 'number') return { modelId, step }
  throw invalidValue('step', step, 'The step of an output must not be beyond 2^53.')
}
