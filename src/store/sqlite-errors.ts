import { TrackletError } from '../errors.js'

/**
 * An error of a statement of the engine's own: RESOURCE_EXHAUSTED for a lack of memory, DATA_LOSS for a damaged image,
 * else INTERNAL_ERROR. `sql` is named by its beginning.
 */
export function sqliteError(error: unknown, sql: string): TrackletError {
  const message = error instanceof Error ? error.message : String(error)
  const full = /out of memory|is full/i.test(message)
  const damaged = /malformed|not a database/i.test(message)
  return new TrackletError(
    full ? 'RESOURCE_EXHAUSTED' : damaged ? 'DATA_LOSS' : 'INTERNAL_ERROR',
    `SQLite: ${message} (in: ${sql.trim().slice(0, 80)})`,
    { cause: error },
  )
}

/** An error of a statement that is not the engine's own: mostly its author's, which is INVALID_PARAMETER_VALUE. */
export function queryError(error: unknown): TrackletError {
  const message = error instanceof Error ? error.message : String(error)
  const cause = { cause: error }
  if (/^(out of memory|database or disk is full)$/.test(message))
    return new TrackletError('RESOURCE_EXHAUSTED', 'The query needs too much memory.', cause)
  if (/^(database disk image is malformed|file is not a database)$/.test(message))
    return new TrackletError('DATA_LOSS', `SQLite: ${message}`, cause)
  const plain = isPlain(error) ? `SQL: ${message}` : `The query goes too deep: ${message}.`
  return new TrackletError('INVALID_PARAMETER_VALUE', plain, cause)
}

/** Whether SQLite itself told of an error, rather than being cut off, as where the host's stack ends. */
export function isPlain(error: unknown): boolean {
  return error instanceof Error && error.name === 'Error'
}

/** DATA_LOSS for bytes that are no database. */
export function notADatabase(error: unknown): TrackletError {
  return new TrackletError('DATA_LOSS', 'The catalog image is damaged: SQLite cannot read it.', {
    cause: error,
  })
}
