import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { Experiment } from '../../src/entities/experiment.js'
import type { ModelVersion } from '../../src/entities/registered-model.js'
import type { Assessment, Span, SpanValue, Trace } from '../../src/entities/trace.js'
import { jsonToSpanValue } from '../../src/entities/span-json.js'
import type { Store } from '../../src/store/store.js'
import { bits } from './python.js'

const IS_PROMPT = 'mlflow.prompt.is_prompt'

// What read_mlruns.py prints of models and traces, as the store says it.

/** Every registered model with its versions. MLflow tells of prompts neither their mark nor, by this door, their versions. */
export async function registryOf(store: Store) {
  const prompts = { filter: `tags.\`${IS_PROMPT}\` = 'true'` }
  const pages = [await store.searchRegisteredModels(), await store.searchRegisteredModels(prompts)]
  return Promise.all(
    pages
      .flatMap(({ items }) => items)
      .map(async ({ latestVersions: _, tags: { [IS_PROMPT]: isPrompt, ...tags }, ...model }) => {
        const { versions } = await store.getModelVersions(model.name)
        const own = versions.map(({ name, version }) => store.getModelVersion(name, version))
        const told = isPrompt === undefined ? own : []
        return {
          ...model,
          tags,
          versions: await Promise.all(told.map(async (one) => versionOf(store, await one))),
        }
      }),
  )
}

async function versionOf(store: Store, { name, status: _, ...version }: ModelVersion) {
  const uri = await store.getModelVersionDownloadUri(name, version.version)
  return { ...version, files: await filesOf(store, version, uri) }
}

/** Of a logged model, of a folder of a run; else where they are. */
async function filesOf(
  store: Store,
  { modelId, runId }: Pick<ModelVersion, 'modelId' | 'runId'>,
  uri: string,
) {
  if (modelId !== '') return artifactsOf(store, modelId)
  if (runId === '') return uri
  const [, below = ''] = /^runs:\/[^/]+\/(.*)$/.exec(uri) ?? []
  const files = Object.entries(await artifactsOf(store, runId, below))
  return Object.fromEntries(files.map(([path, file]) => [path.slice(below.length + 1), file]))
}

/** Every logged model with its metrics and files. */
export async function loggedModelsOf(store: Store, experiments: readonly Experiment[]) {
  const experimentIds = experiments.map(({ experimentId }) => experimentId)
  const { items } = await store.searchLoggedModels({ experimentIds, maxResults: 1000 })
  return Promise.all(
    items.map(async ({ artifactLocation: _, metrics, ...model }) => ({
      ...model,
      metrics: metrics.map((metric) => [
        metric.key,
        bits(metric.value),
        String(metric.timestamp),
        String(metric.step),
        metric.runId,
        metric.datasetName,
        metric.datasetDigest,
      ]),
      files: await artifactsOf(store, model.modelId),
    })),
  )
}

/** Every trace with its spans and assessments. */
export async function tracesOf(store: Store, experiments: readonly Experiment[]) {
  const experimentIds = experiments.map(({ experimentId }) => experimentId)
  const { items } = await store.searchTraces({ experimentIds, maxResults: 500 })
  const traces = await store.getTraces(items.map(({ traceId }) => traceId))
  return traces.map(traceOf)
}

function traceOf({ info, spans }: Trace) {
  const { 'mlflow.trace.spansLocation': _, ...tags } = info.tags
  const place = `mlruns/${info.experimentId}/traces/${info.traceId}/artifacts`
  return {
    ...info,
    tags: { ...tags, 'mlflow.artifactLocation': place },
    assessments: expect.arrayContaining(info.assessments.map(assessmentOf)),
    spans: spans.map(spanOf),
  }
}

function assessmentOf({
  feedback,
  expectation,
  overrides: _,
  valid: __,
  source,
  ...own
}: Assessment) {
  const error = feedback?.error
  return {
    ...own,
    source: [source.sourceType, source.sourceId],
    isFeedback: feedback !== null,
    value: (feedback ?? expectation)?.value,
    error: error ? [error.errorCode, error.errorMessage, error.stackTrace] : null,
  }
}

function spanOf(span: Span) {
  const attributes = Object.entries(span.attributes).map(([key, value]) => [key, plain(key, value)])
  return {
    spanId: span.spanId,
    parentId: span.parentSpanId || null,
    name: span.name,
    start: String(span.startTimeUnixNano),
    end: String(span.endTimeUnixNano),
    status: [span.status.code, span.status.message],
    attributes: {
      ...Object.fromEntries(attributes),
      'mlflow.traceRequestId': `tr-${span.traceId}`,
    },
    events: span.events.map((event) => [event.name, String(event.timeUnixNano), event.attributes]),
  }
}

/** An attribute as Python's JSON has it: MLflow's own are JSON texts. */
function plain(key: string, value: SpanValue): unknown {
  const own = key.startsWith('mlflow.') ? jsonToSpanValue(String(value)) : value
  return JSON.parse(
    JSON.stringify(own, (_, part) => (typeof part === 'bigint' ? Number(part) : part)),
  )
}

/** The files of a run, a logged model or a trace: size and SHA-256 by path. */
export async function artifactsOf(
  from: Store,
  runId: string,
  path?: string,
): Promise<Record<string, readonly [number | null, string]>> {
  const found: Record<string, readonly [number | null, string]> = {}
  for (const file of await from.listArtifacts(runId, path)) {
    if (file.isDir) Object.assign(found, await artifactsOf(from, runId, file.path))
    else found[file.path] = [file.fileSize, await sha256(from, runId, file.path)]
  }
  return found
}

async function sha256(from: Store, runId: string, path: string): Promise<string> {
  const hash = createHash('sha256')
  const { handle } = await from.openRead(runId, path)
  for (let part = await from.read(handle); part !== null; part = await from.read(handle))
    hash.update(part)
  return hash.digest('hex')
}
