import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJson } from '../../../../src/rest/remote/read-json.js'
import { json, storeOver } from './stand-in.js'

describe('JSON of a server', () => {
  it('keeps every int64 exactly, as a number or as its digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const { at } = readJson(`{"text": "${value}", "at": ${value}}`) as { at: string | number }
        expect(BigInt(at)).toBe(value)
        expect(typeof at).toBe(Number.isSafeInteger(Number(value)) ? 'number' : 'string')
      }),
    )
  })

  it('is otherwise what JSON.parse makes of it, texts that look like numbers included', () => {
    const digits = fc.bigInt({ min: 10n ** 15n, max: 10n ** 30n }).map(String)
    const text = fc.oneof(
      fc.string(),
      digits,
      digits.map((d) => `"${d}\\": ${d}, `),
    )
    const leaf = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree')),
        fc.dictionary(text, tie('tree')),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        // Large doubles are written with an exponent, as Python and JavaScript past 1e21 do.
        fc.pre(
          !/(?<![\d."])\d{16,21}(?![\d.eE"])/.test(
            JSON.stringify(value).replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'),
          ),
        )
        const written = JSON.stringify(value)
        expect(readJson(written)).toEqual(JSON.parse(written))
      }),
    )
  })

  it('throws where there is none', () => {
    for (const text of ['', '{', '<html>', '{"a": 12345678901234567890,}'])
      expect(() => readJson(text)).toThrow(SyntaxError)
  })

  it('gives points their exact steps and times', async () => {
    const body = `{"metrics": [{"key": "m", "value": "NaN", "timestamp": 9007199254740993, "step": -9223372036854775808},
      {"key": "m", "value": 0.12345678901234567, "timestamp": 5}]}`
    const { store } = storeOver(() => new Response(body))
    expect((await store.getMetricHistory('r', 'm')).items).toEqual([
      { key: 'm', value: NaN, timestamp: 9007199254740993n, step: -(2n ** 63n) },
      { key: 'm', value: 0.12345678901234567, timestamp: 5, step: 0 },
    ])
    const { steps, timestamps } = await store.getMetricColumns({ runId: 'r', key: 'm' })
    expect(steps).toEqual(new BigInt64Array([-(2n ** 63n), 0n]))
    expect(timestamps).toEqual(new BigInt64Array([9007199254740993n, 5n]))
  })

  it('asks for exact steps and times, and for values that JSON has no number for', async () => {
    const { store, seen } = storeOver(() => json({}))
    const point = { key: 'm', timestamp: 9007199254740993n, step: -(2n ** 63n) }
    const metrics = [NaN, Infinity, -Infinity, -0].map((value) => ({ ...point, value }))
    await store.logBatch('f'.repeat(32), { metrics })
    const sent = JSON.parse(seen[0]!.body) as { metrics: object[] }
    expect(sent.metrics).toEqual(
      ['NaN', 'Infinity', '-Infinity', '-0'].map((value) => ({
        key: 'm',
        value,
        timestamp: '9007199254740993',
        step: '-9223372036854775808',
      })),
    )
  })
})
