import { toArtifactPath } from '../entities/artifact-path.js'
import {
  validateMetricKey,
  validateParamKey,
  validateTagKey,
  validateText,
} from '../entities/validate.js'
import { toTrackletError } from '../errors.js'
import type { Doubt } from './source.js'

/** Characters; messages cite keys, which may be as long as paths are. */
const LONGEST_REASON = 500

/** Params that a store can hold; the others are doubted. `path` is where they are in the source. */
export function cleanParams(
  params: Readonly<Record<string, string>>,
  path: string,
  doubt: Doubt,
): Record<string, string> {
  return cleanTexts(params, withText(validateParamKey), path, doubt)
}

/** Tags that a store can hold; the others are doubted. */
export function cleanTags(
  tags: Readonly<Record<string, string>>,
  path: string,
  doubt: Doubt,
): Record<string, string> {
  return cleanTexts(tags, withText(validateTagKey), path, doubt)
}

/** Whether a store can hold a metric of this key; doubted where not. */
export function isMetricKey(key: string, path: string, doubt: Doubt): boolean {
  return holds(() => validateMetricKey(key), `${path}/${key}`, doubt)
}

/** Whether a store can hold a file of this path; doubted where not. */
export function isFilePath(file: string, path: string, doubt: Doubt): boolean {
  return holds(() => toArtifactPath(file), `${path}/${file}`, doubt)
}

/** Whether a check refuses nothing; doubted where it does. */
export function holds(check: () => unknown, path: string, doubt: Doubt): boolean {
  try {
    check()
    return true
  } catch (error) {
    doubt(path, toTrackletError(error).message.slice(0, LONGEST_REASON))
    return false
  }
}

/** Texts that `validate` does not refuse; the others are doubted. */
export function cleanTexts(
  texts: Readonly<Record<string, string>>,
  validate: (key: string, value: string) => unknown,
  path: string,
  doubt: Doubt,
): Record<string, string> {
  const good = Object.entries(texts).filter(([key, value]) =>
    holds(() => validate(key, value), `${path}/${key}`, doubt),
  )
  return Object.fromEntries(good)
}

function withText(validateKey: (key: unknown) => string): (key: string, value: string) => void {
  return (key, value) => {
    validateKey(key)
    validateText(value, 'value')
  }
}
