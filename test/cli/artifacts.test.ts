import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startServer, type RunningServer } from '../../adapters/node-server.js'
import { openTracker } from '../../adapters/node.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()
const artifacts = (...args: string[]) => cli.tracklet(['artifacts', ...args])
let runId = ''
let modelId = ''
let out = ''
let outs = 0

beforeAll(async () => {
  const tracker = await openTracker(cli.store)
  const run = await tracker.startRun()
  runId = run.id
  await run.logText('x', 'a/b/x.txt')
  await run.logText('yy', 'a/b/sub/y.txt')
  await run.logText('', 'a/b/empty')
  await run.logText('model', 'model/MLmodel')
  await tracker.client.createRegisteredModel('cnn')
  const source = `runs:/${runId}/model`
  await tracker.client.createModelVersion('cnn', source, { runId })
  await tracker.client.setRegisteredModelAlias('cnn', 'champion', 1)
  await tracker.client.transitionModelVersionStage('cnn', 1, 'Staging')
  await run.logText('other', 'other/MLmodel')
  const other = `runs:/${runId}/other`
  await tracker.client.createModelVersion('cnn', other, { runId })
  await tracker.client.transitionModelVersionStage('cnn', 2, 'Production')
  const made = await tracker.client.createLoggedModel('0', { name: 'net', sourceRunId: runId })
  modelId = made.modelId
  const text = new TextEncoder().encode('weights')
  await tracker.client.logModelArtifact(modelId, text, 'data/w.bin')
  await run.end()
  await tracker.close()
})

beforeEach(() => {
  out = join(cli.folder, `out${++outs}`)
})

/** The files below a folder, by path, with their texts. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) found[path.slice(folder.length + 1)] = await readFile(path, 'utf8')
  }
  return found
}

describe('artifacts list', () => {
  it('is the JSON of MLflow’s FileInfo', async () => {
    const { code, out: text } = await artifacts('list', '-r', runId, '-a', 'a/b')
    expect(code).toBe(0)
    expect(JSON.parse(text)).toEqual([
      { path: 'a/b/empty', is_dir: false },
      { path: 'a/b/sub', is_dir: true },
      { path: 'a/b/x.txt', is_dir: false, file_size: 1 },
    ])
    const root = await artifacts('list', '--run-id', runId)
    expect((JSON.parse(root.out) as { path: string }[]).map(({ path }) => path)).toEqual([
      'a',
      'model',
      'other',
    ])
  })

  it('is empty for what is not there, and refuses an unknown run', async () => {
    expect((await artifacts('list', '-r', runId, '-a', 'nope')).out).toBe('[]\n')
    const unknown = await artifacts('list', '-r', 'nope')
    expect([unknown.code, unknown.out]).toEqual([1, ''])
    expect(unknown.err).toContain('RESOURCE_DOES_NOT_EXIST: Run with id=nope not found')
    expect((await artifacts('list')).code).toBe(2)
  })
})

describe('artifacts log-artifact and log-artifacts', () => {
  let target = ''
  beforeEach(async () => {
    const tracker = await openTracker(cli.store)
    const run = await tracker.startRun()
    target = run.id
    await run.end()
    await tracker.close()
    await mkdir(join(cli.folder, 'local/deep'), { recursive: true })
    await writeFile(join(cli.folder, 'local/one.txt'), 'one')
    await writeFile(join(cli.folder, 'local/deep/two.bin'), new Uint8Array(3 << 20))
  })

  const paths = async (dir: string): Promise<string[]> =>
    (JSON.parse((await artifacts('list', '-r', target, '-a', dir)).out) as { path: string }[]).map(
      ({ path }) => path,
    )

  it('store a file below the path, or at the root', async () => {
    const first = await artifacts('log-artifact', '-l', 'local/one.txt', '-r', target)
    expect([first.code, first.out]).toEqual([
      0,
      'Logged artifact from local file local/one.txt to artifact_path=None\n',
    ])
    const second = await artifacts(
      ...['log-artifact', '--local-file', 'local/one.txt', '--run-id', target],
      ...['--artifact-path', 'in/here', '--json'],
    )
    expect(JSON.parse(second.out)).toEqual({
      run_id: target,
      local_file: 'local/one.txt',
      artifact_path: 'in/here',
    })
    expect([await paths(''), await paths('in/here')]).toEqual([
      ['in', 'one.txt'],
      ['in/here/one.txt'],
    ])
  })

  it('store a folder with all below it', async () => {
    const { code } = await artifacts('log-artifacts', '-l', 'local', '-r', target, '-a', 'd')
    expect(code).toBe(0)
    expect([await paths('d'), await paths('d/deep')]).toEqual([
      ['d/deep', 'd/one.txt'],
      ['d/deep/two.bin'],
    ])
  })

  it('refuse what is not there, and paths that climb', async () => {
    const missing = await artifacts('log-artifact', '-l', 'nope', '-r', target)
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('"nope"')])
    const folder = await artifacts('log-artifact', '-l', 'local', '-r', target)
    expect(folder.code).toBe(1)
    const climbing = await artifacts(
      'log-artifact',
      '-l',
      'local/one.txt',
      '-r',
      target,
      '-a',
      '..',
    )
    expect([climbing.code, await paths('')]).toEqual([1, []])
    expect((await artifacts('log-artifact', '-r', target)).code).toBe(2)
  })
})

describe('artifacts download', () => {
  it('of a file prints its local path, without the folders above it', async () => {
    const {
      code,
      out: text,
      err,
    } = await artifacts(...['download', '-r', runId, '-a', 'a/b/x.txt', '-d', out])
    expect([code, text, err]).toEqual([0, `${join(out, 'x.txt')}\n`, ''])
    expect(await filesOf(out)).toEqual({ 'x.txt': 'x' })
  })

  it('of a folder, or of all, keeps what is below it', async () => {
    const folder = await artifacts('download', '-r', runId, '-a', 'a/b', '-d', out, '--json')
    expect(JSON.parse(folder.out)).toEqual({ path: join(out, 'b') })
    expect(await filesOf(out)).toEqual({ 'b/empty': '', 'b/sub/y.txt': 'yy', 'b/x.txt': 'x' })
    const all = await artifacts('download', '-r', runId, '-d', out)
    expect(all.out).toBe(`${out}\n`)
    expect(await filesOf(out)).toMatchObject({ 'a/b/x.txt': 'x', 'model/MLmodel': 'model' })
  })

  it.each([
    ['runs:/RUN/a/b/sub', 'sub', { 'sub/y.txt': 'yy' }],
    ['models:/cnn/1', '', { MLmodel: 'model' }],
    ['models:/cnn@champion', '', { MLmodel: 'model' }],
    ['models:/cnn/Staging', '', { MLmodel: 'model' }],
    ['models:/cnn/Production', '', { MLmodel: 'other' }],
    ['models:/cnn/latest/MLmodel', 'MLmodel', { MLmodel: 'other' }],
    ['models:/MODEL', '', { 'data/w.bin': 'weights' }],
    ['models:/MODEL/data', 'data', { 'data/w.bin': 'weights' }],
    ['runs:/RUN/net', 'net', { 'net/data/w.bin': 'weights' }],
    ['runs:/RUN/net/data/w.bin', 'w.bin', { 'w.bin': 'weights' }],
    ['mlflow-artifacts:/0/models/MODEL/artifacts/data', 'data', { 'data/w.bin': 'weights' }],
    ['mlflow-artifacts:/0/RUN/artifacts/a/b/x.txt', 'x.txt', { 'x.txt': 'x' }],
  ])('of %s', async (uri, name, files) => {
    const { code, out: text } = await artifacts(
      ...['download', '-u', uri.replace('RUN', runId).replace('MODEL', modelId), '-d', out],
    )
    expect([code, text]).toEqual([0, `${join(out, name)}\n`])
    expect(await filesOf(out)).toEqual(files)
  })

  it('makes a folder among the temporary files where none is named', async () => {
    const { out: text } = await artifacts('download', '-r', runId, '-a', 'model')
    const path = text.trimEnd()
    expect(basename(path)).toBe('model')
    expect(await filesOf(path)).toEqual({ MLmodel: 'model' })
    await rm(join(path, '..'), { recursive: true })
  })

  it.each([
    ['s3://bucket/x', 'INVALID_PARAMETER_VALUE'],
    ['runs:/RUN/nope', 'RESOURCE_DOES_NOT_EXIST'],
    ['runs:/RUN/../x', 'INVALID_PARAMETER_VALUE'],
    ['runs:/nope/x', 'RESOURCE_DOES_NOT_EXIST'],
    ['models:/nope/1', 'RESOURCE_DOES_NOT_EXIST'],
    ['mlflow-artifacts:/7/RUN/artifacts/a', 'RESOURCE_DOES_NOT_EXIST'],
    ['mlflow-artifacts:/x/y', 'INVALID_PARAMETER_VALUE'],
    ['mlflow-artifacts:/0/RUN/artifacts/%2e%2e/x', 'INVALID_PARAMETER_VALUE'],
  ])('refuses %s', async (uri, errorCode) => {
    const {
      code,
      out: text,
      err,
    } = await artifacts(...['download', '-u', uri.replace('RUN', runId), '-d', out, '--json'])
    expect([code, text]).toEqual([1, ''])
    expect(JSON.parse(err)).toMatchObject({ error_code: errorCode })
  })

  it('needs a run or a URI', async () => {
    expect((await artifacts('download', '-d', out)).code).toBe(2)
  })

  it('writes through no link that leads out of the folder', async () => {
    const elsewhere = join(cli.folder, 'elsewhere')
    await mkdir(elsewhere, { recursive: true })
    await mkdir(out)
    await symlink(elsewhere, join(out, 'b'))
    const { code, err } = await artifacts('download', '-r', runId, '-a', 'a/b', '-d', out)
    expect([code, err]).toEqual([1, expect.stringContaining('Invalid path')])
    expect(await readdir(elsewhere)).toEqual([])
    // A link in a file's place goes, and what it led to stays.
    await writeFile(join(elsewhere, 'kept'), 'kept')
    await rm(join(out, 'b'))
    await symlink(join(elsewhere, 'kept'), join(out, 'x.txt'))
    expect((await artifacts('download', '-r', runId, '-a', 'a/b/x.txt', '-d', out)).code).toBe(0)
    expect(await filesOf(elsewhere)).toEqual({ kept: 'kept' })
    expect(await filesOf(out)).toEqual({ 'x.txt': 'x' })
  })

  it.skipIf(process.getuid?.() === 0)('says why a folder cannot be written', async () => {
    await mkdir(out, { mode: 0o500 })
    const { code, err } = await artifacts('download', '-r', runId, '-a', 'model', '-d', out)
    await chmod(out, 0o700)
    expect([code, err]).toEqual([1, expect.stringContaining('PERMISSION_DENIED')])
  })
})

describe('over a server', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({ store: 'memory:', port: 0, log: () => undefined })
  })
  afterAll(() => server.close())

  it('files go there and come back', async () => {
    const tracker = await openTracker(server.url)
    const run = await tracker.startRun()
    await tracker.close()
    await writeFile(join(cli.folder, 'sent.txt'), 'sent')
    const there = ['--store', server.url, '-r', run.id]
    expect((await artifacts('log-artifact', '-l', 'sent.txt', '-a', 'd', ...there)).code).toBe(0)
    expect(JSON.parse((await artifacts('list', '-a', 'd', ...there)).out)).toEqual([
      { path: 'd/sent.txt', is_dir: false, file_size: 4 },
    ])
    expect((await artifacts('download', '-a', 'd', '-d', out, ...there)).code).toBe(0)
    expect(await filesOf(out)).toEqual({ 'd/sent.txt': 'sent' })
  })
})

describe('over a server that means ill', () => {
  let server: Server
  let url = ''
  let listed: { path: string; is_dir: boolean; file_size?: number }[] = []
  let cutAfter = Infinity

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      const info = { run_id: 'r', run_uuid: 'r', experiment_id: '0', lifecycle_stage: 'active' }
      const json = (body: unknown): void => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(body))
      }
      if (pathname.endsWith('/runs/get'))
        return json({
          run: { info: { ...info, artifact_uri: 'mlflow-artifacts:/0/r/artifacts' }, data: {} },
        })
      if (pathname.endsWith('/artifacts/list')) return json({ files: listed })
      if (!pathname.includes('/mlflow-artifacts/')) return json({})
      response.setHeader('content-length', 10)
      response.write('0123456789'.slice(0, cutAfter))
      if (cutAfter < 10) response.destroy()
      else response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  it.each(['../evil', '/evil', 'a/../../evil', 'a/../evil'])(
    'a listing of %s writes nothing',
    async (path) => {
      cutAfter = Infinity
      listed = [{ path, is_dir: false, file_size: 10 }]
      const { code } = await artifacts('download', '--store', url, '-r', 'r', '-d', out)
      expect(code).toBe(1)
      expect(await filesOf(out)).toEqual({})
      expect(await readdir(cli.folder)).not.toContain('evil')
    },
  )

  it('a file that breaks off leaves none behind', async () => {
    listed = [{ path: 'whole.txt', is_dir: false, file_size: 10 }]
    cutAfter = 4
    const broken = await artifacts('download', '--store', url, '-r', 'r', '-d', out)
    expect([broken.code, await readdir(out)]).toEqual([1, []])
    cutAfter = Infinity
    const whole = await artifacts('download', '--store', url, '-r', 'r', '-d', out)
    expect([whole.code, await filesOf(out)]).toEqual([0, { 'whole.txt': '0123456789' }])
  })
})
