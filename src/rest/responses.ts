import { httpStatus, toTrackletError } from '../errors.js'
import type { Answer } from './answer.js'
import { printAnswer } from './json-printer.js'

/** Headers that MLflow's server puts on every answer. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  vary: 'Origin',
}

/** What answers say that were made of a text: a server that has it need not read the stream that a body is. */
const TEXTS = new WeakMap<Response, string>()

const TITLES = { 404: 'Not Found', 405: 'Method Not Allowed' } as const

/** A JSON answer. */
export function jsonResponse(answer: Answer, status = 200): Response {
  return respond(printAnswer(answer), { status, type: 'application/json' })
}

/** An answer of any type, with MLflow's usual headers. */
export function respond(
  body: string | ReadableStream<Uint8Array> | null,
  options: {
    readonly type?: string
    readonly status?: number
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): Response {
  const { status = 200, type, headers = {} } = options
  const typed = type === undefined ? {} : { 'content-type': type }
  const response = new Response(body, { status, headers: { ...EVERYWHERE, ...typed, ...headers } })
  if (typeof body === 'string') TEXTS.set(response, body)
  return response
}

/** The text that an answer of `respond` was made of, as long as nobody has read it; undefined for any other. */
export function textOf(response: Response): string | undefined {
  return response.bodyUsed ? undefined : TEXTS.get(response)
}

/** What was thrown as MLflow's error answer: `{error_code, message}` with the status of the code. */
export function errorResponse(thrown: unknown): Response {
  const { errorCode, message } = toTrackletError(thrown)
  return jsonResponse({ error_code: errorCode, message }, httpStatus(errorCode))
}

/** The page for a path or method that is not there: clients tell an older server by it. */
export function notThere(
  status: 404 | 405,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const title = `${status} ${TITLES[status]}`
  const page = `<!doctype html>\n<html lang=en>\n<title>${title}</title>\n<h1>${TITLES[status]}</h1>\n`
  return respond(page, { status, type: 'text/html; charset=utf-8', headers })
}
