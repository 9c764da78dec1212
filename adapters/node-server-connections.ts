import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'

/** A request and its answer, as Node has them. */
export interface Exchange {
  readonly incoming: Readable & { readonly complete: boolean }
  readonly outgoing: Writable & { readonly headersSent: boolean; shouldKeepAlive: boolean }
  readonly socket: Socket
}

/** The requests under way, and what becomes of connections that do not keep to HTTP. */
export class Connections {
  readonly #exchanges = new Set<Exchange>()
  readonly #sockets = new WeakSet<Socket>()
  readonly #onEnd: () => void
  #idle: (() => void) | null = null

  /** `onEnd` is called after each exchange. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  /** Counts an exchange until its answer is sent or given up. */
  add(exchange: Exchange): void {
    this.#exchanges.add(exchange)
    exchange.outgoing.once('close', () => this.#end([exchange]))
    if (this.#sockets.has(exchange.socket)) return
    this.#sockets.add(exchange.socket)
    // An answer whose turn on the connection never came has no end of its own.
    exchange.socket.once('close', () => this.#end(this.#of(exchange.socket)))
  }

  /** Resolves when nothing is under way, or after `timeoutMs`. Each connection ends with the answer it waits for. */
  async finish(timeoutMs: number): Promise<void> {
    if (this.#exchanges.size === 0) return
    for (const { outgoing } of this.#exchanges) outgoing.shouldKeepAlive = false
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Answers what is no HTTP, and ends the connection; an answer that is owed is still sent. */
  refuse(error: Error & { code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const open = this.#of(socket)
    const owed = open.filter(({ incoming }) => incoming.complete)
    const last = owed.at(-1)
    if (last !== undefined && owed.length === open.length) {
      last.outgoing.shouldKeepAlive = false
      last.outgoing.once('finish', () => socket.destroySoon())
    } else if (open.some(({ outgoing }) => outgoing.headersSent)) socket.destroy()
    else socket.end(rawAnswer(error.code), () => socket.destroy())
  }

  /** Ends a connection on which nothing has moved for long, save one that waits for an answer. */
  stalled(socket: Socket): void {
    const open = this.#of(socket)
    const waits = open.some(({ outgoing }) => !outgoing.headersSent)
    if (!waits) socket.destroy()
  }

  #of(socket: Socket): readonly Exchange[] {
    return [...this.#exchanges].filter((exchange) => exchange.socket === socket)
  }

  #end(exchanges: readonly Exchange[]): void {
    for (const exchange of exchanges) if (this.#exchanges.delete(exchange)) this.#onEnd()
    if (this.#exchanges.size === 0) this.#idle?.()
  }
}

function rawAnswer(code = ''): string {
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  return [
    `HTTP/1.1 ${status}`,
    'connection: close',
    'content-length: 0',
    'x-content-type-options: nosniff',
    'x-frame-options: SAMEORIGIN',
    'vary: Origin',
    '\r\n',
  ].join('\r\n')
}
