import { describe, expect, it } from 'vitest'
import { pythonFloat } from '../../src/entities/python-text.js'
import { toYaml } from '../../src/mlruns/yaml.js'
import { bits, pinnedMlflows, runPython } from './python.js'

describe.each(pinnedMlflows().slice(0, 1))('the Python of MLflow $version', ({ python }) => {
  it('writes doubles as metric files have them, and reads the YAML of meta files as it was meant', () => {
    const floats = manyDoubles(20_000).map((value) => [bits(value), pythonFloat(value)])
    const yaml = manyTexts().map((text) => {
      const record = {
        name: text,
        tags: { [text]: text },
        number: 1,
        nothing: null,
        list: [text],
        none: [],
      }
      return [toYaml(record), record]
    })
    const wrong = runPython(python, 'check_texts.py', { input: { floats, yaml } }) as Record<
      string,
      number[]
    >
    expect(wrong['floats']?.map((i) => floats[i])).toEqual([])
    expect(wrong['yaml']?.map((i) => yaml[i])).toEqual([])
  })
})

/** Doubles of every magnitude, made of counted bit patterns. */
function manyDoubles(count: number): number[] {
  const words = Array.from({ length: count }, (_, i) =>
    BigInt.asUintN(64, BigInt(i + 1) * 0x9e3779b97f4a7c15n),
  )
  const wild = [...new Float64Array(BigUint64Array.from(words).buffer)].filter(
    (value) => !Number.isNaN(value),
  )
  const plain = Array.from({ length: 700 }, (_, i) => 10 ** ((i % 40) - 20) * ((i % 7) + 1))
  return [...wild, ...plain, 0, -0, 5e-324, Number.MAX_VALUE, NaN, Infinity, -Infinity]
}

function manyTexts(): string[] {
  const words = [
    'yes',
    'No',
    'on',
    'y',
    'null',
    '~',
    'None',
    '',
    '=',
    '<<',
    '-',
    '?',
    ':',
    '---',
    '...',
    '#',
    '%a',
  ]
  const numbers = [
    '1',
    '-1',
    '1e3',
    '1.5e+3',
    '0o7',
    '017',
    '0x1F',
    '1_000',
    '.5',
    '.inf',
    '-.INF',
    '.nan',
    '1:30',
  ]
  const times = [
    '12:30:00',
    '190:20:30.5',
    '2024-01-01',
    '2024-01-01T00:00:00Z',
    '2024-01-01 12:00:00 +1',
  ]
  const syntax = [
    'a: b',
    'a:',
    'a #b',
    '[a]',
    '{a}',
    '&a',
    '*a',
    '!a',
    '|',
    '>',
    '@a',
    '`a',
    '"a"',
    "'a'",
    'a\\b',
  ]
  const blanks = [
    ' a',
    'a ',
    'a  b',
    '\ta',
    'a\t',
    'a\nb',
    'a\n',
    '\n',
    'a\r\nb',
    '\r',
    'a \n b',
    'x '.repeat(200),
  ]
  const characters = Array.from({ length: 0x300 }, (_, code) => `a${String.fromCharCode(code)}b`)
  const far = ['\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff', '😀', '\u{10ffff}', '日本'].map(
    (c) => `${c}${c}`,
  )
  return [...words, ...numbers, ...times, ...syntax, ...blanks, ...characters, ...far]
}
