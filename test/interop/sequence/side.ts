import { Agent, request } from 'node:http'
import { replaceSymbols, type Call } from './call.js'

/** An answer as it came. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** One of the two servers: where it is, what its ids stand for, and when it was asked what. */
export interface Side {
  readonly name: 'MLflow' | 'tracklet'
  readonly url: string
  /** Symbols to this server's ids. */
  readonly ids: Map<string, string>
  readonly agent: Agent
}

/** A side before its first call. */
export function newSide(name: Side['name'], url: string): Side {
  return { name, url, ids: new Map(), agent: new Agent({ keepAlive: true, maxSockets: 2 }) }
}

/**
 * Sends a call with this server's ids in place of the symbols. By a plain socket, because `fetch` follows `..` in
 * paths and puts a content type where there should be none.
 */
export function send(side: Side, call: Call): Promise<Reply> {
  const fill = (text: string): string => replaceSymbols(text, side.ids)
  const query = call.query.map(([name, value]) => `${name}=${encodeURIComponent(fill(value))}`)
  const mark = call.path.includes('?') ? '&' : '?'
  const path = `${fill(call.path)}${query.length === 0 ? '' : mark}${query.join('&')}`
  const body = typeof call.body === 'string' ? Buffer.from(fill(call.body)) : call.body
  const type = call.contentType === null ? {} : { 'content-type': call.contentType }
  const length = body === null ? {} : { 'content-length': String(body.length) }
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(side.url)
    const headers = { ...type, ...length }
    const out = request({ hostname, port, path, method: call.method, headers, agent: side.agent })
    out.on('error', reject)
    out.on('response', (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('error', reject)
      answer.on('end', () => {
        const plain = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
        const status = answer.statusCode ?? 0
        resolve({ status, headers: Object.fromEntries(plain), body: Buffer.concat(pieces) })
      })
    })
    out.end(body ?? undefined)
  })
}
