import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { createFluent, type Fluent } from '../../../src/client/fluent.js'
import type { FluentRuns } from '../../../src/client/fluent-runs.js'
import type { RunStack } from '../../../src/client/run-stack.js'
import { createTracker, MLFLOW_TAGS, openEngine, type Tracker } from '../../../src/index.js'

interface World {
  readonly fluent: Fluent
  readonly runs: FluentRuns
  readonly env: Map<string, string>
  readonly opened: (string | undefined)[]
}

function makeWorld({ async = true } = {}): World {
  const env = new Map<string, string>()
  const opened: (string | undefined)[] = []
  const stacks = new AsyncLocalStorage<RunStack>()
  const { fluent, runs } = createFluent({
    openTracker: async (uri) => {
      opened.push(uri)
      if (uri === 'broken:') throw new Error('cannot be opened')
      return createTracker(await openEngine(memoryAdapter()))
    },
    defaultUri: () => 'memory:default',
    scope: async
      ? { current: () => stacks.getStore(), run: (stack, fn) => stacks.run(stack, fn) }
      : { current: () => undefined },
    env: {
      get: (name) => env.get(name),
      set: (name, value) => void env.set(name, value),
      delete: (name) => void env.delete(name),
    },
  })
  return { fluent, runs, env, opened }
}

describe('the fluent functions', () => {
  let world: World
  let mlflow: Fluent
  const statusOf = async (runId: string): Promise<string> =>
    (await mlflow.getRun(runId)).info.status

  beforeEach(() => {
    world = makeWorld()
    mlflow = world.fluent
  })
  afterEach(() => mlflow.close().catch(() => undefined))

  describe('and the store', () => {
    it('open nothing before it is needed, and then once', async () => {
      expect(mlflow.getTrackingUri()).toBe('memory:default')
      mlflow.setTrackingUri('memory:mine')
      expect(world.opened).toEqual([])
      await Promise.all([mlflow.setExperiment('a'), mlflow.getExperimentByName('b')])
      expect(world.opened).toEqual(['memory:mine'])
      expect(mlflow.getTrackingUri()).toBe('memory:mine')
    })

    it('choose no other store while one is open', async () => {
      await mlflow.setExperiment('a')
      mlflow.setTrackingUri('memory:default')
      expect(() => mlflow.setTrackingUri('memory:other')).toThrowError(/await close\(\)/)
      await mlflow.close()
      mlflow.setTrackingUri('memory:other')
      await mlflow.getTracker()
      expect(world.opened).toEqual([undefined, 'memory:other'])
    })

    it('try again after a store could not be opened', async () => {
      mlflow.setTrackingUri('broken:')
      await expect(mlflow.startRun()).rejects.toThrow('cannot be opened')
      expect(mlflow.activeRun()).toBe(null)
      mlflow.setTrackingUri('memory:fine')
      await mlflow.startRun()
    })

    it('take a tracker that is open already', async () => {
      const tracker = createTracker(await openEngine(memoryAdapter()))
      mlflow.setTracker(tracker)
      mlflow.logMetric('m', 1)
      await mlflow.flush()
      expect(await tracker.searchRuns().all()).toHaveLength(1)
      expect(world.opened).toEqual([])
    })
  })

  describe('and experiments', () => {
    it('use the one that was set, and say so in the environment', async () => {
      const { experimentId } = await mlflow.setExperiment('mnist')
      expect(world.env.get('MLFLOW_EXPERIMENT_ID')).toBe(experimentId)
      expect((await mlflow.startRun()).info.experimentId).toBe(experimentId)
      await mlflow.setExperimentTag('team', 'vision')
      expect((await mlflow.getExperiment(experimentId)).tags).toEqual({ team: 'vision' })
    })

    it('use the argument first, then the active one, then the environment, then Default', async () => {
      const first = await mlflow.startRun()
      expect(first.info.experimentId).toBe('0')
      await mlflow.endRun()
      world.env.set('MLFLOW_EXPERIMENT_NAME', 'from env')
      const second = await mlflow.startRun()
      expect((await mlflow.getExperiment(second.info.experimentId)).name).toBe('from env')
      await mlflow.endRun()
      const { experimentId } = await mlflow.setExperiment('set')
      expect((await mlflow.startRun()).info.experimentId).toBe(experimentId)
      await mlflow.endRun()
      expect((await mlflow.startRun({ experimentId: '0' })).info.experimentId).toBe('0')
    })

    it('refuse an environment that contradicts itself', async () => {
      world.env.set('MLFLOW_EXPERIMENT_NAME', 'a')
      world.env.set('MLFLOW_EXPERIMENT_ID', '0')
      await expect(mlflow.startRun()).rejects.toThrow(/Set one of them/)
      world.env.delete('MLFLOW_EXPERIMENT_NAME')
      expect((await mlflow.startRun()).info.experimentId).toBe('0')
    })

    it('keep the active experiment when another cannot be set', async () => {
      const { experimentId } = await mlflow.setExperiment('good')
      await expect(mlflow.setExperiment('')).rejects.toMatchObject({
        errorCode: 'INVALID_PARAMETER_VALUE',
      })
      expect((await mlflow.startRun()).info.experimentId).toBe(experimentId)
    })
  })

  describe('and the active run', () => {
    it('start one and end it', async () => {
      const run = await mlflow.startRun({
        runName: 'baseline',
        params: { a: 1 },
        description: 'note',
      })
      expect(mlflow.activeRun()).toBe(run)
      mlflow.logMetric('loss', 1, { step: 2 })
      await mlflow.endRun()
      expect(mlflow.activeRun()).toBe(null)
      const { info, data } = await mlflow.getRun(run.id)
      expect(info).toMatchObject({ runName: 'baseline', status: 'FINISHED' })
      expect([data.params, data.metrics, data.tags[MLFLOW_TAGS.note]]).toEqual([
        { a: '1' },
        { loss: 1 },
        'note',
      ])
      expect((await mlflow.lastActiveRun())?.info.runId).toBe(run.id)
      await mlflow.endRun()
    })

    it('refuse a second run, in the words of MLflow', async () => {
      const { id } = await mlflow.startRun()
      const second = mlflow.startRun()
      await expect(second).rejects.toThrow(
        `Run with UUID ${id} is already active. To start a new run, first end the current run with`,
      )
      await expect(second).rejects.toMatchObject({ errorCode: 'INVALID_STATE' })
      await expect(mlflow.withRun({}, () => 1)).rejects.toThrow(/already active/)
    })

    it('nest runs three deep, and end them from the inside', async () => {
      const runs = [await mlflow.startRun()]
      for (let i = 0; i < 2; i++) runs.push(await mlflow.startRun({ nested: true }))
      mlflow.setTag('where', 'innermost')
      for (let i = 2; i > 0; i--) {
        expect(mlflow.activeRun()?.id).toBe(runs[i]!.id)
        expect((await mlflow.getParentRun(runs[i]!.id))?.info.runId).toBe(runs[i - 1]!.id)
        await mlflow.endRun(i === 1 ? 'KILLED' : 'FINISHED')
      }
      expect(mlflow.activeRun()).toBe(runs[0])
      const tags = await Promise.all(
        runs.map(async ({ id }) => (await mlflow.getRun(id)).data.tags),
      )
      expect(tags.map((tag) => tag['where'])).toEqual([undefined, undefined, 'innermost'])
      expect(await Promise.all(runs.map(({ id }) => statusOf(id)))).toEqual([
        'RUNNING',
        'KILLED',
        'FINISHED',
      ])
    })

    it('make a child of a run that is not active', async () => {
      const parent = await mlflow.startRun()
      await mlflow.endRun()
      const child = await mlflow.startRun({ parentRunId: parent.id })
      expect((await mlflow.getParentRun(child.id))?.info.runId).toBe(parent.id)
      const wrong = mlflow.startRun({ nested: true, parentRunId: parent.id })
      await expect(wrong).rejects.toThrow(/does not match the specified parentRunId/)
      await mlflow.endRun()
      await mlflow.deleteRun(parent.id)
      await expect(mlflow.startRun({ parentRunId: parent.id })).rejects.toThrow(/deleted state/)
      expect(mlflow.activeRun()).toBe(null)
    })

    it('resume a run, by argument or by environment, which is used up', async () => {
      const { id } = await mlflow.startRun()
      await mlflow.endRun()
      expect((await mlflow.startRun({ runId: id })).id).toBe(id)
      expect(await statusOf(id)).toBe('RUNNING')
      await mlflow.endRun()
      world.env.set('MLFLOW_RUN_ID', id)
      expect((await mlflow.startRun()).id).toBe(id)
      expect(world.env.has('MLFLOW_RUN_ID')).toBe(false)
      await mlflow.endRun()
      expect((await mlflow.startRun()).id).not.toBe(id)
    })

    it('resume no run of another experiment than the active one', async () => {
      const { id } = await mlflow.startRun()
      await mlflow.endRun()
      await mlflow.setExperiment('other')
      await expect(mlflow.startRun({ runId: id })).rejects.toMatchObject({
        errorCode: 'INVALID_PARAMETER_VALUE',
      })
    })

    it('refuse an unknown status, and keep the run', async () => {
      const run = await mlflow.startRun()
      await expect(mlflow.endRun('DONE' as 'FINISHED')).rejects.toMatchObject({
        errorCode: 'INVALID_PARAMETER_VALUE',
      })
      expect(mlflow.activeRun()).toBe(run)
    })

    it('leave a run that was ended through its handle', async () => {
      const run = await mlflow.startRun()
      await run.end('KILLED')
      expect(mlflow.activeRun()).toBe(null)
      expect((await mlflow.startRun()).id).not.toBe(run.id)
    })

    it('finish a run around a function, or fail it with error.txt', async () => {
      const id = await mlflow.withRun({ runName: 'scope' }, (run) => {
        mlflow.logMetric('m', 1)
        expect(mlflow.activeRun()).toBe(run)
        return run.id
      })
      expect(await statusOf(id)).toBe('FINISHED')
      expect((await mlflow.getRun(id)).data.metrics).toEqual({ m: 1 })
      let failed = ''
      const failing = mlflow.withRun({}, async (run) => {
        failed = run.id
        throw new Error('boom')
      })
      await expect(failing).rejects.toThrow('boom')
      expect(await statusOf(failed)).toBe('FAILED')
      const { client } = await mlflow.getTracker()
      expect(await (await client.openArtifact(failed, 'error.txt')).text()).toContain('boom')
      expect((await mlflow.lastActiveRun())?.info.runId).toBe(failed)
      expect(mlflow.activeRun()).toBe(null)
    })

    it('keep runs side by side apart, over awaits, in loops of their own', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          mlflow.withRun({}, async (run) => {
            for (let step = 0; step < 5; step++) {
              await (step % 2 ? mlflow.flush() : Promise.resolve())
              mlflow.logMetric('n', n, { step })
            }
            await mlflow.logText(String(n), 'n.txt')
            return run.id
          }),
        ),
      )
      const { client } = await mlflow.getTracker()
      for (const [n, id] of results.entries()) {
        const points = await client.getMetricHistory(id, 'n')
        expect(points.map(({ value }) => value)).toEqual([n, n, n, n, n])
        expect(await (await client.openArtifact(id, 'n.txt')).text()).toBe(String(n))
      }
    })

    it('make children side by side of the run around them', async () => {
      const parent = await mlflow.startRun()
      const ids = await Promise.all(
        [1, 2, 3].map((n) =>
          mlflow.withRun({ nested: true }, async (run) => {
            await mlflow.flush()
            mlflow.logParam('n', n)
            const leaf = await mlflow.startRun({ nested: true })
            await mlflow.endRun()
            return [run.id, leaf.id] as const
          }),
        ),
      )
      for (const [child, leaf] of ids) {
        expect((await mlflow.getParentRun(child))?.info.runId).toBe(parent.id)
        expect((await mlflow.getParentRun(leaf))?.info.runId).toBe(child)
      }
      expect(mlflow.activeRun()).toBe(parent)
    })

    it('refuse to start a run while another is still being started here', async () => {
      const first = mlflow.startRun()
      await expect(mlflow.startRun({ nested: true })).rejects.toThrow(/withRun/)
      await first
    })
  })

  describe('and log calls', () => {
    it('are refused, with what to do, before a store is open', async () => {
      for (const call of [() => mlflow.logMetric('m', 1), () => mlflow.setTag('t', 1)])
        expect(call).toThrowError(
          expect.objectContaining({
            errorCode: 'INVALID_STATE',
            message: expect.stringContaining('await startRun()'),
          }),
        )
      expect(world.opened).toEqual([])
    })

    it('start a run that stays active, and keep their order', async () => {
      await mlflow.setExperiment('implicit')
      for (let step = 0; step < 50; step++) mlflow.logMetric('m', step, { step })
      expect(mlflow.logParam('p', 'x')).toBe('x')
      mlflow.logMetrics({ m: 50 }, { step: 50 })
      mlflow.setTags({ t: 1 })
      await mlflow.logText('text', 'a.txt')
      const run = mlflow.activeRun()!
      const points = await run.history('m')
      expect(Array.from(points.values)).toEqual(Array.from({ length: 51 }, (_, i) => i))
      const all = await mlflow.searchRuns().all()
      expect(all.map(({ info }) => info.runId)).toEqual([run.id])
      expect([all[0]?.data.params, all[0]?.data.tags['t']]).toEqual([{ p: 'x' }, '1'])
      expect(await mlflow.getArtifactUri('a.txt')).toBe(`${run.info.artifactUri}/a.txt`)
    })

    it('may be the first call of all when they can wait', async () => {
      await mlflow.logDict({ a: 1 }, 'a.json')
      expect((await mlflow.listArtifacts()).map(({ path }) => path)).toEqual(['a.json'])
    })

    it('tell at the next flush or end why no run could be started for them', async () => {
      await mlflow.getTracker()
      world.env.set('MLFLOW_EXPERIMENT_ID', '987654')
      mlflow.logMetric('m', 1)
      await expect(mlflow.flush()).rejects.toMatchObject({ errorCode: 'RESOURCE_DOES_NOT_EXIST' })
      await mlflow.flush()
      mlflow.logMetric('m', 1)
      await expect(mlflow.close()).rejects.toMatchObject({ errorCode: 'RESOURCE_DOES_NOT_EXIST' })
      world.env.delete('MLFLOW_EXPERIMENT_ID')
      mlflow.setTracker(createTracker(await openEngine(memoryAdapter())))
      mlflow.logMetric('m', 1)
      await mlflow.flush()
      expect(await mlflow.searchRuns().all()).toHaveLength(1)
    })

    it('tell at the end of the run what was refused while it was being started', async () => {
      await mlflow.setExperiment('x')
      mlflow.logMetric('bad@key', 1)
      mlflow.logMetric('good', 1)
      const id = (await mlflow.searchRuns().all())[0]?.info.runId
      await expect(mlflow.endRun()).rejects.toThrow(/Names may only contain/)
      const run = await mlflow.getRun(id!)
      expect([run.data.metrics, run.info.status]).toEqual([{ good: 1 }, 'FINISHED'])
    })
  })

  describe('and the end of the process', () => {
    it('end all active runs, in every scope', async () => {
      const outer = await mlflow.startRun()
      let release = (): void => undefined
      const gate = new Promise<void>((resolve) => (release = resolve))
      let inner = ''
      const inside = mlflow.withRun({ nested: true }, async (run) => {
        inner = run.id
        await gate
      })
      while (inner === '') await mlflow.flush()
      await world.runs.endAll('FINISHED')
      expect([await statusOf(outer.id), await statusOf(inner)]).toEqual(['FINISHED', 'FINISHED'])
      release()
      await inside
    })

    it('do what can be done without waiting', async () => {
      const tracker: Tracker = await mlflow.getTracker()
      const run = await mlflow.startRun()
      mlflow.logMetric('m', 1)
      world.runs.endAllNow('KILLED')
      expect(tracker.commitSync()).toBe(true)
      expect(await statusOf(run.id)).toBe('KILLED')
    })

    it('close the store after the active runs are finished', async () => {
      const tracker = await mlflow.getTracker()
      const run = await mlflow.startRun()
      await mlflow.close()
      expect(run.isActive).toBe(false)
      await expect(tracker.getRun(run.id)).rejects.toMatchObject({ errorCode: 'INVALID_STATE' })
      await mlflow.close()
    })
  })
})

describe('the fluent functions in a page', () => {
  it('refuse a second active run, nested or not, and point to handles', async () => {
    const { fluent } = makeWorld({ async: false })
    const run = await fluent.startRun()
    await expect(fluent.startRun()).rejects.toThrow(/already active/)
    await expect(fluent.startRun({ nested: true })).rejects.toThrow(/handles/)
    await expect(fluent.withRun({ nested: true }, () => 1)).rejects.toThrow(/handles/)
    expect(fluent.activeRun()).toBe(run)
    await fluent.endRun()
    const both = [fluent.withRun({}, () => fluent.flush()), fluent.withRun({}, () => 1)]
    const outcomes = await Promise.allSettled(both)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await fluent.close()
  })
})
