import { TrackletError } from '../errors.js'
import type { SegmentRef } from '../series/segment.js'
import { ARTIFACT_INTERPRETERS, dropUnusedBlobs } from './apply-artifacts.js'
import type { DroppedBlob } from './apply-artifacts.js'
import { noEffects, raise } from './apply-effects.js'
import type { Effects, Interpreters } from './apply-effects.js'
import { EXPERIMENT_INTERPRETERS } from './apply-experiments.js'
import { LOGGED_MODEL_INTERPRETERS } from './apply-logged-models.js'
import { REGISTRY_INTERPRETERS } from './apply-registry.js'
import { RUN_INTERPRETERS } from './apply-runs.js'
import { SERIES_INTERPRETERS } from './apply-series.js'
import { TRACE_INTERPRETERS } from './apply-traces.js'
import type { Command, Counters, PointsCommand } from './commands.js'
import { writeCounters } from './counters.js'
import type { Database } from './database.js'

/** Where metric points go. Called after the catalog's transaction is committed; must not refuse. */
export interface SeriesSink {
  append(points: PointsCommand): void
  /** These segments were stored before, for series that are new. */
  take(segments: readonly SegmentRef[]): void
  /** These series are purged: forget their points. */
  drop(series: readonly number[]): void
}

/** What a write has touched, by internal ids. */
export interface Applied {
  /** Runs made, changed, purged, or with new points. */
  readonly runs: Set<number>
  /** Experiments made, changed or purged. */
  readonly experiments: Set<number>
  /** Blobs that no artifact refers to any more. */
  readonly droppedBlobs: readonly DroppedBlob[]
}

/**
 * Applies commands, all or nothing: one transaction over the catalog, then the points. Raises `counters`
 * past every id that was used. The same commands give the same state anywhere: no clock, no chance.
 * Throws INTERNAL_ERROR for commands that do not fit the state, INVALID_STATE for unknown ones.
 */
export function apply(
  db: Database,
  series: SeriesSink,
  counters: Counters,
  commands: readonly Command[],
): Applied {
  const effects = noEffects(counters)
  const droppedBlobs = commands.every((command) => command.t === 'points')
    ? interpretAll(db, commands, effects)
    : db.transaction(() => interpretAll(db, commands, effects))
  Object.assign(counters, effects.counters)
  for (const points of effects.points) series.append(points)
  if (effects.segments.length > 0) series.take(effects.segments)
  if (effects.droppedSeries.length > 0) series.drop(effects.droppedSeries)
  return { runs: effects.runs, experiments: effects.experiments, droppedBlobs }
}

function interpretAll(
  db: Database,
  commands: readonly Command[],
  effects: Effects,
): readonly DroppedBlob[] {
  const before = { ...effects.counters }
  for (const command of commands) interpret(db, command, effects)
  const after = effects.counters
  if (
    Object.keys(before).some(
      (name) => before[name as keyof Counters] !== after[name as keyof Counters],
    )
  )
    writeCounters(db, after)
  return effects.released.size > 0 ? dropUnusedBlobs(db, effects.released) : []
}

function interpret(db: Database, command: Command, effects: Effects): void {
  const interpreter = Object.hasOwn(INTERPRETERS, command.t) ? INTERPRETERS[command.t] : undefined
  if (interpreter === undefined)
    throw new TrackletError(
      'INVALID_STATE',
      `The journal holds a command '${String(command.t)}' that this release does not know. Open the store with a newer release.`,
    )
  interpreter(db, command as never, effects)
}

const INTERPRETERS: Interpreters = {
  ...EXPERIMENT_INTERPRETERS,
  ...RUN_INTERPRETERS,
  ...SERIES_INTERPRETERS,
  ...ARTIFACT_INTERPRETERS,
  ...REGISTRY_INTERPRETERS,
  ...LOGGED_MODEL_INTERPRETERS,
  ...TRACE_INTERPRETERS,

  defineKey(db, { id, name }, effects) {
    db.run('INSERT INTO keys VALUES(?, ?)', [id, name])
    raise(effects, 'key', id)
  },
}
