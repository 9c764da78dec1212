import { MLFLOW_TAGS } from '../../../entities/mlflow-tags.js'
import { isRecord } from '../../../entities/validate.js'
import type { Draft } from '../draft.js'
import type { CatalogState } from '../state.js'
import { activeLoggedModelOf } from './lookup.js'
import { readPair } from './model-reader.js'
import { pythonJson } from './page-token.js'

/**
 * Notes a new version of a registered model in the tag `mlflow.modelVersions` of the logged model that it stands for: a
 * JSON list of `{"name": ..., "version": ...}` (mlflow/store/tracking/abstract_store.py, set_model_versions_tags).
 */
export function addVersionTag(
  state: CatalogState,
  draft: Draft,
  modelId: string,
  place: { readonly name: string; readonly version: number },
): void {
  const model = modelId === '' ? null : activeLoggedModelOf(state, modelId)
  if (model === null) return
  const key = MLFLOW_TAGS.modelVersions
  const noted = parseList(readPair(state, 'logged_model_tags', model.id, key))
  if (noted.some((one) => isSame(one, place))) return
  const tags = draft.keyed([[key, pythonJson([...noted, place])]])
  draft.add({ t: 'setLoggedModelTags', model: model.id, tags })
}

/** A list as JSON; an empty one for what is none. */
function parseList(text: string | null): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}

function isSame(noted: unknown, { name, version }: { name: string; version: number }): boolean {
  if (!isRecord(noted)) return false
  const other = noted as { readonly name?: unknown; readonly version?: unknown }
  return other.name === name && other.version === version
}
