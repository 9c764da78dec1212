import type { OpenArtifact } from '../store/artifact-store.js'

/** What tells one content of a file from another (RFC 9110, 8.8). */
export type Validators = Pick<OpenArtifact, 'etag' | 'modified'>

const SECOND_MS = 1000

/** The headers that tell a client. */
export function validatorHeaders({ etag, modified }: Validators): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { etag: `"${etag}"` }),
    ...(modified === undefined ? {} : { 'last-modified': new Date(modified).toUTCString() }),
  }
}

/**
 * Whether a client has this content already, by `If-None-Match`, or, where there is no such header, by
 * `If-Modified-Since` (RFC 9110, 13.2.2).
 */
export function isNotModified(headers: Headers, { etag, modified }: Validators): boolean {
  const tags = headers.get('if-none-match')
  if (tags !== null)
    return tags.trim() === '*' || (etag !== undefined && tagsOf(tags).includes(etag))
  const since = Date.parse(headers.get('if-modified-since') ?? '')
  return modified !== undefined && wholeSeconds(modified) <= since
}

/** Whether the range that a client asks for is one of the content it means: there is no `If-Range`, or it holds. */
export function isRangeCurrent(headers: Headers, { etag, modified }: Validators): boolean {
  const condition = headers.get('if-range')?.trim()
  if (condition === undefined) return true
  // A weak tag does not say that bytes are the same.
  if (/^(?:W\/)?"/.test(condition)) return etag !== undefined && condition === `"${etag}"`
  return modified !== undefined && wholeSeconds(modified) === Date.parse(condition)
}

function tagsOf(header: string): string[] {
  return [...header.matchAll(/(?:W\/)?"([^"]*)"/g)].map(([, tag = '']) => tag)
}

/** As a date in a header has it. */
function wholeSeconds(time: number): number {
  return Math.floor(time / SECOND_MS) * SECOND_MS
}
