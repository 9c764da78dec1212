import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { beforeAll, describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()
const BIG = 2n ** 60n + 1n
const POINTS = [
  { step: -3, value: 0.1 },
  { step: 0, value: NaN },
  { step: 7, value: -Infinity },
  { step: BIG, value: 1 / 3 },
]
let id = ''

beforeAll(async () => {
  const tracker = await openTracker(cli.store)
  id = (await tracker.client.createRun('0')).info.runId
  for (const { step, value } of POINTS)
    await tracker.client.logMetric(id, 'loss', value, { step, timestamp: 1_700_000_000_123 })
  await tracker.client.logMetric(id, 'acc', NaN)
  await tracker.client.createRun('0')
  await tracker.close()
})

const history = (...flags: string[]) =>
  cli.tracklet(['runs', 'history', '--run-id', id, '--key', 'loss', ...flags])

async function arrowAt(name: string) {
  return tableFromIPC(await readFile(join(cli.folder, name)))
}

describe('runs history', () => {
  it('is a table of points by step', async () => {
    const { code, out, err } = await history()
    expect([code, err]).toEqual([0, ''])
    const [titles = '', , ...rows] = out.trimEnd().split('\n')
    expect(titles.trim().split(/ {2,}/)).toEqual(['Step', 'Date', 'Value'])
    expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
      ['-3', '2023-11-14 22:13:20 UTC', '0.1'],
      ['0', '2023-11-14 22:13:20 UTC', 'NaN'],
      ['7', '2023-11-14 22:13:20 UTC', '-Infinity'],
      [String(BIG), '2023-11-14 22:13:20 UTC', '0.3333333333333333'],
    ])
  })

  it('is CSV with every digit', async () => {
    const { out } = await history('--csv')
    const values = ['0.1', 'nan', '-inf', '0.3333333333333333']
    const lines = POINTS.map(({ step }, i) => `${step},1700000000123,${values[i]}\n`)
    expect(out).toBe(`step,timestamp,value\n${lines.join('')}`)
    expect((await history('--csv', '-o', 'loss.csv')).out).toBe('Wrote 4 rows to loss.csv.\n')
    expect(await readFile(join(cli.folder, 'loss.csv'), 'utf8')).toBe(out)
  })

  it('is Arrow', async () => {
    expect(await history('--arrow', '--filename', 'loss.arrows')).toMatchObject({ code: 0 })
    const table = await arrowAt('loss.arrows')
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['step', 'timestamp', 'value'])
    expect([...table.getChild('step')!]).toEqual(POINTS.map(({ step }) => BigInt(step)))
    expect([...table.getChild('value')!]).toEqual(POINTS.map(({ value }) => value))
  })

  it('is JSON', async () => {
    const { out } = await history('--json')
    const point = { key: 'loss', timestamp: 1_700_000_000_123 }
    expect(JSON.parse(out)).toEqual([
      { ...point, value: 0.1, step: -3 },
      { ...point, value: 'NaN', step: 0 },
      { ...point, value: '-Infinity', step: 7 },
      { ...point, value: 1 / 3, step: String(BIG) },
    ])
  })

  it('says which metrics there are', async () => {
    const { code, err } = await cli.tracklet(['runs', 'history', '--run-id', id, '-k', 'lss'])
    expect([code, err]).toEqual([1, expect.stringContaining("no metric 'lss'. It has acc, loss.")])
  })

  it.each([
    [['--csv', '--arrow'], 'not both'],
    [['--json', '--arrow'], 'not both'],
    [['-o', 'x.csv'], 'Give --csv or --arrow'],
  ])('takes %j for wrong usage', async (flags, says) => {
    const { code, err } = await history(...flags)
    expect([code, err]).toEqual([2, expect.stringContaining(says)])
  })
})

describe('other tables', () => {
  it('are Arrow too', async () => {
    const to = (name: string): string[] => ['--arrow', '-o', name]
    await cli.tracklet(['runs', 'list', '-x', '0', ...to('runs.arrows')])
    const runs = await arrowAt('runs.arrows')
    const named = (name: string): unknown[] => [...runs.getChild(name)!]
    const row = named('run_id').indexOf(id)
    expect(runs.numRows).toBe(2)
    expect([named('metrics.acc')[row], named('metrics.acc')[1 - row]]).toEqual([NaN, null])
    await cli.tracklet(['runs', 'compare', id, ...to('compared.arrows')])
    expect([...(await arrowAt('compared.arrows')).getChild(id)!]).toContain('0.3333333333333333')
    await cli.tracklet(['experiments', 'list', ...to('experiments.arrows')])
    expect([...(await arrowAt('experiments.arrows')).getChild('name')!]).toEqual(['Default'])
  })

  it('tell a metric that is NaN from one that is missing', async () => {
    const { out } = await cli.tracklet(['runs', 'list', '-x', '0', '--csv'])
    const [header = '', ...lines] = out.trimEnd().split('\n')
    const at = header.split(',').indexOf('metrics.acc')
    expect(lines.map((line) => line.split(',')[at]).sort()).toEqual(['', 'nan'])
  })
})
