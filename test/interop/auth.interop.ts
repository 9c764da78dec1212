import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTracker, type Tracker } from 'tracklet'
import { memoryAdapter } from '../../adapters/memory.js'
import { startServer, type RunningServer } from '../../adapters/node-server.js'
import { nodeServerPort } from '../../adapters/node-server-command.js'
import { hashPassword, writeUser } from '../../adapters/node-server-users.js'
import type { OpenTracker } from '../../adapters/node.js'
import { openEngine } from '../../src/store/engine.js'
import { errorOf } from '../contract/client/helpers.js'
import { pinnedMlflows, runPythonBeside } from './python.js'
import { startMlflowServer, type MlflowServer } from './remote-server.js'

const ADMIN = { username: 'admin', password: 'correct horse battery' }
const PASSWORD = 'staple staple staple'
const NOT_AUTHENTICATED = 'You are not authenticated. Please see '
const { python } = pinnedMlflows()[0]!
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-auth-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What came of the calls of `use_auth.py`: null, or the message. */
type Tried = Readonly<Record<string, string | null>>

interface Seen {
  readonly run: string
  readonly experiment: string
  readonly seen: Readonly<
    Record<
      string,
      { readonly tried: Record<'read' | 'edit' | 'manage', Tried>; readonly written: string[] }
    >
  >
}

describe('the Python client, with users of this server', () => {
  const log: string[] = []
  let server: RunningServer
  let token = ''
  let found: Seen

  beforeAll(async () => {
    const file = join(folder, 'users.jsonl')
    const password = await hashPassword(PASSWORD)
    for (const role of ['read', 'edit', 'manage'] as const)
      await writeUser(file, { name: `${role}er`, role, password })
    token = (await nodeServerPort('memory:').addTokenUser(file, 'bot', 'edit')).token
    const store = await openEngine(memoryAdapter())
    server = await startServer({ store, port: 0, users: file, log: (line) => log.push(line) })
    const users = {
      manager: ['manageer', PASSWORD],
      nobody: [],
      stranger: ['stranger', PASSWORD],
      forgetful: ['editer', 'not that password'],
      forger: ['x'.repeat(43)],
      reader: ['reader', PASSWORD],
      editor: ['editer', PASSWORD],
      bot: [token],
    }
    found = (await runPythonBeside(python, 'use_auth.py', [
      server.url,
      JSON.stringify(users),
    ])) as Seen
  })
  afterAll(() => server.close())

  it.each(['nobody', 'stranger', 'forgetful', 'forger'])(
    'tells %s everywhere that it is not authenticated, and writes nothing',
    (name) => {
      const { tried, written } = found.seen[name]!
      const messages = Object.values(tried).flatMap((group) => Object.values(group))
      expect(messages).toHaveLength(25)
      for (const message of messages) {
        expect(message).toContain('401')
        expect(message).toContain(NOT_AUTHENTICATED)
      }
      expect(written).toEqual([])
    },
  )

  it('lets a user who may read look at everything, and change nothing', () => {
    const { tried, written } = found.seen['reader']!
    expect(done(tried.read)).toEqual(Object.keys(tried.read))
    expect([...refused(tried.edit), ...refused(tried.manage)]).toEqual([
      ...Object.keys(tried.edit),
      ...Object.keys(tried.manage),
    ])
    expect(written).toEqual([])
  })

  it.each(['editor', 'bot'])('lets %s log and make, and delete nothing', (name) => {
    const { tried, written } = found.seen[name]!
    expect([...done(tried.read), ...done(tried.edit)]).toEqual([
      ...Object.keys(tried.read),
      ...Object.keys(tried.edit),
    ])
    expect(refused(tried.manage)).toEqual(Object.keys(tried.manage))
    const by = `by ${name}`
    // A metric, a param, a tag, an experiment and a model; and a file.
    expect(written).toEqual([by, by, by, by, by, `${by}.txt`])
  })

  it('lets a user who may manage do everything', () => {
    const { tried } = found.seen['manager']!
    const all = { ...tried.read, ...tried.edit, ...tried.manage }
    expect(done(all)).toEqual(Object.keys(all))
  })

  it('writes down who deleted and promoted what, and nothing else', () => {
    const { run, experiment } = found
    const lines = log.map((line) => line.slice(line.indexOf(' ') + 1))
    const api = '/api/2.0/mlflow'
    const promoted = (name: string): string[] => [
      `${name} POST ${api}/model-versions/transition-stage name="model" version="1" stage="Staging"`,
      `${name} POST ${api}/registered-models/alias name="model" version="1" alias="champion"`,
    ]
    expect(lines).toEqual([
      ...promoted('manageer'),
      `manageer POST ${api}/runs/delete run_id="${run}"`,
      `manageer POST ${api}/experiments/delete experiment_id="${experiment}"`,
      `manageer DELETE ${api}/registered-models/alias name="model" alias="champion"`,
      `manageer DELETE ${api}/registered-models/delete name="spare manager"`,
      ...promoted('editer'),
      ...promoted('bot'),
    ])
  })

  it('takes a name and password, or a token, from this client too', async () => {
    const read = { username: 'reader', password: PASSWORD }
    for (const auth of [read, { token }])
      await using(server.url, { auth }, async ({ client }) => {
        expect((await client.getRun(found.run)).info.runId).toBe(found.run)
      })
    await using(server.url, { auth: read }, async ({ client }) => {
      const error = await errorOf(() => client.deleteRun(found.run))
      expect(error).toMatchObject({ errorCode: 'PERMISSION_DENIED' })
    })
  })
})

describe('a server of MLflow with users, without the artifact proxy', () => {
  let server: MlflowServer

  beforeAll(async () => {
    const config = join(folder, 'auth.ini')
    await writeFile(
      config,
      [
        '[mlflow]',
        'default_permission = READ',
        `database_uri = sqlite:///${join(folder, 'auth.db')}`,
        `admin_username = ${ADMIN.username}`,
        `admin_password = ${ADMIN.password}`,
        'authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n',
      ].join('\n'),
    )
    const env = {
      MLFLOW_AUTH_CONFIG_PATH: config,
      MLFLOW_AUTH_ADMIN_USERNAME: ADMIN.username,
      MLFLOW_AUTH_ADMIN_PASSWORD: ADMIN.password,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'a secret of this test',
    }
    Object.assign(process.env, env)
    try {
      server = await startMlflowServer(python, ['--app-name', 'basic-auth', '--no-serve-artifacts'])
    } finally {
      for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name)
    }
    const created = await asAdmin('users/create', { username: 'reader', password: PASSWORD })
    expect(created.status).toBe(200)
  })
  afterAll(() => server?.stop())

  const asAdmin = (path: string, body: unknown): Promise<Response> =>
    fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${btoa(`${ADMIN.username}:${ADMIN.password}`)}`,
      },
      body: JSON.stringify(body),
    })

  it('answers without credentials, and without permission, as this server does', async () => {
    const file = join(folder, 'both.jsonl')
    await writeUser(file, { name: 'reader', role: 'read', password: await hashPassword(PASSWORD) })
    const ours = await startServer({
      store: await openEngine(memoryAdapter()),
      port: 0,
      users: file,
      log: () => undefined,
    })
    const reader = { authorization: `Basic ${btoa(`reader:${PASSWORD}`)}` }
    const { experiment_id: id } = (await (
      await asAdmin('experiments/create', { name: 'kept' })
    ).json()) as { experiment_id: string }
    try {
      for (const headers of [{}, { authorization: 'Bearer nothing' }, reader])
        expect(await refusal(ours.url, '0', headers)).toEqual(
          await refusal(server.url, id, headers),
        )
    } finally {
      await ours.close()
    }
  })

  it('takes a name and password; without the right ones it says what to give', async () => {
    await using(server.url, { auth: ADMIN }, async (tracker) => {
      const run = await tracker.startRun({ name: 'logged' })
      run.logMetric('loss', 0.5)
      await run.end()
      expect((await tracker.client.getRun(run.id)).data.metrics).toEqual({ loss: 0.5 })
    })
    const wrong = [
      undefined,
      { username: 'admin', password: 'no such password' },
      { token: 'no-such-token' },
    ]
    for (const auth of wrong)
      await using(server.url, { ...(auth && { auth }) }, async ({ client }) => {
        const error = await errorOf(() => client.searchExperiments())
        expect(error).toMatchObject({ errorCode: 'PERMISSION_DENIED' })
        expect(error.message).toContain(NOT_AUTHENTICATED)
        expect(error.message).toContain('MLFLOW_TRACKING_USERNAME')
      })
  })

  it('tells a user whose permission is not enough', async () => {
    await using(
      server.url,
      { auth: { username: 'reader', password: PASSWORD } },
      async (tracker) => {
        const { experiments } = await tracker.client.searchExperiments()
        expect(experiments.length).toBeGreaterThan(0)
        const error = await errorOf(() =>
          tracker.client.deleteExperiment(experiments[0]!.experimentId),
        )
        expect(error).toMatchObject({ errorCode: 'PERMISSION_DENIED' })
        expect(error.message).toMatch(/answered 403: Permission denied.*ask who runs the server/)
      },
    )
  })

  it('names the flag by which it would take files', async () => {
    await using(server.url, { auth: ADMIN }, async (tracker) => {
      const artifactLocation = 'mlflow-artifacts:/refused'
      const experimentId = await tracker.client.createExperiment('files', { artifactLocation })
      const run = await tracker.startRun({ experimentId })
      const error = await errorOf(() => run.logText('text', 'a.txt'))
      expect(error).toMatchObject({ errorCode: 'NOT_IMPLEMENTED' })
      expect(error.message).toContain('--serve-artifacts')
      await run.end()
    })
  })
})

describe('a server of MLflow that is asked by a name it does not have', () => {
  it('is told to us with its flag', async () => {
    const server = await startMlflowServer(python, ['--allowed-hosts', 'tracking.example.com'])
    try {
      await using(server.url, {}, async ({ client }) => {
        const error = await errorOf(() => client.searchExperiments())
        expect(error).toMatchObject({ errorCode: 'PERMISSION_DENIED' })
        expect(error.message).toContain(`--allowed-hosts ${new URL(server.url).host}`)
      })
    } finally {
      await server.stop()
    }
  })
})

function done(tried: Tried): string[] {
  return Object.keys(tried).filter((name) => tried[name] === null)
}

/** The calls that had a 403. */
function refused(tried: Tried): string[] {
  return Object.keys(tried).filter((name) => /403|Permission denied/.test(tried[name] ?? ''))
}

/** How a server refuses to delete an experiment. */
async function refusal(
  url: string,
  experimentId: string,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const answer = await fetch(`${url}/api/2.0/mlflow/experiments/delete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ experiment_id: experimentId }),
  })
  return {
    status: answer.status,
    scheme: answer.headers.get('www-authenticate'),
    body: await answer.text(),
  }
}

async function using(
  url: string,
  server: OpenTracker['server'],
  work: (tracker: Tracker) => Promise<void>,
): Promise<void> {
  const tracker = await openTracker(url, { server: { retries: 0, ...server } })
  try {
    await work(tracker)
  } finally {
    await tracker.close()
  }
}
