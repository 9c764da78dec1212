import { MLFLOW_TRACES } from '../entities/mlflow-traces.js'
import type { Assessment, Trace, TraceInfo } from '../entities/trace.js'
import { spansToFile } from '../rest/otlp/span-to-json.js'
import type { Store } from '../store/store.js'
import type { ZipEntry } from '../zip/zip-writer.js'
import { artifactFiles, textFile } from './artifact-files.js'
import type { ExportTally } from './export-report.js'
import { traceArtifacts } from './layout.js'
import { isOldTrace, oldSpansToFile, oldTraceMeta } from './old-trace-files.js'
import { nameProblem } from './run-files.js'
import { toYaml, type YamlValue } from './yaml.js'

/** What writing one trace takes. */
export interface TraceExport {
  readonly store: Store
  readonly trace: Trace
  /** The experiment's folder, with `/` at its end. */
  readonly folder: string
  /** Where the mlruns folder will be found. */
  readonly root: string
  readonly tally: ExportTally
}

/** Where the file store has a trace's spans. */
const SPANS_FILE = 'traces.json'
/** What the tag of the spans' location says where they are in the store; the file store keeps no such tag. */
const IN_STORE = 'TRACKING_STORE'

/** All files of one trace, its spans as a file; none, and noted, where its id is no name of a folder. */
export async function* traceFiles(task: TraceExport): AsyncGenerator<ZipEntry, void, undefined> {
  const { store, trace, root, tally } = task
  const { info } = trace
  const owner = info.traceId
  const problem = nameProblem(owner)
  if (problem !== null) return tally.skip(info.experimentId, 'traces', owner, problem)
  const folder = `${task.folder}traces/${owner}/`
  tally.traces += 1
  yield { path: folder }
  const meta = isOldTrace(trace) ? oldTraceMeta(info) : traceMeta(info)
  yield textFile(`${folder}trace_info.yaml`, toYaml(meta))
  for (const name of ['artifacts', 'request_metadata', 'tags']) yield { path: `${folder}${name}/` }
  const { traceMetadata } = info
  for (const key of tally.tagFiles(owner, 'trace metadata', traceMetadata))
    yield textFile(`${folder}request_metadata/${key}`, traceMetadata[key] ?? '')
  const tags = tagsOf(info, root)
  for (const key of tally.tagFiles(owner, 'tags', tags))
    yield textFile(`${folder}tags/${key}`, tags[key] ?? '')
  yield* assessmentFiles(task, folder)
  const isInStore = await hasSpansInStore(task)
  if (isInStore) yield textFile(`${folder}artifacts/${SPANS_FILE}`, spansFile(trace))
  const except = new Set(isInStore ? [SPANS_FILE] : [])
  yield* artifactFiles({ store, owner, folder, tally, except })
}

function spansFile(trace: Trace): string {
  const { info, spans } = trace
  return isOldTrace(trace) ? oldSpansToFile(spans, info.traceId) : spansToFile(spans)
}

/** MLflow's clients find the files by a tag of their place, and fail without it. */
function tagsOf(info: TraceInfo, root: string): Record<string, string> {
  const { [MLFLOW_TRACES.spansLocation]: place, ...tags } = info.tags
  return {
    ...tags,
    ...(place !== undefined && place !== IN_STORE && { [MLFLOW_TRACES.spansLocation]: place }),
    [MLFLOW_TRACES.artifactLocation]: traceArtifacts(info, root),
  }
}

/** A client that keeps spans in a file has put it among the trace's own. */
async function hasSpansInStore({ store, trace }: TraceExport): Promise<boolean> {
  const { info, spans } = trace
  if (info.tags[MLFLOW_TRACES.spansLocation] === IN_STORE) return true
  if (spans.length === 0) return false
  return !(await store.listArtifacts(info.traceId)).some(({ path }) => path === SPANS_FILE)
}

function* assessmentFiles(
  { trace, tally }: TraceExport,
  folder: string,
): Generator<ZipEntry, void, undefined> {
  const { traceId, assessments } = trace.info
  const sorted = [...assessments].sort((a, b) => (a.assessmentId < b.assessmentId ? -1 : 1))
  for (const assessment of sorted) {
    const { assessmentId: id } = assessment
    // MLflow takes what stands before the first point of the file's name for the id.
    const problem = id.includes('.') ? "its id holds a '.'" : nameProblem(id)
    if (problem !== null) tally.skip(traceId, 'assessments', id, problem)
    else yield textFile(`${folder}assessments/${id}.yaml`, toYaml(assessmentMeta(assessment)))
  }
}

/** After mlflow/entities/trace_info.py, to_dict. */
function traceMeta(info: TraceInfo): Record<string, YamlValue> {
  return present({
    client_request_id: info.clientRequestId,
    execution_duration_ms: info.executionDuration,
    request_preview: info.requestPreview,
    request_time: new Date(info.requestTime).toISOString(),
    response_preview: info.responsePreview,
    state: info.state,
    trace_id: info.traceId,
    trace_location: {
      mlflow_experiment: { experiment_id: info.experimentId },
      type: 'MLFLOW_EXPERIMENT',
    },
  })
}

/** After mlflow/entities/assessment.py, to_dictionary: an expectation that is a list or mapping is a JSON text. */
function assessmentMeta(assessment: Assessment): Record<string, YamlValue> {
  const { feedback, expectation, metadata, source } = assessment
  return present({
    assessment_id: assessment.assessmentId,
    assessment_name: assessment.name,
    create_time: new Date(assessment.createTime).toISOString(),
    expectation: expectation && expectationMeta(expectation),
    feedback: feedback && feedbackMeta(feedback),
    last_update_time: new Date(assessment.lastUpdateTime).toISOString(),
    metadata: Object.keys(metadata).length === 0 ? null : metadata,
    overrides: assessment.overrides,
    rationale: assessment.rationale,
    source: { source_id: source.sourceId, source_type: source.sourceType },
    span_id: assessment.spanId,
    trace_id: assessment.traceId,
    valid: assessment.valid,
  })
}

function expectationMeta({ value }: NonNullable<Assessment['expectation']>): YamlValue {
  if (value === null || typeof value !== 'object') return { value }
  const serialized = { serialization_format: 'JSON_FORMAT', value: JSON.stringify(value) }
  return { serialized_value: serialized }
}

function feedbackMeta({ value, error }: NonNullable<Assessment['feedback']>): YamlValue {
  if (error === null) return { value }
  const { errorCode, errorMessage, stackTrace } = error
  const meta = present({
    error_code: errorCode,
    error_message: errorMessage,
    stack_trace: stackTrace,
  })
  return { value, error: meta }
}

/** Without what is null. */
function present(values: Readonly<Record<string, YamlValue>>): Record<string, YamlValue> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
}
