import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileLike } from '../../../src/search/like.js'

/** The definition, tried out in every way. */
function isLike(text: readonly string[], pattern: readonly string[]): boolean {
  const [wanted, ...rest] = pattern
  if (wanted === undefined) return text.length === 0
  if (wanted === '%') return text.concat('').some((_, i) => isLike(text.slice(i), rest))
  return text.length > 0 && (wanted === '_' || wanted === text[0]) && isLike(text.slice(1), rest)
}

describe('compileLike', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'A', false],
    ['', '', true],
    ['%', '', true],
    ['_', '', false],
    ['_', '😀', true],
    ['__', '😀', false],
    ['%_', '😀', true],
    ['100\\%%', '100%', false],
    ['100\\%', '100\\ and more', true],
    ['%line%', 'a\nline\nb', true],
    ['.*', 'ab', false],
    ['%ab%ab', 'abab', true],
    ['%ab%ab', 'ab', false],
  ])('%j on %j is %j', (pattern, text, expected) => {
    expect(compileLike(pattern, { ignoreCase: 'no' })(text)).toBe(expected)
  })

  it('folds the letters of ASCII and no others', () => {
    const ilike = (pattern: string, text: string) =>
      compileLike(pattern, { ignoreCase: 'ascii' })(text)
    expect(ilike('RESNET%', 'ResNet50')).toBe(true)
    expect(ilike('@[', '`{')).toBe(false)
    expect(ilike('МИР', 'мир')).toBe(false)
    expect(ilike('k', '\u212a')).toBe(false)
  })

  it('agrees with the definition', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '😀', '%', '_'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '😀', '%'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const like = compileLike(p, { ignoreCase: 'no' })
        expect(like(t)).toBe(isLike(Array.from(t), Array.from(p)))
      }),
    )
  })

  it('ends on patterns that are bad for regular expressions', () => {
    const like = compileLike('%a'.repeat(50) + 'b', { ignoreCase: 'no' })
    expect(like('a'.repeat(50_000))).toBe(false)
  })
})
