import { invalid, wrongType } from '../../entities/invalid.js'
import type { KeyValue } from '../../entities/log-batch.js'
import {
  validateInt64,
  validateList,
  validateMetricKey,
  validateParam,
  validateRunId,
  validateTag,
  validateTimestamp,
} from '../../entities/validate.js'
import { validatePairs } from '../../entities/validate-batch.js'
import type { TrackletError } from '../../errors.js'
import { toTrackletError } from '../../errors.js'
import { toInt64 } from '../../series/int64-column.js'
import type { Buffered, BufferedOp, PointColumns, Refusal } from '../../store/tracking-store.js'
import { keyOfRow, type Unit } from './request-draft.js'
import type { Outcome } from './run-lane.js'
import type { WriteLanes } from './write-lanes.js'

/** What a buffer holds of one run. */
interface RunShare {
  readonly units: Unit[]
  readonly rows: number[]
}

/** Sends what handles buffered, each run's share in its lane; the refused are the result. */
export async function logBuffered(
  lanes: WriteLanes,
  { ops, points }: Buffered,
  cut: boolean,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = []
  const shares = new Map<string, RunShare>()
  for (const op of validateList(ops, 'ops')) addOp(op, shares, refusals, cut)
  if (points) addPoints(points, shares, refusals)
  const all = [...shares].map(async ([runId, share]) => {
    const units = unitsOf(share, points)
    const outcomes = await lanes.add(runId, units)
    return outcomes.flatMap((outcome, i) => toRefusals(runId, units[i]!, outcome))
  })
  return [...refusals, ...(await Promise.all(all)).flat()]
}

function unitsOf({ units, rows }: RunShare, columns: PointColumns | null): Unit[] {
  if (columns === null || rows.length === 0) return units
  return [...units, { kind: 'points', columns, rows: Uint32Array.from(rows) }]
}

function shareOf(shares: Map<string, RunShare>, runId: string): RunShare {
  const share = shares.get(runId) ?? { units: [], rows: [] }
  shares.set(runId, share)
  return share
}

function addOp(
  op: BufferedOp,
  shares: Map<string, RunShare>,
  refusals: Refusal[],
  cut: boolean,
): void {
  try {
    const runId = validateRunId(op.runId)
    shareOf(shares, runId).units.push({ kind: op.kind, pairs: checkedPairs(op, cut) })
  } catch (error) {
    refusals.push(toRefusal(op.runId, toTrackletError(error), 0))
  }
}

function checkedPairs(op: BufferedOp, cut: boolean): readonly KeyValue[] {
  if (op.kind === 'params')
    return checkUnique(
      validatePairs(op.params, 'params', (key, value) => validateParam(key, value, cut)),
    )
  if (op.kind === 'tags')
    return validatePairs(op.tags, 'tags', (key, value) => validateTag(key, value, cut))
  throw wrongType('kind', (op as { kind: unknown }).kind)
}

/** A call that gives a param two values is refused whole, also where it takes several requests. */
function checkUnique(params: readonly KeyValue[]): readonly KeyValue[] {
  const known = new Map<string, string>()
  for (const [key, value] of params) {
    if ((known.get(key) ?? value) !== value)
      throw invalid(
        `The param '${key}' was given two values at once: '${known.get(key)}', '${value}'.`,
      )
    known.set(key, value)
  }
  return [...known]
}

function addPoints(points: PointColumns, shares: Map<string, RunShare>, refusals: Refusal[]): void {
  const { runs, keys, run, key, values } = points
  const badKeys = keys.map((one) => failureOf(() => validateMetricKey(one)))
  const badRuns = runs.map((one) => failureOf(() => validateRunId(one)))
  const lost = new Map<string, Refusal>()
  for (let row = 0; row < values.length; row++) {
    const [r, k] = [run[row]!, key[row]!]
    if (r >= runs.length || k >= keys.length)
      throw invalid(`Row ${row} of the buffered points names a run or key that was not given.`)
    const error = badRuns[r] ?? badKeys[k] ?? failureOfRow(points, row)
    if (error === null) shareOf(shares, runs[r]!).rows.push(row)
    else countLost(lost, `${r} ${k}`, toRefusal(runs[r]!, error, 1))
  }
  refusals.push(...lost.values())
}

function countLost(lost: Map<string, Refusal>, name: string, refusal: Refusal): void {
  const before = lost.get(name)
  lost.set(name, before === undefined ? refusal : { ...before, points: before.points + 1 })
}

function failureOfRow({ steps, timestamps, values, keys, key }: PointColumns, row: number) {
  const [step, timestamp] = [steps[row]!, timestamps[row]!]
  if (Number.isSafeInteger(step) && Number.isSafeInteger(timestamp) && timestamp >= 0) return null
  return failureOf(() => {
    validateInt64(toInt64(step), 'step')
    validateTimestamp(toInt64(timestamp), keys[key[row]!]!, values[row]!)
  })
}

function failureOf(check: () => unknown): TrackletError | null {
  try {
    check()
    return null
  } catch (error) {
    return toTrackletError(error)
  }
}

function toRefusals(runId: string, unit: Unit, outcome: Outcome): Refusal[] {
  if (unit.kind !== 'points')
    return outcome.slice(0, 1).map(({ error }) => toRefusal(runId, error, 0))
  return outcome.flatMap(({ error, from, to, points }) => {
    if (points !== undefined) return [toRefusal(runId, error, points)]
    const counts = new Map<string, number>()
    for (let at = from; at < to; at++) {
      const key = keyOfRow(unit, at)
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return [...counts.values()].map((count) => toRefusal(runId, error, count))
  })
}

function toRefusal(runId: string, error: TrackletError, points: number): Refusal {
  return { runId, errorCode: error.errorCode, message: error.message, points }
}
