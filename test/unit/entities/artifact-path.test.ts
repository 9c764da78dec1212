import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  artifactFilePath,
  artifactPathBelow,
  checkClientPath,
  toArtifactDirectory,
  toArtifactPath,
} from '../../../src/entities/artifact-path.js'
import { readCases } from '../artifacts/fixtures.js'

interface PathCase {
  readonly path: string
  readonly store: { code: string; message: string } | null
  readonly client: { code: string; message: string } | null
}

const cases = readCases<PathCase[]>('paths.json')
/** Allowed by MLflow on Linux, but would lead elsewhere on Windows: refused here on every platform. */
const STRICTER = ['\\x', 'a\\..\\b', '..\\a', 'a%00b', 'a%5c..%5cb']

function outcome(check: () => unknown): { code: string; message: string } | null {
  try {
    check()
    return null
  } catch (error) {
    const { errorCode, message } = error as { errorCode: string; message: string }
    return { code: errorCode, message }
  }
}

describe('artifact paths', () => {
  it.each(cases)(
    'are refused by the store exactly where MLflow refuses: $path',
    ({ path, store }) => {
      const ours = outcome(() => toArtifactDirectory(path))
      if (store === null && !STRICTER.includes(path)) return expect(ours).toBeNull()
      expect(ours?.code).toBe('INVALID_PARAMETER_VALUE')
      expect(ours?.message).toMatch(/^Invalid path/)
    },
  )

  it.each(cases)("are refused by the client in MLflow's words: $path", ({ path, client }) => {
    const ours = outcome(() => checkClientPath(path))
    expect(ours?.code).toBe(client?.code)
    expect(ours?.message).toBe(client?.message)
  })

  it('lose empty and dot segments, and keep everything else as written', () => {
    expect(toArtifactPath('./a//b/./c/')).toBe('a/b/c')
    expect(toArtifactPath('100%25 é\\x')).toBe('100%25 é\\x')
    expect(toArtifactDirectory(undefined)).toBe('')
    expect(toArtifactDirectory('./')).toBe('')
  })

  it('must name a file where one is written', () => {
    for (const path of ['', '.', './', '/'])
      expect(outcome(() => toArtifactPath(path))?.code).toBe('INVALID_PARAMETER_VALUE')
  })

  it('with lone surrogates, NUL or of another type are refused', () => {
    for (const path of [
      'a\ud800',
      '\udc00b',
      'a\0b',
      null as unknown as string,
      7 as unknown as string,
    ])
      expect(outcome(() => toArtifactDirectory(path))?.code).toBe('INVALID_PARAMETER_VALUE')
    expect(toArtifactPath('😀')).toBe('😀')
  })

  it('of a client are normalised, then their folder is checked', () => {
    expect(artifactFilePath('./a//b.txt')).toBe('a/b.txt')
    expect(artifactFilePath('a/../b.txt')).toBe('b.txt')
    expect(outcome(() => artifactFilePath('../b.txt'))).toMatchObject({ code: 'INTERNAL_ERROR' })
    expect(outcome(() => artifactFilePath('/b.txt'))).toMatchObject({ code: 'INTERNAL_ERROR' })
    expect(artifactPathBelow(undefined, 'x')).toBe('x')
    expect(artifactPathBelow('', 'x')).toBe('x')
    expect(artifactPathBelow('d/e', 'x/y')).toBe('d/e/x/y')
    expect(outcome(() => artifactPathBelow('d/', 'x'))).toMatchObject({ code: 'INTERNAL_ERROR' })
  })

  it('that are accepted never leave the folder, on any platform, however often they are decoded', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%252e',
      '%2f',
      '%5C',
      'a',
      'C:',
      '%',
      'file:',
      '%25',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
        (path) => {
          let text: string
          try {
            text = toArtifactPath(path)
          } catch {
            return
          }
          for (let i = 0; i < 6; i++) {
            expect(text.split(/[\\/]/)).not.toContain('..')
            expect(text).not.toMatch(/^(?:[/\\]|[A-Za-z]:[\\/])/)
            text = text.replace(/%[0-9a-f]{2}/gi, (code) =>
              String.fromCharCode(parseInt(code.slice(1), 16)),
            )
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})
