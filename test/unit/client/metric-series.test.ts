import { expect, it } from 'vitest'
import { MetricSeries } from '../../../src/client/metric-series.js'

const series = new MetricSeries('loss', {
  steps: new BigInt64Array([-1n, 2n ** 60n]),
  timestamps: new Float64Array([1_700_000_000_000, 5]),
  values: new Float64Array([1e-7, Infinity]),
  total: 2,
})

it('is CSV that tells NaN, infinities and -0, and reads back as it was', () => {
  const values = [NaN, Infinity, -Infinity, -0, 5e-324, 1 / 3, 1e22]
  const steps = BigInt64Array.from(values, (_, i) => (i % 2 === 0 ? 1n : -1n) * (2n ** 62n + 1n))
  const odd = new MetricSeries('odd', {
    ...{ steps, timestamps: steps, values: Float64Array.from(values), total: values.length },
  })
  const [, ...lines] = odd.toCsv().trimEnd().split('\n')
  const cells = lines.map((line) => line.split(','))
  expect(cells.map(([step]) => BigInt(step!))).toEqual([...steps])
  expect(cells.map(([, , value]) => value)).toEqual([
    ...['nan', 'inf', '-inf', '-0.0', '5e-324', '0.3333333333333333', '1e+22'],
  ])
  const read = cells.map(([, , value]) => Number(value!.replace('inf', 'Infinity')))
  expect(read).toEqual(values)
  expect(odd.toCsv({ nan: '', header: false }).split('\n')[0]).toMatch(/,$/)
  expect(() => odd.toCsv({ nan: 'NA' as never })).toThrow(/give '' or 'nan'/)
})

it('is CSV with its steps, times and values', async () => {
  const text = `step,timestamp,value\n-1,1700000000000,1e-07\n${2n ** 60n},5,inf\n`
  expect(series.toCsv()).toBe(text)
  expect(await new Response(series.csvStream() as ReadableStream).text()).toBe(text)
  expect(series.toCsv({ header: false, separator: ';' }).split('\n')[0]).toBe(
    '-1;1700000000000;1e-07',
  )
})
