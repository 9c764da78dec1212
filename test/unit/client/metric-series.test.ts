import { expect, it } from 'vitest'
import { MetricSeries } from '../../../src/client/metric-series.js'

const series = new MetricSeries('loss', {
  steps: new BigInt64Array([-1n, 2n ** 60n]),
  timestamps: new Float64Array([1_700_000_000_000, 5]),
  values: new Float64Array([1e-7, Infinity]),
  total: 2,
})

it('is CSV with its steps, times and values', async () => {
  const text = `step,timestamp,value\n-1,1700000000000,1e-07\n${2n ** 60n},5,inf\n`
  expect(series.toCsv()).toBe(text)
  expect(await new Response(series.csvStream() as ReadableStream).text()).toBe(text)
  expect(series.toCsv({ header: false, separator: ';' }).split('\n')[0]).toBe(
    '-1;1700000000000;1e-07',
  )
})
