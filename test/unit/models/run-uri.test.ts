import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRunUri, parseRunUri } from '../../../src/models/run-uri.js'
import { codeOf } from '../../contract/client/helpers.js'

describe('a runs:/ URI', () => {
  it.each([
    ['runs:/0a5e/model', '0a5e', 'model'],
    ['runs:/0a5e/deep/er/model', '0a5e', 'deep/er/model'],
    ['runs:///0a5e/model', '0a5e', 'model'],
    ['RUNS:/0a5e/model', '0a5e', 'model'],
    ['runs:/0a5e', '0a5e', ''],
    ['runs:/0a5e/', '0a5e', ''],
    ['runs:/0a5e/a//./b/', '0a5e', 'a/b'],
    ['runs:/0a5e/a model%20', '0a5e', 'a model%20'],
    ['runs:/0a5e/model?x=1#y', '0a5e', 'model'],
  ])('%s is run %s, path %s', (uri, runId, path) => {
    expect(isRunUri(uri)).toBe(true)
    expect(parseRunUri(uri)).toEqual({ runId, path })
  })

  it.each([
    'runs:',
    'runs:/',
    'runs://',
    'runs:///',
    'runs:0a5e/model',
    'runs://host/0a5e/model',
    'runs:////0a5e/model',
    'models:/0a5e/model',
    ' runs:/0a5e',
    '',
  ])('%s is none', async (uri) => {
    expect(await codeOf(() => parseRunUri(uri))).toBe('INVALID_PARAMETER_VALUE')
  })

  it.each([
    'runs:/0a5e/../other',
    'runs:/0a5e/a/..',
    'runs:/0a5e/%2e%2e/b',
    'runs:/0a5e//etc/../..',
  ])('%s cannot lead out of the run', async (uri) => {
    expect(await codeOf(() => parseRunUri(uri))).toBe('INVALID_PARAMETER_VALUE')
  })

  it('gives back the parts that it was made of', () => {
    const part = fc.stringMatching(/^[\w -]{1,12}$/)
    fc.assert(
      fc.property(part, fc.array(part, { maxLength: 4 }), (runId, path) => {
        const text = path.join('/')
        expect(parseRunUri(`runs:/${runId}/${text}`)).toEqual({ runId, path: text })
      }),
    )
  })
})
