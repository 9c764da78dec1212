import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenize } from '../../../src/search/grammar/tokenizer.js'

function typed(text: string): string[] {
  return tokenize(text)
    .filter(({ type }) => type !== 'space')
    .map(({ type, start, end }) => `${type} ${text.slice(start, end)}`)
}

describe('tokenize', () => {
  it.each([
    ['metrics.acc', ['name metrics', 'punctuation .', 'name acc']],
    ['metrics.1abc', ['name metrics', 'punctuation .', 'name 1abc']],
    ['metrics.12abc', ['name metrics', 'float .1', 'name 2abc']],
    ['12abc', ['integer 1', 'name 2abc']],
    [
      'params.in user type',
      ['name params', 'punctuation .', 'keyword in', 'keyword user', 'keyword type'],
    ],
    ['tags.user', ['name tags', 'punctuation .', 'name user']],
    ['timestamp date', ['builtin timestamp', 'builtin date']],
    ['sum(x)', ['name sum', 'punctuation (', 'name x', 'punctuation )']],
    [
      '-.5 5. 1e-3 1E400 -7 0x1F',
      ['float -.5', 'float 5.', 'float 1e-3', 'float 1E400', 'integer -7', 'hex 0x1F'],
    ],
    ['+0.5 1e+3', ['operator +', 'float 0.5', 'name 1e', 'operator +', 'integer 3']],
    [
      "'it''s' 'a\\'b' \"x\" `y z`",
      ["string 'it''s'", "string 'a\\'b'", 'symbol "x"', 'name `y z`'],
    ],
    ["'unclosed", ["error '", 'name unclosed']],
    ["'a''b", ["string 'a'", "error '", 'name b']],
    [
      'not  in x NOT LIKE y',
      ['keyword not', 'keyword in', 'name x', 'comparator NOT LIKE', 'name y'],
    ],
    ['is NOT  null', ['keyword is', 'keyword NOT  null']],
    [
      '<=> == ! = =<',
      ['comparator <=>', 'comparator ==', 'comparator !', 'comparator =', 'comparator =<'],
    ],
    ['a -- c\nb # d', ['name a', 'comment -- c\n', 'name b', 'comment # d']],
    ['/* c */ /*', ['comment /* c */', 'operator /', 'wildcard *']],
    ['$a$ x $a$ $b$', ['literal $a$ x $a$', 'placeholder $b', 'error $']],
    [
      'a::b := ?1 %s [x]',
      [
        'name a',
        'punctuation ::',
        'name b',
        'assignment :=',
        'placeholder ?',
        'integer 1',
        'placeholder %s',
        'name [x]',
      ],
    ],
    ['x DESC NULLS LAST', ['name x', 'order DESC NULLS LAST']],
    ['日本 été', ['name 日本', 'name été']],
  ])('reads %j', (text, tokens) => {
    expect(typed(text)).toEqual(tokens)
  })

  it('covers every text, token by token', () => {
    const units = fc.string({
      unit: fc.constantFrom(...'\'"`´$/*-#[]()., ;:\\%@a1é日\n\r\t\ud800\0'),
      maxLength: 60,
    })
    fc.assert(
      fc.property(fc.oneof(units, fc.string({ unit: 'binary' })), (text) => {
        const tokens = tokenize(text)
        expect(tokens.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text)
        expect(tokens.every(({ start, end }) => end > start)).toBe(true)
      }),
    )
  })
})
