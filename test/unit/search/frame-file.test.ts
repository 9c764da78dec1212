import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUN_STATUSES } from '../../../src/entities/run.js'
import { decodeFrame, encodeFrame } from '../../../src/search/frame-file.js'
import { RunFrame } from '../../../src/search/frame.js'
import { rowsToRuns } from '../../../src/search/rows-to-runs.js'

const text = fc.string({ unit: 'grapheme' })
const int64 = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }))
const run = fc.record({
  name: text,
  userId: text,
  status: fc.constantFrom(...RUN_STATUSES),
  startTime: fc.maxSafeNat(),
  endTime: fc.option(fc.maxSafeNat()),
  deleted: fc.boolean(),
  metrics: fc.dictionary(
    fc.nat(5).map(String),
    fc.record({ step: int64, timestamp: int64, value: fc.double() }),
  ),
  params: fc.dictionary(fc.nat(5).map(String), text),
  tags: fc.dictionary(fc.nat(5).map(String), text),
  links: fc.array(fc.record({ name: text, digest: text, context: fc.option(text) }), {
    maxLength: 2,
  }),
})
type RunGiven = typeof run extends fc.Arbitrary<infer T> ? T : never

function frameOf(runs: readonly RunGiven[]): RunFrame {
  const frame = new RunFrame(3, '7', 'file:///store/7')
  for (const [i, { metrics, params, tags, links, ...given }] of runs.entries()) {
    const row = frame.put({ ...given, run: i + 10, runId: `run${i}` })
    for (const [key, cell] of Object.entries(metrics)) frame.setMetric(row, Number(key), cell)
    for (const [key, value] of Object.entries(params)) frame.setParam(row, Number(key), value)
    for (const [key, value] of Object.entries(tags)) frame.setTag(row, Number(key), value)
    if (links.length > 0) frame.links.set(row, links)
  }
  return frame
}

function read(frame: RunFrame): unknown {
  const rows = Uint32Array.from({ length: frame.length }, (_, row) => row)
  const runs = rowsToRuns(
    { frames: [frame], frame: null, rows },
    { keyName: String, inputs: () => [], models: () => new Map() },
  )
  return { runs, links: [...frame.links], states: [...frame.states.subarray(0, frame.length)] }
}

describe('a stored frame', () => {
  it('is read back as it was, and can be changed further', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 30 }), run, (runs, more) => {
        const frame = frameOf(runs)
        const copy = decodeFrame(encodeFrame(frame))
        expect(read(copy)).toEqual(read(frame))
        for (const one of [frame, copy]) {
          one.drop(10)
          const row = one.put({ ...more, run: 11, runId: 'run1' })
          one.clear(row)
          one.setParam(row, 2, 'new')
          one.setMetric(row, 90, { step: 1, timestamp: 2, value: Number.NaN })
        }
        expect(read(copy)).toEqual(read(frame))
      }),
    )
  })

  it('is refused as DATA_LOSS when a bit is wrong or a part is missing', () => {
    const [given] = fc.sample(run, { numRuns: 1, seed: 5 })
    const bytes = encodeFrame(frameOf([given!, given!]))
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const damaged = bytes.slice()
        damaged[at]! ^= 1 << bit
        expect(() => decodeFrame(damaged)).toThrow(
          expect.objectContaining({ errorCode: 'DATA_LOSS' }),
        )
        expect(() => decodeFrame(bytes.slice(0, at))).toThrow(
          expect.objectContaining({ errorCode: 'DATA_LOSS' }),
        )
      }),
    )
  })
})
