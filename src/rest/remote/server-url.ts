import { invalid } from '../../entities/invalid.js'
import type { RemoteAuth } from './options.js'

/** A server's address, without credentials, and the credentials that its URL held. */
export interface ServerUrl {
  /** Without a slash at its end; paths are put behind it. */
  readonly base: string
  readonly auth: RemoteAuth | null
}

/** Takes a server's URL apart. INVALID_PARAMETER_VALUE for what is no http(s) URL; never repeats what it holds. */
export function parseServerUrl(text: string): ServerUrl {
  const url = toUrl(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw invalid(
      'A tracking server is named by an http or https URL, such as http://localhost:5000',
    )
  if (url.search !== '' || url.hash !== '')
    throw invalid(
      `The URL of a tracking server ends with its path: leave out what follows '?' or '#' (${url.origin}${url.pathname}).`,
    )
  const { username, password } = url
  return {
    base: url.origin + url.pathname.replace(/\/+$/, ''),
    auth:
      username === '' && password === ''
        ? null
        : { username: decoded(username), password: decoded(password) },
  }
}

function toUrl(text: unknown): URL | null {
  try {
    return new URL(String(text))
  } catch {
    return null
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
