import { remoteStore } from '../../../../src/rest/remote/remote-store.js'
import type { RemoteOptions } from '../../../../src/rest/remote/options.js'
import type { Store } from '../../../../src/store/store.js'

/** A request as it came. */
export interface Seen {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
}

/** What answers a request: a response, or an error as of a broken connection. */
export type Answer = (request: Seen, signal: AbortSignal) => Response | Promise<Response>

/** A `fetch` that `answer` stands behind, and what it was asked. */
export function standIn(answer: Answer): { fetch: typeof fetch; seen: Seen[] } {
  const seen: Seen[] = []
  const stand = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input))
    const request = {
      method: init.method ?? 'GET',
      path: url.pathname + url.search,
      url: url.href,
      headers: new Headers(init.headers),
      body: await new Response(init.body ?? null).text(),
    }
    seen.push(request)
    return answer(request, init.signal!)
  }
  return { fetch: stand as typeof fetch, seen }
}

/** A store over a stand-in that waits for nothing; `waits` has how long it would have waited. */
export function storeOver(
  answer: Answer,
  options: Partial<RemoteOptions> = {},
): { store: Store; seen: Seen[]; waits: number[] } {
  const { fetch, seen } = standIn(answer)
  const waits: number[] = []
  const wait = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds)
    return Promise.resolve()
  }
  const store = remoteStore({ url: 'http://server.example:5000', fetch, wait, ...options })
  return { store, seen, waits }
}

/** Answers one after another, the last one again and again. */
export function inOrder(...answers: readonly (() => Response)[]): Answer {
  let next = 0
  return () => answers[Math.min(next++, answers.length - 1)]!()
}

/** An answer of JSON. */
export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status })
}

/** An answer of MLflow's that refuses. */
export function refusal(code: string, message: string, status: number): Response {
  return json({ error_code: code, message }, status)
}
