import { beforeAll, describe, expect, it } from 'vitest'
import { isNotModified, isRangeCurrent } from '../../../src/rest/artifact-validators.js'
import { createSha256 } from '../../../src/util/sha256.js'
import { Wire } from './wire.js'

const MODIFIED = Date.parse('2026-01-02T03:04:05.678Z')
const DATE = 'Fri, 02 Jan 2026 03:04:05 GMT'
const FILE = { etag: 'abc', modified: MODIFIED }

describe('what a client has already', () => {
  it.each([
    [{ 'if-none-match': '"abc"' }, true],
    [{ 'if-none-match': 'W/"abc"' }, true],
    [{ 'if-none-match': '"x", "abc"' }, true],
    [{ 'if-none-match': '*' }, true],
    [{ 'if-none-match': '"abcd"' }, false],
    [{ 'if-none-match': 'abc' }, false],
    [{ 'if-modified-since': DATE }, true],
    [{ 'if-modified-since': 'Fri, 02 Jan 2026 03:04:04 GMT' }, false],
    [{ 'if-modified-since': 'no date' }, false],
    // The tag decides where both are given.
    [{ 'if-none-match': '"x"', 'if-modified-since': DATE }, false],
    [{}, false],
  ])('by %j: %s', (headers, is) => {
    expect(isNotModified(new Headers(headers as Record<string, string>), FILE)).toBe(is)
  })

  it('is not known of a file without a tag or date', () => {
    expect(isNotModified(new Headers({ 'if-none-match': '"abc"' }), {})).toBe(false)
    expect(isNotModified(new Headers({ 'if-modified-since': DATE }), {})).toBe(false)
  })
})

describe('a range is of the content that the client means', () => {
  it.each([
    [{}, true],
    [{ 'if-range': '"abc"' }, true],
    [{ 'if-range': 'W/"abc"' }, false],
    [{ 'if-range': '"x"' }, false],
    [{ 'if-range': DATE }, true],
    [{ 'if-range': 'Fri, 02 Jan 2026 03:04:06 GMT' }, false],
    [{ 'if-range': 'whatever' }, false],
  ])('by %j: %s', (headers, is) => {
    expect(isRangeCurrent(new Headers(headers as Record<string, string>), FILE)).toBe(is)
  })

  it('is not known of a file without a tag or date', () => {
    for (const condition of ['"abc"', DATE])
      expect(isRangeCurrent(new Headers({ 'if-range': condition }), {})).toBe(false)
  })
})

describe('a file of the store', () => {
  let wire: Wire
  let path = ''
  beforeAll(async () => {
    wire = await Wire.open()
    path = `/api/2.0/mlflow-artifacts/artifacts/0/${await wire.newRun()}/artifacts/x.txt`
    await wire.send(path, { method: 'PUT', raw: 'hello' })
  })

  const tagOf = (text: string): string => {
    const hash = createSha256()
    hash.update(new TextEncoder().encode(text))
    return `"${hash.hex()}"`
  }

  it('is tagged by its SHA-256, and has no date', async () => {
    const { headers } = await wire.send(path)
    expect(headers.get('etag')).toBe(tagOf('hello'))
    expect(headers.get('cache-control')).toBe('no-cache')
    expect(headers.has('last-modified')).toBe(false)
  })

  it('is 304 without a body for who has it, HEAD too', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await wire.send(path, { method, headers: { 'if-none-match': tagOf('hello') } })
      expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([
        304,
        '',
        tagOf('hello'),
      ])
    }
    const other = await wire.send(path, { headers: { 'if-none-match': tagOf('other') } })
    expect([other.status, other.text]).toEqual([200, 'hello'])
  })

  it('gives a range of the same content only', async () => {
    const range = 'bytes=1-2'
    const same = await wire.send(path, { headers: { range, 'if-range': tagOf('hello') } })
    expect([same.status, same.text]).toEqual([206, 'el'])
    const other = await wire.send(path, { headers: { range, 'if-range': tagOf('other') } })
    expect([other.status, other.text]).toEqual([200, 'hello'])
  })

  it('has another tag once it is replaced', async () => {
    await wire.send(path, { method: 'PUT', raw: 'other' })
    expect((await wire.send(path)).headers.get('etag')).toBe(tagOf('other'))
    await wire.send(path, { method: 'PUT', raw: 'hello' })
  })
})
