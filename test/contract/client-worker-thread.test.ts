import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openTracker, type Tracker } from 'tracklet'
import { bundleChild } from '../helpers/bundled-child.js'
import { codeOf, errorOf } from './client/helpers.js'
import { clientSuite } from './client.suite.js'

const thread = await bundleChild(new URL('../../adapters/node.worker.ts', import.meta.url))
const program = await bundleChild(new URL('client/thread-child.ts', import.meta.url))
const worker = thread.script
let folder = ''
let count = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-thread-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await Promise.all([thread.remove(), program.remove()])
})

const newDirectory = (): string => join(folder, `${++count}`)

clientSuite('in a worker thread, in a folder', () => openTracker(newDirectory(), { worker }))

describe('a store in a worker thread', () => {
  it('is started from the package where no other script is named', async () => {
    const tracker = await openTracker('memory:', { worker: true })
    const run = await tracker.startRun()
    run.logMetric('m', 1)
    expect((await run.read()).data.metrics).toEqual({ m: 1 })
    await tracker.close()
  })

  it('is on disk when a call is acknowledged, for this thread and any other', async () => {
    const directory = newDirectory()
    const inThread = await openTracker(directory, { worker })
    const run = await inThread.startRun({ name: 'kept', params: { a: 1 } })
    run.logMetric('m', 0.5)
    await inThread.close()
    const here = await openTracker(directory)
    const { info, data } = await here.getRun(run.id)
    expect([info.runName, data.params, data.metrics]).toEqual(['kept', { a: '1' }, { m: 0.5 }])
    expect((await here.storage()).recovery.state).toBe('clean')
    await here.close()
  })

  it('is held like any other, and free once it is closed', async () => {
    const directory = newDirectory()
    const first = await openTracker(directory, { worker })
    expect(await codeOf(() => openTracker(directory, { worker }))).toBe('RESOURCE_CONFLICT')
    expect(await codeOf(() => openTracker(directory))).toBe('RESOURCE_CONFLICT')
    const { code, stderr } = await ran(directory, 'process.exit')
    expect([code, stderr]).toEqual([1, expect.stringContaining(`held by process ${process.pid}`)])
    await first.close()
    const second = await openTracker(directory, { worker })
    await second.close()
  })

  it('passes on why it cannot be opened', async () => {
    const missing = await errorOf(() => openTracker(newDirectory(), { worker, create: false }))
    expect(missing.errorCode).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(await codeOf(() => openTracker('memory:named', { worker }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
  })

  it('tells what to do where the script is not there, and leaves the folder free', async () => {
    const directory = newDirectory()
    const error = await errorOf(() => openTracker(directory, { worker: '/missing/node.worker.js' }))
    expect(error).toMatchObject({
      errorCode: 'TEMPORARILY_UNAVAILABLE',
      message: expect.stringContaining('npm run build'),
    })
    await (await openTracker(directory)).close()
  })

  it('can be opened again when its thread has died, with all that was acknowledged', async () => {
    const directory = newDirectory()
    const { tracker, kill } = await withItsThread(directory)
    const run = await tracker.startRun()
    for (let step = 0; step < 100; step++) run.logMetric('m', step, { step })
    await tracker.flush()
    const pending = errorOf(() => tracker.getRun(run.id))
    await kill()
    expect((await pending).errorCode).toMatch(/nothing was thrown|TEMPORARILY_UNAVAILABLE/)
    const dead = await errorOf(() => tracker.getRun(run.id))
    expect(dead.errorCode).toBe('TEMPORARILY_UNAVAILABLE')
    expect(tracker.commitSync()).toBe(false)
    const again = await openTracker(directory, { worker })
    expect((await (await again.openRun(run.id)).history('m')).values).toHaveLength(100)
    await tracker.close().catch(() => undefined)
    expect(await codeOf(() => openTracker(directory))).toBe('RESOURCE_CONFLICT')
    await again.close()
  })
})

describe('a process that ends without closing a store in a worker thread', () => {
  for (const [ending, expected] of [
    ['end of program', 0],
    ['process.exit', 0],
    ['uncaught error', 1],
    ['killed', 'SIGKILL'],
    ['signal', 'SIGTERM'],
  ] as const)
    it(`ends, and loses nothing: ${ending}`, async () => {
      const directory = newDirectory()
      const { code } = await ran(directory, ending)
      expect(code).toBe(expected)
      const tracker = await openTracker(directory)
      const [run] = await tracker.searchRuns().all()
      const history = await (await tracker.openRun(run?.info.runId ?? '')).history('m')
      expect(Array.from(history.values)).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
      expect(run?.data.params).toEqual({ last: 'param' })
      await tracker.close()
    })
})

/** Runs the program to its end; SIGTERM is sent once it says that it is ready for it. */
function ran(
  directory: string,
  ending: string,
): Promise<{ code: number | NodeJS.Signals | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program.script, directory, worker, ending], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', (text) => (stderr += String(text)))
    child.stdout.once('data', () => child.kill('SIGTERM'))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code: code ?? signal, stderr }))
  })
}

/** A tracker and the way to kill the thread that it works in. */
async function withItsThread(
  directory: string,
): Promise<{ tracker: Tracker; kill: () => Promise<unknown> }> {
  const started: Worker[] = []
  const spy = vi.spyOn(Worker.prototype, 'unref').mockImplementation(function (this: Worker) {
    started.push(this)
  })
  const tracker = await openTracker(directory, { worker })
  spy.mockRestore()
  return { tracker, kill: async () => started[0]?.terminate() }
}
