import { LOGGED_MODEL_STATUSES } from '../../entities/logged-model.js'

const STATUS_NUMBERS = LOGGED_MODEL_STATUSES.map((name, i) => `WHEN '${name}' THEN ${i}`).join(' ')
/** `<location>/models/<id>/artifacts`, as runs' locations are made. */
const LOCATION = `rtrim(substr(e.artifact_location, 1, instr(e.artifact_location || '?', '?') - 1), '/') || '/models/'
  || m.model_id || '/artifacts' || substr(e.artifact_location, instr(e.artifact_location || '?', '?'))`

/** Statements that make MLflow's tables of logged and registered models (mlflow/store/tracking and model_registry, dbmodels). */
export const MODEL_VIEWS: Readonly<Record<string, readonly string[]>> = {
  logged_models: [
    `CREATE TEMP VIEW logged_models(model_id, experiment_id, name, artifact_location, creation_timestamp_ms,
        last_updated_timestamp_ms, status, lifecycle_stage, model_type, source_run_id, status_message) AS
      SELECT m.model_id, CAST(e.experiment_id AS INTEGER), m.name, ${LOCATION}, m.creation_time, m.last_update_time,
        CASE m.status ${STATUS_NUMBERS} END, iif(m.deleted_time IS NULL, 'active', 'deleted'), m.model_type,
        m.source_run_id, NULL
      FROM main.logged_models m JOIN main.experiments e ON e.id = m.experiment`,
  ],
  logged_model_params: [pairsOfLoggedModels('logged_model_params', 'param')],
  logged_model_tags: [pairsOfLoggedModels('logged_model_tags', 'tag')],
  registered_models: [
    `CREATE TEMP VIEW registered_models(name, creation_time, last_updated_time, description, workspace) AS
      SELECT name, creation_time, last_update_time, description, 'default' FROM main.models`,
  ],
  registered_model_tags: [
    `CREATE TEMP VIEW registered_model_tags(key, value, name, workspace) AS
      SELECT k.name, t.value, m.name, 'default' FROM main.model_tags t
      JOIN main.keys k ON k.id = t.key JOIN main.models m ON m.id = t.model`,
  ],
  registered_model_aliases: [
    `CREATE TEMP VIEW registered_model_aliases(alias, version, name, workspace) AS
      SELECT a.alias, a.version, m.name, 'default' FROM main.aliases a JOIN main.models m ON m.id = a.model`,
  ],
  model_versions: [
    `CREATE TEMP VIEW model_versions(name, version, creation_time, last_updated_time, description, user_id,
        current_stage, source, run_id, status, status_message, run_link, storage_location, workspace) AS
      SELECT m.name, v.version, v.creation_time, v.last_update_time, v.description, NULL, v.stage, v.source,
        v.run_id, 'READY', NULL, v.run_link, coalesce(v.location, v.source), 'default'
      FROM main.versions v JOIN main.models m ON m.id = v.model`,
  ],
  model_version_tags: [
    `CREATE TEMP VIEW model_version_tags(key, value, name, version, workspace) AS
      SELECT k.name, t.value, m.name, t.version, 'default' FROM main.version_tags t
      JOIN main.keys k ON k.id = t.key JOIN main.models m ON m.id = t.model`,
  ],
}

function pairsOfLoggedModels(table: string, kind: 'param' | 'tag'): string {
  return `CREATE TEMP VIEW ${table}(model_id, experiment_id, ${kind}_key, ${kind}_value) AS
    SELECT m.model_id, CAST(e.experiment_id AS INTEGER), k.name, p.value FROM main.${table} p
    JOIN main.keys k ON k.id = p.key JOIN main.logged_models m ON m.id = p.model
    JOIN main.experiments e ON e.id = m.experiment`
}
