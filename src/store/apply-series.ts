import { TrackletError } from '../errors.js'
import { changeOne, raise, unknown } from './apply-effects.js'
import type { Interpreters } from './apply-effects.js'
import { distinctSeries } from './catalog/distinct.js'
import { textToValue } from './catalog/latest.js'
import type { PointsCommand } from './commands.js'
import { writeCounters } from './counters.js'
import type { Database } from './database.js'

/** How the commands of series and their points are applied. */
export const SERIES_INTERPRETERS: Interpreters<'defineSeries' | 'points' | 'adoptSegments'> = {
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
}

/** Joins a new series to its run's spans: the last one grows, or a new one begins. */
function addToSpans(db: Database, run: number, series: number): void {
  const grown = db.run(
    `UPDATE series_spans SET last = ? WHERE run = ? AND last = ?
      AND first = (SELECT max(first) FROM series_spans WHERE run = ?)`,
    [series, run, series - 1, run],
  )
  if (grown === 0) db.run('INSERT INTO series_spans VALUES(?, ?, ?)', [run, series, series])
}

/** The id of a model and dataset, given now if it is new. */
function contextId(db: Database, names: readonly [string, string, string]): number {
  const known = db.get(
    'SELECT id FROM contexts WHERE model_id = ? AND dataset_name = ? AND dataset_digest = ?',
    names,
  )
  if (known !== undefined) return Number(known[0])
  const id = Number(db.get('SELECT coalesce(max(id), 0) + 1 FROM contexts')?.[0])
  db.run('INSERT INTO contexts VALUES(?, ?, ?, ?)', [id, ...names])
  return id
}

function checkColumns({ series, steps, timestamps, values }: PointsCommand): void {
  const { length } = series
  if (steps.length !== length || timestamps.length !== length || values.length !== length)
    throw new TrackletError('INTERNAL_ERROR', 'The columns of a points command differ in length.')
}
