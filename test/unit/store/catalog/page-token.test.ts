import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  EXPERIMENT_PAGES,
  HISTORY_PAGES,
  nextPageToken,
  offsetToPageToken,
  pageOf,
  pageTokenToOffset,
  RUN_PAGES,
} from '../../../../src/search/page-token.js'
import { refusal } from './harness.js'

const messageOf = (fn: () => unknown): string => {
  const { errorCode, message } = refusal(fn)
  expect(errorCode).toBe('INVALID_PARAMETER_VALUE')
  return message
}

describe('a page token', () => {
  it("is MLflow's", () => {
    expect(offsetToPageToken(2)).toBe('eyJvZmZzZXQiOiAyfQ==')
    expect(pageTokenToOffset('eyJvZmZzZXQiOiA5OTl9')).toBe(999)
    expect(pageTokenToOffset(undefined)).toBe(0)
  })

  it('leads back to its offset', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (offset) => {
        expect(pageTokenToOffset(offsetToPageToken(offset))).toBe(offset)
      }),
    )
  })

  it.each([
    ['not base64!', 'Invalid page token, could not base64-decode'],
    ['bm90IGpzb24=', "Invalid page token, decoded value=b'not json'"],
    [btoa('{}'), 'Invalid page token, parsed value={}'],
    [btoa('{"offset": 0}'), "Invalid page token, parsed value={'offset': 0}"],
    [btoa('[1]'), 'Invalid page token, parsed value=[1]'],
    [btoa('{"offset": "x"}'), 'Invalid page token, not stringable x'],
    [btoa('{"offset": -5}'), 'Invalid page token, not stringable -5'],
  ])('is not %s', (token, message) => {
    expect(messageOf(() => pageTokenToOffset(token))).toBe(message)
  })

  it('of any text is an offset or a proper refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json().map(btoaUtf8)), (token) => {
        try {
          expect(Number.isSafeInteger(pageTokenToOffset(token))).toBe(true)
        } catch (error) {
          expect((error as Error).message).toMatch(/^Invalid page token, /)
        }
      }),
    )
  })
})

describe('the size of a page', () => {
  it('has a default and a token for the next page', () => {
    const page = pageOf(undefined, offsetToPageToken(10), RUN_PAGES)
    expect(page).toEqual({ offset: 10, limit: 1000 })
    expect(nextPageToken(page, true)).toBe(offsetToPageToken(1010))
    expect(nextPageToken(page, false)).toBeNull()
    expect(pageOf(undefined, undefined, HISTORY_PAGES).limit).toBe(Infinity)
  })

  it.each([
    [
      0,
      RUN_PAGES,
      "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer",
    ],
    [
      -1,
      EXPERIMENT_PAGES,
      "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer",
    ],
    [
      0,
      HISTORY_PAGES,
      "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer.",
    ],
    [
      50_001,
      RUN_PAGES,
      "Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.",
    ],
    [
      50_001,
      EXPERIMENT_PAGES,
      "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000",
    ],
    [
      '5' as unknown as number,
      RUN_PAGES,
      "Invalid value \"5\" for parameter 'max_results' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters.",
    ],
  ])('is not %j', (size, rule, message) => {
    expect(messageOf(() => pageOf(size, undefined, rule))).toBe(message)
  })
})

function btoaUtf8(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
