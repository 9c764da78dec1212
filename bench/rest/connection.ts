import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const HEAD_END = Buffer.from('\r\n\r\n')

/** An answer to a request: its status, and its body as it came over the wire. */
export interface HttpAnswer {
  readonly status: number
  readonly body: Buffer
}

/**
 * A connection that is kept, with one request at a time on it. It knows as little of HTTP as will do, so that the
 * process that asks is never what limits a server.
 */
export class Connection {
  readonly #socket: Socket
  #parts: Buffer[] = []
  #have = 0
  #need = 0
  #done: ((answer: HttpAnswer) => void) | null = null
  #failed: ((error: Error) => void) | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (part) => this.#take(part))
    socket.on('error', (error) => this.#failed?.(error))
    socket.on('close', () => this.#failed?.(new Error('the server closed the connection')))
  }

  /** A connection to a port of this machine. */
  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Connection(socket)
  }

  /** Sends a request that is bytes already (see `toRequest`); rejects when the connection breaks. */
  ask(request: Buffer): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#done = resolve
      this.#failed = reject
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#failed = null
    this.#socket.destroy()
  }

  #take(part: Buffer): void {
    this.#parts.push(part)
    this.#have += part.length
    if (this.#have < this.#need) return
    const whole = this.#parts.length === 1 ? part : Buffer.concat(this.#parts)
    this.#parts = [whole]
    const answer = readAnswer(whole)
    if (typeof answer === 'number') {
      this.#need = answer
      return
    }
    this.#parts = []
    this.#have = this.#need = 0
    this.#done?.(answer)
  }
}

/** A request as bytes: JSON for POST, nothing for GET. */
export function toRequest(method: 'GET' | 'POST', path: string, body?: unknown): Buffer {
  const json = body === undefined ? '' : JSON.stringify(body)
  const type =
    body === undefined
      ? ''
      : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n`
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${type}\r\n${json}`)
}

/** The answer, or how many bytes have to be there before it is worth looking again. */
function readAnswer(bytes: Buffer): HttpAnswer | number {
  const end = bytes.indexOf(HEAD_END)
  if (end === -1) return 0
  const head = bytes.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  const start = end + HEAD_END.length
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without a length:\n${head}`)
  const total = start + Number(length)
  return bytes.length < total ? total : { status, body: bytes.subarray(start) }
}
