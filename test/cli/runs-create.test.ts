import { beforeAll, describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()
let parent = ''
let traceId = ''

beforeAll(async () => {
  const tracker = await openTracker(cli.store)
  const { info } = await tracker.client.createRun('0', { runName: 'parent' })
  parent = info.runId
  const span = tracker.client.startTrace('ask')
  traceId = span.traceId
  await tracker.client.endTrace(traceId)
  await tracker.close()
})

async function created(...args: string[]): Promise<Record<string, string>> {
  const { code, out, err } = await cli.tracklet(['runs', 'create', ...args])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as Record<string, string>
}

describe('runs create', () => {
  it('makes a run with all that is given, which has ended', async () => {
    const run = await created(
      ...['--experiment-name', 'new one', '--run-name', 'base', '--description', 'A *note*.'],
      ...['-t', 'env=ci', '-t', 'formula=a=b', '--status', 'failed', '--parent-run-id', parent],
    )
    expect(run).toMatchObject({ status: 'FAILED', run_name: 'base' })
    const tracker = await openTracker(cli.store)
    const { info, data } = await tracker.getRun(run['run_id'] ?? '')
    const experiment = await tracker.client.getExperimentByName('new one')
    await tracker.close()
    expect(info).toMatchObject({ status: 'FAILED', experimentId: experiment?.experimentId })
    expect(info.endTime).not.toBeNull()
    expect(data.tags).toMatchObject({
      env: 'ci',
      formula: 'a=b',
      'mlflow.note.content': 'A *note*.',
      'mlflow.parentRunId': parent,
    })
  })

  it('ends it as FINISHED, under a made-up name, where nothing else is said', async () => {
    const run = await created('--experiment-id', '0')
    expect(run).toMatchObject({ status: 'FINISHED', experiment_id: '0' })
    expect(run['run_name']).toMatch(/^[a-z]+-[a-z]+-\d+$/)
  })

  it.each([
    ['no experiment', []],
    ['an experiment by id and name', ['--experiment-id', '0', '--experiment-name', 'x']],
    ['a tag without a value', ['--experiment-id', '0', '-t', 'env']],
    ['a tag twice', ['--experiment-id', '0', '-t', 'a=1', '-t', 'a=2']],
    ['another status', ['--experiment-id', '0', '--status', 'running']],
  ])('is wrong usage with %s', async (_, args) => {
    expect((await cli.tracklet(['runs', 'create', ...args])).code).toBe(2)
  })

  it('is refused for a parent that is not there, and makes nothing', async () => {
    const args = ['--experiment-name', 'never', '--parent-run-id', 'f'.repeat(32)]
    const { code, err } = await cli.tracklet(['runs', 'create', ...args])
    expect([code, err]).toEqual([1, expect.stringContaining('RESOURCE_DOES_NOT_EXIST')])
    const tracker = await openTracker(cli.store)
    expect(await tracker.client.getExperimentByName('never')).toBeNull()
    await tracker.close()
  })
})

describe('runs link-traces', () => {
  it('links traces to a run', async () => {
    const args = ['runs', 'link-traces', '--run-id', parent, '-t', traceId]
    const { code, out } = await cli.tracklet(args)
    expect([code, out]).toEqual([0, `Successfully linked 1 trace to run '${parent}'\n`])
    const tracker = await openTracker(cli.store)
    const found = await tracker.client.searchTraces(['0'], { filter: `run_id = '${parent}'` })
    await tracker.close()
    expect(found.traces.map(({ info }) => info.traceId)).toEqual([traceId])
  })

  it('is refused for a run that is not there', async () => {
    const args = ['runs', 'link-traces', '--run-id', 'f'.repeat(32), '-t', traceId]
    expect((await cli.tracklet(args)).code).toBe(1)
  })
})
