import type { ModelVersion, RegisteredModel } from '../entities/registered-model.js'

/** A registered model under MLflow's names. */
export function modelToDictionary(model: RegisteredModel): unknown {
  return {
    aliases: model.aliases,
    creation_timestamp: model.creationTimestamp,
    description: model.description,
    last_updated_timestamp: model.lastUpdatedTimestamp,
    latest_versions: model.latestVersions.map(versionToDictionary),
    name: model.name,
    tags: model.tags,
  }
}

/** A version under MLflow's names. */
export function versionToDictionary(version: ModelVersion): unknown {
  return {
    aliases: version.aliases,
    creation_timestamp: version.creationTimestamp,
    current_stage: version.currentStage,
    description: version.description,
    last_updated_timestamp: version.lastUpdatedTimestamp,
    model_id: version.modelId,
    name: version.name,
    run_id: version.runId,
    run_link: version.runLink,
    source: version.source,
    status: version.status,
    tags: version.tags,
    version: version.version,
  }
}
