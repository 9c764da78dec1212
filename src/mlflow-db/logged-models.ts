import { isRandomId } from '../entities/ids.js'
import { LOGGED_MODEL_STATUSES } from '../entities/logged-model.js'
import type { LoggedModelStatus } from '../entities/logged-model.js'
import type { SourceLoggedModel } from '../import/source.js'
import { LATER_TABLES } from './later-tables.js'
import { about, BadRow, doubting, readRows, readTexts, toLifecycleStage } from './rows.js'
import type { Row } from './rows.js'
import type { RunReading } from './runs.js'

const TABLE = LATER_TABLES.logged_models
const OF_EXPERIMENT = 'WHERE experiment_id = CAST(? AS INTEGER) ORDER BY model_id'

/** The logged models of an experiment, deleted ones too; `path` is where the experiment is in the source. */
export async function* readLoggedModels(
  reading: RunReading,
  experimentId: string,
  path: string,
): AsyncGenerator<SourceLoggedModel, void, undefined> {
  const { db, schema, doubt, artifacts } = reading
  if (!schema.hasTable('logged_models')) return
  for (const row of readRows(db, 'logged_models', TABLE, OF_EXPERIMENT, [experimentId])) {
    const found = doubting(`${path}/models`, doubt, () => {
      const modelId = row.required('model_id')
      if (!isRandomId(modelId)) throw new BadRow(`'${modelId.slice(0, 80)}' is no id of a model`)
      const own = `${path}/models/${modelId}`
      const model = about(`The model '${modelId}'`, () => toModel(reading, row, modelId, own))
      const artifactUri = row.text('artifact_location')
      return { model, owner: { experimentId, path: own, artifactUri, hasSome: isReady(model) } }
    })
    if (found !== null) yield { model: found.model, files: () => artifacts.filesIfAny(found.owner) }
  }
}

function isReady({ status }: SourceLoggedModel['model']): boolean {
  return status === 'READY'
}

function toModel(
  { db, schema, doubt }: RunReading,
  row: Row<typeof TABLE>,
  modelId: string,
  path: string,
): SourceLoggedModel['model'] {
  const creationTime = row.integer('creation_timestamp_ms')
  if (creationTime === null) throw new BadRow("'creation_timestamp_ms' is missing")
  const texts = (kind: 'param' | 'tag'): Record<string, string> => {
    const table = `logged_model_${kind}s` as const
    if (!schema.hasTable(table)) return {}
    const [key, value] = [`${kind}_key`, `${kind}_value`] as const
    const columns = { [key]: 'text', [value]: 'text' } as const
    const rows = readRows(db, table, columns, 'WHERE model_id = ?', [modelId])
    return readTexts(rows, [key, value], `${path}/${kind}s`, doubt)
  }
  return {
    modelId,
    name: row.required('name'),
    creationTime,
    lastUpdateTime: row.integer('last_updated_timestamp_ms') ?? creationTime,
    modelType: row.text('model_type'),
    sourceRunId: row.text('source_run_id'),
    status: toStatus(row.integer('status')),
    lifecycleStage: toLifecycleStage(row.text('lifecycle_stage')),
    params: texts('param'),
    tags: texts('tag'),
  }
}

/** By its number in mlflow/protos/service.proto. */
function toStatus(number: number | null): LoggedModelStatus {
  const status = LOGGED_MODEL_STATUSES[number ?? 0]
  if (status === undefined) throw new BadRow(`'status' is none: ${number}`)
  return status
}
