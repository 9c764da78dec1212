import { describe, expect, it } from 'vitest'
import { errorToText } from '../../src/cli/error-text.js'
import { TrackletError, type ErrorPlace } from '../../src/errors.js'

const PIPE = { columns: null, colour: false, write: () => Promise.resolve() }

function shown(
  at: Partial<ErrorPlace>,
  texts: { filter?: string; orderBy?: readonly string[] },
  screen = PIPE,
): string[] {
  const place: ErrorPlace = { text: 'filter', index: 0, start: 0, end: 0, ...at }
  const error = new TrackletError('INVALID_PARAMETER_VALUE', 'Invalid.', { at: place })
  const { filter, orderBy = [] } = texts
  return errorToText(error, { filter, orderBy }, screen).trimEnd().split('\n').slice(1)
}

describe('an error in the text of a search', () => {
  it('is marked below the characters that are wrong', () => {
    expect(shown({ start: 12, end: 14 }, { filter: 'metrics.acc >< 1' })).toEqual([
      '  metrics.acc >< 1',
      '              ^^',
    ])
  })

  it('is marked in the clause of the order that is wrong', () => {
    const orderBy = ['metrics.acc DESC', 'params.lr sideways']
    expect(shown({ text: 'order_by', index: 1, start: 10, end: 18 }, { orderBy })).toEqual([
      '  params.lr sideways',
      '            ^^^^^^^^',
    ])
  })

  it('is marked after the end where something is missing, and by one mark where the place is empty', () => {
    expect(shown({ start: 3, end: 3 }, { filter: 'a >' })).toEqual(['  a >', '     ^'])
    expect(shown({ start: 0, end: 0 }, { filter: '' })).toEqual(['  ', '  ^'])
  })

  it('shows the line that it is in, with control characters visible and wide ones counted', () => {
    const filter = 'params.x = 1 and\nparams.`実\t` = ? and\nparams.y = 2'
    const start = filter.indexOf('?')
    expect(shown({ start, end: start + 1 }, { filter })).toEqual([
      '  params.`実\\t` = ? and',
      '                  ^',
    ])
  })

  it('shows what is around it in a very long line', () => {
    const filter = `${'a'.repeat(500)}?${'b'.repeat(500)}`
    const [text = '', mark = ''] = shown({ start: 500, end: 501 }, { filter })
    expect(text).toBe(`  …${'a'.repeat(60)}?${'b'.repeat(60)}…`)
    expect(text[mark.indexOf('^')]).toBe('?')
  })

  it('is not marked where the text was not given', () => {
    expect(shown({ start: 0, end: 1 }, {})).toEqual([])
    expect(shown({ text: 'order_by', index: 3 }, { orderBy: ['a'] })).toEqual([])
  })
})
