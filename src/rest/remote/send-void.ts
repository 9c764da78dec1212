import { toTrackletError, type TrackletError } from '../../errors.js'
import type { HttpClient } from './http.js'
import {
  isPoints,
  keyOfRow,
  RequestDraft,
  type Part,
  type PointsUnit,
  type RequestDraft as Draft,
} from './request-draft.js'

/** Items [from, to) of a unit that were refused. */
export interface Refused {
  readonly error: TrackletError
  readonly from: number
  readonly to: number
  /** How many of them, where it is not all. */
  readonly points?: number
}

/**
 * Sends a request of void writes. What the server refuses of it is told part by part; an error that has nothing to
 * do with what was written, and so concerns all of it, is the result.
 */
export type SendVoid = (
  runId: string,
  draft: Draft,
  refuse: (part: Part, refused: Refused) => void,
) => Promise<TrackletError | null>

const ABOUT_ITEMS: readonly string[] = [
  'INVALID_PARAMETER_VALUE',
  'BAD_REQUEST',
  'RESOURCE_ALREADY_EXISTS',
]

/** Sends void writes to a server. A refused request is sent again in its parts, so that each stands alone. */
export function voidSender(http: HttpClient): SendVoid {
  return async (runId, draft, refuse) => {
    const error = await attempt(http, runId, draft)
    if (error === null || !isAboutItems(error)) return error
    const pieces = draft.parts.flatMap(toPieces)
    if (pieces.length === 1) return error
    for (const piece of pieces) {
      const own = await attemptPiece(http, runId, piece)
      if (own === null) continue
      const { part, draft: alone } = piece
      const points = isPoints(part) ? alone.parts[0]!.to : 0
      refuse(part, { error: own, from: part.from, to: part.to, points })
    }
    return null
  }
}

/** What stands alone: a call's params, a call's tags, a metric's points. */
interface Piece {
  readonly part: Part
  readonly draft: Draft
}

function toPieces(part: Part): Piece[] {
  if (isPoints(part)) return [...byKey(part)].map((unit) => toPiece(part, unit))
  const { kind, pairs } = part.unit as Exclude<Part['unit'], PointsUnit>
  return [toPiece(part, { kind, pairs: pairs.slice(part.from, part.to) })]
}

function toPiece(part: Part, unit: Part['unit']): Piece {
  const draft = new RequestDraft()
  draft.add(unit, 0)
  return { part, draft }
}

function byKey({ unit, from, to }: Part<PointsUnit>): PointsUnit[] {
  const rows = new Map<string, number[]>()
  for (let at = from; at < to; at++) {
    const key = keyOfRow(unit, at)
    const own = rows.get(key)
    if (own === undefined) rows.set(key, [unit.rows[at]!])
    else own.push(unit.rows[at]!)
  }
  return [...rows.values()].map((own) => ({ ...unit, rows: Uint32Array.from(own) }))
}

async function attemptPiece(
  http: HttpClient,
  runId: string,
  { part, draft }: Piece,
): Promise<TrackletError | null> {
  const { unit, from, to } = part
  if (unit.kind !== 'params' || to - from !== 1) return attempt(http, runId, draft)
  // The call for one param says better why it may not change.
  const [key, value] = unit.pairs[from]!
  return failureOf(post(http, 'log-parameter', { run_id: runId, key, value }))
}

function attempt(http: HttpClient, runId: string, draft: Draft): Promise<TrackletError | null> {
  return failureOf(post(http, 'log-batch', { run_id: runId, ...draft.body() }))
}

function post(http: HttpClient, verb: string, json: object): Promise<unknown> {
  return http.json({ method: 'POST', path: `/api/2.0/mlflow/runs/${verb}`, json, repeat: true })
}

async function failureOf(call: Promise<unknown>): Promise<TrackletError | null> {
  try {
    await call
    return null
  } catch (error) {
    return toTrackletError(error)
  }
}

/** Whether it may be about one of many items rather than about the run or the server. */
function isAboutItems(error: TrackletError): boolean {
  return ABOUT_ITEMS.includes(error.errorCode) && !error.message.includes("in the 'active' state")
}
