import { TrackletError } from '../errors.js'
import type { SegmentRef } from '../series/segment.js'
import type { Command, Counters, PointsCommand } from './commands.js'
import type { Database } from './database.js'

/** What a run of commands has done so far, beside its changes of the catalog. */
export interface Effects {
  readonly runs: Set<number>
  readonly experiments: Set<number>
  readonly droppedSeries: number[]
  readonly points: PointsCommand[]
  readonly segments: SegmentRef[]
  readonly released: Set<number>
  readonly counters: Counters
}

/** What applies each kind of command. */
export type Interpreters<T extends Command['t'] = Command['t']> = {
  readonly [K in T]: (
    db: Database,
    command: Extract<Command, { readonly t: K }>,
    effects: Effects,
  ) => void
}

/** Effects of nothing yet, over the store's counters. */
export function noEffects(counters: Counters): Effects {
  return {
    runs: new Set(),
    experiments: new Set(),
    droppedSeries: [],
    points: [],
    segments: [],
    released: new Set(),
    counters: { ...counters },
  }
}

/** Says that an id is used. */
export function raise(effects: Effects, counter: keyof Counters, id: number): void {
  effects.counters[counter] = Math.max(effects.counters[counter], id + 1)
}

/** INTERNAL_ERROR unless one row was changed. */
export function changeOne(changed: number, what: string, id: number): void {
  if (changed !== 1) throw unknown(what, id)
}

/** The error for a command that names what does not exist. */
export function unknown(what: string, id: number): TrackletError {
  return new TrackletError(
    'INTERNAL_ERROR',
    `A command names the ${what} ${id}, which does not exist in this store.`,
  )
}
