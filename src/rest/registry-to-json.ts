import type { ModelVersion, RegisteredModel } from '../entities/registered-model.js'
import type { Answer } from './answer.js'
import { tagsToJson } from './entities-to-json.js'

/** MLflow's RegisteredModel. */
export function registeredModelToJson(model: RegisteredModel): Answer {
  return {
    name: model.name,
    creation_timestamp: model.creationTimestamp,
    last_updated_timestamp: model.lastUpdatedTimestamp,
    // An empty one is as good as none here, but not of a version.
    description: model.description === '' ? null : model.description,
    latest_versions: model.latestVersions.map(modelVersionToJson),
    tags: tagsToJson(model.tags),
    aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version })),
  }
}

/** MLflow's ModelVersion. */
export function modelVersionToJson(version: ModelVersion): Answer {
  return {
    name: version.name,
    version: version.version,
    creation_timestamp: version.creationTimestamp,
    last_updated_timestamp: version.lastUpdatedTimestamp,
    current_stage: version.currentStage,
    description: version.description,
    source: version.source,
    run_id: version.runId,
    status: version.status,
    tags: tagsToJson(version.tags),
    run_link: version.runLink,
    aliases: version.aliases,
    model_id: version.modelId === '' ? null : version.modelId,
  }
}
