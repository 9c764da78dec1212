import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTracker, type Run } from '../../../adapters/node.js'

const CHILD = fileURLToPath(new URL('children/exit-child.ts', import.meta.url))

interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

describe('a process that ends without closing its store', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tracklet-exit-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const end = (ending: string, signal?: NodeJS.Signals): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['--import', 'tsx', CHILD, directory, ending], {
        env: { ...process.env, MLFLOW_TRACKING_URI: '', TRACKLET_URI: '' },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      child.on('error', reject)
      child.on('exit', (code, by) => resolve({ code, signal: by }))
      child.stdout.once('data', () => signal !== undefined && child.kill(signal))
    })

  const onlyRun = async (experiment: string): Promise<Run> => {
    const tracker = await openTracker(directory)
    const runs = await tracker.searchRuns({ experimentNames: [experiment], viewType: 'ALL' }).all()
    expect(runs).toHaveLength(1)
    const history = await (await tracker.openRun(runs[0]!.info.runId)).history('m')
    expect(Array.from(history.values)).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    await tracker.close()
    return runs[0]!
  }

  for (const ending of ['end of program', 'process.exit', 'uncaught error'])
    it(`loses nothing: ${ending}`, async () => {
      const { code } = await end(ending)
      expect(code).toBe(ending === 'uncaught error' ? 1 : 0)
      expect((await onlyRun('Default')).data.params).toEqual({ last: 'param' })
    })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    it(`loses nothing, and still dies of it: ${signal}`, async () => {
      expect(await end('signal', signal)).toEqual({ code: null, signal })
      expect((await onlyRun('Default')).data.params).toEqual({ last: 'param' })
    })

  it('leaves a signal to the handler that the program has', async () => {
    expect(await end('signal with a handler', 'SIGTERM')).toEqual({ code: 7, signal: null })
    expect((await onlyRun('Default')).data.params).toEqual({ last: 'param' })
  })

  it('finishes the run that a log call started', async () => {
    for (const ending of ['fluent', 'fluent process.exit']) {
      expect((await end(ending)).code).toBe(0)
      const { info, data } = await onlyRun('fluent')
      expect([info.status, data.params]).toEqual(['FINISHED', { p: '1' }])
      expect(info.endTime).toBeGreaterThanOrEqual(info.startTime)
      await rm(directory, { recursive: true, force: true })
    }
  })

  it('ends the run that a log call started as KILLED by a signal', async () => {
    expect(await end('fluent signal', 'SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' })
    expect((await onlyRun('fluent')).info.status).toBe('KILLED')
  })
})
