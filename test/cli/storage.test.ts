import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startServer } from '../../adapters/node-server.js'
import { openTracker } from '../../adapters/node.js'
import { bytesToText } from '../../src/cli/storage.js'
import { useCommandLine } from './command.js'

const cli = useCommandLine()

beforeAll(async () => {
  const tracker = await openTracker(cli.store)
  await tracker.run({}, async (run) => {
    for (let step = 0; step < 1_500; step++) run.logMetrics({ loss: step }, { step })
    await run.logText('x'.repeat(2_000), 'a.txt')
  })
  await tracker.close()
})

describe('storage', () => {
  it('is a text with readable sizes and counts', async () => {
    const { code, out, err } = await cli.tracklet(['storage'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`file:${cli.store}`)
    expect(out).toMatch(/^ {2}Files +2\.0 KiB$/m)
    expect(out).toMatch(/^Runs +1$/m)
    expect(out).toMatch(/^Metric points +1,500$/m)
    expect(out).toMatch(/^Opened +clean$/m)
  })

  it('is JSON with all that the store tells', async () => {
    const { code, out } = await cli.tracklet(['storage', 'show', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({
      uri: `file:${cli.store}`,
      bytes: expect.any(Number) as number,
      quota: null,
      image_bytes: expect.any(Number) as number,
      journal_bytes: expect.any(Number) as number,
      series_bytes: expect.any(Number) as number,
      artifact_bytes: 2_000,
      experiments: 1,
      runs: 1,
      series: 1,
      points: 1_500,
      writable: true,
      warnings: [],
      recovery: { state: 'clean', records: 0, cut_bytes: 0, problems: [] },
    })
  })

  it('writes a checkpoint', async () => {
    const { code, out } = await cli.tracklet(['storage', 'checkpoint', '--json'])
    expect([code, JSON.parse(out)]).toMatchObject([0, { journal_bytes: 0 }])
    expect((await cli.tracklet(['storage', 'checkpoint'])).out).toMatch(/^Wrote a checkpoint\. /)
  })

  it('says that there is no store, and that servers do not tell', async () => {
    const none = await cli.tracklet(['storage', '--store', join(cli.folder, 'none')])
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('There is no store at')])
    const server = await startServer({ store: 'memory:', port: 0, log: () => undefined })
    const asked = await cli.tracklet(['storage', '--store', server.url])
    await server.close()
    expect([asked.code, asked.err]).toEqual([1, expect.stringContaining('NOT_IMPLEMENTED')])
  })

  it('fails where the store is damaged, and tells what is wrong', async () => {
    const store = join(cli.folder, 'damaged')
    await damagedStore(store)
    const { code, out, err } = await cli.tracklet(['storage', '--store', store])
    expect(code).toBe(1)
    expect(out).toMatch(/^Writable +no$/m)
    expect(out).toMatch(/^Opened +damaged/m)
    expect(err).toMatch(/^warning: .+\nerror: DATA_LOSS: The store is damaged/s)
    const json = await cli.tracklet(['storage', '--store', store, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ writable: false, recovery: { state: 'damaged' } })
    expect(JSON.parse(json.err)).toMatchObject({ error_code: 'DATA_LOSS' })
  })
})

describe('bytesToText', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1_500_000, '1.4 MiB'],
    [2 ** 40, '1.0 TiB'],
    [2 ** 62, '4096.0 PiB'],
  ])('of %d is %s', (bytes, text) => {
    expect(bytesToText(bytes)).toBe(text)
  })
})

/** A store whose journal has a bad byte with good records after it, as left by a process that was killed. */
async function damagedStore(path: string): Promise<void> {
  const tracker = await openTracker(path)
  for (let i = 0; i < 20; i++) await tracker.client.createExperiment(`experiment ${i}`)
  const journals = async (): Promise<string[]> =>
    (await readdir(path)).filter((name) => name.startsWith('journal-'))
  const files = new Map<string, Buffer>()
  for (const name of await readdir(path, { recursive: true }))
    await readFile(join(path, name)).then(
      (bytes) => files.set(name, bytes),
      () => undefined,
    )
  const [name = ''] = (await journals()).filter(
    (journal) => (files.get(journal)?.length ?? 0) > 500,
  )
  await tracker.close()
  const bytes = files.get(name) ?? Buffer.alloc(0)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff
  for (const [file, content] of files)
    if (file !== 'LOCK') await writeFile(join(path, file), content)
}
