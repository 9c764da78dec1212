import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TrackletError } from '../../../../src/errors.js'
import { compileRegex, RegexBudget } from '../../../../src/search/regex/regex.js'

const finds = (pattern: string, text: string, budget = new RegexBudget()): boolean =>
  compileRegex(pattern, budget)(text)

describe('a regular expression', () => {
  it.each([
    ['', ''],
    ['b', 'abc'],
    ['^a.c$', 'abc'],
    ['a$', 'a\n'],
    ['(?m)^b$', 'a\nb\nc'],
    ['(?s)a.b', 'a\nb'],
    ['(?i)STRASSE É', 'strasse é'],
    ['(?i:A)b', 'ab'],
    ['[]a-]', ']'],
    ['[^a-c]', 'd'],
    ['[a\\-z]', '-'],
    ['[\\d\\s]x', ' x'],
    ['a{2}', 'aa'],
    ['a{,2}b', 'b'],
    ['x{a}', 'x{a}'],
    ['\\bcat\\b', 'a cat!'],
    ['\\Bat', 'cat'],
    ['(?P<n>a|b)+?c', 'abac'],
    ['a(?#why)b', 'ab'],
    ['\\x41\\u00e9\\U0001F642\\101\\t', 'Aé🙂A\t'],
    ['^.$', '🙂'],
    ['\\w\\d', 'ß٣'],
    ['\\.\\*', '.*'],
    ['a\\Z', 'ba'],
    ['()*a', 'a'],
  ])('%j finds something in %j', (pattern, text) => {
    expect(finds(pattern, text)).toBe(true)
  })

  it.each([
    ['^b', 'ab'],
    ['a.c', 'a\nc'],
    ['a\\Z', 'a\n'],
    ['A', 'a'],
    ['(?i:A)b', 'aB'],
    ['a{3}', 'aa'],
    ['\\bat', 'cat'],
    ['[^\\w]', 'é'],
    ['^$', 'a'],
  ])('%j finds nothing in %j', (pattern, text) => {
    expect(finds(pattern, text)).toBe(false)
  })

  it.each([
    '(',
    ')',
    '[',
    '[z-a]',
    'a**',
    '*',
    'a{2,1}',
    '\\',
    '\\q',
    '(a)\\1',
    '(?=a)',
    '(?<!a)b',
    '(?P=n)',
    'a++',
    '(?x)a',
    'a{5000}',
    '(a{1000}){1000}',
    '(((){1000}){1000}){1000}a)',
    '('.repeat(5000),
    'a'.repeat(20_000),
    '\\U00110000',
  ])('%s is refused', (pattern) => {
    const refused = (): unknown => compileRegex(pattern, new RegexBudget())
    expect(refused).toThrow(TrackletError)
    expect(refused).toThrow(/cannot be used/)
  })

  it('answers like the platform, on what both know', () => {
    const piece = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '^', '$', '\\b', '(a|b)')
    const repeat = fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '*?')
    const part = fc.tuple(piece, repeat).map(([p, r]) => (/^(\^|\$|\\b)$/.test(p) ? p : p + r))
    const pattern = fc
      .array(fc.array(part, { maxLength: 4 }), { minLength: 1, maxLength: 2 })
      .map((ways) => ways.map((way) => way.join('')).join('|'))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 8 })
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(finds(p, t)).toBe(new RegExp(p).test(t))
      }),
      { numRuns: 2000 },
    )
  })

  it('is quick where others run for ever', () => {
    expect(finds('^(a+)+$', `${'a'.repeat(20_000)}b`)).toBe(false)
    expect(finds('(x*)*y', 'x'.repeat(20_000))).toBe(false)
  })

  it('is refused once all texts together were too much', () => {
    const budget = new RegexBudget()
    const test = compileRegex('(a?){400}b', budget)
    const asked = (): unknown => {
      for (let i = 0; i < 100; i++) test('a'.repeat(5000))
      return null
    }
    expect(asked).toThrow(/takes too long/)
  })
})
