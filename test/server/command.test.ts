import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import { useServers } from './serve.js'

// Beside the packages, so that it finds them.
const script = fileURLToPath(
  new URL(`../../node_modules/.tracklet-server-cli-${process.pid}.mjs`, import.meta.url),
)
const serve = useServers()
const children: ChildProcess[] = []
const PASSWORD = 'correct horse battery'
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-server-'))
  await build({
    entryPoints: [fileURLToPath(new URL('../../adapters/node-cli.ts', import.meta.url))],
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

interface Command {
  readonly child: ChildProcess
  /** The first line of its output; rejects where there is none. */
  readonly line: Promise<string>
  readonly ended: Promise<{
    readonly code: number | null
    readonly out: string
    readonly err: string
  }>
}

function tracklet(args: readonly string[], input = ''): Command {
  const env = { PATH: process.env['PATH'], TRACKLET_URI: join(folder, 'store') }
  const child = spawn(process.execPath, [script, ...args], { env, cwd: folder })
  children.push(child)
  child.stdin.end(input)
  const text = { out: '', err: '' }
  child.stderr.on('data', (part: Buffer) => (text.err += part.toString()))
  const ended = new Promise<Awaited<Command['ended']>>((resolve) => {
    child.on('close', (code) => resolve({ code, ...text }))
  })
  const line = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (part: Buffer) => {
      text.out += part.toString()
      if (text.out.includes('\n')) resolve(text.out.slice(0, text.out.indexOf('\n')))
    })
    child.on('close', () => reject(new Error(text.err)))
  })
  line.catch(() => undefined)
  return { child, line, ended }
}

describe('tracklet server', () => {
  it('says where it listens, makes and serves the store, and ends when it is told to', async () => {
    const { child, line, ended } = tracklet(['server', '--port', '0'])
    const url = /^Listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(await line)?.[1] ?? ''
    const body = JSON.stringify({ name: 'served' })
    const headers = { 'content-type': 'application/json' }
    const path = '/api/2.0/mlflow/experiments/create'
    expect((await fetch(`${url}${path}`, { method: 'POST', headers, body })).status).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: 0, out: `Listening on ${url}\n`, err: '' })
    const tracker = await openTracker(join(folder, 'store'))
    const { experiments } = await tracker.client.searchExperiments()
    await tracker.close()
    expect(experiments.map(({ name }) => name)).toContain('served')
  })

  it('takes MLflow’s options, and tells programs in one line of JSON', async () => {
    const { child, line, ended } = tracklet([
      ...['server', '--json', '--store', join(folder, 'options'), '-h', 'localhost', '-p', '0'],
      ...['--static-prefix', '/mlflow', '--read-only', '--default-artifact-root', 's3://bucket'],
      ...['--allowed-hosts', 'a.com, localhost:*', '--cors-allowed-origins', 'https://app.com'],
    ])
    const { url, port } = JSON.parse(await line) as { url: string; port: number }
    expect(url).toBe(`http://localhost:${port}/mlflow`)
    const get = (origin: string): Promise<Response> =>
      fetch(`${url}/api/2.0/mlflow/experiments/get?experiment_id=0`, { headers: { origin } })
    const answer = await get('https://app.com')
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.com')
    expect(await answer.json()).toMatchObject({
      experiment: { artifact_location: 's3://bucket/0' },
    })
    const byAddress = url.replace('localhost', '127.0.0.1')
    expect((await fetch(`${byAddress}/version`)).status).toBe(200)
    expect((await fetch(`${byAddress}/api/2.0/mlflow/experiments/get`)).status).toBe(403)
    const path = '/api/2.0/mlflow/experiments/create'
    expect((await fetch(`${url}${path}`, { method: 'POST', body: '{}' })).status).toBe(403)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 0, err: '' })
  })

  it('warns where everybody may come in', async () => {
    const open = tracklet(['server', '--port', '0', '--host', '0.0.0.0'])
    expect(await open.line).toMatch(/^Listening on http:\/\/0\.0\.0\.0:\d+$/)
    open.child.kill('SIGTERM')
    const { code, err } = await open.ended
    expect(code).toBe(0)
    expect(err).toMatch(/^warning: Everybody who reaches 0\.0\.0\.0 may .*--users/)
  })

  it('tells what to do about a port that is taken', async () => {
    const { port } = await serve()
    const { code, out, err } = await tracklet(['server', '--port', String(port)]).ended
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error: RESOURCE_CONFLICT: Port \d+ of 127\.0\.0\.1 is taken .*--port/)
  })

  it('names who holds the store', async () => {
    const store = join(folder, 'held')
    const first = tracklet(['server', '--port', '0', '--store', store])
    await first.line
    const { code, err } = await tracklet(['server', '--port', '0', '--store', store]).ended
    expect(code).toBe(1)
    expect(err).toContain('RESOURCE_CONFLICT')
    expect(err).toContain(String(first.child.pid))
  }, 20_000)

  it.each([
    { args: ['--port', '65536'], says: 'no port' },
    { args: ['--port', '1e3'], says: 'no port' },
    { args: ['--port', '-1'], says: 'no port' },
    { args: ['strat'], says: 'too many arguments' },
    { args: ['--workers', '4'], says: 'unknown option' },
    { args: ['add-user', '--users', 'u'], says: 'missing required argument' },
    { args: ['add-user', 'ada'], says: '--users' },
    { args: ['add-user', 'ada', '--users', 'u', '--role', 'admin'], says: 'read, edit, manage' },
  ])('refuses wrong usage: $args', async ({ args, says }) => {
    const { code, err } = await tracklet(['server', ...args]).ended
    expect(code).toBe(2)
    expect(err).toContain(says)
  })

  it('has a help with its own options and the other command', async () => {
    const { code, out } = await tracklet(['server', '--help']).ended
    expect(code).toBe(0)
    for (const text of ['add-user', '--host', '--port', '--static-prefix', '--users', '--store'])
      expect(out).toContain(text)
  })
})

describe('tracklet server add-user', () => {
  it('reads the password from standard input, and the server then asks for it', async () => {
    const users = join(folder, 'users.jsonl')
    const add = ['server', 'add-user', 'ada', '--users', users]
    const added = await tracklet([...add, '--role', 'manage'], `${PASSWORD}\n`).ended
    expect(added).toEqual({ code: 0, out: "Added user 'ada' with role manage.\n", err: '' })
    expect((await stat(users)).mode & 0o777).toBe(0o600)
    expect(await readFile(users, 'utf8')).not.toContain(PASSWORD)
    const bot = await tracklet(['server', 'add-user', 'bot', '--users', users, '--token', '--json'])
      .ended
    const { token } = JSON.parse(bot.out) as { token: string }

    const { line, child, ended } = tracklet(['server', '--port', '0', '--users', users])
    const url = (await line).replace('Listening on ', '')
    const status = async (authorization: string): Promise<number> =>
      (await fetch(`${url}/version`, { headers: { authorization } })).status
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
    expect(await status(basic(`ada:${PASSWORD}`))).toBe(200)
    expect(await status(`Bearer ${token}`)).toBe(200)
    expect(await status(basic('ada:wrong password'))).toBe(401)
    expect((await fetch(`${url}/version`)).status).toBe(401)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)

    const changed = await tracklet(add, `${PASSWORD}\n`).ended
    expect(changed.out).toBe("Changed user 'ada' with role read.\n")
  })

  it.each([
    { name: 'ada', input: '' },
    { name: 'ada', input: 'short\n' },
    { name: 'a:b', input: `${PASSWORD}\n` },
  ])('refuses $name with "$input", and writes nothing', async ({ name, input }) => {
    const users = join(folder, 'none.jsonl')
    const { code, err } = await tracklet(['server', 'add-user', name, '--users', users], input)
      .ended
    expect(code).toBe(1)
    expect(err).toContain('INVALID_PARAMETER_VALUE')
    await expect(stat(users)).rejects.toThrow()
  })
})
