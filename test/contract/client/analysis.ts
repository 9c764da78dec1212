import { expect, it } from 'vitest'
import type { Tracker } from '../../../src/index.js'
import { errorOf } from './helpers.js'

/** Tables, comparisons, likeness and SQL, over a tracker of any kind. */
export function analysisTests(tracker: () => Tracker): void {
  async function threeRuns(): Promise<string[]> {
    const ids: string[] = []
    for (const [i, lr] of ['0.1', '0.2', '0.9'].entries()) {
      const params = { lr, model: i < 2 ? 'cnn' : 'mlp' }
      const run = await tracker().startRun({ name: `run ${i}`, params })
      for (let step = 0; step < 50; step++)
        run.logMetrics(
          { loss: i + 1 / (step + 1), time: step * 2 },
          { step, timestamp: 1000 + step },
        )
      await run.end()
      ids.push(run.id)
    }
    return ids
  }

  it('gives runs as a table, with the columns of pandas’ frame', async () => {
    const [first, second] = await threeRuns()
    const table = await tracker().runsTable({
      filter: "params.model = 'cnn'",
      orderBy: ['metrics.loss DESC'],
    })
    expect(table.columns.slice(0, 10)).toEqual([
      'run_id',
      'experiment_id',
      'status',
      'artifact_uri',
      'start_time',
      'end_time',
      'metrics.loss',
      'metrics.time',
      'params.lr',
      'params.model',
    ])
    expect(table.values('run_id')).toEqual([second, first])
    expect(table.rows()[0]).toMatchObject({ 'metrics.loss': 1.02, 'params.lr': '0.2' })
    expect(table.toCsv().split('\n')[0]).toMatch(/^run_id,experiment_id,status,/)
    const arrow = await table.toArrow()
    expect(arrow.numRows).toBe(2)
    expect(arrow.getChild('metrics.loss')?.toArray()).toEqual(Float64Array.of(1.02, 0.02))
    expect((await tracker().runsTable({ filter: 'metrics.none > 1' })).length).toBe(0)
    expect((await tracker().runsTable({ limit: 1 })).length).toBe(1)
  })

  it('compares runs key by key', async () => {
    const ids = await threeRuns()
    const { runs, params, metrics } = await tracker().compareRuns(ids, { onlyDiffering: true })
    expect(runs.map(({ runName }) => runName)).toEqual(['run 0', 'run 1', 'run 2'])
    expect(params).toEqual([
      { key: 'lr', values: ['0.1', '0.2', '0.9'], differs: true },
      { key: 'model', values: ['cnn', 'cnn', 'mlp'], differs: true },
    ])
    expect(metrics.map(({ key }) => key)).toEqual(['loss'])
    const error = await errorOf(() => tracker().compareRuns([...ids, 'nowhere']))
    expect(error.errorCode).toBe('RESOURCE_DOES_NOT_EXIST')
  })

  it('finds the runs that are most alike', async () => {
    const [first, second, third] = await threeRuns()
    const found = await tracker().findSimilarRuns(first!, { by: ['params.lr'] })
    expect(found.map(({ runId }) => runId)).toEqual([second, third])
    expect(found[0]!.distance).toBeLessThan(found[1]!.distance)
    expect(await tracker().findSimilarRuns(first!, { k: 1 })).toHaveLength(1)
    const error = await errorOf(() => tracker().findSimilarRuns(first!, { by: ['lr'] }))
    expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
  })

  it('puts curves on one axis, in bands by group', async () => {
    const ids = await threeRuns()
    const { series, bands } = await tracker().compareSeries({
      runIds: ids,
      values: ['loss'],
      groupBy: { param: 'model' },
    })
    expect(series.map(({ runId, total }) => [runId, total])).toEqual(ids.map((id) => [id, 50]))
    expect(series[0]!.y[0]).toBe(1)
    expect(bands.map(({ group, runIds }) => [group, runIds.length])).toEqual([
      ['cnn', 2],
      ['mlp', 1],
    ])
    expect([bands[0]!.mean[0], bands[0]!.min[0], bands[0]!.max[0]]).toEqual([1.5, 1, 2])
    const thin = await tracker().compareSeries({ runIds: ids, values: ['loss'], pixels: 5 })
    expect(thin.series[0]!.x.length).toBeLessThanOrEqual(10)
    const error = await errorOf(() => tracker().compareSeries({ runIds: [], values: ['loss'] }))
    expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
  })

  it('answers SQL over MLflow’s tables, and writes nothing by it', async () => {
    const [first] = await threeRuns()
    const table = await tracker().sql(
      `SELECT p.value AS model, count(*) AS runs, max(l.value) AS worst FROM runs r
       JOIN params p ON p.run_uuid = r.run_uuid AND p.key = 'model'
       JOIN latest_metrics l ON l.run_uuid = r.run_uuid AND l.key = ? GROUP BY 1 ORDER BY 1`,
      ['loss'],
    )
    expect(table.rows()).toEqual([
      { model: 'cnn', runs: 2, worst: 1.02 },
      { model: 'mlp', runs: 1, worst: 2.02 },
    ])
    const points = await tracker().sql(
      'SELECT count(*) AS n FROM metrics WHERE run_uuid = ? AND key = ?',
      [first!, 'loss'],
    )
    expect(points.rows()).toEqual([{ n: 50 }])
    const error = await errorOf(() => tracker().sql('DELETE FROM runs'))
    expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
    expect((await tracker().searchRuns().all()).length).toBe(3)
  })
}
