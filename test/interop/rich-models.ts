import type { Span } from '../../src/entities/trace.js'
import type { Store } from '../../src/store/store.js'
import { writeFile } from '../helpers/write-file.js'

const START = 1_700_000_000_000
const PROMPT = [['mlflow.prompt.is_prompt', 'true']] as const

/** Fills a store with logged models, their links to runs, registered models and traces. */
export async function fillModels(store: Store): Promise<void> {
  const experimentId = await store.createExperiment('models and traces')
  const run = await runOf(store, experimentId, 'trains models')
  const models = await loggedModels(store, experimentId, run)
  await datasetMetrics(store, experimentId, models[0] ?? '')
  await registry(store, run, models)
  await traces(store, experimentId, run)
  const gone = await store.createExperiment('deleted with models')
  await loggedModels(store, gone, await runOf(store, gone, 'trains too'))
  await traces(store, gone, run, 'e')
  await store.deleteExperiment(gone)
}

async function runOf(store: Store, experimentId: string, runName: string): Promise<string> {
  const run = { experimentId, runName, userId: 'ada', startTime: START }
  return (await store.createRun(run)).info.runId
}

async function loggedModels(store: Store, experimentId: string, run: string): Promise<string[]> {
  const made = { experimentId, sourceRunId: run }
  const ready = await store.createLoggedModel({
    ...made,
    name: 'clf ü',
    modelType: 'demo',
    params: [
      ['opt/alpha', '0.5'],
      ['empty', ''],
    ],
    tags: [['note', 'first\nsecond']],
  })
  await store.finalizeLoggedModel(ready.modelId, 'READY')
  await writeFile(store, ready.modelId, 'MLmodel', 'flavors: {}\n')
  await writeFile(store, ready.modelId, 'data/weights.bin', new Uint8Array(5000).fill(7))
  const failed = await store.createLoggedModel({ experimentId, name: '1e3' })
  await store.finalizeLoggedModel(failed.modelId, 'FAILED')
  const pending = await store.createLoggedModel({ ...made, name: 'pending' })
  const { modelId } = ready
  await store.logOutputs(run, [
    { modelId, step: 3 },
    { modelId: pending.modelId, step: 0 },
  ])
  await store.logInputs(await runOf(store, experimentId, 'uses a model'), [], [{ modelId }])
  return [modelId, failed.modelId, pending.modelId]
}

/** MLflow answers one value of a model for each dataset: there is one of each here. */
async function datasetMetrics(store: Store, experimentId: string, modelId: string): Promise<void> {
  const run = await runOf(store, experimentId, 'measures')
  const on = (datasetName: string) => ({ datasetName, datasetDigest: 'd1' })
  const points = [
    { key: 'acc', value: 0.5, step: 1, modelId, ...on('iris') },
    { key: 'acc', value: 0.25, step: 2, modelId },
    { key: 'acc', value: 1e-7, step: 3, modelId, ...on('wine') },
    { key: 'val/loss', value: 2, step: 2, modelId },
  ]
  for (const [i, point] of points.entries())
    await store.logMetric(run, { ...point, timestamp: START + i })
}

async function registry(store: Store, run: string, models: readonly string[]): Promise<void> {
  const name = 'seg model ü'
  const description = 'First line\nsecond: line'
  await store.createRegisteredModel(name, { description, tags: [['note/x', ' yes ']] })
  await writeFile(store, run, 'my model/MLmodel', 'flavors: {}\n')
  const sources = [
    { source: `runs:/${run}/my model`, runId: run },
    { source: `models:/${models[0]}`, modelId: models[0] ?? '' },
    {
      source: 's3://bucket/model',
      runLink: 'https://example.org/run',
      tags: [['a/b', '1']] as const,
    },
    { source: 's3://bucket/gone' },
  ]
  for (const source of sources) await store.createModelVersion(name, source)
  await store.updateModelVersion(name, 2, 'null')
  await store.transitionModelVersionStage(name, 1, 'Archived')
  await store.transitionModelVersionStage(name, 3, 'Production')
  await store.setRegisteredModelAlias(name, 'champion', 2)
  await store.setRegisteredModelAlias(name, 'second', 2)
  await store.deleteModelVersion(name, 4)
  await store.createRegisteredModel('empty model')
  await store.createRegisteredModel('greeting', { tags: PROMPT })
  await store.createModelVersion('greeting', { source: 'dummy-source', tags: PROMPT })
}

const ROOT_SPAN: Span = {
  traceId: '',
  spanId: '0000000000000001',
  parentSpanId: '',
  name: 'outer ü',
  startTimeUnixNano: BigInt(START) * 1_000_000n + 7n,
  endTimeUnixNano: BigInt(START + 5) * 1_000_000n,
  status: { code: 'OK', message: '' },
  attributes: {
    'mlflow.spanInputs': '{"x": 20}',
    'mlflow.spanOutputs': '42',
    'mlflow.spanType': '"CHAIN"',
    k: 5n,
    half: 0.5,
  },
  events: [],
  links: [],
}

async function traces(store: Store, experimentId: string, run: string, digit = 'a'): Promise<void> {
  const hex = digit.repeat(32)
  const root = { ...ROOT_SPAN, traceId: hex }
  const inner: Span = {
    ...root,
    spanId: '0000000000000002',
    parentSpanId: root.spanId,
    name: 'inner',
    attributes: { 'mlflow.spanOutputs': '"text"' },
    events: [{ name: 'e', timeUnixNano: root.startTimeUnixNano, attributes: { a: 'b' } }],
    status: { code: 'ERROR', message: 'why' },
  }
  await store.logSpans(experimentId, [root, inner])
  await store.startTrace({
    traceId: `tr-${hex}`,
    experimentId,
    requestTime: START,
    executionDuration: 5,
    state: 'OK',
    clientRequestId: '42',
    requestPreview: '{"x": 20}',
    responsePreview: '42',
    traceMetadata: { 'mlflow.sourceRun': run, note: 'first\nsecond' },
    tags: { env: 'test', 'mlflow.traceName': 'outer ü' },
  })
  await assessments(store, `tr-${hex}`)
  const going = { experimentId, requestTime: START + 1, state: 'IN_PROGRESS' } as const
  await store.startTrace({
    traceId: `tr-${digit === 'a' ? 'b'.repeat(32) : 'f'.repeat(32)}`,
    ...going,
  })
}

async function assessments(store: Store, traceId: string): Promise<void> {
  const source = { sourceType: 'HUMAN', sourceId: 'ada' } as const
  const metadata = { why: 'yes' }
  const error = { errorCode: 'E', errorMessage: 'failed', stackTrace: null }
  const feedback = [0.9, 'yes', true, { a: [1, 'no', null] }]
  for (const [i, value] of feedback.entries())
    await store.createAssessment(traceId, {
      name: `feedback ${i}`,
      source,
      feedback: { value, error: i === 1 ? error : null },
      rationale: 'good',
      ...(i === 0 && { metadata, spanId: ROOT_SPAN.spanId }),
    })
  for (const value of ['blue', [1, { b: 2 }]])
    await store.createAssessment(traceId, { name: 'expected', source, expectation: { value } })
}
