import { describe, expect, it } from 'vitest'
import { eventually, raw, statuses, useServers } from './serve.js'

const serve = useServers()

const FILE = '/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts/f'
const head = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...headers, '\r\n'].join('\r\n')

describe('the body of a message', () => {
  it('arrives whole', async () => {
    const { url } = await serve()
    const body = JSON.stringify({ text: 'ä'.repeat(300_000) })
    const response = await fetch(`${url}/a`, { method: 'POST', body })
    expect(await response.json()).toEqual({ path: '/a', body })
  })

  it('is refused by its length before it comes', async () => {
    const { port, seen } = await serve({ limits: { maxBodyBytes: 1000 } })
    const { ended } = raw(port, head('POST /a', 'Content-Length: 1001'))
    const received = await ended
    expect(statuses(received)).toEqual([413])
    expect(received).toMatch(/connection: close/i)
    expect(received).toContain('larger than 1000 bytes')
    expect(seen.calls).toEqual([])
  })

  it('is refused once it is longer, where it does not say its length', async () => {
    const { url, seen } = await serve({ limits: { maxBodyBytes: 1000 } })
    const parts = (count: number): ReadableStream<Uint8Array> =>
      new ReadableStream({
        start(controller) {
          for (let i = 0; i < count; i++) controller.enqueue(new Uint8Array(100).fill(97))
          controller.close()
        },
      })
    const post = (count: number): Promise<Response> => {
      const init: RequestInit & { duplex: 'half' } = {
        method: 'POST',
        body: parts(count),
        duplex: 'half',
      }
      return fetch(`${url}/a`, init)
    }
    expect((await post(10)).status).toBe(200)
    const refused = await post(11)
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('1000 bytes') },
    ])
    expect(seen.calls).toHaveLength(1)
  })

  it('is given up when it comes too slowly', async () => {
    const { port, seen } = await serve({ limits: { bodyTimeoutMs: 50 } })
    const { ended } = raw(port, `${head('POST /a', 'Content-Length: 100')}some`)
    expect(statuses(await ended)).toEqual([408])
    expect(seen.calls).toEqual([])
  })

  it('that breaks off reaches nobody', async () => {
    const { url, port, seen } = await serve()
    const { socket, ended } = raw(port, `${head('POST /a', 'Content-Length: 100')}some`)
    // What it is answered with depends on whether the end of the connection came first.
    socket.end()
    await ended
    expect((await fetch(`${url}/b`)).status).toBe(200)
    expect([seen.calls, seen.log]).toEqual([['GET /b'], []])
  })
})

describe('a file that is sent', () => {
  it('may be larger than a message, and comes as a stream', async () => {
    const { port, seen } = await serve({ limits: { maxBodyBytes: 10 } })
    const { socket, ended, until } = raw(
      port,
      `${head(`PUT ${FILE}`, 'Content-Length: 300000', 'Connection: close')}${'a'.repeat(100_000)}`,
    )
    // The handler has it while the rest is not sent yet.
    await eventually(() => seen.uploaded === 100_000)
    socket.write('b'.repeat(200_000))
    await until('HTTP/1.1 200')
    await ended
    expect([seen.uploaded, seen.broken]).toEqual([300_000, []])
  })

  it('is taken only as fast as the handler takes it', async () => {
    const { port, seen } = await serve()
    const size = 32 * 2 ** 20
    const { socket, until } = raw(port, head(`PUT ${FILE}/waits`, `Content-Length: ${size}`))
    socket.write(Buffer.alloc(size))
    await eventually(() => seen.calls.length === 1)
    // What is sent stays with the client once the buffers on the way are full.
    let before = -1
    while (before !== socket.writableLength) {
      before = socket.writableLength
      for (let turn = 0; turn < 200; turn++) await eventually(() => true)
    }
    expect(socket.writableLength).toBeGreaterThan(size / 4)
    seen.release()
    await until('HTTP/1.1 200')
    expect(seen.uploaded).toBe(size)
    socket.destroy()
  })

  it('that stops coming is given up, by the client’s fault', async () => {
    const { port, seen } = await serve({ limits: { idleTimeoutMs: 100 } })
    const { ended } = raw(port, `${head(`PUT ${FILE}`, 'Content-Length: 100')}some`)
    expect(statuses(await ended)).toEqual([408])
    expect(seen.broken).toEqual([expect.stringContaining('in time')])
  })

  it('that breaks off is told to the handler', async () => {
    const { url, port, seen } = await serve()
    const { socket } = raw(port, `${head(`PUT ${FILE}`, 'Content-Length: 100')}some`)
    await eventually(() => seen.uploaded === 4)
    socket.destroy()
    await eventually(() => seen.broken.length > 0)
    expect(seen.broken).toEqual([expect.stringContaining('cut off')])
    expect((await fetch(`${url}/b`)).status).toBe(200)
    expect(seen.log).toEqual([])
  })

  it('with a chunk that is none is the client’s fault', async () => {
    const { port, seen } = await serve()
    const { ended } = raw(
      port,
      `${head(`PUT ${FILE}`, 'Transfer-Encoding: chunked')}4\r\nsome\r\nzz\r\n`,
    )
    expect(statuses(await ended)).toEqual([400])
    await eventually(() => seen.broken.length > 0)
  })
})

describe('a file that is fetched', () => {
  it('is read as fast as the client takes it, and given up with the client', async () => {
    const { port, seen } = await serve()
    const { socket, until } = raw(port, head('GET /endless'))
    await until('HTTP/1.1 200')
    socket.pause()
    // The rest stays where it is once the buffers on the way are full.
    let before = -1
    while (before !== seen.pulled) {
      before = seen.pulled
      for (let turn = 0; turn < 200; turn++) await eventually(() => true)
    }
    expect(seen.pulled).toBeLessThan(2_000)
    expect(seen.cancelled).toBe(false)
    socket.destroy()
    await eventually(() => seen.cancelled)
  })

  it('is given up when the client takes nothing', async () => {
    const { port, seen } = await serve({ limits: { idleTimeoutMs: 100 } })
    const { socket, until } = raw(port, head('GET /endless'))
    await until('HTTP/1.1 200')
    socket.pause()
    await eventually(() => seen.cancelled)
    socket.destroy()
  })
})
