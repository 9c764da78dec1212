import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import { MLFLOW_TRACES } from '../entities/mlflow-traces.js'
import type { Span, SpanValue } from '../entities/trace.js'
import type {
  ImportedExperiment,
  ImportedLoggedModel,
  ImportedModel,
  ImportedRun,
  ImportedTrace,
} from '../store/import-store.js'
import type { IdKind } from './claims.js'

/** From ids in the source to those here, where they differ. */
export type Renamed = Readonly<Record<IdKind, ReadonlyMap<string, string>>>

type Texts = Readonly<Record<string, string>>

/** Metadata of traces, and attributes of their spans, that name other things by id. */
const METADATA = { [MLFLOW_TRACES.sourceRun]: 'runs', 'mlflow.modelId': 'loggedModels' } as const
const ATTRIBUTES = { 'mlflow.traceRequestId': 'traces', 'mlflow.modelId': 'loggedModels' } as const

/** An experiment whose links name things by the ids that they have here. */
export function relinkExperiment(
  experiment: ImportedExperiment,
  renamed: Renamed,
): ImportedExperiment {
  if (Object.values(renamed).every(({ size }) => size === 0)) return experiment
  return {
    ...experiment,
    runs: experiment.runs.map((run) => relinkRun(run, renamed)),
    loggedModels: experiment.loggedModels.map((model) => relinkLoggedModel(model, renamed)),
    traces: experiment.traces.map((trace) => relinkTrace(trace, renamed)),
  }
}

/** A registered model, the same. Its sources are URIs such as `models:/m-...` and `runs:/<run id>/model`. */
export function relinkModel(model: ImportedModel, { runs, loggedModels }: Renamed): ImportedModel {
  const relinkUri = (uri: string): string =>
    uri
      .split('/')
      .map((part) => runs.get(part) ?? loggedModels.get(part) ?? part)
      .join('/')
  return {
    ...model,
    versions: model.versions.map((version) => ({
      ...version,
      source: relinkUri(version.source),
      location: version.location === null ? null : relinkUri(version.location),
      runId: runs.get(version.runId) ?? version.runId,
      runLink: relinkUri(version.runLink),
      modelId: loggedModels.get(version.modelId) ?? version.modelId,
    })),
  }
}

function relinkRun(run: ImportedRun, { runs, loggedModels }: Renamed): ImportedRun {
  const relink = <T extends { readonly modelId?: string }>(link: T): T => {
    const own = loggedModels.get(link.modelId ?? '')
    return own === undefined ? link : { ...link, modelId: own }
  }
  return {
    ...run,
    tags: relinkTexts(run.tags, { [MLFLOW_TAGS.parentRunId]: runs }),
    modelInputs: run.modelInputs.map(relink),
    modelOutputs: run.modelOutputs.map(relink),
    metrics: run.metrics.map(relink),
  }
}

function relinkLoggedModel(model: ImportedLoggedModel, { runs }: Renamed): ImportedLoggedModel {
  return { ...model, sourceRunId: runs.get(model.sourceRunId ?? '') ?? model.sourceRunId }
}

function relinkTrace(trace: ImportedTrace, renamed: Renamed): ImportedTrace {
  const { info, spans, linkedRuns } = trace
  const links = Object.entries(METADATA).map(([key, kind]) => [key, renamed[kind]] as const)
  return {
    ...trace,
    info: { ...info, traceMetadata: relinkTexts(info.traceMetadata, Object.fromEntries(links)) },
    spans: spans.map((span) => relinkSpan(span, renamed)),
    linkedRuns: linkedRuns.map((runId) => renamed.runs.get(runId) ?? runId),
  }
}

/** MLflow's own attributes are JSON texts. */
function relinkSpan(span: Span, renamed: Renamed): Span {
  const attributes: Record<string, SpanValue> = { ...span.attributes }
  for (const [key, kind] of Object.entries(ATTRIBUTES)) {
    const text = attributes[key]
    const own = typeof text === 'string' ? renamed[kind].get(text.replace(/^"|"$/g, '')) : undefined
    if (own !== undefined) attributes[key] = JSON.stringify(own)
  }
  return { ...span, attributes }
}

function relinkTexts(
  texts: Texts,
  links: Readonly<Record<string, ReadonlyMap<string, string>>>,
): Texts {
  const changed = Object.entries(links).flatMap(([key, ids]) => {
    const own = Object.hasOwn(texts, key) ? ids.get(texts[key]!) : undefined
    return own === undefined ? [] : [[key, own]]
  })
  return changed.length === 0 ? texts : { ...texts, ...Object.fromEntries(changed) }
}
