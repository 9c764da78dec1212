import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { ErrorCode } from '../src/errors.js'
import { isDeletionOrPromotion, isUpload, neededRole } from '../src/rest/auth-roles.js'
import { forbidden, mayDo, unauthenticated, type User } from '../src/rest/auth.js'
import { guardRequest, secureHeaders, type GuardRules } from '../src/rest/guard.js'
import type { RestHandler } from '../src/rest/handler.js'
import { textOf } from '../src/rest/responses.js'
import { auditLine } from './node-server-audit.js'
import { BodyRefused, readBody, streamBody, tooLarge } from './node-server-body.js'
import type { Login } from './node-server-login.js'
import type { ToRequest } from './node-server-request.js'

/** How much of a client's time and bytes a server takes. */
export interface ServerLimits {
  /** The largest body of a message; files may be of any size. 64 MiB. */
  readonly maxBodyBytes: number
  /** Milliseconds in which the head of a request must be there. 30 seconds. */
  readonly headersTimeoutMs: number
  /** Milliseconds in which the body of a message must be there. 5 minutes. */
  readonly bodyTimeoutMs: number
  /** Milliseconds in which a file that is sent or fetched must go on by a byte. One minute. */
  readonly idleTimeoutMs: number
  /** Milliseconds that a connection without a request is kept. 65 seconds. */
  readonly keepAliveTimeoutMs: number
  /** Milliseconds that requests under way have to finish when the server closes. 10 seconds. */
  readonly closeTimeoutMs: number
}

/** What requests are answered by. */
export interface AnswerOptions {
  readonly handler: RestHandler
  /** Makes the requests that the handler gets. */
  readonly toRequest: ToRequest
  readonly rules: GuardRules
  readonly login: Login | null
  readonly readOnly: boolean
  /** What every path begins with; '' or such as `/mlflow`. */
  readonly prefix: string
  readonly limits: ServerLimits
  /** Takes a line for the server's log. */
  readonly log: (line: string) => void
}

/** A request, with its body as it comes over the wire. */
export interface Incoming {
  readonly request: Request
  /** The address as it was sent, which parsers change. */
  readonly address: string
  readonly body: Readable
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Answers a request: looks at where it comes from, at who sends it, and at its body; then it is the handler's. */
export async function answerRequest(incoming: Incoming, options: AnswerOptions): Promise<Response> {
  return secured(await answerSafely(incoming, options), incoming.request, options.rules)
}

/** The answer with the headers that every answer has. */
export function secured(answer: Response, request: Request | null, rules: GuardRules): Response {
  if (textOf(answer) !== undefined) {
    secureHeaders(answer.headers, request, rules)
    return answer
  }
  // The headers of some answers cannot be changed.
  const headers = new Headers(answer.headers)
  secureHeaders(headers, request, rules)
  return new Response(answer.body, { status: answer.status, headers })
}

/** Sends an answer whose text is known, which spares reading it as a stream; false for any other. */
export function sendText(answer: Response, outgoing: ServerResponse): boolean {
  const text = textOf(answer)
  if (text === undefined) return false
  const headers: Record<string, string> = { 'content-length': String(Buffer.byteLength(text)) }
  for (const [name, value] of answer.headers) headers[name] = value
  outgoing.writeHead(answer.status, headers)
  outgoing.end(text)
  return true
}

/** An error as MLflow's protocol has it. */
export function errorAnswer(
  status: number,
  code: ErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ error_code: code, message }, { status, headers })
}

async function answerSafely(incoming: Incoming, options: AnswerOptions): Promise<Response> {
  try {
    return await answer(incoming, options)
  } catch (error) {
    if (error instanceof BodyRefused) return refusedBody(error)
    options.log(`${new Date().toISOString()} ${describe(error)}`)
    return errorAnswer(500, 'INTERNAL_ERROR', 'The server failed. Its log says why.')
  }
}

async function answer(
  { request, address, body }: Incoming,
  options: AnswerOptions,
): Promise<Response> {
  const { method } = request
  const url = new URL(request.url)
  const path = pathBelow(url.pathname, options.prefix)
  const stopped = guardRequest(request, options.rules, path ?? '')
  if (stopped !== null) return stopped
  // Without the slash the pages would look for their files beside the prefix; MLflow's server answers so, too.
  if (path === null && url.pathname === options.prefix && (method === 'GET' || method === 'HEAD'))
    return new Response(null, { status: 308, headers: { location: `${options.prefix}/` } })
  if (path === null) return page(404, 'Not Found')
  // Already followed by whatever parses addresses: `DELETE <folder>/a/..` would be for the whole folder.
  if (climbs(address)) return errorAnswer(400, 'INVALID_PARAMETER_VALUE', 'Invalid path')
  if (!METHODS.has(method)) return page(405, 'Method Not Allowed')
  const user = await authorize(request, path, options)
  if (user instanceof Response) return user
  url.pathname = path
  return passOn({ request, address, body }, { url, path, user }, options)
}

/** Whether an address as it was sent has a part `..` or `.`, in whatever spelling. */
function climbs(address: string): boolean {
  const [path = ''] = address.split(/[?#]/, 1)
  return path.split(/[/\\]/).some((part) => /^(?:\.|%2e){1,2}$/i.test(part))
}

/** The user, null where nobody logs in; or the refusal. */
async function authorize(
  { method, headers }: Request,
  path: string,
  { login, readOnly }: AnswerOptions,
): Promise<User | null | Response> {
  const needed = neededRole(method, path)
  if (needed === null) return null
  const user = login === null ? null : await login.login(headers.get('authorization'))
  if (user === 'unknown') return unauthenticated()
  if (user === 'busy')
    return errorAnswer(429, 'RESOURCE_EXHAUSTED', 'Too many logins at once. Try again.')
  if (user !== null && !mayDo(user.role, needed)) return forbidden()
  if (readOnly && needed !== 'read')
    return errorAnswer(403, 'PERMISSION_DENIED', 'This server is read-only.')
  return user
}

interface Admitted {
  readonly url: URL
  readonly path: string
  readonly user: User | null
}

async function passOn(
  { request, body }: Incoming,
  { url, path, user }: Admitted,
  { handler, toRequest, limits, log }: AnswerOptions,
): Promise<Response> {
  const { method, headers } = request
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS')
    return handler(toRequest({ url, from: request, body: null }))
  if (isUpload(method, path)) {
    const empty = new Request(url, { method, headers, signal: request.signal })
    return upload(empty, body, limits, handler)
  }
  const { maxBodyBytes: maxBytes, bodyTimeoutMs: timeoutMs } = limits
  if (Number(headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const bytes = await readBody(body, { maxBytes, timeoutMs })
  const answer = await handler(toRequest({ url, from: request, body: bytes }))
  if (answer.ok && isDeletionOrPromotion(method, decoded(path)))
    log(auditLine({ method, path, body: bytes }, user))
  return answer
}

/** A file is handed on as it comes. */
async function upload(
  request: Request,
  body: Readable,
  { idleTimeoutMs: idleMs }: ServerLimits,
  handler: RestHandler,
): Promise<Response> {
  let refused: BodyRefused | undefined
  const stream = streamBody(body, { idleMs, onRefused: (error) => (refused = error) })
  const init: RequestInit & { duplex: 'half' } = { body: stream, duplex: 'half' }
  const answer = await handler(new Request(request, init))
  // Whatever the handler makes of a broken body, it was the client's fault.
  return refused === undefined ? answer : refusedBody(refused)
}

function refusedBody({ status, message }: BodyRefused): Response {
  const codes = {
    400: 'BAD_REQUEST',
    408: 'DEADLINE_EXCEEDED',
    413: 'INVALID_PARAMETER_VALUE',
  } as const
  // What is left of the body would stand before the next request.
  return errorAnswer(status, codes[status], message, { connection: 'close' })
}

/** Null where the path does not begin with the server's prefix. */
function pathBelow(path: string, prefix: string): string | null {
  if (prefix === '') return path
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : null
}

function page(status: number, title: string): Response {
  return new Response(`<!doctype html><title>${status} ${title}</title><h1>${title}</h1>\n`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
