import { createRestHandler } from '../../../src/rest/index.js'
import type { RestHandler } from '../../../src/rest/index.js'
import { openEngine } from '../../../src/store/engine.js'
import type { EngineOptions } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'
import { memoryAdapter } from '../../../adapters/memory.js'

// A client on the wire: requests as they come from outside, answers as they go out.

/** An answer, read. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The text as JSON; null where it is none. */
  readonly body: unknown
}

/** What is sent. `contentType` null means that the header is absent. */
export interface Sent {
  readonly method?: string
  readonly query?: Readonly<Record<string, unknown>>
  readonly raw?: string | Uint8Array<ArrayBuffer>
  readonly body?: unknown
  readonly contentType?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** A store in memory behind a handler. */
export class Wire {
  readonly store: LocalStore
  readonly handler: RestHandler

  private constructor(store: LocalStore) {
    this.store = store
    this.handler = createRestHandler({ store })
  }

  static async open(options: EngineOptions = {}): Promise<Wire> {
    return new Wire(await openEngine(memoryAdapter(), options))
  }

  /** Sends a request; a path without a leading slash is below `/api/2.0/mlflow/`. */
  async send(path: string, sent: Sent = {}): Promise<Answered> {
    const response = await this.handler(toRequest(path, sent))
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: toJson(text) }
  }

  /** The body of a POST's or GET's answer, which must be a 200. */
  async get(path: string, query: Sent['query'] = {}): Promise<unknown> {
    return bodyOf(await this.send(path, { query }))
  }

  async post(path: string, body: unknown): Promise<unknown> {
    return bodyOf(await this.send(path, { method: 'POST', body }))
  }

  /** A new run's id. */
  async newRun(experimentId = '0'): Promise<string> {
    const fields = { experiment_id: experimentId, start_time: 1_700_000_000_000 }
    const { run } = (await this.post('runs/create', fields)) as {
      run: { info: { run_id: string } }
    }
    return run.info.run_id
  }
}

/** A request as a client sends it. */
export function toRequest(path: string, sent: Sent = {}): Request {
  const { method = 'GET', query = {}, body, contentType = 'application/json' } = sent
  const root = path.startsWith('/') ? '' : '/api/2.0/mlflow/'
  const url = `http://localhost:5000${root}${path}${toQuery(query)}`
  const raw = sent.raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const headers = new Headers(sent.headers)
  if (method !== 'GET' && method !== 'HEAD' && contentType !== null)
    headers.set('content-type', contentType)
  if (raw === undefined || method === 'GET' || method === 'HEAD')
    return new Request(url, { method, headers })
  const bytes = typeof raw === 'string' ? new TextEncoder().encode(raw) : raw
  return new Request(url, { method, headers, body: bytes })
}

function toQuery(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) => [name, String(item)]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}

function bodyOf({ status, text, body }: Answered): unknown {
  if (status !== 200) throw new Error(`${status}: ${text}`)
  return body
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
