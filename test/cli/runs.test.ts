import { beforeAll, describe, expect, it } from 'vitest'
import { openTracker, type Tracker } from '../../adapters/node.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()

/** Ids of the runs by their names. */
const ids: Record<string, string> = {}
let experimentId = ''

beforeAll(async () => {
  const tracker = await openTracker(cli.store)
  try {
    experimentId = (await tracker.setExperiment('vision')).experimentId
    await logRun(tracker, 'first', { lr: 0.1, model: 'cnn' }, { acc: 0.8, loss: 0.5 }, 1)
    await logRun(tracker, 'second', { lr: 0.01, model: 'cnn' }, { acc: 0.9, loss: NaN }, 2)
    await logRun(tracker, 'third\x1b[31m', { lr: 0.1, model: 'a,"b"' }, { acc: 0.7 }, 3)
    await logRun(tracker, 'gone', { lr: 0.5 }, { acc: 0.1 }, 4)
    await tracker.client.deleteRun(ids.gone!)
    await tracker.setExperiment('text')
    await logRun(tracker, 'other', { lr: 0.1 }, { acc: 0.85 }, 5)
  } finally {
    await tracker.close()
  }
})

async function logRun(
  tracker: Tracker,
  name: string,
  params: Record<string, number | string>,
  metrics: Record<string, number>,
  minute: number,
): Promise<void> {
  const { client, experimentId: experiment } = tracker
  const startTime = Date.UTC(2026, 0, 31, 12, minute)
  const run = await client.createRun(experiment, { runName: name, startTime, tags: { team: 'x' } })
  await client.logBatch(run.info.runId, {
    params,
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: startTime })),
  })
  await client.setTerminated(run.info.runId, 'FINISHED', startTime + 1000)
  ids[name.replace('\x1b[31m', '')] = run.info.runId
}

/** What a listing as JSON names, in its order. */
async function namesOf(...args: string[]): Promise<string[]> {
  const { code, out, err } = await cli.tracklet(['runs', 'list', '--json', ...args])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const runs = JSON.parse(out) as { info: { run_name: string } }[]
  return runs.map(({ info }) => info.run_name)
}

describe('runs list', () => {
  it('is a table with date, name, status, id and values, newest first', async () => {
    const { code, out, err } = await cli.tracklet(['runs', 'list', '--experiment-name', 'vision'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const [titles = '', rule = '', ...rows] = out.trimEnd().split('\n')
    expect(titles.split(/ {2,}/)).toEqual([
      'Date',
      'Name',
      'Status',
      'ID',
      'metrics.acc',
      'metrics.loss',
      'params.lr',
      'params.model',
    ])
    expect(rule).toMatch(/^[- ]+$/)
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['2026-01-31 12:03:00 UTC', 'third\\u001b[31m', 'FINISHED', ids.third, '0.7', '0.1', 'a,"b"'],
      ['2026-01-31 12:02:00 UTC', 'second', 'FINISHED', ids.second, '0.9', 'NaN', '0.01', 'cnn'],
      ['2026-01-31 12:01:00 UTC', 'first', 'FINISHED', ids.first, '0.8', '0.5', '0.1', 'cnn'],
    ])
  })

  it('finds the best run', async () => {
    const order = ['--order-by', 'metrics.acc DESC', '--max-results', '1']
    expect(await namesOf('-n', 'vision', ...order)).toEqual(['second'])
    const { out } = await cli.tracklet(['runs', 'list', '-n', 'vision', ...order])
    const [titles = '', , ...rows] = out.trimEnd().split('\n')
    expect(titles).toMatch(/ID +metrics\.acc/)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toContain(ids.second)
  })

  it('takes experiments by name, by id, from the environment, or all of them', async () => {
    const env = (variables: Record<string, string>) =>
      cli.tracklet(['runs', 'list'], { env: variables }).then(({ out }) => out)
    expect(await namesOf('-n', 'text')).toEqual(['other'])
    expect(await namesOf('-x', experimentId, '-n', 'text', '-n', 'vision')).toHaveLength(4)
    expect(await namesOf('--all-experiments')).toHaveLength(4)
    expect(await env({ MLFLOW_EXPERIMENT_NAME: 'text' })).toContain(ids.other)
    expect(await env({ MLFLOW_EXPERIMENT_ID: experimentId })).toContain(ids.first)
    const both = await env({ MLFLOW_EXPERIMENT_ID: experimentId, MLFLOW_EXPERIMENT_NAME: 'text' })
    expect(both).not.toContain(ids.first)
  })

  it('says which experiment a run is of, where there are several', async () => {
    const { out } = await cli.tracklet(['runs', 'list', '--all-experiments'])
    const line = (id: string | undefined): string | undefined =>
      out.split('\n').find((text) => text.includes(id!))
    expect(line(ids.other)).toMatch(/ text /)
    expect(line(ids.first)).toMatch(/ vision /)
  })

  it.each([
    { flags: ['-n', 'nowhere'], says: "'nowhere'" },
    { flags: ['-n', 'text', '-x', '99'], says: '99' },
  ])('of an experiment that is not there is refused: $flags', async ({ flags, says }) => {
    const { code, out, err } = await cli.tracklet(['runs', 'list', ...flags])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error: RESOURCE_DOES_NOT_EXIST: /)
    expect(err).toContain(says)
  })

  it('shows deleted runs where the view does', async () => {
    expect(await namesOf('-n', 'vision', '--view', 'deleted_only')).toEqual(['gone'])
    expect(await namesOf('-n', 'vision', '-v', 'all')).toHaveLength(4)
    const { out } = await cli.tracklet(['runs', 'list', '-n', 'vision', '--view', 'all'])
    const stages = out.split('\n').map((line) => / (active|deleted) +[0-9a-f]{32}/.exec(line)?.[1])
    expect(stages.slice(2, 6)).toEqual(['deleted', 'active', 'active', 'active'])
  })

  it('filters in MLflow’s grammar, and in more than that when asked to', async () => {
    const filter = "params.model = 'cnn' and metrics.acc > 0.85"
    expect(await namesOf('-n', 'vision', '--filter', filter)).toEqual(['second'])
    const either = "metrics.acc > 0.85 or params.model != 'cnn'"
    expect(await namesOf('-n', 'vision', '--extended', '--filter', either)).toEqual([
      'third\x1b[31m',
      'second',
    ])
    const { code } = await cli.tracklet(['runs', 'list', '-n', 'vision', '--filter', either])
    expect(code).toBe(1)
  })

  it('shows where a filter is wrong', async () => {
    const filter = "params.lr = '0.1' and metric.acc >> 1"
    const args = ['runs', 'list', '-n', 'vision', '--filter', filter]
    const { code, out, err } = await cli.tracklet(args)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    const [message = '', text = '', mark = ''] = err.split('\n')
    expect(message).toMatch(/^error: INVALID_PARAMETER_VALUE: /)
    expect(text).toBe(`  ${filter}`)
    expect(mark).toMatch(/^ +\^+$/)

    const asJson = await cli.tracklet([...args, '--json'])
    const { at, ...error } = JSON.parse(asJson.err) as Record<string, unknown>
    expect(error).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringMatching(/./),
    })
    const start = mark.indexOf('^') - 2
    const end = start + mark.trim().length
    expect(at).toEqual({ text: 'filter', index: 0, start, end })
  })

  it('shows which clause of the order is wrong', async () => {
    const order = ['--order-by', 'metrics.acc', '--order-by', 'params.lr sideways']
    const { code, err } = await cli.tracklet(['runs', 'list', '-n', 'vision', ...order])
    expect(code).toBe(1)
    expect(err.split('\n')[1]).toBe('  params.lr sideways')
    expect(err.split('\n')[2]).toMatch(/^ +\^+$/)
  })

  it('is CSV as pandas writes it', async () => {
    const { code, out } = await cli.tracklet(['runs', 'list', '-n', 'vision', '--csv'])
    expect(code).toBe(0)
    const [header = '', first = ''] = out.split('\n')
    const columns = header.split(',')
    expect(columns.slice(0, 2)).toEqual(['run_id', 'experiment_id'])
    expect(columns).toEqual(expect.arrayContaining(['metrics.acc', 'params.lr', 'tags.team']))
    expect(first).toContain('"a,""b"""')
    expect(out.trimEnd().split('\n')).toHaveLength(4)
  })

  it('is JSON of whole runs; numbers that JSON has not are texts', async () => {
    const { out } = await cli.tracklet(['runs', 'list', '-n', 'vision', '--json'])
    const [, second] = JSON.parse(out) as Record<string, unknown>[]
    expect(second).toMatchObject({
      info: {
        run_id: ids.second,
        experiment_id: experimentId,
        run_name: 'second',
        status: 'FINISHED',
        start_time: Date.UTC(2026, 0, 31, 12, 2),
        lifecycle_stage: 'active',
      },
      data: {
        metrics: { acc: 0.9, loss: 'NaN' },
        params: { lr: '0.01', model: 'cnn' },
        tags: { team: 'x' },
      },
    })
  })

  it('is empty where nothing is found', async () => {
    const none = ['runs', 'list', '-n', 'vision', '--filter', "params.lr = 'none'"]
    expect((await cli.tracklet([...none, '--json'])).out).toBe('[]\n')
    expect((await cli.tracklet(none)).out.trimEnd().split('\n')).toHaveLength(2)
  })

  it('does not mind a reader that goes away', async () => {
    const tracker = await openTracker(cli.store)
    try {
      await tracker.setExperiment('many')
      const value = 'v'.repeat(5_000)
      for (let i = 0; i < 100; i++)
        await tracker.client.createRun(tracker.experimentId, { tags: { note: value } })
    } finally {
      await tracker.close()
    }
    for (const format of ['--json', '--csv']) {
      const args = ['runs', 'list', '-n', 'many', format]
      const { code, err } = await cli.tracklet(args, { closeAfter: 1 })
      expect({ code, err }).toEqual({ code: 0, err: '' })
    }
    expect(await namesOf('-n', 'text')).toEqual(['other'])
  })
})

describe('runs compare', () => {
  const compare = (...flags: string[]) =>
    cli.tracklet(['runs', 'compare', ids.first!, ids.second!, ...flags])

  it('puts runs beside each other and marks what differs', async () => {
    const { code, out, err } = await compare()
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/))
    expect(rows[0]).toEqual([ids.first, ids.second])
    expect(rows.slice(2)).toEqual([
      ['Name', 'first', 'second'],
      ['Status', 'FINISHED', 'FINISHED'],
      ['Date', '2026-01-31 12:01:00 UTC', '2026-01-31 12:02:00 UTC'],
      ['* params.lr', '0.1', '0.01'],
      ['params.model', 'cnn', 'cnn'],
      ['* metrics.acc', '0.8', '0.9'],
      ['* metrics.loss', '0.5', 'NaN'],
      ['tags.team', 'x', 'x'],
    ])
  })

  it('leaves out what is the same', async () => {
    const { out } = await compare('--only-differing', '--csv')
    expect(out).toBe(
      [
        `key,differs,${ids.first},${ids.second}`,
        'params.lr,true,0.1,0.01',
        'metrics.acc,true,0.8,0.9',
        'metrics.loss,true,0.5,nan',
        '',
      ].join('\n'),
    )
  })

  it('is JSON, in the order of the ids', async () => {
    const { out } = await compare('--json', '--only-differing')
    expect(JSON.parse(out)).toEqual({
      runs: [
        expect.objectContaining({ run_id: ids.first, run_name: 'first', status: 'FINISHED' }),
        expect.objectContaining({ run_id: ids.second, run_name: 'second' }),
      ],
      params: [{ key: 'lr', values: ['0.1', '0.01'], differs: true }],
      metrics: [
        { key: 'acc', values: [0.8, 0.9], differs: true },
        { key: 'loss', values: [0.5, 'NaN'], differs: true },
      ],
      tags: [],
    })
  })

  it('names a run that is not there', async () => {
    const unknown = 'f'.repeat(32)
    const { code, err } = await compare(unknown)
    expect(code).toBe(1)
    expect(err).toMatch(/^error: RESOURCE_DOES_NOT_EXIST: /)
    expect(err).toContain(unknown)
  })
})

describe('one run', () => {
  it('is described as MLflow describes it', async () => {
    const { code, out } = await cli.tracklet(['runs', 'describe', '--run-id', ids.first!])
    expect(code).toBe(0)
    const run = JSON.parse(out) as Record<string, Record<string, unknown>>
    expect(Object.keys(run)).toEqual(['info', 'data', 'inputs', 'outputs'])
    expect(Object.keys(run['info']!)).toEqual([
      'artifact_uri',
      'end_time',
      'experiment_id',
      'lifecycle_stage',
      'run_id',
      'run_name',
      'start_time',
      'status',
      'user_id',
    ])
    expect(run['data']).toMatchObject({ metrics: { acc: 0.8, loss: 0.5 } })
    expect(run['inputs']).toEqual({ model_inputs: [], dataset_inputs: [] })
  })

  it('is deleted and restored', async () => {
    const run = (verb: string, ...flags: string[]) =>
      cli.tracklet(['runs', verb, '--run-id', ids.other!, ...flags])
    expect(await run('delete')).toEqual({
      code: 0,
      out: `Run with ID ${ids.other} has been deleted.\n`,
      err: '',
    })
    expect(await namesOf('-n', 'text')).toEqual([])
    expect(JSON.parse((await run('restore', '--json')).out)).toEqual({
      run_id: ids.other,
      lifecycle_stage: 'active',
    })
    expect(await namesOf('-n', 'text')).toEqual(['other'])
  })

  it.each(['describe', 'delete', 'restore'])('that is not there is no run to %s', async (verb) => {
    const unknown = 'f'.repeat(32)
    const { code, out, err } = await cli.tracklet(['runs', verb, '--run-id', unknown, '--json'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(JSON.parse(err)).toEqual({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining(unknown),
    })
  })
})
