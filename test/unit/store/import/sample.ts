import type { Assessment } from '../../../../src/entities/trace.js'
import type {
  ImportedExperiment,
  ImportedLoggedModel,
  ImportedModel,
  ImportedTrace,
} from '../../../../src/store/import-store.js'
import type { Store } from '../../../../src/store/store.js'

export const SAMPLE_MODEL = `m-${'1'.repeat(32)}`
export const SAMPLE_TRACE = `tr-${'2'.repeat(32)}`

/** A logged model with a file that a run has too. */
export function sampleLoggedModel(change: Partial<ImportedLoggedModel> = {}): ImportedLoggedModel {
  return {
    modelId: SAMPLE_MODEL,
    name: 'net',
    creationTime: 100,
    lastUpdateTime: 200,
    modelType: 'demo',
    sourceRunId: 'a'.repeat(32),
    status: 'READY',
    lifecycleStage: 'active',
    params: { alpha: '0.5' },
    tags: { kind: 'x'.repeat(6_000) },
    files: [{ path: 'MLmodel', file: 0 }],
    ...change,
  }
}

/** A trace of two spans with two assessments, of which one takes the place of the other. */
export function sampleTrace(change: Partial<ImportedTrace> = {}): ImportedTrace {
  const span = {
    traceId: '2'.repeat(32),
    spanId: '3'.repeat(16),
    parentSpanId: '',
    name: 'outer',
    startTimeUnixNano: 1_795_233_747_198_253_437n,
    endTimeUnixNano: 1_795_233_747_198_890_332n,
    status: { code: 'OK', message: '' },
    attributes: { 'mlflow.spanType': '"LLM"', count: 2n ** 53n + 1n, nested: { a: [1.5, null] } },
    events: [{ name: 'e', timeUnixNano: 5n, attributes: { k: true } }],
    links: [],
  } as const
  return {
    info: {
      traceId: SAMPLE_TRACE,
      clientRequestId: 'mine',
      requestPreview: 'in',
      responsePreview: null,
      requestTime: 1_000,
      executionDuration: null,
      state: 'ERROR',
      traceMetadata: { 'mlflow.sourceRun': 'a'.repeat(32) },
      tags: { env: 'test' },
      assessments: [sampleAssessment('a-1', false), sampleAssessment('a-2', true)],
    },
    spans: [span, { ...span, spanId: '4'.repeat(16), parentSpanId: '3'.repeat(16), name: 'inner' }],
    linkedRuns: ['a'.repeat(32)],
    files: [{ path: 'attachments/x', file: 1 }],
    ...change,
  }
}

function sampleAssessment(assessmentId: string, valid: boolean): Assessment {
  return {
    assessmentId,
    name: 'quality',
    traceId: SAMPLE_TRACE,
    spanId: null,
    source: { sourceType: 'CODE', sourceId: 'default' },
    createTime: 1_100,
    lastUpdateTime: 1_200,
    feedback: { value: { score: [0.9] }, error: null },
    expectation: null,
    rationale: 'good',
    metadata: { m: '1' },
    overrides: valid ? 'a-1' : null,
    valid,
  }
}

/** An experiment of two runs, one deleted, whose metrics and files are numbered as `stageSample` puts them. */
export function sampleExperiment(change: Partial<ImportedExperiment> = {}): ImportedExperiment {
  const run = {
    runName: 'one',
    userId: 'alice',
    status: 'RUNNING',
    startTime: 1_000,
    endTime: null,
    lifecycleStage: 'active',
    deletedTime: null,
    params: { lr: '0.1' },
    tags: { 'mlflow.note.content': 'x'.repeat(9_000) },
    datasetInputs: [
      {
        dataset: {
          name: 'd',
          digest: '1',
          sourceType: 'local',
          source: '{}',
          schema: null,
          profile: null,
        },
        tags: { 'mlflow.data.context': 'train' },
      },
    ],
    modelInputs: [],
    modelOutputs: [{ modelId: SAMPLE_MODEL, step: 4 }],
    metrics: [
      { key: 'loss', series: 0 },
      { key: 'wild', series: 1 },
    ],
    files: [
      { path: 'a/b.txt', file: 0 },
      { path: 'c.txt', file: 1 },
    ],
  } as const
  return {
    experimentId: '123456789012345678',
    exists: false,
    name: 'from elsewhere',
    artifactLocation: 'file:///data/mlruns/123456789012345678',
    creationTime: 500,
    lastUpdateTime: 600,
    lifecycleStage: 'active',
    tags: { team: 'ml' },
    replacedRuns: [],
    runs: [
      { ...run, runId: 'a'.repeat(32) },
      {
        ...run,
        runId: 'b'.repeat(32),
        status: 'FAILED',
        endTime: 2_000,
        lifecycleStage: 'deleted',
        deletedTime: 3_000,
        modelInputs: [{ modelId: SAMPLE_MODEL }],
        modelOutputs: [],
        metrics: [
          {
            key: 'loss',
            series: 2,
            modelId: SAMPLE_MODEL,
            datasetName: 'd',
            datasetDigest: '1',
          },
        ],
        files: [],
      },
    ],
    setsTags: false,
    loggedModels: [sampleLoggedModel()],
    replacedLoggedModels: [],
    traces: [sampleTrace()],
    replacedTraces: [],
    ...change,
  }
}

/** Puts what `sampleExperiment` names; gives the import's handle. */
export async function stageSample(store: Store): Promise<number> {
  const handle = await store.openImport()
  const wild = [NaN, Infinity, -0]
  await store.stagePoints(handle, {
    series: Uint32Array.of(0, 0, 1, 1),
    steps: BigInt64Array.of(1n, 0n, -3n, 2n ** 53n + 1n),
    timestamps: Float64Array.of(1_001, 1_002, 1_003, 1_004),
    values: Float64Array.of(0.5, 0.25, wild[0]!, wild[1]!),
  })
  await store.stagePoints(handle, {
    series: Uint32Array.of(1, 2),
    steps: Float64Array.of(5, 0),
    timestamps: Float64Array.of(1_005, 1_006),
    values: Float64Array.of(wild[2]!, 7),
  })
  for (const text of ['hello', 'world']) {
    const file = await store.openStagedFile(handle)
    await store.writeStagedFile(handle, file, new TextEncoder().encode(text))
    await store.finishStagedFile(handle, file)
  }
  return handle
}

/** A registered model with a stage, an alias and a number that a deleted version has used. */
export function sampleModel(change: Partial<ImportedModel> = {}): ImportedModel {
  const version = {
    creationTime: 20,
    lastUpdateTime: 30,
    description: null,
    source: 'runs:/x/model',
    location: null,
    runId: 'a'.repeat(32),
    runLink: '',
    modelId: '',
    tags: { v: '1' },
  } as const
  return {
    name: 'net',
    creationTime: 10,
    lastUpdateTime: 40,
    description: 'a net',
    tags: { t: 'x' },
    aliases: { champion: 2 },
    versions: [
      { ...version, version: 2, stage: 'Production' },
      { ...version, version: 1, stage: 'None' },
    ],
    lastVersion: 5,
    replaces: false,
    ...change,
  }
}
