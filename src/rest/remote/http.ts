import { TrackletError, toTrackletError, type ErrorCode } from '../../errors.js'
import { Attempt } from './attempt.js'
import type { RemoteAuth, RemoteOptions } from './options.js'
import { readJson } from './read-json.js'
import {
  networkError,
  notJson,
  responseToError,
  timeoutError,
  type RequestName,
} from './response-error.js'
import { cancelled, RETRY_STATUSES, waitBefore, waitFor } from './retry.js'
import { parseServerUrl } from './server-url.js'

/** One parameter of a query; a list repeats it, absent ones are left out. */
export type QueryValue = string | number | boolean | readonly string[] | undefined

/** A call of the server. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below the server's address, with a slash in front, percent-encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, QueryValue>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly bytes?: Blob | ReadableStream<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
  /** Whether doing it twice is as good as once, so that it is repeated when nobody knows whether it was done. */
  readonly repeat: boolean
  /** Told of each attempt, so that a body that is sent while it is made can keep its clock. */
  readonly started?: (attempt: Attempt) => void
  /** Statuses that are no errors though they are none of 200 to 299. */
  readonly accept?: readonly number[]
}

/** A response whose body is still to be read. */
export interface Opened {
  readonly response: Response
  readonly attempt: Attempt
  /** What an error while the body is read means. */
  readonly failure: (error: unknown) => TrackletError
}

const DEFAULT_RETRIES = 6
const DEFAULT_TIMEOUT_MS = 120_000
/** Nobody tells how far a Blob has come: this much a millisecond is expected of the slowest connection. */
const SLOWEST_UPLOAD = 50
const TRANSIENT: readonly ErrorCode[] = [
  'TEMPORARILY_UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'INTERNAL_ERROR',
]

/** Whether the same call may do better later. */
export function isTransient(error: TrackletError): boolean {
  return TRANSIENT.includes(error.errorCode)
}

/** Sends calls to one server: with credentials, repeated where that is safe, with typed errors. */
export class HttpClient {
  /** The server's address, without credentials. */
  readonly base: string
  readonly #options: RemoteOptions
  readonly #auth: RemoteAuth | null
  readonly #timeoutMs: number
  readonly #closing = new AbortController()
  readonly #fetch: typeof fetch

  /** INVALID_PARAMETER_VALUE for a URL that names no server. */
  constructor(options: RemoteOptions) {
    const { base, auth } = parseServerUrl(options.url)
    this.base = base
    this.#options = options
    this.#auth = options.auth ?? auth
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    // A browser's fetch must be called as a function of its window.
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init))
  }

  /** Ends every call on its way, and all that follow, with INVALID_STATE. */
  close(): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(
      new TrackletError('INVALID_STATE', 'The store is closed. Open it again to go on.'),
    )
  }

  /** Throws INVALID_STATE once it is closed, CANCELLED once its signal is aborted. */
  assertOpen(): void {
    for (const signal of [this.#closing.signal, this.#options.signal])
      if (signal?.aborted) throw cancelled(signal)
  }

  /** The JSON that the server answers; an empty body is an empty object. */
  async json(call: Call): Promise<unknown> {
    return this.#repeat(call, async (name) => {
      const { response, attempt, failure } = await this.#send(call, name)
      const text = await response.text().catch((error: unknown) => {
        throw failure(error)
      })
      attempt.end()
      if (text.trim() === '') return {}
      try {
        return readJson(text)
      } catch (error) {
        throw notJson(name, text, error)
      }
    })
  }

  /** A good response, its body still to be read: `attempt` is to be touched while that goes on, then ended. */
  async open(call: Call): Promise<Opened> {
    return this.#repeat(call, (name) => this.#send(call, name))
  }

  async #repeat<T>(call: Call, send: (name: RequestName) => Promise<T>): Promise<T> {
    const { retries = DEFAULT_RETRIES, origin, wait = waitFor } = this.#options
    const url = this.base + call.path
    const name = { method: call.method, url, base: this.base, origin }
    for (let attempt = 1; ; attempt++) {
      this.assertOpen()
      try {
        return await send(name)
      } catch (error) {
        const again = error instanceof Refused ? error.again : isTransient(toTrackletError(error))
        const told = error instanceof Refused ? error.error : error
        if (!call.repeat || !again || attempt > retries) throw told
        const retryAfter = error instanceof Refused ? error.retryAfter : null
        await this.#waitUntilNext(wait, waitBefore(attempt, retryAfter))
      }
    }
  }

  async #waitUntilNext(
    wait: NonNullable<RemoteOptions['wait']>,
    milliseconds: number,
  ): Promise<void> {
    const both = new Attempt([this.#options.signal, this.#closing.signal], milliseconds + 60_000)
    try {
      await wait(milliseconds, both.signal)
    } catch (error) {
      throw both.stoppedBy === undefined ? error : cancelled(both.stoppedBy)
    } finally {
      both.end()
    }
  }

  async #send(call: Call, name: RequestName): Promise<Opened> {
    const headers = await this.#headers(call)
    const upload = call.bytes instanceof Blob ? call.bytes.size / SLOWEST_UPLOAD : 0
    const timeoutMs = this.#timeoutMs + upload
    const attempt = new Attempt([this.#options.signal, this.#closing.signal], timeoutMs)
    call.started?.(attempt)
    const failure = (error: unknown): TrackletError => {
      attempt.end()
      if (attempt.timedOut) return timeoutError(name, timeoutMs)
      if (attempt.stoppedBy !== undefined) return cancelled(attempt.stoppedBy)
      return networkError(name, error)
    }
    const init = { method: call.method, headers, signal: attempt.signal, ...bodyOf(call) }
    let response: Response
    try {
      response = await this.#fetch(this.base + call.path + queryOf(call.query), init)
      if (response.ok || call.accept?.includes(response.status))
        return { response, attempt, failure }
    } catch (error) {
      throw failure(error)
    }
    const text = await response.text().catch(() => '')
    attempt.end()
    throw new Refused(response, responseToError(name, response.status, text))
  }

  async #headers(call: Call): Promise<Record<string, string>> {
    const type = call.json === undefined ? {} : { 'content-type': 'application/json' }
    return { ...type, ...call.headers, ...(await authHeaders(this.#auth)) }
  }
}

/** A refusal on its way to the loop that may try again. */
class Refused extends Error {
  readonly error: TrackletError
  readonly again: boolean
  readonly retryAfter: string | null

  constructor(response: Response, error: TrackletError) {
    super(error.message)
    this.error = error
    this.again = RETRY_STATUSES.includes(response.status) && isTransient(error)
    this.retryAfter = response.headers.get('retry-after')
  }
}

async function authHeaders(auth: RemoteAuth | null): Promise<Record<string, string>> {
  if (auth === null) return {}
  if (typeof auth === 'function') return ownHeaders(auth)
  if ('token' in auth) return { authorization: `Bearer ${auth.token}` }
  const bytes = new TextEncoder().encode(`${auth.username}:${auth.password}`)
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` }
}

async function ownHeaders(
  auth: () => Promise<Record<string, string>>,
): Promise<Record<string, string>> {
  try {
    return await auth()
  } catch (error) {
    throw toTrackletError(error, 'PERMISSION_DENIED')
  }
}

function bodyOf({ json, bytes }: Call): RequestInit {
  if (json !== undefined) return { body: JSON.stringify(json) }
  if (bytes === undefined) return {}
  // A stream is sent while it is made, which `fetch` wants to be told; types do not know it yet.
  return bytes instanceof ReadableStream
    ? ({ body: bytes, duplex: 'half' } as RequestInit)
    : { body: bytes }
}

function queryOf(query: Call['query']): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) given.append(key, String(one))
  }
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}
