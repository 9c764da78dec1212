import { uriScheme } from './artifact-location.js'
import { decodePercent } from './artifact-path.js'
import { invalid } from './invalid.js'

// After mlflow/server/handlers.py, _validate_source_run and what it calls. Paths are compared as texts: no link is followed.

const MOST_DECODINGS = 10
const URI = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)/i

/** Whether a source is a path of a file system: one without a scheme, with a drive, or a `file:` URI. */
export function isLocalSource(source: string): boolean {
  const scheme = uriScheme(source)
  return scheme.length <= 1 || scheme === 'file'
}

/** A local path or `file:` URI as an absolute path without needless parts; null for what is none, or climbs. */
export function localSourcePath(source: string): string | null {
  if (!isLocalSource(source)) return null
  const path = uriScheme(source) === 'file' ? filePath(source) : source
  if (path === null || path.includes('\0')) return null
  const drive = /^[a-z]:[\\/]/i.test(path)
  if (!drive && !path.startsWith('/')) return null
  const parts = (drive ? path.replaceAll('\\', '/') : path).split('/')
  if (parts.includes('..')) return null
  const kept = parts.filter((part) => part !== '' && part !== '.').join('/')
  return drive ? kept : `/${kept}`
}

/** Whether a path that `localSourcePath` gave is another one, or lies below it. */
export function isPathWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`)
}

/** Whether a URI is another one, or lies below it. */
export function isUriWithin(uri: string, root: string): boolean {
  const [inner, outer] = [uriParts(uri), uriParts(root)]
  if (inner === null || outer === null || outer.path.length === 0) return false
  return inner.origin === outer.origin && outer.path.every((part, i) => part === inner.path[i])
}

/** The host of a URI: what follows `//`; '' for none. */
export function uriHost(uri: string): string {
  return URI.exec(uri)?.[2] ?? ''
}

/** Refuses a URI without a path, with a relative one, or one that climbs, also after percent-decoding. */
export function refuseRelativeSource(source: string): void {
  const decoded = decodeFully(source)
  const path = decoded === null ? null : (URI.exec(decoded)?.[3] ?? '').replace(/\/+$/, '')
  const isAbsolute = path?.startsWith('/') && !path.includes('\0') && !path.split('/').includes('.')
  if (isAbsolute && !decoded?.split('/').includes('..')) return
  throw invalid(
    `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, ` +
      'objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references ' +
      'present. Please provide an absolute path.',
  )
}

function filePath(uri: string): string | null {
  const host = uriHost(uri)
  if (host !== '' && host !== '.' && !/^(?:localhost|127\.0\.0\.1)/.test(host)) return null
  return decodeFully(URI.exec(uri)?.[3] ?? '')
}

function uriParts(uri: string): { origin: string; path: string[] } | null {
  const [, scheme, host = '', path = ''] = URI.exec(uri) ?? []
  if (scheme === undefined) return null
  const parts = path.split('/').filter((part) => part !== '')
  return {
    origin: `${scheme}://${host}`.toLowerCase(),
    path: parts.map((part) => decodeFully(part) ?? part),
  }
}

/** Null for what is still coded after many rounds. */
function decodeFully(text: string): string | null {
  let decoded = text
  for (let i = 0; i < MOST_DECODINGS; i++) {
    const next = decodePercent(decoded.replaceAll('+', ' '))
    if (next === decoded) return decoded
    decoded = next
  }
  return null
}
