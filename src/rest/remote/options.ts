/**
 * How a client proves who it is: by name and password, by a bearer token, or by headers that are asked for before
 * every request, as where tokens expire.
 */
export type RemoteAuth =
  | { readonly username: string; readonly password: string }
  | { readonly token: string }
  | (() => Promise<Record<string, string>>)

/** How `remoteStore` speaks to a server. */
export interface RemoteOptions {
  /** Where the server is, with its path prefix if it has one: `http://host:5000`, `https://user:password@host/mlflow`. */
  readonly url: string
  /** What sends requests; the platform's `fetch` by default. */
  readonly fetch?: typeof fetch
  /** Over a name and password in the URL. */
  readonly auth?: RemoteAuth
  /** How often a call that may safely be repeated is repeated, with growing waits between; 6 by default. */
  readonly retries?: number
  /** Ends everything on its way, and all that follows, with CANCELLED. */
  readonly signal?: AbortSignal
  /** How long the server may keep silent during one request; 120,000 by default. */
  readonly timeoutMs?: number
  /** Whether too long params and tags are cut (the default) or refused. */
  readonly truncateLongValues?: boolean
  /** Whether `fetch` can send a stream over HTTP/1.1, as Node's can and browsers' cannot; false by default. */
  readonly streamUploads?: boolean
  /** Where the page comes from, for advice about cross-origin refusals. */
  readonly origin?: string
  /** Waits between attempts: a timer by default. Rejects once the signal is aborted. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>
}
