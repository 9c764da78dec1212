import { validateText } from '../../../entities/validate.js'
import { TrackletError } from '../../../errors.js'
import type { KeyedValue } from '../../commands.js'
import type { Draft } from '../draft.js'

/** Texts by name as commands have them; INVALID_PARAMETER_VALUE for keys that are none. */
export function keyedTexts(
  draft: Draft,
  texts: Readonly<Record<string, string>>,
  validateKey: (key: unknown) => string,
): KeyedValue[] {
  return Object.entries(texts).map(([key, value]) => [
    draft.key(validateKey(key)),
    validateText(value, 'value'),
  ])
}

/** The error for an id or a name that is taken. */
export function alreadyExists(message: string): TrackletError {
  return new TrackletError('RESOURCE_ALREADY_EXISTS', message)
}
