import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import { startServer } from '../../adapters/node-server.js'
import { raw, statuses, useServers } from './serve.js'

// Beside the packages, so that it finds them.
const script = fileURLToPath(
  new URL(`../../node_modules/.tracklet-server-${process.pid}.mjs`, import.meta.url),
)
const serve = useServers()
const children: ChildProcess[] = []
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-server-'))
  await build({
    entryPoints: [fileURLToPath(new URL('child.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(async () => {
  await rm(script, { force: true })
  await rm(folder, { recursive: true, force: true })
})

interface Served {
  readonly child: ChildProcess
  readonly url: string
  readonly port: number
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; out: string }>
}

async function startChild(store: string): Promise<Served> {
  const child = spawn(process.execPath, [script, store], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  let out = ''
  const ended = new Promise<Awaited<Served['ended']>>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out }))
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (part: Buffer) => {
      out += part.toString()
      const listening = /^Listening on (http:\/\/127\.0\.0\.1:\d+)\n/.exec(out)
      if (listening?.[1] !== undefined) resolve(listening[1])
    })
    child.on('close', () => reject(new Error(`It ended: ${out}`)))
  })
  return { child, url, port: Number(new URL(url).port), ended }
}

const CREATE = '/api/2.0/mlflow/experiments/create'

function createHead(body: string): string {
  return (
    `POST ${CREATE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`
  )
}

async function experimentNames(store: string): Promise<string[]> {
  const tracker = await openTracker(store)
  try {
    const { experiments } = await tracker.client.searchExperiments()
    return experiments.map(({ name }) => name).sort()
  } finally {
    await tracker.close()
  }
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('lets a request under way finish, takes no other, and ends with 0', async () => {
    const store = join(folder, `finish-${signal}`)
    const { child, url, port, ended } = await startChild(store)
    const body = JSON.stringify({ name: 'under way' })
    const { socket, until, ended: answered } = raw(port, createHead(body) + body.slice(0, 5))
    const idle = raw(port, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await idle.until('OK')
    // The server has the head of the first request once it has answered a later one.
    expect((await fetch(`${url}/health`)).status).toBe(200)
    child.kill(signal)
    await idle.ended
    await expect(fetch(`${url}/health`)).rejects.toThrow()
    socket.write(body.slice(5))
    await until('experiment_id')
    const received = await answered
    expect(statuses(received)).toEqual([200])
    expect(received).toMatch(/connection: close/i)
    const { code, out } = await ended
    expect({ code, out }).toEqual({ code: 0, out: `Listening on ${url}\nClosed\n` })
    expect(await experimentNames(store)).toEqual(['Default', 'under way'])
  })

  it('ends the process at once the second time, and what was answered is kept', async () => {
    const store = join(folder, `twice-${signal}`)
    const { child, url, port, ended } = await startChild(store)
    const body = JSON.stringify({ name: 'kept' })
    const created = await fetch(`${url}${CREATE}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(created.status).toBe(200)
    const waiting = raw(port, createHead(body) + body.slice(0, 5))
    const idle = raw(port, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await idle.until('OK')
    expect((await fetch(`${url}/health`)).status).toBe(200)
    child.kill(signal)
    await idle.ended
    child.kill(signal)
    const { code, out } = await ended
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(out).not.toContain('Closed')
    expect(statuses(await waiting.ended)).toEqual([])
    expect(await experimentNames(store)).toEqual(['Default', 'kept'])
  })
})

describe('closing', () => {
  it('answers 503 to what comes on a connection that is still open', async () => {
    const server = await serve()
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const slow = raw(server.port, get('/slow'))
    const late = raw(server.port, get('/first'))
    await late.until('"/first"')
    // Only a part of the head, so that the connection has a request, but the server no call.
    late.socket.write(get('/late').slice(0, 8))
    const other = raw(server.port, get('/a'))
    await other.until('"/a"')
    const closed = server.close()
    await other.ended
    late.socket.write(get('/late').slice(8))
    const received = await late.ended
    expect(statuses(received)).toEqual([200, 503])
    expect(received).toMatch(/connection: close/i)
    expect(received).toContain('TEMPORARILY_UNAVAILABLE')
    server.seen.release()
    await closed
    expect(statuses(await slow.ended)).toEqual([200])
    expect(server.seen.calls.toSorted()).toEqual(['GET /a', 'GET /first', 'GET /slow'])
  })

  it('waits for no request whose turn on its connection does not come any more', async () => {
    const server = await serve()
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const { ended } = raw(server.port, get('/slow') + get('/behind'))
    const other = raw(server.port, get('/a'))
    await other.until('"/a"')
    const closed = server.close()
    server.seen.release()
    await closed
    expect(statuses(await ended)).toEqual([200])
  }, 5_000)

  it('gives up requests that do not end in time', async () => {
    const server = await serve({ limits: { closeTimeoutMs: 50 } })
    const { ended } = raw(server.port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const other = raw(server.port, 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await other.until('"/a"')
    await server.close()
    expect(statuses(await ended)).toEqual([])
  })
})

describe('a store', () => {
  it('that a server holds is refused to a second one, which names the first', async () => {
    const store = join(folder, 'held')
    const { child, ended } = await startChild(store)
    await expect(startServer({ store, port: 0 })).rejects.toMatchObject({
      errorCode: 'RESOURCE_CONFLICT',
      message: expect.stringContaining(String(child.pid)),
    })
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    const server = await startServer({ store, port: 0 })
    await server.close()
  })
})
