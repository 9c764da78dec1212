import type {
  ModelStage,
  ModelVersion,
  ModelVersionStatus,
  RegisteredModel,
} from '../../entities/registered-model.js'
import { listOf, numberOf, recordOf, textOf, type Message } from './wire.js'

/** A registered model as the server tells it. */
export function toRegisteredModel(message: Message): RegisteredModel {
  return {
    name: textOf(message['name']),
    creationTimestamp: numberOf(message['creation_timestamp'], 0),
    lastUpdatedTimestamp: numberOf(message['last_updated_timestamp'], 0),
    description: descriptionOf(message),
    tags: recordOf(message['tags']),
    aliases: Object.fromEntries(
      listOf(message['aliases']).map((one) => [textOf(one['alias']), textOf(one['version'])]),
    ),
    latestVersions: listOf(message['latest_versions']).map(toModelVersion),
  }
}

/** A version of a registered model as the server tells it. */
export function toModelVersion(message: Message): ModelVersion {
  const aliases = (message['aliases'] ?? []) as readonly unknown[]
  return {
    name: textOf(message['name']),
    version: textOf(message['version']),
    creationTimestamp: numberOf(message['creation_timestamp'], 0),
    lastUpdatedTimestamp: numberOf(message['last_updated_timestamp'], 0),
    currentStage: (textOf(message['current_stage']) || 'None') as ModelStage,
    description: descriptionOf(message),
    source: textOf(message['source']),
    runId: textOf(message['run_id']),
    runLink: textOf(message['run_link']),
    status: (textOf(message['status']) || 'READY') as ModelVersionStatus,
    tags: recordOf(message['tags']),
    aliases: aliases.map(textOf).sort(),
    modelId: textOf(message['model_id']),
  }
}

function descriptionOf(message: Message): string | null {
  // The server tells an absent one of a version as ''.
  return textOf(message['description']) || null
}
