import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditLine } from '../../adapters/node-server-audit.js'
import {
  hashPassword,
  makeToken,
  readUsers,
  validateUserName,
  writeUser,
} from '../../adapters/node-server-users.js'
import type { Role, User } from '../../src/rest/auth.js'
import { useServers } from './serve.js'

const serve = useServers()
const PASSWORD = 'correct horse battery'
const bot = makeToken()
let folder = ''
let users: readonly User[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-users-'))
  const password = await hashPassword(PASSWORD)
  const roles: readonly Role[] = ['read', 'edit', 'manage']
  users = [
    ...roles.map((role) => ({ name: `${role}er ö`, role, password })),
    { name: 'bot', role: 'edit', token: bot.hash },
  ]
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function basic(name: string, password = PASSWORD): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` }
}

const CALLS = [
  'GET /api/2.0/mlflow/runs/get',
  'POST /api/2.0/mlflow/runs/search',
  'POST /api/2.0/mlflow/runs/create',
  'PUT /api/2.0/mlflow-artifacts/artifacts/1/f',
  'POST /api/2.0/mlflow/runs/delete',
  'DELETE /api/2.0/mlflow/registered-models/delete',
]

async function matrix(url: string, headers: Record<string, string>): Promise<number[]> {
  const codes: number[] = []
  for (const call of CALLS) {
    const [method = '', path = ''] = call.split(' ')
    const body = method === 'GET' ? null : '{}'
    codes.push((await fetch(`${url}${path}`, { method, headers, body })).status)
  }
  return codes
}

describe('a server with users', () => {
  it('lets each do what the role says', async () => {
    const { url, seen } = await serve({ users })
    expect(await matrix(url, basic('reader ö'))).toEqual([200, 200, 403, 403, 403, 403])
    expect(await matrix(url, basic('editer ö'))).toEqual([200, 200, 200, 200, 403, 403])
    expect(await matrix(url, basic('manageer ö'))).toEqual([200, 200, 200, 200, 200, 200])
    const token = { authorization: `Bearer ${bot.token}` }
    expect(await matrix(url, token)).toEqual([200, 200, 200, 200, 403, 403])
    expect(seen.calls).toHaveLength(2 + 4 + 6 + 4)
  })

  it.each([
    ['nothing', {}],
    ['a wrong password', basic('reader ö', `${PASSWORD}!`)],
    ['an unknown name', basic('nobody')],
    ['a user that has a token only', basic('bot', bot.token)],
    ['the hash of the token', { authorization: `Bearer ${bot.hash}` }],
    ['a wrong token', { authorization: `Bearer ${bot.token}x` }],
    ['another scheme', { authorization: 'Digest x' }],
    ['nonsense', { authorization: 'Basic %%%' }],
  ])('answers 401 to %s', async (_name, headers) => {
    const { url, seen } = await serve({ users })
    const create = `${url}/api/2.0/mlflow/runs/create`
    expect((await fetch(create, { method: 'POST', headers, body: '{}' })).status).toBe(401)
    const response = await fetch(`${url}/version`, { headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="mlflow"')
    expect(await response.text()).toBe(
      'You are not authenticated. Please see ' +
        'https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow ' +
        'on how to authenticate.',
    )
    expect(seen.calls).toEqual([])
    for (const path of ['/health', '/api/3.0/mlflow/server-info'])
      expect((await fetch(`${url}${path}`)).status).toBe(200)
  })

  it('says with MLflow’s words that a role is not enough', async () => {
    const { url } = await serve({ users })
    const init = { method: 'POST', headers: basic('reader ö'), body: '{}' }
    const response = await fetch(`${url}/api/2.0/mlflow/runs/delete`, init)
    expect([response.status, await response.text()]).toEqual([403, 'Permission denied'])
  })

  it('never takes a wrong password for one that was right before', async () => {
    const { url } = await serve({ users })
    const get = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/version`, { headers })).status
    for (const status of [200, 200]) expect(await get(basic('reader ö'))).toBe(status)
    expect(await get(basic('reader ö', 'wrong password'))).toBe(401)
    expect(await get(basic('reader ö'))).toBe(200)
  })

  it('answers a flood of wrong passwords with 401 and 429, and others meanwhile', async () => {
    const { url } = await serve({ users })
    const get = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/version`, { headers })).status
    expect(await get(basic('reader ö'))).toBe(200)
    const flood = Array.from({ length: 60 }, (_, i) => get(basic('x', `wrong ${i}`)))
    expect(await get(basic('reader ö'))).toBe(200)
    const codes = new Set(await Promise.all(flood))
    expect([...codes].sort()).toEqual([401, 429])
  })

  it('grants a preflight, which has no credentials', async () => {
    const { url } = await serve({ users })
    const headers = { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' }
    const init = { method: 'OPTIONS', headers }
    expect((await fetch(`${url}/api/2.0/mlflow/runs/create`, init)).status).toBe(200)
  })
})

describe('a server that is read-only', () => {
  it('refuses every write, whoever asks', async () => {
    const open = await serve({ readOnly: true })
    expect(await matrix(open.url, {})).toEqual([200, 200, 403, 403, 403, 403])
    const { url } = await serve({ readOnly: true, users })
    expect(await matrix(url, basic('manageer ö'))).toEqual([200, 200, 403, 403, 403, 403])
  })
})

describe('the log', () => {
  it('tells of each deletion and promotion, by whom', async () => {
    const { url, seen } = await serve({ users })
    const post = (path: string, body: unknown, user: string): Promise<Response> =>
      fetch(`${url}/api/2.0/mlflow/${path}`, {
        method: 'POST',
        headers: basic(user),
        body: JSON.stringify(body),
      })
    const promotion = { name: 'm\nforged', version: '3', stage: 'Production' }
    await post('model-versions/transition-stage', promotion, 'editer ö')
    await post('runs/%64elete', { run_id: 'abc', other: 'x' }, 'manageer ö')
    await post('runs/delete', { run_id: 'refused' }, 'editer ö')
    await post('runs/search', { run_id: 'no' }, 'reader ö')
    await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/1/f`, {
      method: 'DELETE',
      headers: basic('manageer ö'),
    })
    const told = seen.log.map((line) => line.slice(line.indexOf(' ') + 1))
    expect(told).toEqual([
      '"editer \\u00f6" POST /api/2.0/mlflow/model-versions/transition-stage ' +
        'name="m\\nforged" version="3" stage="Production"',
      '"manageer \\u00f6" POST /api/2.0/mlflow/runs/%64elete run_id="abc"',
      '"manageer \\u00f6" DELETE /api/2.0/mlflow-artifacts/artifacts/1/f',
    ])
  })

  it('has lines of bounded length in ASCII, whatever is sent', () => {
    const body = Buffer.from(
      JSON.stringify({ name: '\u009b\u2028\x7f'.repeat(10_000), alias: ['x'] }),
    )
    const line = auditLine({ method: 'POST', path: '/a b', body }, null, new Date(0))
    expect(line).toMatch(/^1970-01-01T00:00:00\.000Z - POST "\/a b" name="[\x20-\x7e]+"$/)
    expect(line.length).toBeLessThan(2_000)
    for (const text of ['', 'null', '[', '3']) {
      const given = { method: 'DELETE', path: '/a', body: Buffer.from(text) }
      expect(auditLine(given, null, new Date(0))).toBe('1970-01-01T00:00:00.000Z - DELETE /a')
    }
  })
})

describe('a file of users', () => {
  const file = (name: string): string => join(folder, name)

  it('is made for its owner only, and keeps one line a user', async () => {
    const path = file('made.jsonl')
    const [reader, editor] = users as [User, User]
    expect(await writeUser(path, reader)).toEqual({ replaced: false })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await writeUser(path, editor)).toEqual({ replaced: false })
    expect(await writeUser(path, { ...reader, role: 'manage' })).toEqual({ replaced: true })
    expect(await readUsers(path)).toEqual([editor, { ...reader, role: 'manage' }])
    expect(await readFile(path, 'utf8')).not.toContain(PASSWORD)
  })

  it('may have comments and empty lines, which stay', async () => {
    const path = file('comments.jsonl')
    await writeFile(path, `# people\n\n${JSON.stringify(users[0])}\n`)
    await writeUser(path, users[3]!)
    expect(await readUsers(path)).toEqual([users[0], users[3]])
    expect(await readFile(path, 'utf8')).toContain('# people')
  })

  it.each([
    ['nothing', ''],
    ['no JSON', 'ada:secret'],
    ['no object', 'null'],
    ['no name', '{"role":"read"}'],
    ['a name with a colon', '{"name":"a:b","role":"read","token":"x"}'],
    ['another role', '{"name":"a","role":"admin"}'],
    ['no secret', '{"name":"a","role":"read"}'],
    ['a password in the clear', '{"name":"a","role":"read","password":"correct horse battery"}'],
    [
      'a hash that costs too much',
      '{"name":"a","role":"read","password":"scrypt$1048576$8$1$AAAAAAAAAAA$AA"}',
    ],
    ['a token in the clear', '{"name":"a","role":"read","token":"x"}'],
  ])('is refused with %s', async (name, text) => {
    const path = file(`${name}.jsonl`)
    await writeFile(path, text)
    await expect(readUsers(path)).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    await expect(serve({ users: path })).rejects.toThrow()
  })

  it('is refused with a user twice, and where it is not there', async () => {
    const path = file('twice.jsonl')
    await writeFile(path, `${JSON.stringify(users[0])}\n${JSON.stringify(users[0])}\n`)
    await expect(readUsers(path)).rejects.toThrow('twice')
    await expect(readUsers(file('missing.jsonl'))).rejects.toThrow('Cannot read')
  })

  it('takes no short passwords and no names that HTTP cannot carry', async () => {
    await expect(hashPassword('short')).rejects.toThrow('12 to 1024')
    for (const name of ['', 'a:b', 'a\nb', 'x'.repeat(251)])
      expect(() => validateUserName(name)).toThrow()
    expect(await hashPassword(PASSWORD)).not.toBe(await hashPassword(PASSWORD))
  })
})
