import { validateExperimentName } from '../entities/validate.js'
import { cleanTags } from '../import/clean.js'
import type { SourceExperiment } from '../import/source.js'
import { readLoggedModels } from './logged-models.js'
import { about, BadRow, checked, doubting, readRows, readTexts, toLifecycleStage } from './rows.js'
import type { Row } from './rows.js'
import { readRuns } from './runs.js'
import type { RunReading } from './runs.js'
import { TABLES } from './tables.js'
import { readTraces } from './traces.js'
import { WorkspaceNames, workspaceOrder } from './workspaces.js'

const COLUMNS = { ...TABLES.experiments, workspace: 'text' } as const

/** Every experiment of a database, deleted ones too. */
export async function* readExperiments(
  reading: RunReading,
): AsyncGenerator<SourceExperiment, void, undefined> {
  const names = new WorkspaceNames()
  const hasWorkspaces = reading.schema.has('experiments', 'workspace')
  const columns = hasWorkspaces ? COLUMNS : TABLES.experiments
  const order = `ORDER BY ${workspaceOrder(hasWorkspaces)}experiment_id`
  for (const row of readRows(reading.db, 'experiments', columns, order)) {
    const experiment = doubting('experiments', reading.doubt, () =>
      readExperiment(reading, row as Row<typeof COLUMNS>, names),
    )
    if (experiment !== null) yield experiment
  }
}

function readExperiment(
  reading: RunReading,
  row: Row<typeof COLUMNS>,
  names: WorkspaceNames,
): SourceExperiment {
  const experimentId = row.digits('experiment_id')
  if (experimentId.startsWith('-')) throw new BadRow(`'${experimentId}' is no id of an experiment`)
  if (reading.experimentIds.has(experimentId))
    throw new BadRow(`The experiment ${experimentId} is there twice`)
  reading.experimentIds.add(experimentId)
  const path = `experiments/${experimentId}`
  const experiment = about(`The experiment ${experimentId}, with its runs`, () => ({
    experimentId,
    name: names.own(
      checked(() => validateExperimentName(row.required('name'))),
      row.text('workspace'),
      (reason) => reading.doubt(path, reason),
    ),
    artifactLocation: row.text('artifact_location') || null,
    creationTime: row.integer('creation_time'),
    lastUpdateTime: row.integer('last_update_time'),
    lifecycleStage: toLifecycleStage(row.text('lifecycle_stage')),
    tags: readTags(reading, experimentId, path),
  }))
  return {
    experiment,
    path,
    runs: () => readRuns(reading, experimentId, path),
    loggedModels: () => readLoggedModels(reading, experimentId, path),
    traces: () => readTraces(reading, experimentId, path),
  }
}

function readTags(
  { db, doubt }: RunReading,
  experimentId: string,
  path: string,
): Record<string, string> {
  const where = 'WHERE experiment_id = CAST(? AS INTEGER)'
  const rows = readRows(db, 'experiment_tags', TABLES.experiment_tags, where, [experimentId])
  const tags = readTexts(rows, ['key', 'value'], `${path}/tags`, doubt)
  return cleanTags(tags, `${path}/tags`, doubt)
}
