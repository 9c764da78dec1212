import { execFile, spawn, type ChildProcess } from 'node:child_process'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startServer, type RunningServer, type StartServer } from '../../adapters/node-server.js'
import { openTracker } from '../../adapters/node.js'
import { raw } from './serve.js'

const PROXY = '/api/2.0/mlflow-artifacts/artifacts'
const MIB = 1 << 20
const folders: string[] = []
let base = ''
let destination = ''
let server: RunningServer

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'tracklet-destination-'))
  folders.push(base)
  destination = join(base, 'files')
  await mkdir(join(base, 'outside'))
  await writeFile(join(base, 'outside/secret.txt'), 'secret')
  server = await start()
})
afterEach(() => server.close())
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

function start(options: Partial<StartServer> = {}): Promise<RunningServer> {
  return startServer({
    store: join(base, 'store'),
    artifactsDestination: destination,
    port: 0,
    log: () => undefined,
    ...options,
  })
}

const send = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, init)
const put = (path: string, body: RequestInit['body']): Promise<Response> =>
  send(`${PROXY}/${path}`, { method: 'PUT', body: body ?? null })
const text = async (path: string): Promise<string> => (await send(path)).text()
const list = async (path: string): Promise<unknown> =>
  (await send(`${PROXY}?path=${encodeURIComponent(path)}`)).json()

async function newRun(): Promise<string> {
  const response = await send('/api/2.0/mlflow/runs/create', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ experiment_id: '0' }),
  })
  const { run } = (await response.json()) as { run: { info: { run_id: string } } }
  return run.info.run_id
}

/** What is below a folder, folders too. */
async function namesBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort()
}

describe('files of runs', () => {
  it('are plain files in MLflow’s layout, by every route', async () => {
    const run = await newRun()
    const root = `0/${run}/artifacts`
    expect([(await put(`${root}/a/b.txt`, 'hello')).status]).toEqual([200])
    expect(await readFile(join(destination, root, 'a/b.txt'), 'utf8')).toBe('hello')
    const page = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=up.txt`
    expect((await send(page, { method: 'POST', body: 'up' })).status).toBe(200)
    expect(await readFile(join(destination, root, 'up.txt'), 'utf8')).toBe('up')
    expect(await text(`/get-artifact?run_id=${run}&path=a/b.txt`)).toBe('hello')
    expect(await text(`${PROXY}/${root}/up.txt`)).toBe('up')
    expect(await (await send(`/api/2.0/mlflow/artifacts/list?run_id=${run}`)).json()).toEqual({
      root_uri: `mlflow-artifacts:/${root}`,
      files: [
        { path: 'a', is_dir: true },
        { path: 'up.txt', is_dir: false, file_size: 2 },
      ],
    })
    expect(await list(`${root}/a`)).toEqual({
      files: [{ path: 'b.txt', is_dir: false, file_size: 5 }],
    })
    expect(await readdir(join(base, 'store/blobs')).catch(() => [])).toEqual([])
  })

  it('serve model versions and trackers', async () => {
    const tracker = await openTracker(server.url)
    const run = await tracker.startRun()
    await run.logText('flavors', 'model/MLmodel')
    const bytes = Uint8Array.from({ length: 3 * MIB + 5 }, (_, i) => (i * 7) % 251)
    await run.logArtifact(bytes, 'big.bin')
    await tracker.client.createRegisteredModel('m')
    const source = `mlflow-artifacts:/0/${run.id}/artifacts/model`
    await tracker.client.createModelVersion('m', source, { runId: run.id })
    expect(await text('/model-versions/get-artifact?name=m&version=1&path=MLmodel')).toBe('flavors')
    const read = await tracker.client.openArtifact(run.id, 'big.bin')
    expect(Buffer.from(await read.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true)
    await run.end()
    await tracker.close()
  })

  it('that are there already, as MLflow left them, are served', async () => {
    const run = await newRun()
    await mkdir(join(destination, `0/${run}/artifacts/old`), { recursive: true })
    await writeFile(join(destination, `0/${run}/artifacts/old/x.json`), '{}')
    expect(await text(`/get-artifact?run_id=${run}&path=old/x.json`)).toBe('{}')
  })

  it('of a deleted run are not written by its id', async () => {
    const run = await newRun()
    await send('/api/2.0/mlflow/runs/delete', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ run_id: run }),
    })
    const page = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run}&path=up.txt`
    expect((await send(page, { method: 'POST', body: 'up' })).status).toBe(400)
    const unknown = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=nope&path=up.txt`
    expect((await send(unknown, { method: 'POST', body: 'up' })).status).toBe(404)
  })
})

describe('any path', () => {
  it('may be written, read, listed and deleted, of a run or not', async () => {
    expect((await put('free/a%20b/ü.txt', 'x')).status).toBe(200)
    expect(await readFile(join(destination, 'free/a b/ü.txt'), 'utf8')).toBe('x')
    expect(await list('free')).toEqual({ files: [{ path: 'a b', is_dir: true }] })
    expect(await list('')).toEqual({ files: [{ path: 'free', is_dir: true }] })
    expect(await list('free/a b/ü.txt')).toEqual({})
    expect(await list('nowhere')).toEqual({})
    expect((await send(`${PROXY}/free/a%20b`)).status).toBe(400)
    expect((await send(`${PROXY}/free/none`)).status).toBe(404)
    for (const path of ['free/a%20b/ü.txt', 'free', 'free', 'nowhere/x']) {
      const removed = await send(`${PROXY}/${path}`, { method: 'DELETE' })
      expect([removed.status, await removed.text()]).toEqual([200, '{}'])
    }
    expect(await namesBelow(destination)).toEqual([])
  })

  it('that a file or folder stands in the way of is refused, and nothing is lost', async () => {
    await put('a/file', 'kept')
    for (const path of ['a', 'a/file/x', 'a/file/x/y', 'a/', 'a/.artifact.uploading.x'])
      expect([path, (await put(path, 'new')).status]).toEqual([path, 400])
    expect((await put(`long/${'n'.repeat(300)}`, 'x')).status).toBe(400)
    expect((await send(`${PROXY}/a/file/x`, { method: 'DELETE' })).status).toBe(200)
    expect((await send(`${PROXY}/a/file/x`)).status).toBe(404)
    expect(await text(`${PROXY}/a/file`)).toBe('kept')
  })

  it('never is the root itself', async () => {
    await put('a/file', 'kept')
    for (const path of ['', '.', '%2e', './/']) await send(`${PROXY}/${path}`, { method: 'DELETE' })
    expect(await text(`${PROXY}/a/file`)).toBe('kept')
  })
})

describe('uploads', () => {
  it('are seen when they are whole', async () => {
    await put('a/b.txt', 'before')
    let feed: (bytes: Uint8Array) => void = () => undefined
    let finish: () => void = () => undefined
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        feed = (bytes) => stream.enqueue(bytes)
        finish = () => stream.close()
      },
    })
    const request = send(`${PROXY}/a/b.txt`, { method: 'PUT', body, duplex: 'half' } as RequestInit)
    feed(new TextEncoder().encode('af'))
    await untilDrafts(1)
    expect(await text(`${PROXY}/a/b.txt`)).toBe('before')
    expect(await list('')).toEqual({ files: [{ path: 'a', is_dir: true }] })
    feed(new TextEncoder().encode('ter'))
    finish()
    expect((await request).status).toBe(200)
    expect(await text(`${PROXY}/a/b.txt`)).toBe('after')
    expect(await namesBelow(destination)).toEqual(['a', 'a/b.txt'])
  })

  it('that break off leave nothing, no folder either', async () => {
    const { socket } = raw(
      server.port,
      `PUT ${PROXY}/new/x.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nfour`,
    )
    await untilDrafts(1)
    socket.destroy()
    await untilDrafts(0)
    expect(await namesBelow(destination)).toEqual([])
  })

  it('that a process left half written are removed a day later', async () => {
    await server.close()
    const draft = join(destination, '.artifact.uploading.0')
    await writeFile(draft, 'half')
    await utimes(draft, new Date(0), new Date(0))
    await writeFile(join(destination, '.artifact.uploading.1'), 'under way elsewhere')
    server = await start()
    expect(await namesBelow(destination)).toEqual(['.artifact.uploading.1'])
    expect(await list('')).toEqual({})
  })

  async function untilDrafts(count: number): Promise<void> {
    for (;;) {
      const names = await readdir(destination)
      if (names.filter((name) => name.startsWith('.artifact.uploading.')).length === count) return
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
})

describe('downloads', () => {
  const content = Uint8Array.from({ length: 2 * MIB + 77 }, (_, i) => (i * 13) % 256)

  it('give ranges and say when the file was written', async () => {
    await put('d/x.bin', content)
    const whole = await send(`${PROXY}/d/x.bin`)
    expect(Buffer.from(await whole.arrayBuffer()).equals(Buffer.from(content))).toBe(true)
    expect(whole.headers.get('content-length')).toBe(String(content.length))
    const { mtimeMs } = await stat(join(destination, 'd/x.bin'))
    expect(whole.headers.get('last-modified')).toBe(new Date(mtimeMs).toUTCString())
    const part = await send(`${PROXY}/d/x.bin`, { headers: { range: 'bytes=1048570-1048580' } })
    expect(part.status).toBe(206)
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(content.slice(1_048_570, 1_048_581))
    const beyond = await send(`${PROXY}/d/x.bin`, { headers: { range: 'bytes=9999999-' } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([
      416,
      `bytes */${content.length}`,
    ])
  })

  it('of what the client has are 304, by tag or date', async () => {
    await put('d/x.txt', 'one')
    const first = await send(`${PROXY}/d/x.txt`)
    await first.text()
    const [etag, date] = ['etag', 'last-modified'].map((name) => first.headers.get(name) ?? '')
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await send(`${PROXY}/d/x.txt`, { headers })).status
    expect(await status({ 'if-none-match': etag ?? '' })).toBe(304)
    expect(await status({ 'if-modified-since': date ?? '' })).toBe(304)
    expect(await status({ range: 'bytes=0-0', 'if-range': date ?? '' })).toBe(206)
    await put('d/x.txt', 'two')
    expect(await status({ 'if-none-match': etag ?? '' })).toBe(200)
    expect(await status({ range: 'bytes=0-0', 'if-range': etag ?? '' })).toBe(200)
    expect(await status({ 'if-modified-since': new Date(0).toUTCString() })).toBe(200)
  })

  it('of no plain file are refused, and nobody waits', async () => {
    await mkdir(join(destination, 'd'), { recursive: true })
    await promisify(execFile)('mkfifo', [join(destination, 'd/pipe')])
    expect((await send(`${PROXY}/d/pipe`)).status).toBe(404)
    expect(await list('d')).toEqual({})
  })
})

describe('nothing outside of the folder', () => {
  it.each([
    '..%2foutside%2fsecret.txt',
    '%2e%2e/outside/secret.txt',
    '../outside/secret.txt',
    'a/%2e%2e/%2e%2e/outside/secret.txt',
    '%252e%252e%252foutside%252fsecret.txt',
    '..%5coutside%5csecret.txt',
    '%2fetc%2fpasswd',
    '/etc/passwd',
    'C:%5cx',
    'c:/x',
    'file:%2f%2f%2fetc%2fpasswd',
    'a%00b',
    'a%23b',
    '%ff',
  ])('is reached by %s', async (path) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { socket, until } = raw(
        server.port,
        `${method} ${PROXY}/${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx`,
      )
      const head = await until('\r\n\r\n')
      socket.destroy()
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1])
      // A parser of addresses has taken some for other paths, below the root or not of the proxy.
      expect(status, `${method} ${head}`).toBeGreaterThanOrEqual(method === 'DELETE' ? 200 : 400)
      expect(status, `${method} ${head}`).toBeLessThan(500)
    }
    await untouched()
    expect(await namesBelow(destination)).toEqual([])
  })

  it('is reached through links; links within are followed', async () => {
    await put('in/x.txt', 'x')
    await symlink(join(base, 'outside'), join(destination, 'out'))
    await symlink(join(base, 'outside/secret.txt'), join(destination, 'secret'))
    await symlink(join(base, 'nowhere'), join(destination, 'dangling'))
    await symlink(join(destination, 'in'), join(destination, 'within'))
    await symlink(join(destination, 'loop'), join(destination, 'loop'))
    expect(await text(`${PROXY}/within/x.txt`)).toBe('x')
    for (const path of ['out/secret.txt', 'secret', 'out', 'loop'])
      expect([path, (await send(`${PROXY}/${path}`)).status]).toEqual([path, 400])
    expect((await send(`${PROXY}/dangling`)).status).toBe(404)
    expect((await put('out/new.txt', 'x')).status).toBe(400)
    expect((await put('dangling/new.txt', 'x')).status).toBe(400)
    expect((await send(`${PROXY}?path=out`)).status).toBe(400)
    expect((await send(`${PROXY}/out/secret.txt`, { method: 'DELETE' })).status).toBe(400)
    expect(await list('')).toEqual({
      files: [
        { path: 'in', is_dir: true },
        { path: 'within', is_dir: true },
      ],
    })
    // A link in the place of a file or folder goes itself.
    expect((await put('secret', 'new')).status).toBe(200)
    expect((await send(`${PROXY}/out`, { method: 'DELETE' })).status).toBe(200)
    expect(await readFile(join(destination, 'secret'), 'utf8')).toBe('new')
    expect(await readdir(destination)).not.toContain('out')
    await untouched()
  })

  it('is written for any path', async () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '',
      'a',
      'b',
      '%2e%2e',
      '%2f',
      '\\',
      '/',
      'C:',
      '~',
      '\0',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), async (pieces) => {
        const path = encodeURIComponent(pieces.join('/'))
        expect((await put(path, 'x')).status).toBeLessThan(500)
        expect((await readdir(base)).sort()).toEqual(['files', 'outside', 'store'])
        await untouched()
      }),
      { numRuns: 60 },
    )
  })

  async function untouched(): Promise<void> {
    expect(await readdir(join(base, 'outside'))).toEqual(['secret.txt'])
    expect(await readFile(join(base, 'outside/secret.txt'), 'utf8')).toBe('secret')
  }
})

describe('a destination', () => {
  it.each([
    ['the store', 'store'],
    ['a folder above the store', '.'],
    ['a folder in the store', 'store/files'],
  ])('that is %s is refused', async (_what, path) => {
    await server.close()
    const started = start({ artifactsDestination: join(base, path) })
    await expect(started).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    // The store was let go.
    server = await start()
  })

  it.each(['s3://bucket/x', 'http://host/x', '', 'file://host/x'])('%j is refused', async (uri) => {
    await server.close()
    const started = start({ artifactsDestination: uri })
    await expect(started).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    server = await start()
  })

  it('may be a file: URI, and is kept for the next server', async () => {
    await put('a/x.txt', 'x')
    await server.close()
    server = await start({ artifactsDestination: `file://${destination}` })
    expect(await text(`${PROXY}/a/x.txt`)).toBe('x')
  })
})

describe('without the proxy', () => {
  it('its routes are 503 and say why; the others answer', async () => {
    await server.close()
    server = await start({ serveArtifacts: false })
    const rules = [
      ['GET', `${PROXY}?path=x`, PROXY],
      ['PUT', `${PROXY}/a/b`, `${PROXY}/<path:artifact_path>`],
      ['DELETE', `${PROXY}/a/b`, `${PROXY}/<path:artifact_path>`],
      [
        'POST',
        '/ajax-api/2.0/mlflow-artifacts/mpu/create/a',
        '/ajax-api/2.0/mlflow-artifacts/mpu/create/<path:artifact_path>',
      ],
    ] as const
    for (const [method, path, rule] of rules) {
      const answer = await send(path, method === 'PUT' ? { method, body: 'x' } : { method })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        503,
        'text/html; charset=utf-8',
      ])
      expect(await answer.text()).toBe(
        `Endpoint: ${rule} disabled due to the mlflow server running with \`--no-serve-artifacts\`. To enable ` +
          'artifacts server functionality, run `mlflow server` with `--serve-artifacts`',
      )
    }
    expect((await send('/health')).status).toBe(200)
    expect(await namesBelow(destination)).toEqual([])
  })
})

describe('the command', () => {
  // Beside the packages, so that it finds them.
  const script = fileURLToPath(
    new URL(`../../node_modules/.tracklet-destination-${process.pid}.mjs`, import.meta.url),
  )
  const children: ChildProcess[] = []
  beforeAll(() =>
    build({
      entryPoints: [fileURLToPath(new URL('../../adapters/node-cli.ts', import.meta.url))],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    }),
  )
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  afterAll(() => rm(script, { force: true }))

  it.each([
    [['--artifacts-destination', 'made/here'], 200, ['made', 'own']],
    [['--no-serve-artifacts'], 503, ['own']],
  ])('takes %j', async (options, status, names) => {
    const folder = join(base, 'command')
    await mkdir(folder)
    const child = spawn(
      process.execPath,
      [script, 'server', '--port', '0', '--json', '--store', 'own', ...options],
      { cwd: folder, env: { PATH: process.env['PATH'] ?? '' } },
    )
    children.push(child)
    const { url } = JSON.parse(await firstLine(child)) as { url: string }
    const answer = await fetch(`${url}${PROXY}/x/y.txt`, { method: 'PUT', body: 'y' })
    expect(answer.status).toBe(status)
    expect((await readdir(folder)).sort()).toEqual(names)
    if (status === 200) expect(await readFile(join(folder, 'made/here/x/y.txt'), 'utf8')).toBe('y')
  })

  function firstLine(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      child.stdout?.once('data', (part: Buffer) => resolve(part.toString()))
      child.once('exit', () => reject(new Error('The server ended.')))
    })
  }
})
