import { invalid } from './invalid.js'
import { LIMITS } from './limits.js'
import { validateText } from './validate.js'

const REFUSED_SCHEMES = ['http', 'https', 'ftp', 'sftp', 'hdfs']

/** A place for an experiment's artifacts: a path or URI, by MLflow's rules. */
export function validateArtifactLocation(value: unknown): string {
  const location = validateText(value, 'artifact_location')
  if (location.length > LIMITS.artifactLocation) throw tooLong()
  if (/^runs:/i.test(location))
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`)
  if (location.includes('#'))
    throw invalid("'artifact_location' URL can't include fragments or params.")
  const query = location.indexOf('?')
  if (query >= 0 && location.slice(query).includes('..')) throw invalid('Invalid query string')
  refuseHostSchemes(
    location,
    'artifact_location',
    'it names no storage that artifacts can be written to',
  )
  return location
}

/** Refuses a URI whose scheme makes a server ask another host: http, https, ftp, sftp, hdfs. */
export function refuseHostSchemes(uri: string, parameter: string, reason: string): void {
  const scheme = uriScheme(uri)
  if (REFUSED_SCHEMES.includes(scheme))
    throw invalid(`'${parameter}' cannot use the '${scheme}' scheme: ${reason}.`)
}

/** A URI's scheme in lower case; '' for a path. */
export function uriScheme(uri: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? ''
}

/** `location` with `segments` added to its path, before a query if it has one. */
export function appendToLocation(location: string, ...segments: readonly string[]): string {
  const query = location.indexOf('?')
  const path = query < 0 ? location : location.slice(0, query)
  const rest = query < 0 ? '' : location.slice(query)
  return [path.replace(/\/+$/, ''), ...segments].join('/') + rest
}

function tooLong(): Error {
  return invalid(
    'Invalid artifact path length. The length of the artifact path cannot be greater than ' +
      `${LIMITS.artifactLocation} characters. To configure this limit, please set the ` +
      'MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.',
  )
}
