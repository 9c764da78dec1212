import { Agent, request } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { startServer } from '../../adapters/node-server.js'
import { openEngine } from '../../src/store/engine.js'
import { raw, statuses, useServers, type TestServer } from './serve.js'

const serve = useServers()

const HEADERS = ['x-content-type-options: nosniff', 'x-frame-options: SAMEORIGIN', 'vary: Origin']

function expectSecure(received: string): void {
  for (const header of HEADERS) expect(received.toLowerCase()).toContain(header.toLowerCase())
}

/** The server still answers, and nothing went wrong inside. */
async function expectAlive({ url, seen }: TestServer): Promise<void> {
  const response = await fetch(`${url}/alive`)
  expect(await response.json()).toEqual({ path: '/alive', body: '' })
  expect(seen.log).toEqual([])
}

describe('an answer', () => {
  it('has the headers of MLflow’s server, whatever it is', async () => {
    const server = await serve()
    const heads = await Promise.all(
      [
        'GET /a HTTP/1.1\r\nHost: localhost',
        'GET /a HTTP/1.1\r\nHost: evil.com',
        'POST /a HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.com',
        'OPTIONS /a HTTP/1.1\r\nHost: localhost',
        'TRACE /a HTTP/1.1\r\nHost: localhost',
        'GET /throws HTTP/1.1\r\nHost: localhost',
        'nonsense',
      ].map((head) => raw(server.port, `${head}\r\nConnection: close\r\n\r\n`).ended),
    )
    for (const head of heads) expectSecure(head)
    expect(heads.flatMap(statuses)).toEqual([200, 403, 403, 204, 405, 500, 400])
    expect(server.seen.log).toEqual([expect.stringContaining('a fault')])
    expect(server.seen.calls).toEqual(['GET /a', 'GET /throws'])
  })

  it('tells nobody outside why the handler failed', async () => {
    const { url } = await serve()
    const response = await fetch(`${url}/throws`)
    expect(await response.json()).toEqual({
      error_code: 'INTERNAL_ERROR',
      message: expect.not.stringContaining('a fault'),
    })
  })

  it('to a page that may read it says so', async () => {
    const { url } = await serve({ corsAllowedOrigins: ['https://app.company.com'] })
    const headersFor = async (origin: string): Promise<Headers> =>
      (await fetch(`${url}/a`, { headers: { origin } })).headers
    const allowed = await headersFor('https://app.company.com')
    expect(allowed.get('access-control-allow-origin')).toBe('https://app.company.com')
    expect((await headersFor('https://evil.com')).get('access-control-allow-origin')).toBeNull()
  })
})

describe('a prefix', () => {
  it('stands before every path, and is not there for the handler', async () => {
    const { url, port, seen } = await serve({ staticPrefix: '/mlflow' })
    expect(url).toBe(`http://127.0.0.1:${port}/mlflow`)
    expect(await (await fetch(`${url}/health?a=1`)).json()).toMatchObject({ path: '/health' })
    for (const path of ['/health', '/mlflowx/health'])
      expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(404)
    const root = await fetch(url, { redirect: 'manual' })
    expect([root.status, root.headers.get('location')]).toEqual([308, '/mlflow/'])
    expect(seen.calls).toEqual(['GET /health'])
  })

  it.each(['mlflow', '/mlflow/', '/', '/a b', '/a?b'])('is refused: %s', async (staticPrefix) => {
    await expect(serve({ staticPrefix })).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
    })
  })
})

describe('listening', () => {
  it('is refused on a port that is taken, and lets go of the store', async () => {
    const { port } = await serve()
    const store = 'memory:server-port-taken'
    await expect(startServer({ store, port })).rejects.toMatchObject({
      errorCode: 'RESOURCE_CONFLICT',
      message: expect.stringContaining(`Port ${port} of 127.0.0.1 is taken`),
    })
    await (await openEngine(memoryAdapter('server-port-taken'), { lockTimeoutMs: 0 })).close()
  })

  it.each([
    { host: '' },
    { host: '203.0.113.7', port: 0 },
    { port: 65_536 },
    { port: -1 },
    { port: 1.5 },
  ])('is refused where it cannot be: $host $port', async (options) => {
    await expect(serve(options)).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
  })
})

describe('a connection', () => {
  it('is kept for the next request', async () => {
    const { url, seen } = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    const call = (body: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const sent = request(`${url}/a`, { method: 'POST', agent }, (response) => {
          ports.add(response.socket.localPort)
          response.resume().on('end', () => resolve(response.statusCode ?? 0))
        })
        sent.on('error', reject).end(body)
      })
    for (let i = 0; i < 5; i++) expect(await call('x'.repeat(i * 1000))).toBe(200)
    agent.destroy()
    expect(ports.size).toBe(1)
    expect(seen.calls).toHaveLength(5)
  })

  it('is ended when no request comes any more', async () => {
    const { port } = await serve({ limits: { keepAliveTimeoutMs: 50 } })
    const { ended } = raw(port, 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(statuses(await ended)).toEqual([200])
  })

  it('that expects the unknown gets a plain answer', async () => {
    const { port } = await serve()
    const head =
      'GET /a HTTP/1.1\r\nHost: localhost\r\nExpect: a-miracle\r\nConnection: close\r\n\r\n'
    const received = await raw(port, head).ended
    expect(statuses(received)).toEqual([200])
    expectSecure(received)
  })

  it('may bring requests before their answers, which come in order', async () => {
    const server = await serve()
    const calls = ['/slow', '/b', '/c'].map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n`)
    const { ended, until } = raw(server.port, `${calls.join('\r\n')}Connection: close\r\n\r\n`)
    const other = raw(server.port, 'GET /d HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await other.until('"/d"')
    other.socket.destroy()
    server.seen.release()
    await until('"/c"')
    const paths = [...(await ended).matchAll(/"path":"([^"]*)"/g)].map(([, path]) => path)
    expect(paths).toEqual(['/slow', '/b', '/c'])
  })

  it('that turns to garbage still gets the answer that it is owed', async () => {
    const server = await serve()
    const { ended, until } = raw(
      server.port,
      'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n\x00\x01garbage\r\n\r\n',
    )
    const other = raw(server.port, 'GET /e HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await other.until('"/e"')
    other.socket.destroy()
    server.seen.release()
    await until('"/slow"')
    expect(statuses(await ended)).toEqual([200])
    await expectAlive(server)
  })

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['an old version without Host', 'GET / HTTP/1.0\r\n\r\n', 400],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a length below zero',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
      400,
    ],
    [
      'a bad chunk',
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    ['a huge head', `GET / HTTP/1.1\r\nHost: localhost\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
    ['a backslash', 'GET /a\\b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    [
      'an absolute address',
      'GET http://localhost/x HTTP/1.1\r\nHost: evil.com\r\nConnection: close\r\n\r\n',
      403,
    ],
  ])('that brings %s is answered and ended', async (_name, text, status) => {
    const server = await serve()
    const received = await raw(server.port, text).ended
    expect(statuses(received)).toEqual([status])
    expectSecure(received)
    expect(server.seen.calls).toEqual([])
    await expectAlive(server)
  })

  it('that sends its head too slowly is ended', async () => {
    const server = await serve({ limits: { headersTimeoutMs: 100 } })
    const { ended } = raw(server.port, 'GET / HTTP/1.1\r\nHost: local')
    expect(statuses(await ended)).toEqual([408])
    await expectAlive(server)
  })

  it('that asks for a tunnel or another protocol is not a way in', async () => {
    const server = await serve()
    await raw(server.port, 'CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n').ended
    const upgraded = await raw(
      server.port,
      'GET /u HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n',
    ).ended
    expect(statuses(upgraded)).toEqual([200])
    await expectAlive(server)
  })

  it('may bring anything, and the server lives on', async () => {
    const server = await serve()
    const pieces = [
      ...['GET ', 'POST ', '/a', ' HTTP/1.1', '\r\n', '\r\n\r\n', 'Host: localhost', 'Host: x'],
      ...[
        'Content-Length: 3',
        'Transfer-Encoding: chunked',
        '5\r\n',
        '0\r\n',
        '\0',
        '\n',
        'ÿ',
        ':',
      ],
    ]
    const garbage = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(garbage, async (parts) => {
        const { socket, ended } = raw(server.port, parts.join(''))
        socket.end()
        expect(statuses(await ended).filter((status) => status >= 500)).toEqual([])
      }),
      { numRuns: 150 },
    )
    await expectAlive(server)
  })
})
