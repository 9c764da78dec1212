import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { toYaml } from '../../../src/mlruns/yaml.js'

const READ_AS_SOMETHING_ELSE = [
  ...['', 'yes', 'No', 'ON', 'off', 'y', 'N', 'true', 'False', 'null', 'Null', '~', 'None'],
  ...[
    '1',
    '-1',
    '+1',
    '007',
    '0o7',
    '0x1F',
    '0b11',
    '1_000',
    '1e3',
    '1.5',
    '.5',
    '.inf',
    '-.INF',
    '.nan',
  ],
  ...[
    '12:30:00',
    '190:20:30',
    '2024-01-01',
    '2024-01-01T00:00:00Z',
    '=',
    '<<',
    '-',
    '?',
    ':',
    '- a',
    '? a',
  ],
  ...[
    'a: b',
    'a:',
    ':a',
    'a #b',
    '#a',
    '&a',
    '*a',
    '!a',
    '!!int 3',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    '---',
    '...',
  ],
  ...[
    '[a]',
    '{a}',
    'a, b',
    '"a"',
    "'a'",
    "it's",
    'back\\slash',
    ' leading',
    'trailing ',
    '\ttab',
    'a  b',
  ],
  ...[
    'two\nlines',
    'ends\n',
    '\n',
    '\r\n',
    'a\rb',
    '  \n  \n',
    '\0',
    '\u0007',
    '\x7f',
    '\x85',
    '\x9b',
  ],
  ...['\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff', 'ünïcode', '日本', '😀', '\u{10ffff}'],
]

// The reader of these tests takes even a quoted << for a merge key; MLflow's does not.
function asKey(text: string): string {
  return text === '<<' ? 'key' : text
}

it.each(READ_AS_SOMETHING_ELSE)('keeps the text %j a text, as a value and as a key', (text) => {
  const record = { value: text, map: { [asKey(text)]: text } }
  expect(parse(toYaml(record), { version: '1.1' })).toEqual(record)
})

it('reads back equal for any text', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.string({ unit: 'grapheme' }),
  )
  fc.assert(
    fc.property(texts, fc.integer(), (text, number) => {
      const record = {
        text,
        number,
        nothing: null,
        list: [text],
        empty: [],
        none: {},
        map: { [asKey(text)]: text },
      }
      expect(parse(toYaml(record), { version: '1.1' })).toEqual(record)
    }),
  )
})

it('writes sorted keys in block style, plain where that is safe', () => {
  const text = toYaml({
    name: 'segmentation ünïcode',
    experiment_id: '0',
    creation_time: 1_700_000_000_000,
    artifact_location: 'file:///data/mlruns/0',
    end_time: null,
    tags: [],
  })
  expect(text).toBe(
    [
      'artifact_location: file:///data/mlruns/0',
      'creation_time: 1700000000000',
      'end_time: null',
      "experiment_id: '0'",
      'name: segmentation ünïcode',
      'tags: []',
      '',
    ].join('\n'),
  )
})

it('writes no character that a YAML reader refuses', () => {
  const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('')
  expect(toYaml({ all: `${all}\ud800\ufffe` })).toMatch(
    /^[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/,
  )
})

it('writes nested values, and numbers with the point that YAML 1.1 wants', () => {
  const value = { list: [1e-7, [-2e21], { b: 'x: 1e-7' }], on: true, none: null, empty: {} }
  const text = toYaml({ value })
  expect(text).toContain('- 1.0e-7\n')
  expect(text).toContain('- -2.0e+21\n')
  expect(parse(text, { version: '1.1' })).toEqual({ value })
})
