/** A request as a handler gets it. */
export interface PassedOn {
  /** Below the server's prefix. */
  readonly url: URL
  /** The request as it came, its body aside. */
  readonly from: Request
  /** The whole body; null where there is none. */
  readonly body: Uint8Array<ArrayBuffer> | null
}

/** Makes the request that a handler gets. */
export type ToRequest = (given: PassedOn) => Request

/** A request as the platform makes them: for handlers that may do anything with it. */
export const toPlatformRequest: ToRequest = ({ url, from, body }) => {
  const { method, headers, signal } = from
  return new Request(url, { method, headers, signal, ...(body !== null && { body }) })
}

/**
 * The same for a handler that looks at method, address, headers and the bytes of the body: making the platform's, with
 * its signal and its stream, takes longer than answering it. It is made once something else is asked for.
 */
export const toLightRequest: ToRequest = (given) => new LightRequest(given) as unknown as Request

class LightRequest {
  readonly #given: PassedOn
  #whole: Request | null = null

  constructor(given: PassedOn) {
    this.#given = given
  }

  get method(): string {
    return this.#given.from.method
  }

  get url(): string {
    return this.#given.url.href
  }

  get headers(): Headers {
    return this.#given.from.headers
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#given.body === null ? null : this.#platform.body
  }

  get bodyUsed(): boolean {
    return this.#whole?.bodyUsed ?? false
  }

  get signal(): AbortSignal {
    return this.#platform.signal
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { body } = this.#given
    return this.#whole === null && body !== null ? body.buffer : this.#platform.arrayBuffer()
  }

  text(): Promise<string> {
    return this.#platform.text()
  }

  json(): Promise<unknown> {
    return this.#platform.json()
  }

  blob(): Promise<Blob> {
    return this.#platform.blob()
  }

  formData(): Promise<FormData> {
    return this.#platform.formData()
  }

  clone(): Request {
    return this.#platform.clone()
  }

  get #platform(): Request {
    return (this.#whole ??= toPlatformRequest(this.#given))
  }
}
