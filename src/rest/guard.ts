/** What may reach a server: by MLflow's names and rules (mlflow/server/fastapi_security.py). */
export interface GuardRules {
  /** Host headers that are let in, `*` for any characters. This machine and private addresses where absent. */
  readonly allowedHosts?: readonly string[]
  /** Origins of pages that may write, and read answers, beside pages of this machine; `*` for any characters. */
  readonly corsAllowedOrigins?: readonly string[]
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']
const WRITING = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
const EXEMPT = new Set(['/health', '/version'])
const PREFLIGHT_SECONDS = '600'

const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(:\d+)?$/
const LOCAL_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/
// MLflow takes `10.*`, which a name such as 10.example.com fits, too: here they are addresses to their end.
const PRIVATE_ADDRESSES = [
  /^10(\.\d{1,3}){3}(:\d+)?$/,
  /^192\.168(\.\d{1,3}){2}(:\d+)?$/,
  /^172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2}(:\d+)?$/,
  /^\[f[cd][\da-f]{2}:[\da-f:]*\](:\d+)?$/,
]

/**
 * The answer to a request that goes no further: a wrong Host (DNS rebinding), a page of a foreign origin that wants to
 * write, or a CORS preflight; null for one that may go on. `path` is the request's path without a server's prefix.
 */
export function guardRequest(
  request: Request,
  rules: GuardRules,
  path = new URL(request.url).pathname,
): Response | null {
  const { method, headers } = request
  if (!EXEMPT.has(path) && !isAllowedHost(hostOf(request), rules))
    return plain(403, 'Invalid Host header - possible DNS rebinding attack detected')
  const origin = headers.get('origin')
  const asked = headers.get('access-control-request-method')
  if (method === 'OPTIONS')
    return origin !== null && asked !== null
      ? preflight(request, origin, asked, rules)
      : new Response(null, { status: 204 })
  if (origin !== null && WRITING.has(method) && !isAllowedOrigin(origin, rules))
    return plain(403, 'Cross-origin request blocked')
  return null
}

/** Adds the headers that every answer has: against sniffing and framing, and CORS for the pages that may read it. */
export function secureHeaders(headers: Headers, request: Request | null, rules: GuardRules): void {
  headers.set('x-content-type-options', 'nosniff')
  headers.set('x-frame-options', 'SAMEORIGIN')
  if (!/(^|,)\s*origin\s*(,|$)/i.test(headers.get('vary') ?? '')) headers.append('vary', 'Origin')
  const origin = request?.headers.get('origin')
  if (!origin || !isAllowedOrigin(origin, rules)) return
  if (rules.corsAllowedOrigins?.includes('*')) {
    // Whoever asks may read, but never with the credentials that a browser keeps.
    headers.set('access-control-allow-origin', '*')
  } else {
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-allow-credentials', 'true')
  }
  headers.set('access-control-expose-headers', '*')
}

/** Whether a Host header is let in. */
function isAllowedHost(host: string, { allowedHosts }: GuardRules): boolean {
  const name = host.toLowerCase()
  if (name === '') return false
  if (allowedHosts !== undefined)
    return allowedHosts.some((pattern) => matchesPattern(name, pattern.toLowerCase()))
  return LOCAL_HOST.test(name) || PRIVATE_ADDRESSES.some((address) => address.test(name))
}

/** Whether pages of this origin may write; `null`, as of sandboxed frames and local files, only by `*`. */
function isAllowedOrigin(origin: string, { corsAllowedOrigins = [] }: GuardRules): boolean {
  const name = origin.toLowerCase()
  if (LOCAL_ORIGIN.test(name)) return true
  return corsAllowedOrigins.some((pattern) => matchesPattern(name, pattern.toLowerCase()))
}

/** Whether a text is what a pattern says, in which `*` stands for any characters. Time is linear in practice. */
function matchesPattern(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= end
}

/** Outside of HTTP/1.1, as in a page's own protocol, the address is all there is. */
function hostOf(request: Request): string {
  return request.headers.get('host') ?? new URL(request.url).host
}

function preflight(request: Request, origin: string, asked: string, rules: GuardRules): Response {
  const answer = !isAllowedOrigin(origin, rules)
    ? plain(400, 'Disallowed CORS origin')
    : !METHODS.includes(asked)
      ? plain(400, 'Disallowed CORS method')
      : plain(200, 'OK')
  const { headers } = answer
  headers.set(
    'vary',
    'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, ' +
      'Access-Control-Request-Private-Network',
  )
  headers.set('access-control-allow-methods', METHODS.join(', '))
  headers.set('access-control-max-age', PREFLIGHT_SECONDS)
  const wanted = request.headers.get('access-control-request-headers')
  if (wanted !== null) headers.set('access-control-allow-headers', wanted)
  return answer
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
