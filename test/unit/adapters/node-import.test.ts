import { execFileSync } from 'node:child_process'
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { nodeImports } from '../../../adapters/node-import.js'
import type { FileTree } from '../../../src/import/file-tree.js'
import type { ByteSource } from '../../../src/import/byte-source.js'
import { openZip } from '../../../src/zip/zip-tree.js'
import { codeOf, contents, zip } from '../zip/read.js'

const isRoot = process.getuid?.() === 0
const imports = nodeImports()
let [base, folder, temporary] = ['', '', '']
let folders = 0
const before = process.env['TMPDIR']

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tracklet-node-import-'))
  temporary = join(base, 'temporary')
  await mkdir(temporary)
  process.env['TMPDIR'] = temporary
})

afterAll(async () => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  await rm(base, { recursive: true, force: true })
})

beforeEach(async () => {
  folder = join(base, `folder${++folders}`)
  await mkdir(join(folder, 'a'), { recursive: true })
  await writeFile(join(folder, 'a/b.txt'), 'hello')
})

async function tree(path = folder): Promise<FileTree> {
  const opened = await imports.openPath!(path)
  if (!('list' in opened)) throw new Error(`'${path}' is no folder.`)
  return opened
}

async function file(path: string): Promise<ByteSource> {
  const opened = await imports.openPath!(path)
  if ('list' in opened) throw new Error(`'${path}' is no file.`)
  return opened
}

async function all(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = []
  for await (const part of parts) read.push(part)
  return Buffer.concat(read).toString()
}

function streamOf(...parts: (Uint8Array | Error)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const next = parts.shift()
      if (next === undefined) controller.close()
      else if (next instanceof Error) controller.error(next)
      else controller.enqueue(next)
    },
  })
}

describe('a folder on disk', () => {
  it('has its folders and files, by name', async () => {
    await writeFile(join(folder, 'B'), '')
    await writeFile(join(folder, 'é'), 'x'.repeat(300_000))
    const opened = await tree()
    expect(await opened.list('')).toEqual([
      { name: 'B', isDir: false, size: 0 },
      { name: 'a', isDir: true, size: expect.any(Number) as number },
      { name: 'é', isDir: false, size: 300_000 },
    ])
    expect((await contents(opened)).get('é')?.length).toBe(300_000)
    expect(await opened.list('a/b.txt')).toEqual([])
    expect(await opened.list('nowhere')).toEqual([])
  })

  it('leaves out links, wherever they lead, and says so once', async () => {
    await writeFile(join(base, 'secret'), 'secret')
    await symlink(join(base, 'secret'), join(folder, 'file'))
    await symlink(base, join(folder, 'above'))
    await symlink('.', join(folder, 'itself'))
    await symlink('nowhere', join(folder, 'dangling'))
    const opened = await tree()
    for (let i = 0; i < 2; i++)
      expect((await opened.list('')).map(({ name }) => name)).toEqual(['a'])
    expect(opened.leftOut.map(({ path }) => path).sort()).toEqual(
      ['above', 'dangling', 'file', 'itself'].sort(),
    )
    expect(await codeOf(() => opened.list('above'))).not.toBe(null)
    expect(await codeOf(() => all(opened.parts('file')))).not.toBe(null)
    expect(await codeOf(() => all(opened.parts('above/secret')))).not.toBe(null)
  })

  it('may itself be reached by a link', async () => {
    const link = join(base, `link${folders}`)
    await symlink(folder, link)
    expect([...(await contents(await tree(link))).keys()]).toEqual(['a/', 'a/b.txt'])
  })

  it.skipIf(process.platform === 'win32')('leaves out what is no plain file', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')])
    const opened = await tree()
    expect((await opened.list('')).map(({ name }) => name)).toEqual(['a'])
    expect(opened.leftOut).toEqual([{ path: 'fifo', reason: 'It is a link or no plain file.' }])
    expect(await codeOf(() => all(opened.parts('fifo')))).not.toBe(null)
    expect(await codeOf(() => tree(join(folder, 'fifo')))).toBe('INVALID_PARAMETER_VALUE')
  })

  it.skipIf(isRoot)('says what may not be read', async () => {
    await chmod(join(folder, 'a/b.txt'), 0)
    const opened = await tree()
    expect(await codeOf(() => all(opened.parts('a/b.txt')))).toBe('PERMISSION_DENIED')
    expect(await codeOf(() => file(join(folder, 'a/b.txt')))).toBe('PERMISSION_DENIED')
    await chmod(join(folder, 'a'), 0)
    expect(await codeOf(() => opened.list('a'))).toBe('PERMISSION_DENIED')
    await chmod(join(folder, 'a'), 0o700)
  })

  it('says what was taken away or became another thing meanwhile', async () => {
    const opened = await tree()
    await opened.list('a')
    await rm(join(folder, 'a/b.txt'))
    expect(await codeOf(() => all(opened.parts('a/b.txt')))).toBe('RESOURCE_DOES_NOT_EXIST')
    await symlink(base, join(folder, 'a/b.txt'))
    expect(await codeOf(() => all(opened.parts('a/b.txt')))).not.toBe(null)
    await rm(join(folder, 'a'), { recursive: true })
    expect(await opened.list('a')).toEqual([])
    await symlink(base, join(folder, 'a'))
    expect(await codeOf(() => opened.list('a'))).not.toBe(null)
  })

  it('gives of a file that grows what was there when it was opened, or more, whole', async () => {
    const opened = await tree()
    const parts = opened.parts('a/b.txt')[Symbol.asyncIterator]()
    const first = await parts.next()
    await appendFile(join(folder, 'a/b.txt'), ' world')
    const rest = await parts.next()
    const texts = [first, rest].map(({ value }) =>
      Buffer.from((value as Uint8Array) ?? []).toString(),
    )
    expect('hello world'.startsWith(texts.join(''))).toBe(true)
    expect(texts[0]).toBe('hello')
  })
})

describe('a file on disk', () => {
  it('is read where it is asked for', async () => {
    const source = await file(join(folder, 'a/b.txt'))
    expect(source.size).toBe(5)
    expect(Buffer.from(await source.read(1, 4)).toString()).toBe('ell')
    expect((await source.read(5, 5)).length).toBe(0)
    await source.close()
  })

  it('says that it became shorter', async () => {
    const source = await file(join(folder, 'a/b.txt'))
    await truncate(join(folder, 'a/b.txt'), 2)
    expect(await codeOf(() => source.read(0, 5))).toBe('DATA_LOSS')
    await source.close()
  })

  it('says that it is not there', async () => {
    expect(await codeOf(() => file(join(folder, 'nowhere')))).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(await codeOf(() => file(join(folder, 'a/b.txt/c')))).toBe('RESOURCE_DOES_NOT_EXIST')
  })
})

describe('a stream', () => {
  it('is kept in a file that is gone when it is closed', async () => {
    const bytes = await zip([{ path: 'a', bytes: new Uint8Array(500_000).fill(1) }])
    const source = await imports.keep(streamOf(bytes.slice(0, 100), bytes.slice(100)))
    expect(await readdir(temporary)).toHaveLength(1)
    const opened = await openZip(source)
    expect((await contents(opened)).get('a')?.length).toBe(500_000)
    await opened.close()
    expect(await readdir(temporary)).toEqual([])
  })

  it('that is no archive, or is empty, leaves nothing', async () => {
    for (const parts of [[new Uint8Array(50)], [], [new Uint8Array(0)]]) {
      const source = await imports.keep(streamOf(...parts))
      expect(await codeOf(() => openZip(source))).toBe('DATA_LOSS')
      expect(await readdir(temporary)).toEqual([])
    }
  })

  it('that fails leaves nothing, and its error is the cause', async () => {
    const failure = new Error('the network is down')
    const failing = streamOf(new Uint8Array(100_000), failure)
    await expect(imports.keep(failing)).rejects.toMatchObject({ cause: failure })
    expect(await readdir(temporary)).toEqual([])
  })

  it('is let go of where no file can be made', async () => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => {
        cancelled = true
      },
    })
    process.env['TMPDIR'] = join(base, 'nowhere')
    try {
      expect(await codeOf(() => imports.keep(stream))).not.toBe(null)
    } finally {
      process.env['TMPDIR'] = temporary
    }
    expect(cancelled).toBe(true)
  })

  it('that gives what are no bytes is refused', async () => {
    const odd = streamOf('text' as unknown as Uint8Array, 5 as unknown as Uint8Array)
    expect(await codeOf(() => imports.keep(odd))).toBe('INVALID_PARAMETER_VALUE')
    expect(await readdir(temporary)).toEqual([])
  })
})

it('closes files that it has opened', async () => {
  const path = join(folder, 'a/b.txt')
  const handle = await open(path)
  const { fd } = handle
  await handle.close()
  for (let i = 0; i < 20; i++) await (await file(path)).close()
  const again = await open(path)
  expect(again.fd).toBeLessThanOrEqual(fd + 2)
  await again.close()
})
