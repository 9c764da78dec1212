import { isRandomId } from '../entities/ids.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import { RUN_STATUSES } from '../entities/run.js'
import type { RunStatus } from '../entities/run.js'
import { validateText } from '../entities/validate.js'
import type { Doubt, SourceRun } from '../import/source.js'
import { sayFiles } from './artifacts.js'
import type { ArtifactReader } from './artifacts.js'
import type { DatasetReader } from './datasets.js'
import type { ForeignDatabase } from './foreign-database.js'
import { readMetrics } from './metrics.js'
import { readModelLinks } from './model-links.js'
import { about, BadRow, checked, doubting, readRows, readTexts, toLifecycleStage } from './rows.js'
import type { Row } from './rows.js'
import { TABLES } from './tables.js'
import type { Schema } from './tables.js'

/** What experiments are read from, with all that is in them. */
export interface RunReading {
  readonly db: ForeignDatabase
  readonly schema: Schema
  readonly datasets: DatasetReader
  readonly artifacts: ArtifactReader
  /** Ids of the experiments and of the runs so far. */
  readonly experimentIds: Set<string>
  readonly runIds: Set<string>
  readonly doubt: Doubt
}

/** The runs of an experiment, deleted ones too; `path` is where it is in the source. */
export async function* readRuns(
  reading: RunReading,
  experimentId: string,
  path: string,
): AsyncGenerator<SourceRun, void, undefined> {
  const where = `WHERE experiment_id = CAST(? AS INTEGER) ORDER BY run_uuid`
  for (const row of readRows(reading.db, 'runs', TABLES.runs, where, [experimentId])) {
    const run = doubting(path, reading.doubt, () => readRun(reading, row, experimentId, path))
    if (run !== null) yield run
  }
}

function readRun(
  reading: RunReading,
  row: Row<typeof TABLES.runs>,
  experimentId: string,
  parent: string,
): SourceRun {
  const { db, datasets, artifacts, runIds, doubt } = reading
  const runId = row.required('run_uuid')
  if (!isRandomId(runId)) throw new BadRow(`'${runId.slice(0, 80)}' is no id of a run`)
  if (runIds.has(runId)) throw new BadRow(`The run '${runId}' is there twice`)
  runIds.add(runId)
  const path = `${parent}/${runId}`
  const texts = (table: 'params' | 'tags'): Record<string, string> => {
    const rows = readRows(db, table, TABLES[table], 'WHERE run_uuid = ?', [runId])
    return readTexts(rows, ['key', 'value'], `${path}/${table}`, doubt)
  }
  const tags = texts('tags')
  const run = about(`The run '${runId}'`, () => ({
    runId,
    ...attributesOf(row, tags, (reason) => doubt(path, reason)),
    params: texts('params'),
    tags,
    datasetInputs: datasets.inputs(runId, path),
    modelInputs: readModelLinks(reading, 'INPUT', runId, path).map(({ modelId }) => ({ modelId })),
    modelOutputs: readModelLinks(reading, 'OUTPUT', runId, path),
  }))
  const place = {
    experimentId,
    path,
    artifactUri: about(`The run '${runId}'`, () => row.text('artifact_uri')),
  }
  return {
    run,
    metrics: () => readMetrics(reading, runId, `${path}/metrics`),
    files: () => artifacts.files({ ...place, hasSome: sayFiles(tags) }),
  }
}

/** What the table of runs itself says of one. */
type Attribute =
  'runName' | 'userId' | 'status' | 'startTime' | 'endTime' | 'lifecycleStage' | 'deletedTime'

function attributesOf(
  row: Row<typeof TABLES.runs>,
  tags: Readonly<Record<string, string>>,
  tell: (reason: string) => void,
): Pick<SourceRun['run'], Attribute> {
  const startTime = row.integer('start_time')
  const attributes = {
    runName: checked(() =>
      validateText(row.text('name') || tags[MLFLOW_TAGS.runName] || '', 'name'),
    ),
    userId: checked(() => validateText(row.text('user_id') ?? '', 'user_id')),
    status: toStatus(row.text('status')),
    startTime: startTime ?? 0,
    endTime: row.integer('end_time'),
    lifecycleStage: toLifecycleStage(row.text('lifecycle_stage')),
    deletedTime: row.integer('deleted_time'),
  }
  if (startTime === null) tell('It has no start_time: 0 was taken.')
  return attributes
}

function toStatus(text: string | null): RunStatus {
  const status = RUN_STATUSES.find((known) => known === text)
  if (status === undefined) throw new BadRow(`'status' is none: '${String(text).slice(0, 40)}'`)
  return status
}
