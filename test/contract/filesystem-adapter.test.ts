import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { filesystemAdapter, unlockDirectory } from '../../adapters/filesystem.js'
import type { StorageAdapter } from '../../src/adapter.js'
import type { ErrorCode } from '../../src/errors.js'
import { decodeRecord, encodeRecord } from '../../src/store/record.js'
import { storageAdapterSuite } from './storage-adapter.suite.js'

const OPEN = { create: true, lockTimeoutMs: 0 }
const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mountsTmpfs()

storageAdapterSuite(
  'filesystem',
  async () => {
    const dir = join(scratch(), 'a', 'b')
    return {
      adapter: () => filesystemAdapter(dir),
      breakLock: async () => void (await unlockDirectory(dir)),
    }
  },
  { appendSync: true, breakLock: true, namesHolder: true },
)

storageAdapterSuite(
  'filesystem, in a folder whose path is too long for a socket',
  async () => {
    const dir = join(scratch(), 'x'.repeat(120))
    return {
      adapter: () => filesystemAdapter(dir),
      breakLock: async () => void (await unlockDirectory(dir)),
    }
  },
  { appendSync: true, breakLock: true, namesHolder: true },
)

describe('a folder and two processes', () => {
  let bundle = ''
  beforeAll(async () => {
    const folder = fs.mkdtempSync(join(tmpdir(), 'tracklet-bundle-'))
    const outfile = join(folder, 'filesystem.mjs')
    const entryPoints = [join(import.meta.dirname, '../../adapters/filesystem.ts')]
    await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm' })
    bundle = pathToFileURL(outfile).href
    return () => fs.rmSync(folder, { recursive: true })
  })

  it('is refused to the second, which hears who holds it, until the first is killed', async () => {
    const dir = scratch()
    const holder = startOpener(bundle, dir)
    expect(await firstLine(holder)).toBe('open 1')
    const refused = filesystemAdapter(dir).open({ create: true, lockTimeoutMs: 50 })
    const message = new RegExp(`process ${holder.pid} on "${hostname()}".*unlockDirectory`)
    await expect(refused).rejects.toThrow(
      expect.objectContaining({
        errorCode: 'RESOURCE_CONFLICT',
        message: expect.stringMatching(message),
      }),
    )
    const waiting = filesystemAdapter(dir).open({ create: true, lockTimeoutMs: 60_000 })
    holder.kill('SIGKILL')
    expect(await waiting).toEqual({ epoch: 2 })
  })

  it('is free as soon as the first ends without closing it', async () => {
    const dir = scratch()
    const holder = startOpener(bundle, dir)
    await firstLine(holder)
    holder.stdin?.end()
    await once(holder, 'exit')
    expect(holder.exitCode).toBe(0)
    expect(await filesystemAdapter(dir).open(OPEN)).toEqual({ epoch: 2 })
  })

  it('goes to exactly one of many that find a dead holder at once', async () => {
    const dir = scratch()
    for (let round = 1; round <= 3; round++) {
      const openers = Array.from({ length: 5 }, () => startOpener(bundle, dir))
      const lines = await Promise.all(openers.map(firstLine))
      expect(lines.filter((line) => line === `open ${round}`)).toHaveLength(1)
      expect(lines.filter((line) => line === 'RESOURCE_CONFLICT')).toHaveLength(4)
      for (const opener of openers) opener.kill('SIGKILL')
      await Promise.all(openers.map(exited))
    }
  })

  it('stays held from another machine until it is unlocked by hand', async () => {
    const dir = scratch()
    await (await opened(dir)).close()
    const holder = {
      pid: 7,
      host: 'elsewhere',
      started: '1',
      boot: 'other',
      socket: 'lock-00.sock',
    }
    fs.writeFileSync(join(dir, 'LOCK-0000000009'), JSON.stringify(holder))
    await expect(opened(dir)).rejects.toThrow(/process 7 on "elsewhere"/)
    expect(await unlockDirectory(dir)).toEqual(holder)
    await (await opened(dir)).close()
    expect(await unlockDirectory(dir)).toBeNull()
  })

  it('is free after this machine was started anew', async () => {
    const dir = scratch()
    await (await opened(dir)).close()
    const holder = {
      pid: process.pid,
      host: hostname(),
      started: '1',
      boot: 'before',
      socket: 'lock-00.sock',
    }
    fs.writeFileSync(join(dir, 'LOCK-0000000009'), JSON.stringify(holder))
    await (await opened(dir)).close()
  })
})

describe('a journal on disk', () => {
  it('gives a torn tail as one item, wherever it was torn, and the next writer makes it void', async () => {
    const dir = scratch()
    const whole = record(3).length
    for (let cut = 1; cut < whole; cut += 7) {
      const store = join(dir, `cut-${cut}`)
      await written(store, [1, 2, 3])
      const [file = ''] = journalFiles(store)
      fs.truncateSync(file, fs.statSync(file).size - cut)
      const adapter = await opened(store)
      expect(await stored(adapter, 0)).toEqual([
        record(1),
        record(2),
        record(3).subarray(0, whole - cut),
      ])
      expect(await stored(adapter, 3)).toEqual([record(3).subarray(0, whole - cut)])
      await adapter.append(3, record(3, 50), { durability: 'default' })
      expect(await stored(adapter, 0)).toEqual([record(1), record(2), record(3, 50)])
      await adapter.close()
    }
  })

  it('gives a damaged stretch as one item and goes on behind it', async () => {
    const dir = scratch()
    await written(dir, [1, 2, 3, 4])
    const [file = ''] = journalFiles(dir)
    const bytes = fs.readFileSync(file)
    bytes[record(1).length + 9]! ^= 1
    fs.writeFileSync(file, bytes)
    const adapter = await opened(dir)
    const items = await stored(adapter, 0)
    expect(items.map((item) => item.length)).toEqual([1, 2, 3, 4].map((seq) => record(seq).length))
    expect(items.map((item) => decodeRecord(item).ok)).toEqual([true, false, true, true])
    expect(await stored(adapter, 2)).toEqual([record(3), record(4)])
    await adapter.close()
  })

  it('gives zeros behind the last record, as a power loss leaves them, as one item', async () => {
    const dir = scratch()
    await written(dir, [1])
    fs.appendFileSync(journalFiles(dir)[0] ?? '', new Uint8Array(4096))
    const adapter = await opened(dir)
    expect((await stored(adapter, 0)).map((item) => item.length)).toEqual([record(1).length, 4096])
    await adapter.close()
  })

  it('begins a new file past 16 MiB and loses whole files to trim, never the open one', async () => {
    const dir = scratch()
    const adapter = await opened(dir)
    for (let seq = 1; seq <= 40; seq++) adapter.appendSync?.(seq, record(seq, 1_000_000))
    expect(journalFiles(dir)).toHaveLength(3)
    await adapter.trim(20)
    expect(journalFiles(dir)).toHaveLength(2)
    await adapter.trim(40)
    expect(journalFiles(dir)).toHaveLength(1)
    expect((await seqs(adapter, 34)).at(-1)).toBe(40)
    await adapter.flip(new Uint8Array(1))
    await adapter.trim(40)
    expect(journalFiles(dir)).toHaveLength(0)
    await adapter.close()
  })

  it('writes on where the system takes only a few bytes at a time', async () => {
    const write = fs.writeSync
    const few = vi.spyOn(fs, 'writeSync')
    few.mockImplementation(((
      fd: number,
      bytes: Uint8Array,
      offset: number,
      length: number,
      at: number,
    ) => write(fd, bytes, offset, Math.min(7, length), at)) as typeof fs.writeSync)
    onTestFinished(() => few.mockRestore())
    const dir = scratch()
    await written(dir, [1, 2])
    const adapter = await opened(dir)
    expect(await stored(adapter, 0)).toEqual([record(1), record(2)])
    await adapter.close()
  })

  it('takes a piece that a failed write left off again', async () => {
    const dir = scratch()
    const adapter = await opened(dir)
    adapter.appendSync?.(1, record(1))
    const write = fs.writeSync
    const failing = vi.spyOn(fs, 'writeSync')
    failing.mockImplementationOnce(((
      fd: number,
      bytes: Uint8Array,
      offset: number,
      _: number,
      at: number,
    ) => write(fd, bytes, offset, 20, at)) as typeof fs.writeSync)
    failing.mockImplementationOnce(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    })
    onTestFinished(() => failing.mockRestore())
    expect(() => adapter.appendSync?.(2, record(2))).toThrow(refusal('RESOURCE_EXHAUSTED'))
    expect(fs.statSync(journalFiles(dir)[0] ?? '').size).toBe(record(1).length)
    adapter.appendSync?.(2, record(2))
    expect(await stored(adapter, 0)).toEqual([record(1), record(2)])
    await adapter.close()
  })

  it('refuses other bytes under a seq that it has stored', async () => {
    const adapter = await opened(scratch())
    adapter.appendSync?.(1, record(1))
    expect(() => adapter.appendSync?.(1, record(1, 99))).toThrow(refusal('INVALID_STATE'))
    await adapter.close()
  })
})

describe('a disk that fails to sync', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('gets the records that it may have lost once more, in a new file', async () => {
    const dir = scratch()
    const adapter = await opened(dir)
    await adapter.append(1, record(1), { durability: 'strict' })
    adapter.appendSync?.(2, record(2))
    adapter.appendSync?.(3, record(3))
    failSyncs(1)
    await adapter.sync()
    const [first = '', second = ''] = journalFiles(dir)
    expect(fs.readFileSync(second).equals(Buffer.concat([record(2), record(3)]))).toBe(true)
    // What the system kept of the pages it could not write may be anything.
    fs.truncateSync(first, record(1).length + 11)
    await adapter.append(4, record(4), { durability: 'strict' })
    await adapter.close()
    const again = await opened(dir)
    expect(await stored(again, 0)).toEqual([1, 2, 3, 4].map((seq) => record(seq)))
    await again.close()
  })

  it('ends the writer when it fails again', async () => {
    const adapter = await opened(scratch())
    adapter.appendSync?.(1, record(1))
    failSyncs(2)
    await expect(adapter.sync()).rejects.toThrow(refusal('INTERNAL_ERROR'))
    await expect(adapter.sync()).rejects.toThrow(refusal('INTERNAL_ERROR'))
    expect(() => adapter.appendSync?.(2, record(2))).toThrow(refusal('INTERNAL_ERROR'))
    await adapter.close()
  })
})

describe('a disk that is full', () => {
  mounting(
    'refuses records and blobs, keeps what it has, and goes on when there is room',
    async () => {
      const dir = mounted('size=1m')
      const adapter = await opened(join(dir, 'store'))
      fs.writeFileSync(join(dir, 'filler'), new Uint8Array(400_000))
      let seq = 1
      const fill = (): void => {
        for (; seq < 1000; seq++) adapter.appendSync?.(seq, record(seq, 30_000))
      }
      expect(fill).toThrow(refusal('RESOURCE_EXHAUSTED'))
      const put = adapter.put('series/1', new Uint8Array(500_000))
      await expect(put).rejects.toThrow(refusal('RESOURCE_EXHAUSTED'))
      await expect(adapter.flip(new Uint8Array(500_000))).rejects.toThrow(
        refusal('RESOURCE_EXHAUSTED'),
      )
      expect(await adapter.list('')).toEqual([])
      fs.rmSync(join(dir, 'filler'))
      for (const last = seq + 3; seq < last; seq++)
        await adapter.append(seq, record(seq, 30_000), { durability: 'strict' })
      await adapter.close()
      const again = await opened(join(dir, 'store'))
      expect(await seqs(again, 0)).toEqual(Array.from({ length: seq - 1 }, (_, i) => i + 1))
      await again.close()
    },
  )

  mounting('gives its lock back all the same', async () => {
    const dir = mounted('size=1m')
    const adapter = await opened(join(dir, 'store'))
    const filler = fs.openSync(join(dir, 'filler'), 'w')
    expect(() => {
      for (;;) fs.writeSync(filler, new Uint8Array(4096))
    }).toThrow('ENOSPC')
    fs.closeSync(filler)
    await adapter.close()
    await expect(opened(join(dir, 'store'))).rejects.toThrow(refusal('RESOURCE_EXHAUSTED'))
    fs.rmSync(join(dir, 'filler'))
    await (await opened(join(dir, 'store'))).close()
  })
})

describe('a folder that is not ours to write', () => {
  mounting('is refused when it is read-only, whether or not it holds a store', async () => {
    const dir = mounted('size=1m')
    await written(join(dir, 'store'), [1])
    execFileSync('mount', ['-o', 'remount,ro', dir])
    for (const name of ['store', 'new'])
      await expect(opened(join(dir, name))).rejects.toThrow(refusal('PERMISSION_DENIED'))
  })

  it('is refused when it is a file, or under one', async () => {
    const file = join(scratch(), 'file')
    fs.writeFileSync(file, 'text')
    for (const path of [file, join(file, 'below')])
      await expect(opened(path)).rejects.toThrow(refusal('INVALID_PARAMETER_VALUE'))
    expect(fs.readFileSync(file, 'utf8')).toBe('text')
  })

  it("is refused when it holds MLflow's files, with the way to bring them in", async () => {
    const dir = scratch()
    fs.mkdirSync(join(dir, '0'))
    fs.writeFileSync(join(dir, '0', 'meta.yaml'), 'name: Default\n')
    await expect(opened(dir)).rejects.toThrow(/MLflow's files/)
    expect(fs.readdirSync(dir)).toEqual(['0'])
  })

  it('is refused when it holds anything else', async () => {
    const dir = scratch()
    fs.mkdirSync(join(dir, 'image'))
    const open = opened(dir)
    await expect(open).rejects.toThrow(refusal('INVALID_PARAMETER_VALUE'))
    await expect(open).rejects.toThrow(/"image"/)
    expect(fs.readdirSync(dir)).toEqual(['image'])
  })

  it('keeps what others have put there when the store is destroyed', async () => {
    const dir = scratch()
    const adapter = await opened(dir)
    await adapter.put('blobs/a/0', new Uint8Array(3))
    fs.writeFileSync(join(dir, 'notes.txt'), 'mine')
    await adapter.destroy()
    expect(fs.readdirSync(dir)).toEqual(['notes.txt'])
    const other = await opened(join(dir, 'store'))
    await other.destroy()
    expect(fs.existsSync(join(dir, 'store'))).toBe(false)
  })

  it.each([
    '../x',
    'blobs/../../x',
    '/etc/x',
    'blobs',
    'blobs/',
    'blobs//x',
    'other/x',
    'blobs/.x',
    'blobs/a\\b',
    '',
  ])('takes no blob by the key "%s"', async (key) => {
    const adapter = await opened(scratch())
    const refused = refusal('INVALID_PARAMETER_VALUE')
    await expect(adapter.put(key, new Uint8Array(1))).rejects.toThrow(refused)
    await expect(adapter.get(key)).rejects.toThrow(refused)
    await expect(adapter.delete([key])).rejects.toThrow(refused)
    await adapter.close()
  })
})

describe('a folder that was damaged', () => {
  it('opens by the names of its files when CURRENT cannot be read', async () => {
    const dir = scratch()
    const adapter = await opened(dir)
    for (const n of [1, 2, 3]) await adapter.flip(new Uint8Array(n))
    adapter.appendSync?.(1, record(1))
    await adapter.close()
    fs.writeFileSync(join(dir, 'CURRENT-0000000001'), 'nonsense')
    const again = filesystemAdapter(dir)
    expect(await again.open({ create: false, lockTimeoutMs: 0 })).toEqual({ epoch: 2 })
    expect(await again.manifests()).toEqual([new Uint8Array(3), new Uint8Array(2)])
    expect(await seqs(again, 0)).toEqual([1])
    await again.close()
  })

  it('gives an empty manifest for one that is lost, so that the one before it is tried', async () => {
    const dir = scratch()
    const adapter = await opened(dir)
    await adapter.flip(new Uint8Array(1))
    await adapter.flip(new Uint8Array(2))
    fs.rmSync(join(dir, 'manifest-0000000001-0000000002'))
    expect(await adapter.manifests()).toEqual([new Uint8Array(0), new Uint8Array(1)])
    await adapter.close()
  })

  it('is refused when a newer tracklet wrote it', async () => {
    const dir = scratch()
    await (await opened(dir)).close()
    const line = '{"format":2,"epoch":9}\n'
    fs.writeFileSync(join(dir, 'CURRENT-0000000009'), `${line}90d53616\n`)
    await expect(opened(dir)).rejects.toThrow(/newer tracklet/)
  })

  it('loses files that a crash left half-written', async () => {
    const dir = scratch()
    await (await opened(dir)).close()
    fs.writeFileSync(join(dir, 'tmp-0123456789abcdef'), 'half')
    const adapter = await opened(dir)
    expect(fs.readdirSync(dir).filter((name) => name.startsWith('tmp-'))).toEqual([])
    await adapter.close()
  })

  it('fences a writer whose folder was removed', async () => {
    const dir = join(scratch(), 'store')
    const adapter = await opened(dir)
    adapter.appendSync?.(1, record(1))
    fs.rmSync(dir, { recursive: true })
    expect(() => adapter.appendSync?.(2, record(2))).toThrow(/fenced/)
    await adapter.close()
  })
})

function mounting(name: string, run: () => Promise<void>): void {
  if (canMount) it(name, run)
  else it.skip(`${name} (skipped: only root on Linux may mount a small disk)`, run)
}

function mountsTmpfs(): boolean {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tracklet-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir], { stdio: 'ignore' })
    execFileSync('umount', [dir])
    return true
  } catch {
    return false
  } finally {
    fs.rmdirSync(dir)
  }
}

function mounted(options: string): string {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tracklet-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir])
  onTestFinished(() => {
    execFileSync('umount', ['-l', dir])
    fs.rmdirSync(dir)
  })
  return dir
}

function scratch(): string {
  const dir = fs.mkdtempSync(join(tmpdir(), 'tracklet-'))
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A process that opens the store in `dir`, says how that went, and lives until its input ends. */
function startOpener(bundle: string, dir: string): ChildProcess {
  const script = `
    import { filesystemAdapter } from ${JSON.stringify(bundle)}
    const adapter = filesystemAdapter(${JSON.stringify(dir)})
    const said = await adapter.open({ create: true, lockTimeoutMs: 0 }).then(
      ({ epoch }) => 'open ' + epoch,
      (error) => error.errorCode ?? String(error),
    )
    console.log(said)
    process.stdin.resume()
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the process has no output')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the process said nothing')
}

function failSyncs(times: number): void {
  const failing = vi.spyOn(fs, 'fdatasync')
  for (let i = 0; i < times; i++)
    failing.mockImplementationOnce((_, done) =>
      done(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })),
    )
}

async function opened(dir: string): Promise<StorageAdapter> {
  const adapter = filesystemAdapter(dir)
  await adapter.open(OPEN)
  return adapter
}

async function written(dir: string, records: readonly number[]): Promise<void> {
  const adapter = await opened(dir)
  for (const seq of records) adapter.appendSync?.(seq, record(seq))
  await adapter.close()
}

function journalFiles(dir: string): string[] {
  const names = fs.readdirSync(dir).filter((name) => name.startsWith('journal-'))
  return names.sort().map((name) => join(dir, name))
}

function record(seq: number, size = 10): Uint8Array {
  const name = 'x'.repeat(size)
  return encodeRecord({ epoch: 1, seq, commands: [{ t: 'defineKey', id: seq, name }] })
}

async function stored(adapter: StorageAdapter, after: number): Promise<Uint8Array[]> {
  const items: Uint8Array[] = []
  for await (const item of adapter.records(after)) items.push(new Uint8Array(item))
  return items
}

async function seqs(adapter: StorageAdapter, after: number): Promise<number[]> {
  return (await stored(adapter, after)).map((item) => {
    const result = decodeRecord(item)
    return result.ok ? result.record.seq : NaN
  })
}

function refusal(errorCode: ErrorCode): unknown {
  return expect.objectContaining({ errorCode })
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
