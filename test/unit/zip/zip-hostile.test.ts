import { describe, expect, it } from 'vitest'
import type { ByteSource } from '../../../src/import/byte-source.js'
import { blobSource } from '../../../src/import/byte-source.js'
import { openZip } from '../../../src/zip/zip-tree.js'
import { seededRandom } from '../../helpers/random.js'
import { bytesOf, field, rawZip, zip64End, type RawEnd, type RawEntry } from './raw-zip.js'
import { codeOf, open, read, zip } from './read.js'

const hello = bytesOf('hello')
const TYPED = [
  'DATA_LOSS',
  'INVALID_PARAMETER_VALUE',
  'RESOURCE_EXHAUSTED',
  'RESOURCE_DOES_NOT_EXIST',
]

async function small(): Promise<Uint8Array<ArrayBuffer>> {
  return zip([
    { path: 'm/' },
    { path: 'm/a.txt', bytes: hello },
    { path: 'm/b.txt', bytes: bytesOf('repeated '.repeat(400)) },
    {
      path: 'm/c.txt',
      stream: { parts: () => [hello, bytesOf('x'.repeat(3000))], maxSize: 2 ** 33 },
    },
  ])
}

describe('a damaged archive', () => {
  it('is refused wherever it is cut off', async () => {
    const bytes = await small()
    for (let length = 0; length < bytes.length; length++)
      expect(await codeOf(() => read(bytes.slice(0, length)))).toBe('DATA_LOSS')
  })

  it('is refused, or has the content that was put in, whichever bit is turned', async () => {
    const bytes = await small()
    const whole = (await read(bytes)).files
    let refused = 0
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = bytes.slice()
      turned[bit >> 3]! ^= 1 << (bit & 7)
      const code = await codeOf(async () => {
        const { files, leftOut } = await read(turned)
        for (const [path, content] of whole)
          if (!leftOut.length && !path.endsWith('/'))
            expect(files.get(path)?.equals(content)).toBe(true)
      })
      if (code === null) continue
      expect(TYPED).toContain(code)
      refused++
    }
    expect(refused).toBeGreaterThan(bytes.length * 4)
  })

  it('is refused or read after any changes, in bounded time', async () => {
    const bytes = await small()
    const random = seededRandom(7)
    const below = (n: number): number => Math.floor(random() * n)
    for (let i = 0; i < 3000; i++) {
      const parts = [bytes.slice(0, below(bytes.length)), bytes.slice(below(bytes.length))]
      if (i % 2 === 0) parts.splice(0, 2, bytes.slice())
      const changed = new Uint8Array(Buffer.concat(parts))
      for (let n = below(6); n >= 0; n--)
        changed[below(changed.length)] = [0, 0xff, 0x50, below(256)][below(4)]!
      const code = await codeOf(() => read(changed))
      if (code !== null) expect(TYPED).toContain(code)
    }
  })

  it.each<[string, RawEntry[], RawEnd, string]>([
    ['a wrong checksum', [{ name: 'a', content: hello, crc: 1 }], {}, 'DATA_LOSS'],
    ['a size that is too small', [{ name: 'a', content: hello, size: 4 }], {}, 'DATA_LOSS'],
    ['a size that is too large', [{ name: 'a', content: hello, size: 6 }], {}, 'DATA_LOSS'],
    [
      'content that cannot be inflated',
      [{ name: 'a', content: hello, method: 8 }],
      {},
      'DATA_LOSS',
    ],
    [
      'content past its end',
      [{ name: 'a', content: hello, compressedSize: 99, size: 99 }],
      {},
      'DATA_LOSS',
    ],
    [
      'entries in one place',
      [
        { name: 'a', content: hello },
        { name: 'b', offset: 0 },
      ],
      {},
      'DATA_LOSS',
    ],
    [
      'an entry over the directory',
      [{ name: 'a', content: hello, compressedSize: 6 }],
      {},
      'DATA_LOSS',
    ],
    ['an entry past the end', [{ name: 'a', offset: 5000 }], {}, 'DATA_LOSS'],
    ['another name in front', [{ name: 'a', localName: 'b' }], {}, 'DATA_LOSS'],
    ['another name in front, of another length', [{ name: 'a', localName: 'aa' }], {}, 'DATA_LOSS'],
    [
      'an extra field over the next entry',
      [
        { name: 'a', content: hello, localExtra: new Uint8Array(9) },
        { name: 'b', offset: 36 },
      ],
      {},
      'DATA_LOSS',
    ],
    ['fewer entries than it says', [{ name: 'a' }], { count: 2 }, 'DATA_LOSS'],
    ['more entries than it says', [{ name: 'a' }, { name: 'b' }], { count: 1 }, 'DATA_LOSS'],
    ['no entries, as it says', [{ name: 'a' }], { count: 0 }, 'DATA_LOSS'],
    ['a directory elsewhere', [{ name: 'a' }], { offset: 40 }, 'DATA_LOSS'],
    ['a directory past its end', [{ name: 'a' }], { offset: 0xfffffff0 }, 'DATA_LOSS'],
    ['a directory of no size', [{ name: 'a' }], { size: 0 }, 'DATA_LOSS'],
    ['a count of millions', [{ name: 'a' }], { count: 0xfffe }, 'DATA_LOSS'],
    ['other disks', [{ name: 'a' }], { disk: 1 }, 'INVALID_PARAMETER_VALUE'],
    ['an entry on another disk', [{ name: 'a', disk: 2 }], {}, 'INVALID_PARAMETER_VALUE'],
  ])('is refused: %s', async (_what, entries, end, code) => {
    expect(await codeOf(() => read(rawZip(entries, end)))).toBe(code)
  })

  it.each<[string, Uint8Array]>([
    ['that are past 2^53', zip64End(1n, 2n ** 63n, 36n, 83n)],
    ['that are past the file', zip64End(1n, 47n, 2n ** 50n, 83n)],
    ['with a count of billions', zip64End(2n ** 40n, 47n, 36n, 83n)],
    ['that lie nowhere', zip64End(1n, 47n, 36n, 2n ** 52n)],
    ['that lie elsewhere', zip64End(1n, 47n, 36n, 5n)],
    ['that lie past 2^53', zip64End(1n, 47n, 36n, 2n ** 64n - 1n)],
  ])('is refused: numbers of zip64 %s', async (_what, between) => {
    const end = { count: 0xffff, size: 0xffffffff, offset: 0xffffffff, between }
    const bytes = rawZip([{ name: 'a', content: hello }], end)
    expect(['DATA_LOSS', 'RESOURCE_EXHAUSTED']).toContain(await codeOf(() => open(bytes)))
  })

  it('is refused: an entry whose numbers are past 2^53', async () => {
    const extra = field(1, new Uint8Array(24).fill(0xff))
    const bytes = rawZip([{ name: 'a', size: 0xffffffff, extra }])
    expect(await codeOf(() => open(bytes))).toBe('DATA_LOSS')
  })

  it('is refused once the file has become shorter than it was', async () => {
    const bytes = await small()
    const shrinking: ByteSource = {
      ...blobSource(new Blob([bytes.slice(0, 10)])),
      size: bytes.length,
    }
    expect(await codeOf(() => openZip(shrinking))).toBe('DATA_LOSS')
  })
})

describe('an entry that is left out, with a reason', () => {
  it.each<[string, RawEntry]>([
    ['above the folder', { name: '../a' }],
    ['somewhere in it', { name: 'a/../../b' }],
    ['the folder itself', { name: './a' }],
    ['an absolute path', { name: '/etc/passwd' }],
    ['a drive', { name: 'C:/a' }],
    ['a drive without a root', { name: 'c:a' }],
    ['a backslash', { name: 'a\\b' }],
    ['backslashes upwards', { name: '..\\a' }],
    ['a share', { name: '\\\\host\\share' }],
    ['NUL', { name: 'a\0b' }],
    ['an empty part', { name: 'a//b' }],
    ['no name', { name: '' }],
    ['a slash alone', { name: '/' }],
    ['a name that is too long', { name: 'a'.repeat(5000) }],
    ['folders that are too many', { name: 'a/'.repeat(300) + 'b' }],
    ['a name that is not UTF-8', { name: Uint8Array.of(0x61, 0xff) }],
    ['an overlong form of ..', { name: Uint8Array.of(0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x61) }],
    ['a symbolic link', { name: 'a', content: bytesOf('/etc'), mode: 0o120777 }],
    ['a link made on macOS', { name: 'a', content: bytesOf('/etc'), mode: 0o120777, madeBy: 19 }],
    ['a FIFO', { name: 'a', mode: 0o010644 }],
    ['a device', { name: 'a', mode: 0o060644 }],
    ['encrypted', { name: 'a', flags: 1, content: hello }],
    ['strongly encrypted', { name: 'a', flags: 0x2041, content: hello }],
    ['LZMA', { name: 'a', method: 14, content: hello }],
    ['AES', { name: 'a', method: 99, content: hello }],
    ['a folder with content', { name: 'a/', content: hello }],
  ])('%s', async (_what, entry) => {
    const { files, leftOut } = await read(rawZip([entry, { name: 'good', content: hello }]))
    expect([...files.keys()]).toEqual(['good'])
    expect(leftOut).toHaveLength(1)
    expect(leftOut[0]!.reason).toMatch(/^It.*\.$/)
    expect(leftOut[0]!.path.length).toBeLessThanOrEqual(200)
  })

  it.each<[string, string[], string[], string]>([
    ['the same path', ['a', 'a'], ['a'], 'Another entry has the same path.'],
    ['a folder and then a file', ['a/b', 'a'], ['a/', 'a/b'], 'A folder has the same path.'],
    ['a file and then a folder', ['a', 'a/'], ['a'], 'A file lies where its folder is.'],
    ['a file and then one below it', ['a', 'a/b'], ['a'], 'A file lies where its folder is.'],
  ])('%s', async (_what, names, kept, reason) => {
    const { files, leftOut } = await read(rawZip(names.map((name) => ({ name }))))
    expect([...files.keys()]).toEqual(kept)
    expect(leftOut).toEqual([{ path: names[1]!.replace(/\/$/, ''), reason }])
  })

  it('tells a folder that comes twice from a clash', async () => {
    const { leftOut } = await read(rawZip([{ name: 'a/' }, { name: 'a/' }, { name: 'a/b' }]))
    expect(leftOut).toEqual([])
  })
})

describe('an entry that is taken, with a line', () => {
  it('has a name that differs from another in case', async () => {
    const names = ['m/Run', 'm/run', 'm/É', 'm/e\u0301', 'M/x']
    const { files, leftOut } = await read(rawZip(names.map((name) => ({ name, content: hello }))))
    for (const name of names) expect(files.get(name)?.toString()).toBe('hello')
    expect(leftOut.map(({ path }) => path)).toEqual(['M', 'm/run', 'm/e\u0301'])
    expect(leftOut[1]!.reason).toContain("'Run'")
  })

  it('has the name of a device', async () => {
    const names = ['con', 'a/NUL.txt', 'aux/b', 'Com1', 'lpt\u00b2.x', 'console', 'com', 'a.nul']
    const { files, leftOut } = await read(rawZip(names.map((name) => ({ name }))))
    for (const name of names) expect(files.has(name)).toBe(true)
    expect(leftOut.map(({ path }) => path).sort()).toEqual(
      ['Com1', 'a/NUL.txt', 'aux', 'con', 'lpt\u00b2.x'].sort(),
    )
  })

  it('has a name that means something to the language', async () => {
    const names = ['__proto__/a', 'constructor', 'toString/__proto__']
    const { files, leftOut } = await read(rawZip(names.map((name) => ({ name, content: hello }))))
    for (const name of names) expect(files.get(name)?.toString()).toBe('hello')
    expect(leftOut).toEqual([])
  })
})

describe('a bomb', () => {
  it('is refused by what it says, before anything is unpacked', async () => {
    const reads: number[] = []
    const bytes = rawZip([{ name: 'a', method: 8, content: hello, size: 2 ** 31 }])
    const inner = blobSource(new Blob([bytes]))
    const source = {
      ...inner,
      read: (from: number, to: number) => (reads.push(to - from), inner.read(from, to)),
    }
    expect(await codeOf(() => openZip(source))).toBe('RESOURCE_EXHAUSTED')
    expect(reads.reduce((a, b) => a + b)).toBeLessThan(4 * bytes.length)
    expect(await codeOf(() => open(bytes, { maxRatio: 2 ** 40 }))).toBe(null)
    const terabytes = rawZip(
      Array.from({ length: 400 }, (_, i) => ({ name: `${i}`, method: 8, size: 0xfffffff0 })),
    )
    expect(await codeOf(() => open(terabytes, { maxRatio: 2 ** 50 }))).toBe('RESOURCE_EXHAUSTED')
  })

  it('is stopped where it says less than it has', async () => {
    const zeros = new Uint8Array(40 << 20)
    const bytes = await zip([{ path: 'a', bytes: zeros }])
    const view = new DataView(bytes.buffer)
    const line = bytes.length - 22 - 46 - 1
    for (const at of [line + 24, 22]) view.setUint32(at, 1000, true)
    const tree = await open(bytes)
    let size = 0
    const all = async (): Promise<void> => {
      for await (const part of tree.parts('a')) size += part.length
    }
    expect(await codeOf(all)).toBe('DATA_LOSS')
    expect(size).toBeLessThanOrEqual(1000)
  })

  it.each(['maxEntries', 'maxBytes', 'maxRatio'] as const)('has a limit: %s', async (name) => {
    const bytes = rawZip([
      { name: 'a', content: hello },
      { name: 'b', content: hello },
    ])
    for (const wrong of [NaN, -1, '5'])
      expect(await codeOf(() => open(bytes, { [name]: wrong }))).toBe('INVALID_PARAMETER_VALUE')
    expect(await codeOf(() => open(bytes, { [name]: Infinity }))).toBe(null)
    const code = await codeOf(() => open(bytes, { [name]: 1 }))
    expect(code).toBe(name === 'maxRatio' ? null : 'RESOURCE_EXHAUSTED')
  })

  it('of folders that paths name is refused', async () => {
    const deep = Array.from({ length: 200 }, (_, i) => ({ name: `${i}/${'a/'.repeat(200)}` }))
    expect(await codeOf(() => open(rawZip(deep), { maxEntries: 10_000 }))).toBe(
      'RESOURCE_EXHAUSTED',
    )
    expect(await codeOf(() => open(rawZip(deep)))).toBe(null)
  })

  it('within an archive stays packed', async () => {
    const inner = rawZip([{ name: 'bomb', method: 8, content: hello, size: 2 ** 31 }])
    const { files } = await read(await zip([{ path: 'inner.zip', bytes: inner }]))
    expect([...files.keys()]).toEqual(['inner.zip'])
  })

  it('closes its source whether it is refused or not', async () => {
    for (const bytes of [rawZip([{ name: 'a', size: 2 ** 31 }]), await small()]) {
      let closed = 0
      const source = { ...blobSource(new Blob([bytes])), close: async () => void closed++ }
      const tree = await openZip(source).catch(() => null)
      await tree?.close()
      expect(closed).toBe(1)
    }
  })
})
