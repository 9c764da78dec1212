import { invalid } from '../entities/invalid.js'
import { isRecord } from '../entities/validate.js'
import { TrackletError } from '../errors.js'
import { collectBytes } from '../util/concatenate.js'
import { readJson } from './json-reader.js'
import type { Message } from './schema.js'

type Raw = Readonly<Record<string, unknown>>

/** The longest JSON body, in bytes; far above the longest that MLflow's limits allow. */
const LONGEST_BODY = 64 * 1024 * 1024
const JSON_TYPE = 'application/json'

/**
 * A request's fields before their types are looked at: of the query for GET, else of the JSON body. A body that is
 * no JSON object counts as an empty one, and one that is a JSON text is read a second time, as MLflow does.
 */
export async function readRequest(request: Request, message: Message): Promise<Raw> {
  if (request.method === 'GET' || request.method === 'HEAD')
    return readQuery(new URL(request.url).searchParams, message)
  if (request.method === 'POST' || request.method === 'PUT') checkContentType(request)
  const value = readJson(await readText(request))
  const body = typeof value === 'string' ? readJson(value) : value
  return isRecord(body) ? (body as Raw) : {}
}

/** All of a request's body; INVALID_PARAMETER_VALUE with `tooLong` where it has more than `limit` bytes. */
export async function readBody(
  request: Request,
  limit: number,
  tooLong: string,
): Promise<Uint8Array> {
  const announced = request.headers.get('content-length')
  if (announced !== null && Number(announced) <= limit) {
    const bytes = new Uint8Array(await request.arrayBuffer().catch(brokenOff))
    if (bytes.length > limit) throw invalid(tooLong)
    return bytes
  }
  return collectBytes(bodyPieces(request), limit, () => invalid(tooLong))
}

/** A request's body as it arrives; CANCELLED where it breaks off. What is not read is dropped. */
async function* bodyPieces(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(brokenOff)
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** The same for a file: CANCELLED also where fewer bytes arrive than were announced. */
export async function* uploadPieces(request: Request): AsyncGenerator<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0)
  let size = 0
  for await (const piece of bodyPieces(request)) {
    size += piece.length
    yield piece
  }
  if (size < announced) brokenOff(undefined)
}

function brokenOff(cause: unknown): never {
  throw new TrackletError('CANCELLED', 'The request broke off before its end.', { cause })
}

function readQuery(query: URLSearchParams, message: Message): Raw {
  const raw: Record<string, unknown> = {}
  for (const [name, { kind, alias }] of Object.entries(message)) {
    const value = query.get(name)
    if (alias !== undefined && query.has(alias)) raw[alias] = query.get(alias)
    if (value === null) continue
    if (kind === 'list') raw[name] = query.getAll(name)
    else raw[name] = kind === 'bool' ? readBoolean(value) : value
  }
  return raw
}

function readBoolean(value: string): boolean {
  if (/^true$/i.test(value)) return true
  if (/^false$/i.test(value)) return false
  throw invalid(`Invalid boolean value: ${value}, must be 'true' or 'false'.`)
}

function checkContentType(request: Request): void {
  const type = request.headers.get('content-type')
  if (type === null) throw invalid('Bad Request. Content-Type header is missing.')
  if (type.split(';')[0]?.trim().toLowerCase() !== JSON_TYPE)
    throw invalid(`Bad Request. Content-Type must be one of ['${JSON_TYPE}'].`)
}

async function readText(request: Request): Promise<string> {
  const limit = `A request may have at most ${LONGEST_BODY} bytes; send less at once.`
  const bytes = await readBody(request, LONGEST_BODY, limit)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return ''
  }
}
