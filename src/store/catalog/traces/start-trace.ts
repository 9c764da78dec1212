import { appendToLocation } from '../../../entities/artifact-location.js'
import { isTraceId } from '../../../entities/ids.js'
import { invalidValue, wrongType } from '../../../entities/invalid.js'
import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import { TRACE_STATES } from '../../../entities/trace.js'
import type { TraceInfo, TraceState } from '../../../entities/trace.js'
import {
  isRecord,
  validateList,
  validateRequired,
  validateSafeInteger,
} from '../../../entities/validate.js'
import { validateOptional, validateTexts } from '../../../entities/validate-json.js'
import type { Plan } from '../../commands.js'
import type { StartTrace } from '../../trace-store.js'
import { Draft } from '../draft.js'
import { findActiveExperiment } from '../lookup.js'
import type { CatalogState } from '../state.js'
import { COUNTED_KEYS, readCounts, writeCounts } from './analytics.js'
import { draftAssessment } from './assessments.js'
import { readText, traceOf } from './lookup.js'
import type { TraceRow } from './lookup.js'
import { getTraceInfo } from './trace-reader.js'
import { validateSession, validateTraceName } from './trace-texts.js'

/** A trace's texts by key. */
type Texts = ReadonlyMap<string, string>

/** Makes a trace, or completes the one that is there: what is given counts, the rest stays. */
export function planStartTrace(state: CatalogState, given: StartTrace): Plan<TraceInfo> {
  if (!isRecord(given)) throw wrongType('trace', given)
  const tags = new Map(validateTexts(given.tags, 'tags'))
  const metadata = new Map(validateTexts(given.traceMetadata, 'trace_metadata'))
  checkTexts(tags, metadata)
  const checked = validateStart(given)
  const experiment = findActiveExperiment(state, given.experimentId)
  const existing = traceOf(state, checked.traceId)
  const draft = new Draft(state)
  const id = existing?.id ?? draft.newId('run')
  const { requestPreview, responsePreview, ...own } = checked
  draft.add({
    t: 'putTrace',
    ...own,
    id,
    experiment: experiment.id,
    requestPreview: requestPreview ?? existing?.requestPreview ?? null,
    responsePreview: responsePreview ?? existing?.responsePreview ?? null,
  })
  tags.set(MLFLOW_TRACES.artifactLocation, artifactLocationOf(state, experiment.id, own.traceId))
  draft.add({ t: 'setTraceTags', trace: id, tags: draft.keyed([...tags]) })
  draftMetadata(state, draft, { id, existing }, metadata)
  const assessments = validateList(given.assessments, 'assessments')
  for (const assessment of assessments)
    draftAssessment(state, draft, { id, traceId: own.traceId }, assessment)
  return draft.plan(() => getTraceInfo(state, own.traceId))
}

/** Where a trace's files are. */
export function artifactLocationOf(
  state: CatalogState,
  experiment: number,
  traceId: string,
): string {
  const row = state.db.get('SELECT artifact_location FROM experiments WHERE id = ?', [experiment])
  return appendToLocation(String(row?.[0]), 'traces', traceId, 'artifacts')
}

function validateStart(given: StartTrace) {
  const traceId = validateRequired(given.traceId, 'trace_id')
  if (!isTraceId(traceId))
    throw invalidValue(
      'trace_id',
      traceId,
      'It must be letters, digits, "_", "-", "." and ":", at most 50. MLflow makes `tr-` and 32 hex digits.',
    )
  const duration = given.executionDuration ?? null
  return {
    traceId,
    clientRequestId: validateOptional(given.clientRequestId, 'client_request_id'),
    requestPreview: validateOptional(given.requestPreview, 'request_preview'),
    responsePreview: validateOptional(given.responsePreview, 'response_preview'),
    requestTime: validateSafeInteger(given.requestTime, 'request_time'),
    duration: duration === null ? null : validateSafeInteger(duration, 'execution_duration'),
    state: validateState(given.state ?? 'IN_PROGRESS'),
  }
}

function validateState(value: unknown): TraceState {
  const state = TRACE_STATES.find((known) => known === value)
  if (state !== undefined) return state
  throw invalidValue('state', value, `It must be one of ${TRACE_STATES.join(', ')}.`)
}

function checkTexts(tags: Texts, metadata: Texts): void {
  const name = tags.get(MLFLOW_TRACES.name)
  if (name !== undefined) validateTraceName(name)
  const session = metadata.get(MLFLOW_TRACES.session)
  if (session !== undefined) validateSession(session)
}

/** Counts join those that are known; the other metadata replaces what is there. */
function draftMetadata(
  state: CatalogState,
  draft: Draft,
  { id, existing }: { readonly id: number; readonly existing: TraceRow | null },
  given: Texts,
): void {
  const metadata = new Map(given)
  const removed: string[] = []
  for (const key of COUNTED_KEYS) {
    const text = given.get(key)
    if (text === undefined) continue
    const known = existing === null ? null : readText(state, 'trace_metadata', id, key)
    const merged = writeCounts(key, { ...readCounts(key, known), ...readCounts(key, text) })
    metadata.delete(key)
    if (merged !== null) metadata.set(key, merged)
    else if (known !== null) removed.push(key)
  }
  metadata.set(MLFLOW_TRACES.infoFinalized, 'true')
  draft.add({
    t: 'setTraceMetadata',
    trace: id,
    metadata: draft.keyed([...metadata]),
    removed: removed.map((key) => draft.key(key)),
  })
}
