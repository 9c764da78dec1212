import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openTracker } from '../../adapters/node.js'
import type { ImportReport } from '../../src/import/report.js'
import { reportToText } from '../../src/cli/import-report.js'
import { ProgressLine } from '../../src/cli/progress-line.js'
import { useCommandLine } from './command.js'

const SMALL = fileURLToPath(new URL('../fixtures/mlruns/mlruns-small.zip', import.meta.url))
const cli = useCommandLine()

interface Told {
  readonly dry_run: boolean
  readonly experiments: { readonly added: number; readonly skipped: number }
  readonly runs: { readonly added: number; readonly skipped: number; readonly replaced: number }
  readonly points: number
  readonly artifacts: number
  readonly renamed: Readonly<Record<string, string>>
  readonly doubts: readonly { readonly path: string; readonly reason: string }[]
}

async function told(...args: string[]): Promise<Told> {
  const { code, out, err } = await cli.tracklet(['import', ...args, '--json'])
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as Told
}

/** A folder with one experiment and one run in it, as MLflow's file store has them. */
async function tinyTree(name: string): Promise<string> {
  const [root, runId] = [join(cli.folder, name), 'a'.repeat(32)]
  const run = join(root, '7', runId)
  for (const folder of ['metrics', 'params', 'artifacts'])
    await mkdir(join(run, folder), { recursive: true })
  const experiment = ['artifact_location: x', "experiment_id: '7'", 'lifecycle_stage: active']
  await writeFile(join(root, '7', 'meta.yaml'), [...experiment, 'name: tiny', ''].join('\n'))
  const lines = [`run_id: ${runId}`, "experiment_id: '7'", 'start_time: 5', 'status: 3', '']
  await writeFile(join(run, 'meta.yaml'), lines.join('\n'))
  await writeFile(join(run, 'metrics', 'loss'), '1 0.5 0\nnonsense\n')
  await writeFile(join(run, 'artifacts', 'a.txt'), 'hello')
  await writeFile(join(run, 'params', 'binary'), Uint8Array.of(0xff, 0xfe))
  return root
}

describe('import', () => {
  it('takes a zip into a new store, once, as its report says', async () => {
    const store = ['--store', join(cli.folder, 'zip')]
    const first = await told(SMALL, ...store)
    expect(first.runs.added).toBeGreaterThan(0)
    expect(first.points).toBeGreaterThan(0)
    const tracker = await openTracker(join(cli.folder, 'zip'))
    const { runs, points } = await tracker.storage()
    await tracker.close()
    expect([runs, points]).toEqual([first.runs.added, first.points])

    const again = await told(SMALL, ...store)
    expect(again.runs).toEqual({ added: 0, skipped: first.runs.added, replaced: 0 })
    const replaced = await told(SMALL, ...store, '--on-conflict', 'replace')
    expect(replaced.runs).toMatchObject({ added: 0, replaced: first.runs.added })
    const renamed = await told(SMALL, ...store, '--on-conflict', 'rename')
    expect(renamed.runs.added).toBe(first.runs.added)
    expect(Object.keys(renamed.renamed).length).toBeGreaterThanOrEqual(first.runs.added)
  })

  it('takes a folder, and tells of what it could not take', async () => {
    const root = await tinyTree('mlruns')
    const { code, out, err } = await cli.tracklet(['import', root])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('Imported:\n  1 experiment\n  1 run\n  1 metric point\n  1 file (5 B)\n')
    expect(out).toMatch(/^Left out, changed or in doubt \(2\):$/m)
    expect(out).toMatch(/^ {2}7\/a{32}\/metrics\/loss: Line 2 is no point/m)
    expect(out).toMatch(/^ {2}7\/a{32}\/params\/binary: it is not UTF-8/m)
    expect((await cli.tracklet(['import', './mlruns'])).out).toContain('1 skipped, as here already')
  })

  it('changes nothing with --dry-run, and makes no store', async () => {
    const root = await tinyTree('dry')
    const store = join(cli.folder, 'for-dry')
    const none = await cli.tracklet(['import', root, '--dry-run', '--store', store])
    expect([none.code, none.err]).toEqual([0, ''])
    expect(none.out).toMatch(/^Would import:\n {2}1 experiment\n {2}1 run\n/)
    expect(existsSync(store)).toBe(false)
    await cli.tracklet(['experiments', 'create', '-n', 'x', '--store', store])
    const { out } = await cli.tracklet(['import', root, '--dry-run', '--store', store])
    expect(out).toMatch(/^Would import:\n {2}1 experiment\n {2}1 run\n/)
    expect((await told(root, '--store', store)).runs.added).toBe(1)
  })

  it.each([
    ['a file that is no archive', 'text.zip', 'INVALID_PARAMETER_VALUE'],
    ['a damaged archive', 'cut.zip', 'DATA_LOSS'],
    ['a folder with nothing of MLflow', 'empty', 'INVALID_PARAMETER_VALUE'],
    ['what is not there', 'missing.zip', 'RESOURCE_DOES_NOT_EXIST'],
  ])('ends with 1 for %s', async (_what, name, errorCode) => {
    await writeFile(join(cli.folder, 'text.zip'), 'hello')
    await writeFile(join(cli.folder, 'cut.zip'), (await readFile(SMALL)).subarray(0, 5000))
    await mkdir(join(cli.folder, 'empty'), { recursive: true })
    const { code, out, err } = await cli.tracklet(['import', name])
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(new RegExp(`^error: ${errorCode}: `))
    const asJson = await cli.tracklet(['import', name, '--json'])
    expect([asJson.code, asJson.out]).toEqual([1, ''])
    expect(JSON.parse(asJson.err)).toMatchObject({ error_code: errorCode })
  })

  it.each([
    ['--max-bytes', 'limits.maxBytes'],
    ['--max-entries', 'limits.maxEntries'],
  ])('refuses a zip past %s', async (flag, says) => {
    const store = join(cli.folder, `limit${flag}`)
    const { code, err } = await cli.tracklet(['import', SMALL, flag, '10', '--store', store])
    expect([code, err]).toEqual([1, expect.stringContaining('RESOURCE_EXHAUSTED')])
    expect(err).toContain(says)
    expect((await told(SMALL, '--max-ratio', '1', '--store', store)).runs.added).toBeGreaterThan(0)
  })

  it.each([
    [[], 'missing required argument'],
    [['a', 'b'], 'too many arguments'],
    [['a', '--on-conflict', 'merge'], 'skip, replace, rename'],
    [['a', '--max-bytes', '-5'], 'whole number from 1'],
    [['a', '--max-ratio', '2.5'], 'whole number from 1'],
  ])('takes %j for wrong usage', async (args, says) => {
    const { code, err } = await cli.tracklet(['import', ...args])
    expect([code, err]).toEqual([2, expect.stringContaining(says)])
  })

  it('does not follow a link out of the folder', async () => {
    const root = await tinyTree('linked')
    await writeFile(join(cli.folder, 'secret'), 'secret')
    await cp(root, join(cli.folder, 'copy'), { recursive: true })
    const { symlink } = await import('node:fs/promises')
    const place = join(cli.folder, 'copy', '7', 'a'.repeat(32), 'artifacts', 'link')
    await symlink(join(cli.folder, 'secret'), place)
    const report = await told('./copy', '--store', join(cli.folder, 'for-linked'))
    expect(report.artifacts).toBe(1)
    expect(report.doubts.map(({ path }) => path)).toContain(`7/${'a'.repeat(32)}/artifacts/link`)
  })
})

describe('the report', () => {
  const count = { added: 0, skipped: 0, replaced: 0 }
  const report: ImportReport = {
    ...{ experiments: count, runs: count, loggedModels: count, traces: count },
    registeredModels: count,
    ...{ points: 0, artifacts: 0, artifactBytes: 0, skipped: [], renamed: {}, moreDoubts: 0 },
    doubts: [],
  }

  it('shows 20 doubts, and says how many there are', () => {
    const doubts = Array.from({ length: 50 }, (_, i) => ({ path: `p${i}`, reason: 'Bad.' }))
    const lines = reportToText({ ...report, doubts, moreDoubts: 9_950 }, false).split('\n')
    expect(lines.slice(0, 3)).toEqual([
      'Imported:',
      '  nothing',
      expect.stringContaining('(10,000):'),
    ])
    expect(lines.slice(3, -1)).toHaveLength(20)
    expect(lines.at(-1)).toBe('  and 9,980 more: --json shows them.')
  })

  it('shows names as they are, whatever a terminal would make of them', () => {
    const doubts = [{ path: '\x1b[31ma\nb\u202e', reason: 'Bad.' }]
    const text = reportToText({ ...report, doubts }, true)
    expect(text).toContain('  \\u001b[31ma\\nb\\u202e: Bad.')
  })
})

describe('progress', () => {
  const at = { runs: 3, points: 4_000, artifacts: 2, artifactBytes: 2_048 }
  const screen = (columns: number | null) => {
    const written: string[] = []
    const write = async (text: string | Uint8Array): Promise<void> =>
      void written.push(String(text))
    return { written, err: { columns, colour: false, write } }
  }

  it('is one line of a terminal, which is taken away', async () => {
    const { written, err } = screen(80)
    const line = new ProgressLine({ err, json: false })
    line.show(at)
    line.show(at)
    await line.clear()
    expect(written).toEqual(['\r\x1b[2K3 runs, 4,000 points, 2 files (2.0 KiB)', '\r\x1b[2K'])
  })

  it('is cut to a narrow terminal, and is nothing elsewhere', async () => {
    const narrow = screen(8)
    new ProgressLine({ err: narrow.err, json: false }).show(at)
    expect(narrow.written).toEqual(['\r\x1b[2K3 runs,'])
    for (const [columns, json] of [
      [null, false],
      [80, true],
    ] as const) {
      const { written, err } = screen(columns)
      const line = new ProgressLine({ err, json })
      line.show(at)
      await line.clear()
      expect(written).toEqual([])
    }
  })
})
