import { pythonRepr } from './python-text.js'
import { TrackletError } from '../errors.js'

declare const checked: unique symbol

/** A path relative to a run's artifact root that cannot leave it: `/` between non-empty segments, '' for the root. */
export type ArtifactPath = string & { readonly [checked]: true }

const MOST_DECODINGS = 10
const WINDOWS_ABSOLUTE = /^(?:[a-z]:[\\/]|\\)/i
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/**
 * The path of a file, with empty and `.` segments dropped. The name is kept as written, `%` included.
 * INVALID_PARAMETER_VALUE "Invalid path" for what could lead out of the run's folder, on any platform and also
 * after percent-decoding (`..` segments, absolute paths, drives, `file:`), and for `#`, NUL and lone surrogates.
 */
export function toArtifactPath(path: string): ArtifactPath {
  const file = toArtifactDirectory(path)
  if (file === '')
    throw refusal(path, 'it names the artifact root; give the file a name, such as "notes.txt"')
  return file
}

/** The same for a directory, which may be the root: '', '.' or nothing. */
export function toArtifactDirectory(path: string | undefined): ArtifactPath {
  if (path === undefined) return '' as ArtifactPath
  if (typeof path !== 'string')
    throw new TrackletError('INVALID_PARAMETER_VALUE', 'Invalid path: it must be a text.')
  const kept = segments(path).join('/')
  const reason = fault(path) ?? fault(decodeRepeatedly(path)) ?? fault(decodeRepeatedly(kept))
  if (reason !== null) throw refusal(path, reason)
  return kept as ArtifactPath
}

/**
 * Where a client's `artifactFile` goes: normalised as MLflow does, then its folder checked.
 * INTERNAL_ERROR "Invalid artifact path" where MLflow says so, else as `toArtifactPath`.
 */
export function artifactFilePath(artifactFile: string): ArtifactPath {
  if (typeof artifactFile !== 'string') return toArtifactPath(artifactFile)
  const normal = normalizePath(artifactFile)
  const slash = normal.lastIndexOf('/')
  if (slash >= 0) checkClientPath(normal.slice(0, slash) || '/')
  return toArtifactPath(normal)
}

/** Where a client's file called `name` goes below `artifactPath`, the root when absent or empty. */
export function artifactPathBelow(artifactPath: string | undefined, name: string): ArtifactPath {
  checkClientPath(artifactPath)
  return toArtifactPath(artifactPath ? `${artifactPath}/${name}` : name)
}

/** Refuses, as MLflow's client does with INTERNAL_ERROR, an `artifactPath` that names another folder when normalised. */
export function checkClientPath(artifactPath: string | undefined): void {
  if (!artifactPath) return
  const normal = normalizePath(artifactPath)
  if (normal === artifactPath && !/^(?:\.$|\.\.|\/)/.test(normal)) return
  throw new TrackletError(
    'INTERNAL_ERROR',
    `Invalid artifact path: '${artifactPath}'. Names may be treated as files in certain cases, and must not ` +
      `resolve to other names when treated as such. This name would resolve to ${pythonRepr(normal)}`,
  )
}

function refusal(path: string, reason: string): TrackletError {
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Invalid path: ${JSON.stringify(path)} is refused because ${reason}.`,
  )
}

function fault(path: string): string | null {
  return faultAsWritten(path) ?? faultAsWritten(segments(path).join('/'))
}

function faultAsWritten(path: string): string | null {
  if (path.includes('#')) return 'it holds "#"'
  if (path.includes('\0')) return 'it holds a NUL character'
  if (LONE_SURROGATE.test(path)) return 'it is not well-formed Unicode'
  if (path.startsWith('/') || WINDOWS_ABSOLUTE.test(path) || path.startsWith('file:'))
    return "it is absolute; paths are relative to the run's artifacts"
  if (path.split(/[\\/]/).includes('..')) return 'it has a ".." segment'
  return null
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.')
}

function decodeRepeatedly(path: string): string {
  let decoded = path
  for (let i = 0; i < MOST_DECODINGS; i++) {
    const next = decodePercent(decoded)
    if (next === decoded) break
    decoded = next
  }
  return decoded
}

/** A text with its `%xx` read as UTF-8, once; what is no UTF-8 becomes U+FFFD. */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = run.slice(1).split('%')
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => parseInt(byte, 16)))
  })
}

function normalizePath(path: string): string {
  const root =
    path.startsWith('//') && !path.startsWith('///') ? '//' : path.startsWith('/') ? '/' : ''
  const kept: string[] = []
  for (const segment of segments(path)) {
    if (segment !== '..' || (root === '' && (kept.length === 0 || kept.at(-1) === '..')))
      kept.push(segment)
    else kept.pop()
  }
  return root + kept.join('/') || '.'
}
