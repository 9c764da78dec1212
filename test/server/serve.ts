import { connect, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { startServer, type RunningServer, type StartServer } from '../../adapters/node-server.js'
import type { RestHandler } from '../../src/rest/handler.js'
import { openEngine } from '../../src/store/engine.js'

/** What the tests' own handler has seen and waits for. */
export interface Seen {
  /** `METHOD path` of each request that was let in. */
  readonly calls: string[]
  /** Bytes of uploads, so far. */
  uploaded: number
  /** What went wrong with the body of an upload. */
  readonly broken: string[]
  /** Parts of an endless download that were asked for, and whether it was given up. */
  pulled: number
  cancelled: boolean
  /** Lets requests to `/slow`, and uploads to `.../waits`, go on. */
  readonly release: () => void
  readonly log: string[]
}

/** A server with a handler that only tells what reached it, and what it saw. */
export interface TestServer extends RunningServer {
  readonly seen: Seen
}

const running: RunningServer[] = []

/** Starts servers on free ports; all are closed after each test. */
export function useServers(): (options?: Partial<StartServer>) => Promise<TestServer> {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.close()))
  })
  return async (options = {}) => {
    const released = withResolvers()
    const seen: Seen = {
      calls: [],
      uploaded: 0,
      broken: [],
      pulled: 0,
      cancelled: false,
      release: released.resolve,
      log: [],
    }
    const store = await openEngine(memoryAdapter())
    const server = await startServer({
      store,
      port: 0,
      log: (line) => seen.log.push(line),
      handler: () => tellingHandler(seen, released.promise),
      ...options,
    })
    running.push(server, { ...server, close: () => Promise.resolve(released.resolve()) })
    return { ...server, seen }
  }
}

function tellingHandler(seen: Seen, released: Promise<void>): RestHandler {
  return async (request) => {
    const { pathname } = new URL(request.url)
    seen.calls.push(`${request.method} ${pathname}`)
    if (pathname === '/slow') await released
    if (pathname === '/throws') throw new Error('a fault')
    if (pathname === '/endless') return endless(seen)
    if (pathname.includes('/mlflow-artifacts/')) return upload(request, seen, released)
    return Response.json({ path: pathname, body: await request.text() })
  }
}

/** Answers 500 to a broken body, as no handler should. */
async function upload(request: Request, seen: Seen, released: Promise<void>): Promise<Response> {
  if (request.method !== 'PUT') return Response.json({})
  if (request.url.endsWith('/waits')) await released
  try {
    for await (const part of request.body as unknown as AsyncIterable<Uint8Array>)
      seen.uploaded += part.length
    return new Response(null)
  } catch (error) {
    seen.broken.push(String(error))
    return new Response(null, { status: 500 })
  }
}

function endless(seen: Seen): Response {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      seen.pulled++
      controller.enqueue(new Uint8Array(65_536))
    },
    cancel() {
      seen.cancelled = true
    },
  })
  return new Response(body)
}

/** A connection that is written to as it is. */
export interface Raw {
  readonly socket: Socket
  /** All that came back, once the server has ended the connection. */
  readonly ended: Promise<string>
  /** Resolves once what came back so far has `text` in it. */
  readonly until: (text: string) => Promise<string>
}

/** Connects to a server, and sends a text. */
export function raw(port: number, text: string): Raw {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  const waiting = new Set<() => void>()
  socket.setEncoding('latin1')
  socket.on('data', (part: string) => {
    received += part
    for (const look of waiting) look()
  })
  // A connection that is reset has ended, too.
  socket.on('error', () => undefined)
  socket.write(text)
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(received)))
  const until = (wanted: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (received.includes(wanted)) resolve(received)
      }
      waiting.add(look)
      socket.on('close', () => reject(new Error(`It ended after: ${received}`)))
      look()
    })
  return { socket, ended, until }
}

/** The statuses of the answers in what came back. */
export function statuses(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

/** Resolves when `isSo` does; the test's own time limit ends the wait. */
export async function eventually(isSo: () => boolean): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve))
  while (!isSo())
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
