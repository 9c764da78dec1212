import { TrackletError } from '../src/errors.js'

/**
 * The URI of a store that a browser can hold: `idb:name`, `memory:` or `memory:name`.
 * INVALID_PARAMETER_VALUE or NOT_IMPLEMENTED, with what to open instead, for any other.
 */
export function browserUri(uri: string): string {
  const [, scheme = '', name = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(uri) ?? []
  if (scheme === 'memory' || (scheme === 'idb' && name !== '')) return uri
  if (isServerUri(uri))
    throw new TrackletError(
      'NOT_IMPLEMENTED',
      `A tracking server has no storage of this browser: open 'idb:name', or the server with openTracker(url).`,
    )
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `"${uri}" names no store in a browser; open 'idb:name' to keep runs, or 'memory:' not to.`,
  )
}

/** Whether a URI names an MLflow server. */
export function isServerUri(uri: unknown): uri is string {
  return typeof uri === 'string' && /^https?:/i.test(uri)
}
