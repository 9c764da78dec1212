import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import { openTracker, type Tracker } from 'tracklet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('npm start', () => {
  let folder = ''
  let printed = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracklet-start-'))
    const options = ['--quick', '--store', join(folder, 'store'), '--out', join(folder, 'runs.zip')]
    printed = (await run('npm', ['start', '--', ...options], { cwd: ROOT })).stdout
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('prints the runs side by side, the best one, and no progress where nobody watches', () => {
    const rows = printed.split('\n').filter((line) => line.includes('FINISHED'))
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row).toMatch(/[^│]+│ FINISHED │ +\d+\.\d s │( +\d\.\d{4} │){3}$/)
    const [, name = '', percent = '', runId = ''] =
      /^Best: (.+), (\d+\.\d) % right on unseen digits \(([0-9a-f]{32})\)$/m.exec(printed) ?? []
    expect(rows.some((row) => row.includes(name))).toBe(true)
    expect(Number(percent)).toBeGreaterThan(50)
    expect(runId).not.toBe('')
    expect(printed).not.toMatch(/[\r\u001b]/)
  })

  it('leaves a store that opens again with the runs it printed', async () => {
    const tracker = await openTracker(join(folder, 'store'), { create: false })
    const [penguins, digits] = [await runsOf(tracker, 'penguins'), await runsOf(tracker, 'digits')]
    expect([penguins.length, digits.length]).toEqual([1, 3])
    for (const { info } of [...penguins, ...digits]) expect(info.status).toBe('FINISHED')
    const best = /\(([0-9a-f]{32})\)$/m.exec(printed)?.[1] ?? ''
    const handle = await tracker.openRun(best)
    expect((await handle.history('loss')).values.length).toBeGreaterThan(10)
    expect((await handle.parent())?.info.runName).toBeTruthy()
    expect((await handle.listArtifacts()).length).toBeGreaterThan(2)
    const { recovery } = await tracker.storage()
    expect([recovery.state, recovery.problems]).toEqual(['clean', []])
    await tracker.close()
  })

  it('writes a zip that holds every run as MLflow lays it out', async () => {
    const files = unzipSync(await readFile(join(folder, 'runs.zip')))
    const names = Object.keys(files)
    const metas = names.filter((name) => /^mlruns\/\d+\/[0-9a-f]{32}\/meta\.yaml$/.test(name))
    expect(metas).toHaveLength(4)
    const best = /\(([0-9a-f]{32})\)$/m.exec(printed)?.[1] ?? ''
    const loss = names.find((name) => name.endsWith(`${best}/metrics/loss`)) ?? ''
    const lines = new TextDecoder().decode(files[loss]).trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) expect(line).toMatch(/^\d{13} \S+ \d+$/)
    expect(names.some((name) => name.includes(`${best}/artifacts/`))).toBe(true)
  })

  it('says what it knows when it is asked for something else', async () => {
    const { stdout } = await run('npm', ['start', '--', '--help'], { cwd: ROOT })
    expect(stdout).toContain('--quick')
    const wrong = run('npm', ['start', '--', '--epochs', 'none'], { cwd: ROOT })
    await expect(wrong).rejects.toMatchObject({ stderr: expect.stringContaining('--epochs takes') })
  })
})

async function runsOf(
  tracker: Tracker,
  experiment: string,
): ReturnType<ReturnType<Tracker['searchRuns']>['all']> {
  return tracker.searchRuns({ experimentNames: [experiment] }).all()
}
