import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gitTags, nodeContext } from '../../../adapters/node-context.js'
import { defaultUri, MLFLOW_TAGS, openTracker } from '../../../adapters/node.js'

let directory: string
const path = (...parts: string[]): string => join(directory, ...parts)

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tracklet-node-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function write(file: string, text: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, text)
}

describe('openTracker in Node', () => {
  it('keeps runs in a directory, named as a path or a URI', async () => {
    const tracker = await openTracker(path('store'))
    const run = await tracker.startRun({ name: 'kept' })
    run.logMetric('m', 1)
    await tracker.close()
    for (const uri of [`file:${path('store')}`, pathToFileURL(path('store')).href]) {
      const again = await openTracker(uri, { create: false })
      expect((await again.getRun(run.id)).data.metrics).toEqual({ m: 1 })
      await again.close()
    }
  })

  it('keeps nothing in memory, and what has a name until it is asked for again', async () => {
    for (const [uri, kept] of [
      ['memory:', 0],
      ['memory:node-test', 1],
    ] as const) {
      const first = await openTracker(uri)
      await first.startRun()
      await first.close()
      const second = await openTracker(uri)
      expect(await second.searchRuns().all()).toHaveLength(kept)
      await second.close()
    }
  })

  it('opens a directory once in a process, says so, and opens it again after closing', async () => {
    const tracker = await openTracker(path('one'))
    await expect(openTracker(`file:${path('one')}`)).rejects.toMatchObject({
      errorCode: 'RESOURCE_CONFLICT',
      message: expect.stringContaining('already open in this process'),
    })
    await tracker.close()
    await (await openTracker(path('one'))).close()
  })

  it('opens a directory that could not be opened before', async () => {
    await expect(openTracker(path('later'), { create: false })).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
    await (await openTracker(path('later'))).close()
  })

  it('refuses what it cannot open, and says what to do', async () => {
    await writeFile(path('file.txt'), 'x')
    await write(path('mlruns', '0', 'meta.yaml'), 'name: Default')
    await write(path('db', 'mlflow.db'), '')
    const refused: [string, string, RegExp][] = [
      ['idb:name', 'INVALID_PARAMETER_VALUE', /browser/],
      ['sqlite:///mlflow.db', 'NOT_IMPLEMENTED', /bring the database in with importFrom/],
      ['postgresql+psycopg2://host/db', 'NOT_IMPLEMENTED', /database/],
      ['s3://bucket', 'INVALID_PARAMETER_VALUE', /unknown scheme/],
      ['file:', 'INVALID_PARAMETER_VALUE', /no directory/],
      ['file:%zz', 'INVALID_PARAMETER_VALUE', /no valid URI/],
      ['', 'INVALID_PARAMETER_VALUE', /named by a directory/],
      [path('file.txt'), 'INVALID_PARAMETER_VALUE', /is a file/],
      [path('mlruns'), 'INVALID_PARAMETER_VALUE', /MLflow's own files/],
      [path('db'), 'INVALID_PARAMETER_VALUE', /MLflow's own files/],
    ]
    for (const [uri, errorCode, message] of refused)
      await expect(openTracker(uri), uri).rejects.toMatchObject({
        errorCode,
        message: expect.stringMatching(message),
      })
    expect(await readFile(path('mlruns', '0', 'meta.yaml'), 'utf8')).toBe('name: Default')
  })

  it('takes its default from the environment, servers named by MLflow included', () => {
    const { TRACKLET_URI, MLFLOW_TRACKING_URI } = process.env
    const uriWith = (own: string, mlflow: string): string => {
      Object.assign(process.env, { TRACKLET_URI: own, MLFLOW_TRACKING_URI: mlflow })
      return defaultUri()
    }
    try {
      expect(uriWith('', '')).toBe('./.tracklet')
      expect(uriWith('', 'sqlite:///mlflow.db')).toBe('./.tracklet')
      expect(uriWith('', 'https://mlflow.example')).toBe('https://mlflow.example')
      expect(uriWith('memory:', 'https://mlflow.example')).toBe('memory:')
    } finally {
      Object.assign(process.env, { TRACKLET_URI, MLFLOW_TRACKING_URI })
      for (const name of ['TRACKLET_URI', 'MLFLOW_TRACKING_URI'])
        if (process.env[name] === 'undefined') delete process.env[name]
    }
  })

  it('listens to the process only while a store is open', async () => {
    const count = (): number =>
      ['exit', 'beforeExit', 'SIGINT', 'SIGTERM', 'SIGHUP']
        .map((event) => process.listenerCount(event))
        .reduce((sum, n) => sum + n)
    const before = count()
    const trackers = [await openTracker('memory:'), await openTracker('memory:')]
    expect(count()).toBe(before + 5)
    await trackers[0]!.close()
    expect(count()).toBe(before + 5)
    await trackers[1]!.close()
    expect(count()).toBe(before)
  })

  it('listens for the fluent functions only while their store is open', async () => {
    const mlflow = await import('../../../adapters/node-fluent.js')
    const before = process.listenerCount('exit')
    mlflow.setTrackingUri('memory:')
    await mlflow.startRun()
    expect(process.listenerCount('exit')).toBe(before + 1)
    await mlflow.close()
    expect(process.listenerCount('exit')).toBe(before)
    mlflow.setTrackingUri('idb:none')
    await expect(mlflow.startRun()).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    expect(process.listenerCount('exit')).toBe(before)
  })

  it('stores and fetches local files and directories', async () => {
    await write(path('data', 'a.txt'), 'a')
    await write(path('data', 'deep', 'b.txt'), 'b')
    const tracker = await openTracker('memory:')
    const run = await tracker.startRun()
    await run.logArtifact(path('data', 'a.txt'))
    await run.logArtifact(path('data', 'a.txt'), 'dir')
    await run.logArtifacts(path('data'), 'all')
    const { client } = tracker
    expect(await client.downloadArtifacts(run.id, '', path('out'))).toBe(path('out'))
    for (const [file, text] of [
      ['a.txt', 'a'],
      ['dir/a.txt', 'a'],
      ['all/deep/b.txt', 'b'],
    ] as const)
      expect(await readFile(path('out', file), 'utf8')).toBe(text)
    const target = await client.downloadArtifacts(run.id, 'all/deep', path('part'))
    expect(await readFile(join(target, 'b.txt'), 'utf8')).toBe('b')
    const file = await client.downloadArtifacts(run.id, 'dir/a.txt', path('one'))
    expect(await readFile(file, 'utf8')).toBe('a')
    await expect(client.downloadArtifacts(run.id, 'none', path('no'))).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
    await expect(run.logArtifact(path('none'))).rejects.toMatchObject({
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    })
    await tracker.close()
  })

  it('tags runs with user and source, which the caller may override', async () => {
    const tracker = await openTracker('memory:', { context: { host: 'here' } })
    const run = await tracker.startRun({ tags: { [MLFLOW_TAGS.user]: 'ada' } })
    const { info, data } = await tracker.getRun(run.id)
    expect(info.userId).toBe('ada')
    expect(data.tags).toMatchObject({
      [MLFLOW_TAGS.user]: 'ada',
      [MLFLOW_TAGS.sourceName]: process.argv[1],
      [MLFLOW_TAGS.sourceType]: 'LOCAL',
      host: 'here',
    })
    await tracker.close()
  })
})

describe('the context of a program', () => {
  const commit = 'a'.repeat(40)

  it('is read from .git, loose or packed, from any directory below', async () => {
    await write(path('.git', 'HEAD'), 'ref: refs/heads/feature/x\n')
    await write(path('.git', 'packed-refs'), `# pack-refs\n${commit} refs/heads/feature/x\n`)
    await write(
      path('.git', 'config'),
      '[core]\n\tbare = false\n[remote "other"]\n\turl = no\n[remote "origin"]\n\tfetch = x\n\turl = https://me:secret@example.com/r.git\n[branch "a"]\n',
    )
    await mkdir(path('src', 'deep'), { recursive: true })
    expect(gitTags(path('src', 'deep'))).toEqual({
      [MLFLOW_TAGS.gitCommit]: commit,
      [MLFLOW_TAGS.gitBranch]: 'feature/x',
      [MLFLOW_TAGS.gitRepoUrl]: 'https://example.com/r.git',
    })
    await write(path('.git', 'refs', 'heads', 'feature', 'x'), `${'b'.repeat(40)}\n`)
    expect(gitTags(directory)[MLFLOW_TAGS.gitCommit]).toBe('b'.repeat(40))
  })

  it('follows linked work trees, and knows a detached head and an empty repository', async () => {
    await write(path('main', '.git', 'refs', 'heads', 'topic'), commit)
    await write(path('main', '.git', 'worktrees', 'w', 'HEAD'), 'ref: refs/heads/topic')
    await write(path('main', '.git', 'worktrees', 'w', 'commondir'), '../..')
    await write(path('w', '.git'), `gitdir: ${path('main', '.git', 'worktrees', 'w')}`)
    expect(gitTags(path('w'))).toEqual({
      [MLFLOW_TAGS.gitCommit]: commit,
      [MLFLOW_TAGS.gitBranch]: 'topic',
    })
    await write(path('detached', '.git', 'HEAD'), commit)
    expect(gitTags(path('detached'))).toEqual({ [MLFLOW_TAGS.gitCommit]: commit })
    await write(path('empty', '.git', 'HEAD'), 'ref: refs/heads/main')
    expect(gitTags(path('empty'))).toEqual({ [MLFLOW_TAGS.gitBranch]: 'main' })
  })

  it('takes user and further tags from the environment', () => {
    const env = { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_RUN_CONTEXT: '{"team":"vision","n":3}' }
    expect(nodeContext({ env, script: undefined })).toEqual({
      [MLFLOW_TAGS.user]: 'ada',
      [MLFLOW_TAGS.sourceName]: '<console>',
      [MLFLOW_TAGS.sourceType]: 'LOCAL',
      team: 'vision',
      n: '3',
    })
    for (const bad of ['no json', '[1]', '"text"', 'null'])
      expect(() =>
        nodeContext({ env: { MLFLOW_RUN_CONTEXT: bad }, script: undefined }),
      ).toThrowError(expect.objectContaining({ errorCode: 'INVALID_PARAMETER_VALUE' }))
  })
})
