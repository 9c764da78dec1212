import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { openEngine } from '../../../src/store/engine.js'
import { memoryAdapter } from '../../../adapters/memory.js'
import { createRestHandler } from '../../../src/rest/index.js'
import { readArtifactBytes } from '../../../src/artifacts/read.js'
import { Wire } from './wire.js'

const PROXY = '/api/2.0/mlflow-artifacts/artifacts'
const MIB = 1 << 20

let wire: Wire
let runId: string
let root: string

beforeAll(async () => {
  wire = await Wire.open()
  runId = await wire.newRun()
  root = `${PROXY}/0/${runId}/artifacts`
})

describe('uploads', () => {
  it('go where the artifact_uri of the run leads', async () => {
    const { run } = (await wire.get('runs/get', { run_id: runId })) as {
      run: { info: { artifact_uri: string } }
    }
    const path = run.info.artifact_uri.replace('mlflow-artifacts:', PROXY)
    const put = await wire.send(`${path}/a/b.txt`, { method: 'PUT', raw: 'hello' })
    expect([put.status, put.text]).toEqual([200, ''])
    const bytes = await readArtifactBytes(wire.store, runId, 'a/b.txt')
    expect(new TextDecoder().decode(bytes)).toBe('hello')
    expect(await wire.get('artifacts/list', { run_id: runId, path: 'a' })).toEqual({
      root_uri: run.info.artifact_uri,
      files: [{ path: 'a/b.txt', is_dir: false, file_size: 5 }],
    })
  })

  it('lead here whatever the root of the store, but not away from a location of a cloud', async () => {
    const other = await Wire.open({ artifactRoot: 'file:///data/mlruns' })
    const experiment = (await other.get('experiments/get', { experiment_id: '0' })) as object
    expect(experiment).toMatchObject({ experiment: { artifact_location: 'mlflow-artifacts:/0' } })
    const id = await other.newRun()
    expect(await other.get('artifacts/list', { run_id: id })).toEqual({
      root_uri: `mlflow-artifacts:/0/${id}/artifacts`,
    })
    const made = await other.post('experiments/create', {
      name: 's3',
      artifact_location: 's3://b/x',
    })
    expect(await other.get('experiments/get', made as Record<string, string>)).toMatchObject({
      experiment: { artifact_location: 's3://b/x' },
    })
  })

  it('stream through a few MiB of memory', async () => {
    const size = 5 * MIB + 3
    const path = `http://localhost${root}/big.bin`
    const put = new Request(path, {
      method: 'PUT',
      body: bytesOf(size),
      duplex: 'half',
    } as RequestInit)
    expect((await wire.handler(put)).status).toBe(200)
    const get = await wire.handler(new Request(path))
    let at = 0
    for await (const piece of get.body as unknown as AsyncIterable<Uint8Array>) {
      expect(piece.length).toBeLessThanOrEqual(MIB)
      expect(piece[0]).toBe(at % 251)
      at += piece.length
    }
    expect(at).toBe(size)
  })

  it('that break off leave nothing, and what was there before', async () => {
    await wire.send(`${root}/kept.txt`, { method: 'PUT', raw: 'before' })
    const breaks = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(new Uint8Array(2 * MIB)),
      pull: (stream) => stream.error(new Error('gone')),
    })
    for (const name of ['kept.txt', 'new.txt']) {
      const request = new Request(`http://localhost${root}/${name}`, {
        method: 'PUT',
        body: name === 'kept.txt' ? breaks : new Uint8Array(3),
        ...(name === 'kept.txt' ? {} : { headers: { 'content-length': '9' } }),
        duplex: 'half',
      } as RequestInit)
      expect((await wire.handler(request)).status).toBe(499)
    }
    expect((await wire.send(`${root}/kept.txt`)).text).toBe('before')
    expect((await wire.send(`${root}/new.txt`)).status).toBe(404)
  })

  it('that are aborted leave nothing', async () => {
    const abort = new AbortController()
    const stalls = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(new Uint8Array(10)),
      pull: () => abort.abort(),
    })
    const request = new Request(`http://localhost${root}/aborted.txt`, {
      method: 'PUT',
      body: stalls,
      signal: abort.signal,
      duplex: 'half',
    } as RequestInit)
    expect((await wire.handler(request)).status).toBe(499)
    expect((await wire.send(`${root}/aborted.txt`)).status).toBe(404)
  })

  it.each([
    [`${PROXY}/0/unknown/artifacts/x`, 404],
    [`${PROXY}/7/RUN/artifacts/x`, 404],
    [`${PROXY}/x/y.txt`, 404],
    [`${PROXY}/0/RUN/artifacts/dir/`, 400],
    [`${PROXY}/0/RUN/artifacts`, 400],
  ])('to %s are refused', async (path, status) => {
    const answer = await wire.send(path.replace('RUN', runId), { method: 'PUT', raw: 'x' })
    expect(answer.status, answer.text).toBe(status)
  })

  it('by a form of the page are of at most 10 MB', async () => {
    const path = '/ajax-api/2.0/mlflow/upload-artifact'
    const query = { run_uuid: runId, path: 'up/x.bin' }
    const send = async (raw: Uint8Array<ArrayBuffer>): Promise<string> => {
      const { status, text } = await wire.send(path, { method: 'POST', query, raw })
      return `${status} ${text}`
    }
    expect(await send(new Uint8Array(10 * MIB))).toBe('200 ')
    expect(await send(new Uint8Array(10 * MIB + 1))).toContain('Max size is 10MB.')
    expect(await send(new Uint8Array(0))).toContain('Request must specify data.')
  })
})

describe('downloads', () => {
  const content = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256)
  beforeAll(async () => {
    await wire.send(`${root}/r/data.bin`, { method: 'PUT', raw: content })
    await wire.send(`${root}/r/empty.txt`, { method: 'PUT', raw: '' })
  })

  it('of any range are slices', async () => {
    const place = fc.option(fc.nat({ max: 1100 }), { nil: null })
    await fc.assert(
      fc.asyncProperty(place, place, async (first, last) => {
        const response = await get(`${root}/r/data.bin`, {
          range: `bytes=${first ?? ''}-${last ?? ''}`,
        })
        const { start, end, status } = wanted(first, last)
        expect(response.status).toBe(status)
        const bytes = new Uint8Array(await response.arrayBuffer())
        expect(bytes).toEqual(content.slice(start, end))
        const range = response.headers.get('content-range')
        if (status === 206) expect(range).toBe(`bytes ${start}-${end - 1}/1000`)
        else expect(range).toBe(status === 416 ? 'bytes */1000' : null)
      }),
    )

    function wanted(
      first: number | null,
      last: number | null,
    ): { start: number; end: number; status: number } {
      const size = content.length
      const isNone = first === null ? last === null : last !== null && last < first
      if (isNone) return { start: 0, end: size, status: 200 }
      const start = first ?? Math.max(0, size - (last ?? 0))
      const end = first === null ? size : Math.min(size, (last ?? size) + 1)
      return start < size ? { start, end, status: 206 } : { start: 0, end: 0, status: 416 }
    }
  })

  it('say what and how long they are', async () => {
    const { headers } = await get(`${root}/r/data.bin`)
    expect(headers.get('content-length')).toBe('1000')
    expect(headers.get('accept-ranges')).toBe('bytes')
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toBe('attachment; filename=data.bin')
  })

  it('with HEAD are the headers alone', async () => {
    const { status, headers, text } = await wire.send(`${root}/r/data.bin`, { method: 'HEAD' })
    expect([status, headers.get('content-length'), text]).toEqual([200, '1000', ''])
  })

  it('of an empty file are empty, and it is listed without a size', async () => {
    expect((await wire.send(`${root}/r/empty.txt`)).text).toBe('')
    const { body } = await wire.send(PROXY, { query: { path: `0/${runId}/artifacts/r` } })
    expect(body).toEqual({
      files: [
        { path: 'data.bin', is_dir: false, file_size: 1000 },
        { path: 'empty.txt', is_dir: false },
      ],
    })
  })

  it.each([
    ['a b%.json', 'text/plain', 'filename="a b%.json"'],
    ['ünï.png', 'image/png', "filename*=UTF-8''%C3%BCn%C3%AF.png"],
    ['MLmodel', 'text/plain', 'filename=MLmodel'],
    ['"q".csv', 'text/plain', 'filename="\\"q\\".csv"'],
    ['plot.html', 'text/html', 'filename=plot.html'],
  ])('of %s are %s as %s', async (name, type, disposition) => {
    const path = `${root}/names/${encodeURIComponent(name)}`
    expect((await wire.send(path, { method: 'PUT', raw: 'x' })).status).toBe(200)
    const { headers, text } = await wire.send(path)
    expect(text).toBe('x')
    expect(headers.get('content-type')).toBe(type)
    expect(headers.get('content-disposition')).toBe(`attachment; ${disposition}`)
    const query = { run_id: runId, path: `names/${name}` }
    expect((await wire.send('/get-artifact', { query })).text).toBe('x')
  })

  it('of a folder are refused', async () => {
    const { status, text } = await wire.send(`${root}/r`)
    expect(status).toBe(400)
    expect(text).toContain('refers to a directory, not a file')
  })

  it('that nobody reads to their end hold nothing open', async () => {
    const { body } = await get(`${root}/r/data.bin`)
    await body?.cancel()
    const removed = await wire.send(`${root}/r/data.bin`, { method: 'DELETE' })
    expect(removed.text).toBe('{}')
    expect((await wire.send(`${root}/r/data.bin`)).status).toBe(404)
  })
})

describe('paths that could lead elsewhere', () => {
  it.each(['..%2f..%2fx', '%252e%252e%252fx', 'a%00b', 'a%5c..%5cb', '%ff', 'a%23b'])(
    '%s are invalid',
    async (path) => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const { status, body } = await wire.send(`${root}/${path}`, { method, raw: 'x' })
        expect([status, body]).toEqual([
          400,
          { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' },
        ])
      }
    },
  )

  it('that are absolute are invalid', async () => {
    const { status, text } = await wire.send(`${PROXY}/%2fetc%2fpasswd`)
    expect(status).toBe(400)
    expect(text).toContain('"Invalid path"')
  })

  it.each(['../x', '/etc/passwd', 'a\0b', '%2e%2e/x', 'file:///x'])(
    '%j in a query too',
    async (path) => {
      const places = [
        wire.send('artifacts/list', { query: { run_id: runId, path } }),
        wire.send('/get-artifact', { query: { run_id: runId, path } }),
        wire.send(PROXY, { query: { path } }),
      ]
      for (const { status, text } of await Promise.all(places)) {
        expect(status).toBe(400)
        expect(text).toContain('"Invalid path"')
      }
    },
  )
})

describe('what a local store cannot', () => {
  it.each([
    ['POST', '/api/2.0/mlflow-artifacts/mpu/create/a/b'],
    ['POST', '/api/2.0/mlflow-artifacts/mpu/complete/a/b'],
    ['GET', '/api/2.0/mlflow-artifacts/presigned/a/b'],
  ])('%s %s says so', async (method, path) => {
    const { status, body } = await wire.send(path, { method, raw: '{}' })
    expect(status).toBe(501)
    expect(body).toMatchObject({ error_code: 'NOT_IMPLEMENTED' })
  })
})

it('two handlers may serve one store', async () => {
  const store = await openEngine(memoryAdapter())
  const [one, two] = [
    createRestHandler({ store }),
    createRestHandler({ store, mlflowVersion: '2.9' }),
  ]
  const version = async (handler: typeof one): Promise<string> =>
    (await handler(new Request('http://localhost/version'))).text()
  expect([await version(one), await version(two)]).toEqual(['3.17.2', '2.9'])
  await store.close()
})

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return wire.handler(new Request(`http://localhost${path}`, { headers }))
}

/** A stream of `size` bytes, byte i being i mod 251. */
function bytesOf(size: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(stream) {
      const length = Math.min(65_521, size - at)
      if (length === 0) return stream.close()
      stream.enqueue(Uint8Array.from({ length }, (_, i) => (at + i) % 251))
      at += length
    },
  })
}
