import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openOutput } from '../../adapters/node-cli-output.js'
import { openTracker } from '../../adapters/node.js'
import { exportStore } from '../../src/cli/export.js'
import { Given } from '../../src/cli/given.js'
import { importPath } from '../../src/cli/import.js'
import { runVerb, type ExitCode } from '../../src/cli/run-verb.js'
import { Interrupted, type Screen } from '../../src/cli/terminal.js'
import type { Context, Verb } from '../../src/cli/verb.js'
import { useCommandLine } from './command.js'

const MIB = 1024 * 1024
const ERASE = '\r\x1b[2K'
let folder: string
let store: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-interrupted-'))
  store = `memory:interrupted-${crypto.randomUUID()}`
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function fill(uri: string, size: number): Promise<void> {
  const tracker = await openTracker(uri)
  const run = await tracker.startRun()
  run.logMetric('loss', 1)
  await run.logArtifact(new Uint8Array(size), 'w.bin')
  await run.end()
  await tracker.close()
}

/** Runs a verb with a terminal, or none; `onChunk` is called as a file is written. */
async function run(
  verb: Verb,
  given: Given,
  more: Partial<Context> & { columns?: number | null; onChunk?: () => void } = {},
): Promise<{ code: ExitCode; out: string; err: string }> {
  const { columns = null, onChunk, ...context } = more
  const shown = { out: '', err: '' }
  const screen = (name: 'out' | 'err'): Screen => ({
    columns,
    colour: false,
    write: async (text) => void (shown[name] += String(text)),
  })
  const code = await runVerb(
    verb,
    {
      ...{ env: {}, json: false, out: screen('out'), err: screen('err'), openOutput },
      openTracker: (options) => openTracker(store, options),
      writeFile: async (path, content) => {
        const watched = content.pipeThrough(
          new TransformStream<Uint8Array, Uint8Array>({
            transform(chunk, controller) {
              onChunk?.()
              controller.enqueue(chunk)
            },
          }),
        )
        await writeFile(path, watched)
      },
      ...context,
    },
    given,
  )
  return { code, ...shown }
}

describe('an export that is interrupted', () => {
  it.each([130, 143] as const)('ends with %i and leaves what was there', async (exitCode) => {
    await fill(store, 4 * MIB)
    const path = join(folder, 'a.zip')
    await writeFile(path, 'mine')
    const controller = new AbortController()
    const { code, out, err } = await run(exportStore, new Given({ out: path, force: true }), {
      interruption: () => controller.signal,
      onChunk: () => controller.abort(new Interrupted(exitCode)),
    })
    expect([code, out]).toEqual([exitCode, ''])
    expect(err).toMatch(/^error: CANCELLED: /)
    expect(await readdir(folder)).toEqual(['a.zip'])
    expect(await readFile(path, 'utf8')).toBe('mine')
  })

  it('leaves no folder', async () => {
    await fill(store, 10)
    const controller = new AbortController()
    controller.abort(new Interrupted(130))
    const { code } = await run(exportStore, new Given({ out: join(folder, 'new') }), {
      interruption: () => controller.signal,
    })
    expect(code).toBe(130)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('an import that is interrupted', () => {
  it('ends with 130 and changes nothing', async () => {
    await fill(store, 10)
    const path = join(folder, 'a.zip')
    expect((await run(exportStore, new Given({ out: path }))).code).toBe(0)
    store = `memory:interrupted-${crypto.randomUUID()}`
    const signal = AbortSignal.abort(new Interrupted(130))
    const given = new Given({}, [path])
    const { code, err } = await run(importPath, given, { interruption: () => signal })
    expect([code, err]).toEqual([130, expect.stringContaining('nothing was changed')])
    const tracker = await openTracker(store)
    expect(await tracker.storage()).toMatchObject({ runs: 0, points: 0 })
    await tracker.close()
  })
})

describe('progress', () => {
  it('is one line of a terminal, which is taken away; nothing anywhere else', async () => {
    await fill(store, 10)
    const given = (name: string): Given => new Given({ out: join(folder, name) })
    for (const name of ['a.zip', 'a']) {
      const { err } = await run(exportStore, given(name), { columns: 80 })
      expect(err).toMatch(/^\r\x1b\[2K\d runs, \d points, \d files /)
      expect(err.endsWith(ERASE)).toBe(true)
    }
    expect((await run(exportStore, given('b.zip'))).err).toBe('')
    expect((await run(exportStore, given('c.zip'), { columns: 80, json: true })).err).toBe('')
  })
})

describe('a process', () => {
  const cli = useCommandLine()

  it('ends with 130 at SIGINT', async () => {
    await fill(cli.store, 40 * MIB)
    const { code, err } = await cli.tracklet(['export', '--out', '-'], { interruptAfter: 1 })
    expect([code, err]).toEqual([130, expect.stringContaining('CANCELLED')])
    // The store is as before, and can be opened again.
    expect((await cli.tracklet(['storage'])).code).toBe(0)
  })
})
