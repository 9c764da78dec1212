import { isLatest } from './validate-registry.js'

/** What a `models:/` URI names: a version of a registered model, in one of five ways. */
export type ModelUri =
  | { readonly kind: 'version'; readonly name: string; readonly version: string }
  | { readonly kind: 'latest'; readonly name: string }
  | { readonly kind: 'stage'; readonly name: string; readonly stage: string }
  | { readonly kind: 'alias'; readonly name: string; readonly alias: string }
  /** A logged model of MLflow 3. */
  | { readonly kind: 'model'; readonly modelId: string }

/**
 * The parts of a `models:/` URI, by MLflow's rules (mlflow/store/artifact/utils/models.py, `_parse_model_uri`); null for
 * what is none, one with a host among it. Nothing is percent-decoded.
 */
export function parseModelUri(uri: string): ModelUri | null {
  const path = /^models:(?:\/{3,}|\/(?!\/))([^?]*)/i.exec(uri)?.[1]
  if (path === undefined) return null
  const [first = '', second, ...more] = path.split('/')
  if (more.length > 0 || first.trim() === '') return null
  if (second !== undefined) return second.trim() === '' ? null : suffixed(first, second)
  const at = first.lastIndexOf('@')
  if (at < 0) return { kind: 'model', modelId: first }
  const alias = first.slice(at + 1)
  return alias.trim() === '' ? null : { kind: 'alias', name: first.slice(0, at), alias }
}

function suffixed(name: string, suffix: string): ModelUri {
  if (/^\d+$/.test(suffix)) return { kind: 'version', name, version: suffix }
  return isLatest(suffix) ? { kind: 'latest', name } : { kind: 'stage', name, stage: suffix }
}
