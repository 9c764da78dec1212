import fc from 'fast-check'
import { unzipSync } from 'fflate'
import { expect, it } from 'vitest'
import { crc32 } from '../../../src/util/crc.js'
import { directoryHeader, endOfDirectory } from '../../../src/zip/zip-format.js'
import { zipChunks, type ZipEntry } from '../../../src/zip/zip-writer.js'

const GIB = 1024 ** 3

async function zip(entries: readonly ZipEntry[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of zipChunks(toAsync(entries))) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

async function* toAsync<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  for (const item of items) yield await Promise.resolve(item)
}

function streamed(
  path: string,
  parts: readonly Uint8Array[],
  incompressible: boolean,
  maxSize?: number,
): ZipEntry {
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  return { path, stream: { parts: () => parts, maxSize: maxSize ?? size }, incompressible }
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}

it('checks content with the CRC of zip files, in one go or in parts', () => {
  const check = new TextEncoder().encode('123456789')
  expect(crc32(check)).toBe(0xcbf43926)
  expect(crc32(check.subarray(4), crc32(check.subarray(0, 4)))).toBe(0xcbf43926)
  expect(crc32(new Uint8Array(0))).toBe(0)
})

it('holds what was put in, whole or in parts, deflated or not', async () => {
  const files = fc.dictionary(
    fc.stringMatching(/^[a-zé]{1,9}$/),
    fc.record({
      parts: fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 4 }),
      incompressible: fc.boolean(),
      whole: fc.boolean(),
    }),
    { noNullPrototype: true, maxKeys: 6 },
  )
  await fc.assert(
    fc.asyncProperty(files, async (all) => {
      const entries = Object.entries(all).map(([path, { parts, incompressible, whole }]) =>
        whole
          ? { path, bytes: new Uint8Array(Buffer.concat(parts)), incompressible }
          : streamed(path, parts, incompressible),
      )
      const read = unzipSync(await zip(entries))
      expect(Object.keys(read)).toEqual(Object.keys(all))
      for (const [path, { parts }] of Object.entries(all))
        expect(Buffer.from(read[path] ?? []).equals(Buffer.concat(parts))).toBe(true)
    }),
    { numRuns: 60 },
  )
})

it('makes repetitive text smaller and leaves what would not get smaller as it is', async () => {
  const repetitive = new TextEncoder().encode('1700000000000 0.5 1\n'.repeat(1000))
  expect((await zip([{ path: 'a', bytes: repetitive }])).length).toBeLessThan(
    repetitive.length / 20,
  )
  expect((await zip([streamed('a', [repetitive], false)])).length).toBeLessThan(
    repetitive.length / 20,
  )
  const small = new TextEncoder().encode('x')
  expect((await zip([{ path: 'a', bytes: small }])).length).toBe(30 + 1 + 1 + 46 + 1 + 22)
})

it('gives the same bytes for the same content', async () => {
  const entries = [
    { path: 'a/' },
    { path: 'a/b', bytes: new TextEncoder().encode('c'.repeat(5000)) },
  ]
  expect(await zip(entries)).toEqual(await zip(entries))
})

it('writes entries that may pass 4 GiB in zip64 form', async () => {
  const content = new TextEncoder().encode('hello')
  const file = await zip([
    streamed('big', [content], true, 6 * GIB),
    { path: 'after', bytes: content },
  ])
  const view = new DataView(file.buffer)
  expect(view.getUint16(4, true)).toBe(45)
  expect(view.getUint32(18, true)).toBe(0xffffffff)
  const read = unzipSync(file)
  expect(text(read['big'])).toBe('hello')
  expect(text(read['after'])).toBe('hello')
})

it('holds more than 65,535 entries', async () => {
  const entries = Array.from({ length: 70_000 }, (_, i) => ({
    path: `f${i}`,
    bytes: new Uint8Array([i & 255]),
  }))
  const read = unzipSync(await zip(entries))
  expect(Object.keys(read)).toHaveLength(70_000)
  expect(read['f69999']).toEqual(new Uint8Array([69_999 & 255]))
})

it('puts sizes and offsets past 4 GiB into the zip64 fields of the directory', () => {
  const name = new TextEncoder().encode('n')
  const record = {
    name,
    isFolder: false,
    method: 'stored',
    streamed: false,
    large: true,
    crc: 1,
  } as const
  const bytes = directoryHeader({ ...record, size: 5 * GIB, compressedSize: 7, offset: 9 * GIB })
  const view = new DataView(bytes.buffer)
  expect(view.getUint32(20, true)).toBe(7)
  expect(view.getUint32(24, true)).toBe(0xffffffff)
  expect(view.getUint32(42, true)).toBe(0xffffffff)
  expect([view.getUint16(47, true), view.getUint16(49, true)]).toEqual([1, 16])
  expect([view.getBigUint64(51, true), view.getBigUint64(59, true)]).toEqual([
    BigInt(5 * GIB),
    BigInt(9 * GIB),
  ])
})

it('ends a file past 4 GiB with the zip64 records and their locator', () => {
  const bytes = endOfDirectory(3, 100, 5 * GIB)
  const view = new DataView(bytes.buffer)
  expect(view.getUint32(0, true)).toBe(0x06064b50)
  expect(view.getBigUint64(48, true)).toBe(BigInt(5 * GIB))
  expect(view.getUint32(56, true)).toBe(0x07064b50)
  expect(view.getBigUint64(64, true)).toBe(BigInt(5 * GIB + 100))
  expect(view.getUint32(76, true)).toBe(0x06054b50)
  expect(view.getUint32(92, true)).toBe(0xffffffff)
})

it('refuses a path that no zip file can hold', async () => {
  await expect(zip([{ path: 'x'.repeat(70_000), bytes: new Uint8Array(1) }])).rejects.toMatchObject(
    {
      errorCode: 'INVALID_PARAMETER_VALUE',
    },
  )
})
