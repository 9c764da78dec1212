import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unzipSync } from 'fflate'
import type { Locator, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { inkOf, openDemoPage, pointsDrawn, type DemoPage } from '../demo/demo-page.js'
import { dropFile, dropPaths } from '../demo/drops.js'
import { makeDatabase } from '../unit/mlflow-db/make-database.js'

const FIXTURES = fileURLToPath(new URL('../fixtures/mlruns/', import.meta.url))

let demo: DemoPage
let page: Page
let small: Uint8Array

beforeAll(async () => {
  demo = await openDemoPage()
  page = demo.page
  small = await readFile(join(FIXTURES, 'mlruns-small.zip'))
  await page.goto(demo.origin)
  await page.locator('#import-file:enabled').waitFor()
})

afterAll(() => demo?.close())

afterEach(() => {
  expect(demo.complaints.splice(0)).toEqual([])
})

describe('importing in the page of the demo', () => {
  it('says what is wrong with a file, and changes nothing', async () => {
    const before = await stored()
    await dropFile(page, 'notes.txt', new TextEncoder().encode('These are no runs.'))
    await panel('“notes.txt” was not imported: nothing was changed.').waitFor()
    await page.getByText('This is neither a zip file, nor a database, nor a folder').waitFor()
    await dropFile(page, 'cut.zip', small.slice(0, 60_000))
    await panel('“cut.zip” was not imported: nothing was changed.').waitFor()
    expect(await stored()).toEqual(before)
  })

  it('cancels an import, and changes nothing', async () => {
    const before = await stored()
    await page.evaluate(() =>
      document.body.addEventListener(
        'drop',
        () =>
          queueMicrotask(() =>
            [...document.querySelectorAll<HTMLButtonElement>('#import button')]
              .find((button) => button.textContent === 'Cancel')
              ?.click(),
          ),
        { once: true },
      ),
    )
    await dropFile(page, 'mlruns-small.zip', small)
    await panel('Importing “mlruns-small.zip” was cancelled: nothing was changed.').waitFor()
    expect(await stored()).toEqual(before)
  })

  it('takes a zip that is dropped: shows its experiment, its runs, its own columns, a chart', async () => {
    await dropFile(page, 'mlruns-small.zip', small)
    await panel('Imported “mlruns-small.zip”: 36 added, 1 skipped').waitFor()
    await shown('iris-sweep (14 runs)', 14)
    const titles = await page.locator('#runs thead th[scope=col]').allTextContents()
    expect(titles).toEqual(expect.arrayContaining(['acc', 'val/loss', 'depth', 'lr', 'opt/name']))
    await pointsDrawn(page, 8)
    expect(await inkOf(page)).toBeGreaterThan(20)
    await page.locator('#drop-hint').waitFor({ state: 'hidden' })
    await demo.shoot('imported')
  })

  it('draws any metric of these runs, and sorts by any column', async () => {
    await page.locator('#metric').selectOption('val/loss')
    const legend = page.locator('#chart .u-legend')
    await legend.filter({ hasText: 'child-3', hasNotText: 'extra' }).waitFor()
    await page.getByRole('button', { name: 'val/loss' }).click()
    expect(await rows().first().textContent()).toContain('child-0')
    await page.getByRole('button', { name: 'val/loss' }).click()
    expect(await rows().first().textContent()).toContain('child-3')
  })

  it('has all of it again after a reload, and the files of its runs', async () => {
    await page.reload()
    await shown('iris-sweep (14 runs)', 14)
    await page.getByRole('button', { name: 'artifacts and inputs', exact: true }).click()
    await page.locator('#details').getByText('notes/').click()
    const saving = page.waitForEvent('download')
    await page.locator('#details').getByRole('button', { name: 'readme.txt' }).click()
    const saved = await readFile(await (await saving).path())
    const [, content] = Object.entries(unzipSync(small)).find(([name]) =>
      name.endsWith('/artifacts/notes/readme.txt'),
    ) as [string, Uint8Array]
    expect(new Uint8Array(saved)).toEqual(new Uint8Array(content))
    await demo.shoot('details')
  })

  it('tells that it has everything already, and shows it', async () => {
    await choose('penguins (no runs yet)')
    await dropFile(page, 'mlruns-small.zip', small)
    await panel(/^Imported “mlruns-small.zip”: 0 added, \d+ skipped$/).waitFor()
    await shown('iris-sweep (14 runs)', 14)
  })

  it('shows experiments and runs that are deleted', async () => {
    await choose('old-benchmarks (2 runs)')
    await shown('old-benchmarks (2 runs)', 2)
    await choose('segmentation ünïcode (7 runs)')
    await shown('segmentation ünïcode (7 runs)', 7)
  })

  it('takes a folder by the input for folders', async () => {
    await page.locator('#folder-input').setInputFiles(await unzipped('mlruns-2x', 'mlruns'))
    await panel('Imported “mlruns”: 9 added, 1 skipped').waitFor()
    await shown('legacy (4 runs)', 4)
    await page.getByLabel('Deleted runs too').check()
    await shown('legacy (4 runs)', 5)
  })

  it('takes a dropped folder that holds a database, with the files beside it', async () => {
    await dropPaths(page, [await databaseFolder('tracking', 'mlflow.db')])
    await panel(/^Imported “tracking”: \d+ added/).waitFor()
    await shown('seven (2 runs)', 2)
    await firstRunHasNotes()
  })

  it('takes a database alone, says that it lacks its files, and takes them when they come with it', async () => {
    const folder = await databaseFolder('other', 'other.db', OTHER)
    await page.locator('#file-input').setInputFiles(join(folder, 'other.db'))
    await panel(/^Imported “other.db”: .*\d doubtful$/).waitFor()
    await page.getByText('A database holds no artifacts').waitFor()
    await shown('other (2 runs)', 2)
    await demo.shoot('database')
    await dropPaths(page, [join(folder, 'other.db'), join(folder, 'mlruns')])
    await panel(/^Imported “other.db”: 0 added/).waitFor()
    await page.getByText('skipped: here already').click()
    await page.getByRole('button', { name: 'Import again in their place' }).click()
    await panel(/^Imported “other.db”: 0 added, 0 skipped, \d+ replaced/).waitFor()
    await firstRunHasNotes()
  })
})

/** Other ids than those of the database before. */
const OTHER = `
UPDATE experiments SET name = 'other' WHERE experiment_id = 7;
UPDATE runs SET run_uuid = run_uuid || '0';
UPDATE params SET run_uuid = run_uuid || '0';
UPDATE tags SET run_uuid = run_uuid || '0';
UPDATE metrics SET run_uuid = run_uuid || '0';
`

function panel(title: string | RegExp): Locator {
  return page.locator('#import h2').filter({ hasText: title })
}

function rows(): Locator {
  return page.locator('#runs tbody tr')
}

/** Waits until the page shows this experiment, with so many rows. */
async function shown(experiment: string, count: number): Promise<void> {
  await page.waitForFunction(
    ([label, amount]) =>
      document.querySelector('#experiment option:checked')?.textContent === label &&
      document.querySelectorAll('#runs tbody tr').length === amount,
    [experiment, count] as const,
  )
}

async function choose(label: string): Promise<void> {
  await page.locator('#experiment').selectOption({ label })
}

/** What the page tells of its store: the line at its top, and all experiments with how many runs they have. */
async function stored(): Promise<(string | null)[]> {
  await page.getByText('engine in a worker').waitFor()
  const line = await page.locator('#storage').textContent()
  return [line, ...(await page.locator('#experiment option').allTextContents())]
}

async function firstRunHasNotes(): Promise<void> {
  await page.getByRole('button', { name: 'first', exact: true }).click()
  await page.locator('#details').getByRole('button', { name: 'notes.txt' }).waitFor()
}

/** A folder as `mlflow server` leaves it: a database, and a run's file in `mlruns`. */
async function databaseFolder(name: string, database: string, sql = ''): Promise<string> {
  const folder = join(demo.folder, name)
  const files = join(folder, 'mlruns/7/aa11/artifacts')
  await mkdir(files, { recursive: true })
  await writeFile(join(folder, database), await makeDatabase(sql))
  await writeFile(join(files, 'notes.txt'), 'Written down.')
  return folder
}

/** What is in a fixture's zip, as files; gives the folder below. */
async function unzipped(fixture: string, below: string): Promise<string> {
  const files = unzipSync(await readFile(join(FIXTURES, `${fixture}.zip`)))
  const folder = join(demo.folder, fixture)
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) continue
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return join(folder, below)
}
