import { canonicalExperimentId } from '../../../entities/ids.js'
import { invalid, wrongType } from '../../../entities/invalid.js'
import {
  isRecord,
  validateList,
  validateRequired,
  validateSafeInteger,
  validateTagKey,
} from '../../../entities/validate.js'
import { TrackletError } from '../../../errors.js'
import type { Plan } from '../../commands.js'
import type { DeleteTraces } from '../../trace-store.js'
import { Draft, nothingToDo } from '../draft.js'
import type { CatalogState } from '../state.js'
import { findTrace, readText, traceOf } from './lookup.js'
import { validateTraceTag } from './trace-texts.js'

const MOST_LINKS = 100

/** Sets a tag of a trace. */
export function planSetTraceTag(
  state: CatalogState,
  traceId: string,
  key: string,
  value: string,
): Plan<void> {
  const pair = validateTraceTag(key, value, state.cut)
  const { id } = findTrace(state, traceId)
  const draft = new Draft(state)
  draft.add({ t: 'setTraceTags', trace: id, tags: draft.keyed([pair]) })
  return draft.plan(() => undefined)
}

/** Removes a tag that a trace has. */
export function planDeleteTraceTag(state: CatalogState, traceId: string, key: string): Plan<void> {
  const checked = validateTagKey(key)
  const trace = traceOf(state, validateRequired(traceId, 'trace_id'))
  if (trace === null || readText(state, 'trace_tags', trace.id, checked) === null)
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      `No trace tag with key '${checked}' for trace with ID '${traceId}'`,
    )
  const draft = new Draft(state)
  draft.add({ t: 'deleteTraceTag', trace: trace.id, key: draft.key(checked) })
  return draft.plan(() => undefined)
}

/** Says that a run has to do with traces; neither needs to be there yet. */
export function planLinkTraces(runId: string, traceIds: readonly string[]): Plan<void> {
  const checked = validateRequired(runId, 'run_id')
  const ids = validateList(traceIds, 'trace_ids').map((id, i) =>
    validateRequired(id, `trace_ids[${i}]`),
  )
  if (ids.length > MOST_LINKS)
    throw invalid(
      `Cannot link more than ${MOST_LINKS} traces to a run in a single request. Provided ${ids.length} traces.`,
    )
  if (ids.length === 0) return nothingToDo(() => undefined)
  return {
    commands: [{ t: 'linkTraces', runId: checked, traceIds: [...new Set(ids)] }],
    result: () => undefined,
  }
}

/** Removes traces of an experiment with all that is theirs: those of some ids, or the oldest. */
export function planDeleteTraces(
  state: CatalogState,
  experimentId: string,
  which: DeleteTraces,
): Plan<number> {
  if (!isRecord(which)) throw wrongType('which', which)
  const { traceIds, until, atMost } = validateWhich(which)
  const experiment = canonicalExperimentId(validateRequired(experimentId, 'experiment_id'))
  const wanted = 'experiment = (SELECT id FROM experiments WHERE experiment_id = ?)'
  const rows =
    until === null
      ? state.db.all(
          `SELECT id FROM traces WHERE ${wanted} AND trace_id IN (SELECT value FROM json_each(?))`,
          [experiment, JSON.stringify(traceIds)],
        )
      : state.db.all(
          `SELECT id FROM traces WHERE ${wanted} AND request_time <= ? ORDER BY request_time, trace_id LIMIT ?`,
          [experiment, until, atMost ?? -1],
        )
  const commands = rows.map(([id]) => ({ t: 'deleteTrace', id: Number(id) }) as const)
  return { commands, result: () => commands.length }
}

function validateWhich(which: DeleteTraces): {
  readonly traceIds: readonly string[]
  readonly until: number | null
  readonly atMost: number | null
} {
  const traceIds = validateList(which.traceIds, 'trace_ids')
  const [until, atMost] = [which.maxTimestampMillis ?? null, which.maxTraces ?? null]
  if (until === null && traceIds.length === 0)
    throw invalid('Either `max_timestamp_millis` or `trace_ids` must be specified.')
  if (until !== null && traceIds.length > 0)
    throw invalid('Only one of `max_timestamp_millis` and `trace_ids` can be specified.')
  if (traceIds.length > 0 && atMost !== null)
    throw invalid("`max_traces` can't be specified if `trace_ids` is specified.")
  if (atMost !== null && validateSafeInteger(atMost, 'max_traces') <= 0)
    throw invalid(`\`max_traces\` must be a positive integer, received ${atMost}.`)
  if (until !== null) validateSafeInteger(until, 'max_timestamp_millis')
  return {
    traceIds: traceIds.map((id, i) => validateRequired(id, `trace_ids[${i}]`)),
    until,
    atMost,
  }
}
