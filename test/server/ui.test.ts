import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from '../../adapters/node-server.js'
import { memoryAdapter } from '../../adapters/memory.js'
import { openEngine } from '../../src/store/engine.js'
import { raw, statuses, useServers, type TestServer } from './serve.js'

const INDEX = '<!doctype html><script src="static-files/static/js/main.c2f5f8d4.js"></script>'
const SCRIPT = 'static/js/main.c2f5f8d4.js'
const SECRET = 'outside of the folder'

const serve = useServers()
let home = ''
let folder = ''

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tracklet-pages-'))
  folder = join(home, 'build')
  await mkdir(join(folder, 'static/js'), { recursive: true })
  const files = {
    'build/index.html': INDEX,
    [`build/${SCRIPT}`]: 'main()',
    'build/manifest.json': '{}',
    'build/static/style.css': 'a{}',
    'build/static/worker.mjs': 'work()',
    'build/static/icon.svg': '<svg/>',
    'secret.txt': SECRET,
    'build-secret.txt': SECRET,
  }
  for (const [path, text] of Object.entries(files)) await writeFile(join(home, path), text)
  await symlink(join(home, 'secret.txt'), join(folder, 'link.txt'))
  await symlink(home, join(folder, 'up'))
  await symlink(join(folder, SCRIPT), join(folder, 'inner.js'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const servePages = (): Promise<TestServer> => serve({ mlflowUi: folder })

describe('the pages of a folder', () => {
  it('are at the root, to be asked for anew each time, with the headers of every answer', async () => {
    const { url } = await servePages()
    const answer = await fetch(`${url}/`)
    expect([answer.status, await answer.text()]).toEqual([200, INDEX])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': expect.stringMatching(/^text\/html/) as unknown,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    })
  })

  it.each([
    [SCRIPT, 'text/javascript', 'private, max-age=2419200'],
    ['static/worker.mjs', 'text/javascript', 'no-cache'],
    ['static/style.css', 'text/css', 'no-cache'],
    ['static/icon.svg', 'image/svg+xml', 'no-cache'],
    ['manifest.json', 'application/json', 'no-cache'],
    ['inner.js', 'text/javascript', 'no-cache'],
  ])('have %s as %s, kept where the name changes with it', async (path, type, cache) => {
    const { url } = await servePages()
    const answer = await fetch(`${url}/static-files/${path}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain(type)
    expect(answer.headers.get('cache-control')).toBe(cache)
    const head = await fetch(`${url}/static-files/${path}`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(head.headers.get('content-length')).toBe(String((await answer.text()).length))
  })

  it.each([
    ...['', 'static', 'static/', 'nothing.js', 'link.txt', 'up/secret.txt', '..%2fsecret.txt'],
    ...['%2e%2e/secret.txt', '%2e%2e%2fsecret.txt', '..%5csecret.txt', '..\\secret.txt'],
    ...['..%2fbuild-secret.txt', `${SCRIPT}%00`, '%00', '/etc/passwd', '%2fetc%2fpasswd', '//'],
    ...['static//style.css', './../../secret.txt', '%252e%252e%252fsecret.txt', '%ff', '%'],
    ...[
      '../build-secret.txt',
      '..;/secret.txt',
      '.%2e/secret.txt',
      'static/%2e%2e%2f..%2fsecret.txt',
    ],
  ])('do not have static-files/%s, spelled so on the wire', async (path) => {
    const { port, seen } = await servePages()
    const host = `Host: localhost:${port}\r\nConnection: close\r\n\r\n`
    const { ended } = raw(port, `GET /static-files/${path} HTTP/1.1\r\n${host}`)
    const received = await ended
    expect(received).not.toContain(SECRET)
    expect(received).not.toContain('root:')
    // A path that has climbed out before anything is looked at is one of the API's.
    if (seen.calls.length > 0) expect(seen.calls[0]).not.toContain('static-files')
    else expect([[400], [404]]).toContainEqual(statuses(received))
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('cannot be changed by %s', async (method) => {
    const { url, seen } = await servePages()
    for (const path of ['/', `/static-files/${SCRIPT}`]) {
      const answer = await fetch(`${url}${path}`, { method })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    }
    expect(seen.calls).toEqual([])
  })

  it('leave all other paths to the API', async () => {
    const { url, seen } = await servePages()
    await fetch(`${url}/api/2.0/mlflow/runs/get?run_id=x`)
    await fetch(`${url}/static-filesx`)
    expect(seen.calls).toEqual(['GET /api/2.0/mlflow/runs/get', 'GET /static-filesx'])
  })

  it('are below a prefix, and only there', async () => {
    const { url, port } = await serve({ mlflowUi: folder, staticPrefix: '/under/it' })
    expect((await fetch(`${url}/`)).status).toBe(200)
    expect((await fetch(`${url}/static-files/${SCRIPT}`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/static-files/${SCRIPT}`)).status).toBe(404)
  })

  it('are for those who may log in, where somebody has to', async () => {
    const { makeToken } = await import('../../adapters/node-server-users.js')
    const { token, hash } = makeToken()
    const { url } = await serve({
      mlflowUi: folder,
      users: [{ name: 'ada', role: 'read', token: hash }],
    })
    for (const path of ['/', `/static-files/${SCRIPT}`]) {
      expect((await fetch(`${url}${path}`)).status).toBe(401)
      const headers = { authorization: `Bearer ${token}` }
      expect((await fetch(`${url}${path}`, { headers })).status).toBe(200)
    }
  })
})

describe('tracklet server --mlflow-ui', () => {
  const command = fileURLToPath(new URL('../../adapters/node-cli.ts', import.meta.url))

  it('serves the pages over a store', async () => {
    const args = ['server', '--store', 'memory:', '--port', '0', '--mlflow-ui', folder]
    const child = spawn(process.execPath, ['--import', 'tsx', command, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      const url = line.replace('Listening on ', '')
      expect(await (await fetch(`${url}/`)).text()).toBe(INDEX)
      expect((await fetch(`${url}/health`)).status).toBe(200)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('a folder that is no build', () => {
  it.each([
    ['is not there', 'nothing'],
    ['is a file', 'secret.txt'],
    ['has no index.html', 'build/static'],
  ])('because it %s is refused at the start, with what to give', async (_, path) => {
    const store = await openEngine(memoryAdapter())
    const started = startServer({ store, port: 0, mlflowUi: join(home, path) })
    await expect(started).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining('mlflow/server/js/build') as unknown,
    })
    await store.close()
  })

  it('because its index.html is another’s is refused, too', async () => {
    await mkdir(join(home, 'other'), { recursive: true })
    await writeFile(join(home, 'other/index.html'), '<!doctype html><title>another</title>')
    const store = await openEngine(memoryAdapter())
    const started = startServer({ store, port: 0, mlflowUi: join(home, 'other') })
    await expect(started).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    await store.close()
  })
})
