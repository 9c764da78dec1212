import { expect, it } from 'vitest'
import { MLFLOW_TAGS, type Tracker } from '../../../src/index.js'
import { codeOf } from './helpers.js'

/** MlflowClient's surface. */
export function clientTests(tracker: () => Tracker): void {
  const client = (): Tracker['client'] => tracker().client

  it('takes an experiment through its life', async () => {
    const id = await client().createExperiment('one', {
      artifactLocation: 's3://bucket/one',
      tags: { a: 1 },
    })
    expect(await client().getExperimentByName('one')).toMatchObject({
      experimentId: id,
      artifactLocation: 's3://bucket/one',
      tags: { a: '1' },
    })
    expect(await codeOf(() => client().createExperiment('one'))).toBe('RESOURCE_ALREADY_EXISTS')
    await client().renameExperiment(id, 'uno')
    await client().setExperimentTag(id, 'b', { x: 1 })
    await client().deleteExperimentTag(id, 'a')
    const renamed = await client().getExperiment(id)
    expect([renamed.name, renamed.tags]).toEqual(['uno', { b: '{"x":1}' }])
    await client().deleteExperiment(id)
    expect((await client().getExperiment(id)).lifecycleStage).toBe('deleted')
    await client().restoreExperiment(id)
    expect((await client().getExperiment(id)).lifecycleStage).toBe('active')
    await client().deleteExperiment(id)
    await client().purgeExperiment(id)
    expect(await codeOf(() => client().getExperiment(id))).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(await client().getExperimentByName('uno')).toBe(null)
  })

  it('lists experiments in pages', async () => {
    for (const name of ['a', 'b', 'c']) await client().createExperiment(name)
    const first = await client().searchExperiments({ maxResults: 3 })
    const { nextPageToken: pageToken } = first
    const rest = await client().searchExperiments({ maxResults: 3, pageToken: pageToken! })
    const names = [...first.experiments, ...rest.experiments].map(({ name }) => name)
    expect(names.sort()).toEqual(['Default', 'a', 'b', 'c'])
    expect(rest.nextPageToken).toBe(null)
  })

  it('takes a run through its life', async () => {
    const { info } = await client().createRun('0', {
      runName: 'by id',
      startTime: new Date(1_000),
      tags: { [MLFLOW_TAGS.user]: 'ada' },
    })
    expect(info).toMatchObject({ runName: 'by id', startTime: 1_000, userId: 'ada' })
    const { runId } = info
    await client().updateRun(runId, { name: 'renamed', status: 'SCHEDULED' })
    expect((await client().getRun(runId)).info).toMatchObject({
      runName: 'renamed',
      status: 'SCHEDULED',
    })
    await client().setTerminated(runId, 'FAILED', 2_000)
    expect((await client().getRun(runId)).info).toMatchObject({ status: 'FAILED', endTime: 2_000 })
    await client().deleteRun(runId)
    expect(await codeOf(() => client().setTag(runId, 'a', 1))).toBe('INVALID_PARAMETER_VALUE')
    await client().restoreRun(runId)
    expect((await client().getRun(runId)).info.lifecycleStage).toBe('active')
    await client().deleteRun(runId)
    await client().purgeRun(runId)
    expect(await codeOf(() => client().getRun(runId))).toBe('RESOURCE_DOES_NOT_EXIST')
  })

  it('logs by id, and gives histories as rows in MLflow’s order', async () => {
    const { runId } = (await client().createRun('0')).info
    await client().logMetric(runId, 'm', '2', { step: 5, timestamp: 20 })
    await client().logMetric(runId, 'm', 1, { step: 9, timestamp: 10 })
    expect(await client().logParam(runId, 'p', [1, 2])).toEqual([1, 2])
    await client().setTag(runId, 't', true)
    expect(await client().getMetricHistory(runId, 'm')).toEqual([
      { key: 'm', value: 1, timestamp: 10, step: 9 },
      { key: 'm', value: 2, timestamp: 20, step: 5 },
    ])
    const { data } = await client().getRun(runId)
    expect([data.metrics, data.params, data.tags['t']]).toEqual([{ m: 1 }, { p: '[1,2]' }, 'true'])
    await client().deleteTag(runId, 't')
    expect((await client().getRun(runId)).data.tags['t']).toBe(undefined)
    expect(await client().getMetricHistory(runId, 'none')).toEqual([])
  })

  it('splits batches that are larger than MLflow allows', async () => {
    const { runId } = (await client().createRun('0')).info
    const pairs = (count: number, name: string): [string, number][] =>
      Array.from({ length: count }, (_, i) => [`${name}${i}`, i])
    await client().logBatch(runId, {
      metrics: Array.from({ length: 2_500 }, (_, i) => ({ key: 'm', value: i, step: i })),
      params: pairs(230, 'p'),
      tags: pairs(110, 't'),
    })
    const { data } = await client().getRun(runId)
    expect(Object.keys(data.params)).toHaveLength(230)
    expect(Object.keys(data.tags).filter((key) => /^t\d+$/.test(key))).toHaveLength(110)
    expect(await client().getMetricHistory(runId, 'm')).toHaveLength(2_500)
  })

  it('links datasets by id', async () => {
    const { runId } = (await client().createRun('0')).info
    const dataset = { name: 'd', digest: '1', sourceType: 'code', source: '{}' }
    await client().logInputs(runId, [{ dataset, context: 'eval' }])
    const [input] = (await client().getRun(runId)).inputs.datasetInputs
    expect(input).toMatchObject({ dataset, tags: { [MLFLOW_TAGS.datasetContext]: 'eval' } })
  })

  it('says which runs and experiments are not there', async () => {
    const none = 'f'.repeat(32)
    const calls = [
      () => client().getRun(none),
      () => client().logMetric(none, 'm', 1),
      () => client().logParam(none, 'p', 1),
      () => client().setTag(none, 't', 1),
      () => client().updateRun(none, { name: 'x' }),
      () => client().deleteRun(none),
      () => client().getExperiment('987654'),
      () => client().deleteExperiment('987654'),
      () => client().createRun('987654'),
    ]
    for (const call of calls) expect(await codeOf(call)).toBe('RESOURCE_DOES_NOT_EXIST')
  })
}
