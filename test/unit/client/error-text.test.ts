import { expect, it } from 'vitest'
import { errorToText } from '../../../src/client/error-text.js'

it('shows the stacks of an error and all its causes', () => {
  const root = new TypeError('root')
  const text = errorToText(new Error('top', { cause: new RangeError('middle', { cause: root }) }))
  const places = ['Error: top', 'Caused by: RangeError: middle', 'Caused by: TypeError: root']
  expect(places.map((place) => text.includes(place))).toEqual([true, true, true])
  expect(text).toContain('error-text.test.ts')
  expect(text.endsWith('\n')).toBe(true)
})

it('shows what is no error, and stops at a circle of causes', () => {
  expect(errorToText('just text')).toBe('just text\n')
  expect(errorToText(null)).toBe('null\n')
  const one = new Error('one')
  one.cause = new Error('two', { cause: one })
  expect(errorToText(one).match(/Caused by/g)).toHaveLength(1)
})

it('adds name and message where a platform leaves them out of the stack', () => {
  const error = new Error('message')
  error.stack = 'at somewhere'
  expect(errorToText(error)).toBe('Error: message\nat somewhere\n')
})

it('shows the members of an aggregate', () => {
  const text = errorToText(new AggregateError([new Error('first'), 'second'], 'both'))
  expect(text).toContain('[0] Error: first')
  expect(text).toContain('[1] second')
})
