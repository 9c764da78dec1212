import fc from 'fast-check'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../../src/util/crc.js'
import type { ZipEntry } from '../../../src/zip/zip-writer.js'
import { bytesOf, field, numbers, rawZip, zip64End } from './raw-zip.js'
import { codeOf, open, read, zip } from './read.js'

const none = new Uint8Array(0)
const texts = (files: Map<string, Buffer>): Record<string, string> =>
  Object.fromEntries(Array.from(files, ([path, bytes]) => [path, bytes.toString()]))
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(text, 'base64'))

/** Python 3's zipfile into a pipe: content before its size, a size of zip64's form, a folder, a comment. */
const PYTHON = fromBase64(
  'UEsDBBQACAAIAAAAIVgAAAAAAAAAAAAAAAAHAAAAYS9iLnR4dMtIzcnJV8ggkQQAUEsHCNWAZJgLAAAANgAAAFBLAwQtAAgAAAAAACFYAAAAAP//' +
    '////////AwAUAGJpZwEAEAAAAAAAAAAAAAAAAAAAAAAAYmlnUEsHCEni+9MDAAAAAAAAAAMAAAAAAAAAUEsDBBQACAgAAAAAIVgAAAAAAAAAAAAA' +
    'AAADAAAAw6kvUEsHCAAAAAAAAAAAAAAAAFBLAQIUAxQACAAIAAAAIVjVgGSYCwAAADYAAAAHAAAAAAAAAAAAAACAAQAAAABhL2IudHh0UEsBAi0D' +
    'LQAIAAAAAAAhWEni+9MDAAAAAwAAAAMAAAAAAAAAAAAAAIABQAAAAGJpZ1BLAQIUAxQACAgAAAAAIVgAAAAAAAAAAAAAAAADAAAAAAAAAAAAAACA' +
    'AZAAAADDqS9QSwUGAAAAAAMAAwCXAAAAwQAAAAcAYnkgaGFuZA==',
)
/** Info-ZIP 3.0: a folder, a name in UTF-8 that does not say so, a symbolic link, a comment. */
const INFO_ZIP = fromBase64(
  'UEsDBAoAAAAAAAAAIVgAAAAAAAAAAAAAAAACAAAAYS9QSwMECgAAAAAAAAAhWCAwOjYGAAAABgAAAAgAAABhL8OpLnR4dGhlbGxvClBLAwQKAAAA' +
    'AABrcXVdQ7636AEAAAABAAAAAQAAAGxhUEsBAh4DCgAAAAAAAAAhWAAAAAAAAAAAAAAAAAIAAAAAAAAAAAAQAO1BAAAAAGEvUEsBAh4DCgAAAAAA' +
    'AAAhWCAwOjYGAAAABgAAAAgAAAAAAAAAAQAAAKSBIAAAAGEvw6kudHh0UEsBAh4DCgAAAAAAa3F1XUO+t+gBAAAAAQAAAAEAAAAAAAAAAAAAAP+h' +
    'TAAAAGxQSwUGAAAAAAMAAwCVAAAAbAAAAAQAbm90ZQ==',
)
/** Info-ZIP into a pipe: descriptors after the content, and its extra fields, which are others in the directory. */
const INFO_ZIP_PIPED = fromBase64(
  'UEsDBBQACAAIAAAAIVgAAAAAAAAAAAYAAAAIABwAYS/DqS50eHRVVAkAA4AAkmWKpgFrdXgLAAEEAAAAAAQAAAAAy0jNycnnAgBQSwcIIDA6NggA' +
    'AAAGAAAAUEsBAh4DFAAIAAgAAAAhWCAwOjYIAAAABgAAAAgAGAAAAAAAAQAAAKSBAAAAAGEvw6kudHh0VVQFAAOAAJJldXgLAAEEAAAAAAQAAAAA' +
    'UEsFBgAAAAABAAEATgAAAFoAAAAAAA==',
)

describe('an archive that our writer made', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => !/[/\\\0]|^\.\.?$|^[a-z]:/i.test(text))
  const file = fc.record({
    folders: fc.array(fc.constantFrom('a', 'b', 'é'), { maxLength: 3 }),
    name,
    parts: fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 3 }),
    times: fc.constantFrom(1, 1, 1, 90),
    form: fc.constantFrom('whole', 'streamed', 'copied', 'large'),
  })

  it('is read as it was written, whatever its names and sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(file, { maxLength: 6, selector: (one) => `${one.name}.f` }),
        async (files) => {
          const expected = new Map<string, Buffer>()
          const entries = files.map(({ folders, name, parts, times, form }): ZipEntry => {
            const path = [...folders.map((folder) => `${folder}.d`), `${name}.f`].join('/')
            const all = Array.from({ length: times }, () => parts).flat()
            expected.set(path, Buffer.concat(all))
            const maxSize = form === 'large' ? 2 ** 33 : (expected.get(path)?.length ?? 0)
            if (form === 'whole') return { path, bytes: new Uint8Array(Buffer.concat(all)) }
            return {
              path,
              stream: { parts: () => all, maxSize },
              incompressible: form === 'copied',
            }
          })
          const { files: found } = await read(await zip(entries))
          for (const path of [...found.keys()]) if (path.endsWith('/')) found.delete(path)
          expect([...found.keys()].sort()).toEqual([...expected.keys()].sort())
          for (const [path, bytes] of expected) expect(bytes.equals(found.get(path)!)).toBe(true)
        },
      ),
      { numRuns: 80 },
    )
  })

  it('may have more than 65,535 entries, or none', async () => {
    const many = Array.from({ length: 70_000 }, (_, i) => ({
      path: `${i % 10}/f${i}`,
      bytes: bytesOf(String(i)),
    }))
    const tree = await open(await zip(many))
    expect(await tree.list('')).toHaveLength(10)
    expect(await tree.list('9')).toHaveLength(7000)
    const parts: Uint8Array[] = []
    for await (const part of tree.parts('9/f69999')) parts.push(part)
    expect(Buffer.concat(parts).toString()).toBe('69999')
    expect((await read(await zip([]))).files.size).toBe(0)
  })

  it('has content of many megabytes, in parts that are not', async () => {
    const part = new Uint8Array(1 << 20).fill(7)
    const parts = Array.from({ length: 24 }, () => part)
    const bytes = await zip([{ path: 'big', stream: { parts: () => parts, maxSize: 24 << 20 } }])
    const tree = await open(bytes, { maxRatio: 2000 })
    let [size, longest] = [0, 0]
    for await (const piece of tree.parts('big')) {
      size += piece.length
      longest = Math.max(longest, piece.length)
    }
    expect(size).toBe(24 << 20)
    expect(longest).toBeLessThan(48 << 20)
  })

  it('says that there is no such file', async () => {
    const tree = await open(await zip([{ path: 'a/b', bytes: none }]))
    const all = async (path: string): Promise<void> => {
      for await (const _ of tree.parts(path)) expect(_).toBeDefined()
    }
    for (const path of ['', 'a', 'b', 'a/b/c', 'a/c', '/a/b', 'a//b'])
      expect(await codeOf(() => all(path))).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(await tree.list('a/b')).toEqual([])
    expect(await tree.list('nowhere')).toEqual([])
  })
})

describe('an archive that another program made', () => {
  it('is read: of Python', async () => {
    const { files, leftOut } = await read(PYTHON)
    expect(texts(files)).toEqual({
      'a/': '',
      'a/b.txt': 'hello '.repeat(9),
      big: 'big',
      'é/': '',
    })
    expect(leftOut).toEqual([])
  })

  it('is read: of Info-ZIP, without its links', async () => {
    const { files, leftOut } = await read(INFO_ZIP)
    expect(texts(files)).toEqual({ 'a/': '', 'a/é.txt': 'hello\n' })
    expect(leftOut).toEqual([{ path: 'l', reason: 'It is a symbolic link.' }])
    expect(texts((await read(INFO_ZIP_PIPED)).files)).toEqual({ 'a/': '', 'a/é.txt': 'hello\n' })
  })

  it('has names in a field of their own, where it fits the other one', async () => {
    const name = Uint8Array.of(0x82, 0x2e, 0x74)
    const unicode = (of: Uint8Array): Uint8Array =>
      field(0x7075, Buffer.concat([numbers([[1, 1], [4, crc32(of)]]), bytesOf('é.t')])) // prettier-ignore
    const good = await read(rawZip([{ name, flags: 0, extra: unicode(name), content: none }]))
    expect([...good.files.keys()]).toEqual(['é.t'])
    const stale = await read(rawZip([{ name, flags: 0, extra: unicode(none), content: none }]))
    expect([stale.files.size, stale.leftOut[0]?.reason]).toEqual([0, 'Its name is not UTF-8.'])
    const renamed = await read(rawZip([{ name: 'b', extra: unicode(name), content: none }]))
    expect([...renamed.files.keys()]).toEqual(['b'])
  })

  it('has numbers in 64 bits where 32 were enough', async () => {
    const content = bytesOf('hello')
    const sizes = Buffer.alloc(24)
    for (const [i, value] of [5n, 5n, 0n].entries()) sizes.writeBigUInt64LE(value, 8 * i)
    const large = { size: 0xffffffff, compressedSize: 0xffffffff, offset: 0xffffffff }
    const entry = { name: 'a', content, ...large, crc: crc32(content) }
    const zip64 = rawZip([{ ...entry, extra: field(1, sizes), localExtra: field(1, sizes) }])
    expect(texts((await read(zip64)).files)).toEqual({ a: 'hello' })

    const plain = rawZip([{ name: 'a', content }])
    const [offset, size] = [30 + 1 + 5, 46 + 1]
    const between = zip64End(1n, BigInt(size), BigInt(offset), BigInt(offset + size))
    const end = { count: 0xffff, size: 0xffffffff, offset: 0xffffffff, between }
    expect(texts((await read(rawZip([{ name: 'a', content }], end))).files)).toEqual({ a: 'hello' })
    expect(plain.length).toBe(offset + size + 22)
  })

  it('counts on from 0 past 65,535 entries, where it has no zip64', async () => {
    const entries = Array.from({ length: 65_540 }, (_, i) => ({ name: `${i}` }))
    expect(await (await open(rawZip(entries))).list('')).toHaveLength(65_540)
    expect(await codeOf(() => open(rawZip(entries), { maxEntries: 65_539 }))).toBe(
      'RESOURCE_EXHAUSTED',
    )
  })

  it('has extra fields that are none, a long comment with an end in it, content that was deflated', async () => {
    const comment = Buffer.concat([Buffer.alloc(300, 'PK'), rawZip([]), Buffer.alloc(9)])
    const content = bytesOf('x'.repeat(400_000))
    const packed = deflateRawSync(content)
    const entry = { name: 'a', method: 8, content: packed, size: content.length }
    const odd = { extra: Uint8Array.of(1, 2, 9, 9, 3), localExtra: Uint8Array.of(1) }
    const bytes = rawZip([{ ...entry, ...odd, crc: crc32(content) }], { comment })
    expect((await read(bytes)).files.get('a')?.length).toBe(400_000)
  })

  it('is refused with what to do where it unpacks itself', async () => {
    const before = bytesOf('#!/bin/sh\nunzip "$0"\n')
    const bytes = rawZip([{ name: 'a' }], { before })
    await expect(open(bytes)).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining('unpack it') as string,
    })
  })
})
