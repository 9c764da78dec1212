import { TrackletError } from '../errors.js'
import type { SegmentRef } from '../series/segment.js'
import { dropArtifact, dropUnusedBlobs, putArtifact } from './apply-artifacts.js'
import type { DroppedBlob } from './apply-artifacts.js'
import { changeOne, noEffects, raise, unknown } from './apply-effects.js'
import type { Effects, Interpreters } from './apply-effects.js'
import { LOGGED_MODEL_INTERPRETERS, purgeLoggedModelsOf } from './apply-logged-models.js'
import { REGISTRY_INTERPRETERS } from './apply-registry.js'
import { addToSpans, contextId, purgeRun, touchOwner } from './apply-runs.js'
import { deleteTracesOf, TRACE_INTERPRETERS } from './apply-traces.js'
import { distinctSeries } from './catalog/distinct.js'
import type { Command, Counters, KeyedValue, PointsCommand } from './commands.js'
import { textToValue } from './catalog/latest.js'
import { writeCounters } from './counters.js'
import type { Database } from './database.js'

export type { DroppedBlob } from './apply-artifacts.js'

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
  ...REGISTRY_INTERPRETERS,
  ...LOGGED_MODEL_INTERPRETERS,
  ...TRACE_INTERPRETERS,

  defineKey(db, { id, name }, effects) {
    db.run('INSERT INTO keys VALUES(?, ?)', [id, name])
    raise(effects, 'key', id)
  },

  createExperiment(db, command, effects) {
    const { id, experimentId, name, artifactLocation, time, tags } = command
    db.run('INSERT INTO experiments VALUES(?, ?, ?, ?, ?, ?, NULL)', [
      id,
      experimentId,
      name,
      artifactLocation,
      time,
      time,
    ])
    for (const tag of tags) setExperimentTag(db, id, tag)
    raise(effects, 'experiment', id)
    effects.experiments.add(id)
  },

  renameExperiment(db, { id, name, time }, effects) {
    changeOne(
      db.run('UPDATE experiments SET name = ?, last_update_time = ? WHERE id = ?', [
        name,
        time,
        id,
      ]),
      'experiment',
      id,
    )
    effects.experiments.add(id)
  },

  setExperimentTag(db, { id, key, value }, effects) {
    setExperimentTag(db, id, [key, value])
    effects.experiments.add(id)
  },

  deleteExperimentTag(db, { id, key }, effects) {
    db.run('DELETE FROM experiment_tags WHERE experiment = ? AND key = ?', [id, key])
    effects.experiments.add(id)
  },

  deleteExperiment(db, { id, time }, effects) {
    markExperiment(db, id, time, time)
    touchRuns(db, id, effects, 'AND deleted_time IS NULL')
    db.run('UPDATE runs SET deleted_time = ? WHERE experiment = ? AND deleted_time IS NULL', [
      time,
      id,
    ])
    effects.experiments.add(id)
  },

  restoreExperiment(db, { id, time }, effects) {
    markExperiment(db, id, null, time)
    touchRuns(db, id, effects, 'AND deleted_time IS NOT NULL')
    db.run(
      'UPDATE runs SET deleted_time = NULL WHERE experiment = ? AND deleted_time IS NOT NULL',
      [id],
    )
    effects.experiments.add(id)
  },

  purgeExperiment(db, { id }, effects) {
    for (const [run] of db.all('SELECT id FROM runs WHERE experiment = ?', [id]))
      purgeRun(db, Number(run), effects)
    purgeLoggedModelsOf(db, id, effects)
    deleteTracesOf(db, id, effects)
    db.run('DELETE FROM datasets WHERE experiment = ?', [id])
    db.run('DELETE FROM experiment_tags WHERE experiment = ?', [id])
    changeOne(db.run('DELETE FROM experiments WHERE id = ?', [id]), 'experiment', id)
    effects.experiments.add(id)
  },

  createRun(db, command, effects) {
    const { id, runId, experiment, name, userId, status, startTime, owner, tags } = command
    db.run('INSERT INTO runs VALUES(?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)', [
      id,
      runId,
      experiment,
      name,
      userId,
      status,
      startTime,
      owner,
    ])
    for (const tag of tags) setTag(db, id, tag)
    raise(effects, 'run', id)
    effects.runs.add(id)
  },

  updateRun(db, { id, status, endTime, name }, effects) {
    const sql =
      'UPDATE runs SET status = coalesce(?, status), end_time = coalesce(?, end_time), name = coalesce(?, name) WHERE id = ?'
    changeOne(db.run(sql, [status ?? null, endTime ?? null, name ?? null, id]), 'run', id)
    effects.runs.add(id)
  },

  deleteRun(db, { id, time }, effects) {
    changeOne(db.run('UPDATE runs SET deleted_time = ? WHERE id = ?', [time, id]), 'run', id)
    effects.runs.add(id)
  },

  restoreRun(db, { id }, effects) {
    changeOne(db.run('UPDATE runs SET deleted_time = NULL WHERE id = ?', [id]), 'run', id)
    effects.runs.add(id)
  },

  purgeRun(db, { id }, effects) {
    purgeRun(db, id, effects)
  },

  setParams(db, { run, params }, effects) {
    for (const [key, value] of params)
      db.run('INSERT INTO params VALUES(?, ?, ?)', [run, key, value])
    effects.runs.add(run)
  },

  setTags(db, { run, tags }, effects) {
    for (const tag of tags) setTag(db, run, tag)
    effects.runs.add(run)
  },

  deleteTag(db, { run, key }, effects) {
    db.run('DELETE FROM tags WHERE run = ? AND key = ?', [run, key])
    effects.runs.add(run)
  },

  defineDataset(db, command, effects) {
    const { id, experiment, name, digest, sourceType, source, schema, profile } = command
    db.run('INSERT INTO datasets VALUES(?, ?, ?, ?, ?, ?, ?, ?)', [
      id,
      experiment,
      name,
      digest,
      sourceType,
      source,
      schema,
      profile,
    ])
    raise(effects, 'dataset', id)
  },

  linkDataset(db, { run, dataset, tags }, effects) {
    db.run('INSERT INTO inputs VALUES(?, ?)', [run, dataset])
    for (const [name, value] of tags)
      db.run('INSERT INTO input_tags VALUES(?, ?, ?, ?)', [run, dataset, name, value])
    effects.runs.add(run)
  },

  defineSeries(db, { id, run, key, modelId, datasetName, datasetDigest }, effects) {
    const plain = modelId === '' && datasetName === '' && datasetDigest === ''
    const context = plain ? 0 : contextId(db, [modelId, datasetName, datasetDigest])
    db.run('INSERT INTO series(id, run, key, context) VALUES(?, ?, ?, ?)', [id, run, key, context])
    addToSpans(db, run, id)
    raise(effects, 'series', id)
    effects.runs.add(run)
  },

  points(db, command, effects) {
    checkColumns(command)
    for (const id of distinctSeries(command.series)) {
      const row = db.get('SELECT run FROM series WHERE id = ?', [id])
      if (row === undefined) throw unknown('series', id)
      effects.runs.add(Number(row[0]))
    }
    effects.points.push(command)
  },

  adoptSegments(db, { segments, latest }, effects) {
    const sql = 'UPDATE series SET step = ?, time = ?, value = ? WHERE id = ?'
    for (const [series, step, time, value] of latest)
      changeOne(db.run(sql, [step, time, textToValue(value), series]), 'series', series)
    effects.segments.push(...segments)
    // Ids of series were taken ahead of the record, which the comparison of counters cannot see.
    writeCounters(db, effects.counters)
  },

  defineBlob(db, { id, name, size, parts, hash }, effects) {
    db.run('INSERT INTO blobs VALUES(?, ?, ?, ?, ?, 0)', [id, name, size, parts, hash])
    raise(effects, 'blob', id)
  },

  putArtifact(db, { run, path, blob }, effects) {
    changeOne(putArtifact(db, run, path, blob, effects.released), 'blob', blob)
    touchOwner(db, run, effects)
  },

  deleteArtifacts(db, { run, paths }, effects) {
    for (const path of paths) dropArtifact(db, run, path, effects.released)
    touchOwner(db, run, effects)
  },
}

function checkColumns({ series, steps, timestamps, values }: PointsCommand): void {
  const { length } = series
  if (steps.length !== length || timestamps.length !== length || values.length !== length)
    throw new TrackletError('INTERNAL_ERROR', 'The columns of a points command differ in length.')
}

function setTag(db: Database, run: number, [key, value]: KeyedValue): void {
  db.run(
    'INSERT INTO tags VALUES(?, ?, ?) ON CONFLICT(run, key) DO UPDATE SET value = excluded.value',
    [run, key, value],
  )
}

function setExperimentTag(db: Database, experiment: number, [key, value]: KeyedValue): void {
  db.run(
    'INSERT INTO experiment_tags VALUES(?, ?, ?) ON CONFLICT(experiment, key) DO UPDATE SET value = excluded.value',
    [experiment, key, value],
  )
}

function markExperiment(db: Database, id: number, deleted: number | null, time: number): void {
  const sql = 'UPDATE experiments SET deleted_time = ?, last_update_time = ? WHERE id = ?'
  changeOne(db.run(sql, [deleted, time, id]), 'experiment', id)
}

function touchRuns(db: Database, experiment: number, effects: Effects, where: string): void {
  for (const [run] of db.all(`SELECT id FROM runs WHERE experiment = ? ${where}`, [experiment]))
    effects.runs.add(Number(run))
}
