import { describe, expect, it } from 'vitest'
import { dictToBytes } from '../../../src/artifacts/dict.js'
import { readCases } from './fixtures.js'

interface DictCase {
  readonly value: unknown
  readonly json: string
  readonly yaml: string
}

const cases = readCases<DictCase[]>('dicts.json')
const textOf = (value: unknown, path: string) => new TextDecoder().decode(dictToBytes(value, path))

describe('dictToBytes', () => {
  it.each(cases.map((entry, index) => [index, entry] as const))(
    'writes case %i as MLflow does, in both formats',
    (_, { value, json, yaml }) => {
      expect(textOf(value, 'x.json')).toBe(json)
      expect(textOf(value, 'x.yaml')).toBe(yaml)
    },
  )

  it('takes the format from the extension and JSON for every other', () => {
    expect(textOf({ a: 1 }, 'd/x.yml')).toBe('a: 1\n')
    expect(textOf({ a: 1 }, 'd/x')).toBe('{\n  "a": 1\n}')
    expect(textOf({ a: 1 }, '.yaml')).toBe('{\n  "a": 1\n}')
  })

  it('names a list that stands twice once in YAML, and writes it twice in JSON', () => {
    const shared = [1]
    expect(textOf({ a: shared, b: shared }, 'x.yaml')).toBe('a: &id001\n- 1\nb: *id001\n')
    expect(textOf([shared, shared], 'x.json')).toBe('[\n  [\n    1\n  ],\n  [\n    1\n  ]\n]')
  })

  it('refuses JSON of a value that contains itself', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    expect(() => dictToBytes(loop, 'x.json')).toThrow(/contains itself/)
    expect(textOf(loop, 'x.yaml')).toBe('&id001\nself: *id001\n')
  })

  it('knows the values that JavaScript has and JSON has not', () => {
    const value = {
      n: NaN,
      i: -Infinity,
      z: -0,
      d: new Date(6),
      m: new Map([['k', 2n ** 60n]]),
      u: undefined,
    }
    expect(textOf(value, 'x.json').replace(/\s+/g, ' ')).toBe(
      '{ "n": NaN, "i": -Infinity, "z": -0.0, "d": "1970-01-01 00:00:00.006000+00:00", ' +
        '"m": { "k": 1152921504606846976 } }',
    )
    expect(textOf(value, 'x.yaml')).toBe(
      'd: 1970-01-01 00:00:00.006000+00:00\ni: -.inf\nm:\n  k: 1152921504606846976\nn: .nan\nz: -0.0\n',
    )
    expect(textOf([new Set([1]), new Float32Array([0.5])], 'x.yaml')).toBe('- - 1\n- - 0.5\n')
  })
})
