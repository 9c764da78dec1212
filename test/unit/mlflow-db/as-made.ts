import { createHash } from 'node:crypto'
import { jsonToSpanValue, spanValueToJson } from '../../../src/entities/span-json.js'
import type { ModelMetric } from '../../../src/entities/logged-model.js'
import type { ModelVersion } from '../../../src/entities/registered-model.js'
import type { Assessment, Span } from '../../../src/entities/trace.js'
import type { Store } from '../../../src/store/store.js'

type Texts = Readonly<Record<string, string>>
type Files = Readonly<Record<string, readonly [size: number | null, sha256: string]>>

/** What make_mlflow_db.py prints: all that MLflow's own client finds in the database that it has made. */
export interface Made {
  readonly version: string
  readonly experiments: readonly { readonly experimentId: string }[]
  readonly runs: readonly MadeRun[]
  readonly models: readonly MadeModel[]
  readonly loggedModels: readonly MadeThing[]
  /** Ids of logged models that are deleted, which MLflow shows to nobody. */
  readonly deletedModels: readonly string[]
  readonly traces: readonly (MadeThing & { readonly traceId: string })[]
  /** From runs to the traces that they have made or are linked to. */
  readonly links: Readonly<Record<string, readonly string[]>>
  /** Tables of things that are not taken. */
  readonly leftOut: readonly string[]
}

interface MadeThing {
  readonly artifacts: Files
}

interface MadeRun extends MadeThing {
  readonly info: { readonly runId: string }
  readonly histories: Readonly<Record<string, readonly (readonly string[])[]>>
}

interface MadeModel {
  readonly name: string
  readonly versions: readonly { readonly version: string }[]
  readonly download: Texts
}

/** What a store holds in the same form, but for the location of artifacts, which is the store's own. */
export async function storeAsMade(
  store: Store,
): Promise<Pick<Made, 'experiments' | 'runs' | 'models' | 'loggedModels' | 'traces'>> {
  const all = { viewType: 'ALL', maxResults: 1_000 } as const
  const { items: experiments } = await store.searchExperiments(all)
  const [runs, loggedModels, traces]: [MadeRun[], MadeThing[], Made['traces'][number][]] = [
    [],
    [],
    [],
  ]
  for (const { experimentId } of experiments) {
    const experimentIds = [experimentId]
    runs.push(...(await runsAsMade(store, experimentIds)))
    loggedModels.push(...(await loggedModelsAsMade(store, experimentIds)))
    traces.push(...(await tracesAsMade(store, experimentIds)))
  }
  return { experiments, runs, models: await modelsAsMade(store), loggedModels, traces }
}

async function runsAsMade(store: Store, experimentIds: string[]): Promise<MadeRun[]> {
  const { items } = await store.searchRuns({ experimentIds, viewType: 'ALL', maxResults: 1_000 })
  return Promise.all(
    items.map(async ({ info: { artifactUri: _, ...info }, data, inputs, outputs }) => ({
      info,
      params: data.params,
      tags: data.tags,
      metrics: mapValues(data.metrics, bits),
      histories: await historiesOf(store, info.runId, Object.keys(data.metrics)),
      datasets: inputs.datasetInputs,
      modelInputs: inputs.modelInputs,
      modelOutputs: outputs.modelOutputs,
      artifacts: await filesOf(store, info.runId),
    })),
  )
}

async function historiesOf(
  store: Store,
  runId: string,
  keys: readonly string[],
): Promise<MadeRun['histories']> {
  const histories = keys.map(async (key): Promise<[string, string[][]]> => {
    const { steps, timestamps, values } = await store.getMetricColumns({ runId, key })
    const points = [...values].map((value, i) => [
      String(steps[i]),
      String(timestamps[i]),
      bits(value),
    ])
    // A point that several models have shows once for each; MLflow keeps it once.
    const texts = new Set(points.map((point) => JSON.stringify(point)))
    return [key, Array.from(texts, (text) => JSON.parse(text) as string[]).sort(byText)]
  })
  return Object.fromEntries(await Promise.all(histories))
}

async function modelsAsMade(store: Store): Promise<MadeModel[]> {
  const filters = ['', "tags.`mlflow.prompt.is_prompt` = 'true'"]
  const found = filters.map((filter) => store.searchRegisteredModels({ filter, maxResults: 1_000 }))
  const models = (await Promise.all(found)).flatMap(({ items }) => items)
  return Promise.all(
    models.map(async ({ latestVersions: _, ...model }) => {
      const versions = await versionsOf(store, model.name)
      const download = versions.map(async ({ name, version }): Promise<[string, string]> => [
        version,
        await store.getModelVersionDownloadUri(name, version),
      ])
      return {
        ...model,
        versions: versions.map(({ modelId: __, ...version }) => ({
          ...version,
          aliases: [...version.aliases].sort(),
        })),
        download: Object.fromEntries(await Promise.all(download)),
      }
    }),
  )
}

/** Those of a prompt too, which a search hides. */
async function versionsOf(store: Store, name: string): Promise<ModelVersion[]> {
  const found: ModelVersion[] = []
  for (let number = 1; number < 6; number++) {
    const version = await store.getModelVersion(name, String(number)).catch(() => null)
    if (version !== null) found.push(version)
  }
  return found
}

async function loggedModelsAsMade(store: Store, experimentIds: string[]): Promise<MadeThing[]> {
  const { items } = await store.searchLoggedModels({ experimentIds, maxResults: 1_000 })
  return Promise.all(
    items.map(async ({ artifactLocation: _, metrics, ...model }) => ({
      ...model,
      metrics: metrics.map(modelPoint).sort(byText),
      artifacts: await filesOf(store, model.modelId),
    })),
  )
}

function modelPoint(metric: ModelMetric): string[] {
  const { key, timestamp, step, value, runId, datasetName, datasetDigest } = metric
  const place = [key, String(timestamp), String(step)]
  return [...place, bits(value), runId, datasetName ?? '', datasetDigest ?? '']
}

async function tracesAsMade(store: Store, experimentIds: string[]): Promise<Made['traces']> {
  const { items } = await store.searchTraces({ experimentIds, maxResults: 500 })
  const traces = await store.getTraces(items.map(({ traceId }) => traceId))
  return Promise.all(
    traces.map(async ({ info, spans }) => ({
      ...info,
      assessments: info.assessments.map(assessmentAsMade),
      spans: sorted(spans.map(spanAsMade)),
      artifacts: await filesOf(store, info.traceId),
    })),
  )
}

function assessmentAsMade(assessment: Assessment): unknown {
  const { traceId: _, source, feedback, expectation, ...rest } = assessment
  const error = feedback?.error ?? null
  return {
    ...rest,
    source: [source.sourceType, source.sourceId],
    isFeedback: feedback !== null,
    value: feedback === null ? expectation?.value : feedback.value,
    error: error && [error.errorCode, error.errorMessage, error.stackTrace],
  }
}

function spanAsMade(span: Span): unknown {
  const { status } = span
  return {
    spanId: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    start: String(span.startTimeUnixNano),
    end: String(span.endTimeUnixNano),
    status: [status.code, status.message],
    attributes: Object.fromEntries(
      Object.entries(span.attributes).map(([key, value]) => {
        // MLflow's own are texts of JSON, which its client reads.
        const isText = key.startsWith('mlflow.') && typeof value === 'string'
        return [key, spanValueToJson(isText ? (jsonToSpanValue(value) ?? value) : value)]
      }),
    ),
    events: span.events.map(({ name, timeUnixNano, attributes }) => [
      name,
      String(timeUnixNano),
      JSON.parse(spanValueToJson(attributes)),
    ]),
  }
}

/** Every file of a run or another thing, by path. */
export async function filesOf(store: Store, owner: string, path?: string): Promise<Files> {
  const found: Record<string, readonly [number | null, string]> = {}
  for (const file of await store.listArtifacts(owner, path)) {
    if (file.isDir) Object.assign(found, await filesOf(store, owner, file.path))
    else {
      const hash = createHash('sha256')
      const { handle } = await store.openRead(owner, file.path)
      for (let part = await store.read(handle); part !== null; part = await store.read(handle))
        hash.update(part)
      found[file.path] = [file.fileSize, hash.digest('hex')]
    }
  }
  return found
}

/** Lists of things in one order, for comparing. */
export function sorted<T>(things: readonly T[]): T[] {
  return [...things].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}

/** JSON with names in one order. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function byText(a: readonly string[], b: readonly string[]): number {
  return textOf(a) < textOf(b) ? -1 : 1
}

function mapValues<V, W>(
  record: Readonly<Record<string, V>>,
  change: (value: V) => W,
): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

/** A double's IEEE 754 bytes in hex, as Python's `struct.pack('>d', x).hex()`. */
function bits(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}
