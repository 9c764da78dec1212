import { readFile } from 'node:fs/promises'
import { unzipSync } from 'fflate'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { inkOf, openDemoPage, pointsDrawn, type DemoPage } from '../demo/demo-page.js'

const BEST = '#runs tbody tr.best'

let demo: DemoPage
let page: Page

beforeAll(async () => {
  demo = await openDemoPage()
  page = demo.page
})

afterAll(() => demo?.close())

afterEach(() => {
  expect(demo.complaints.splice(0)).toEqual([])
})

describe('the page of the demo, built and served as files', () => {
  it('opens with no runs, and says what to press', async () => {
    await page.goto(demo.origin)
    await page.getByText('No runs yet.').waitFor()
    await page
      .getByRole('button', { name: 'Train one run' })
      .and(page.locator(':enabled'))
      .waitFor()
  })

  it('draws the loss while it trains, and ends with a finished run in the table', async () => {
    await page.getByLabel('Epochs').fill('200')
    await page.getByRole('button', { name: 'Train one run' }).click()
    const first = await pointsDrawn(page, 1)
    expect(await page.locator('#runs tbody tr').textContent()).toContain('RUNNING')
    expect(await pointsDrawn(page, first + 1)).toBeGreaterThan(first)
    await page.getByText('Trained. The best run is marked in the table.').waitFor()
    await page.locator(`${BEST} .status-FINISHED`).waitFor()
    expect(await pointsDrawn(page, 200)).toBeGreaterThanOrEqual(200)
    expect(await inkOf(page)).toBeGreaterThan(200)
    expect(await page.locator('#storage').textContent()).toContain('engine in a worker')
    await demo.shoot('light')
  })

  it('shows the same in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await inkOf(page)).toBeGreaterThan(200)
    await demo.shoot('dark')
    await page.emulateMedia({ colorScheme: 'light' })
  })

  it('has the run again after a reload, with its history and its files', async () => {
    const before = await page.locator(BEST).textContent()
    await page.reload()
    await page.locator(BEST).waitFor()
    expect(await page.locator(BEST).textContent()).toBe(before)
    expect(await pointsDrawn(page, 200)).toBeGreaterThanOrEqual(200)
    await page.locator(`${BEST} th button`).click()
    await page.locator('#details').getByText('summary', { exact: false }).first().waitFor()
    await demo.shoot('details')
  })

  it('saves a zip of the runs', async () => {
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export zip' }).click()
    const download = await saving
    expect(download.suggestedFilename()).toBe('penguins.zip')
    const files = unzipSync(await readFile(await download.path()))
    const names = Object.keys(files)
    const metas = names.filter((name) => /^mlruns\/\d+\/[0-9a-f]{32}\/meta\.yaml$/.test(name))
    expect(metas).toHaveLength(1)
    const loss = files[names.find((name) => name.endsWith('/metrics/loss')) ?? '']
    expect(new TextDecoder().decode(loss).trimEnd().split('\n')).toHaveLength(1600)
    expect(names.some((name) => name.includes('/artifacts/'))).toBe(true)
  })

  it('stops a run as KILLED, and keeps what it had logged', async () => {
    await page.getByLabel('Epochs').fill('200')
    await page.getByRole('button', { name: 'Train one run' }).click()
    await page.locator('#runs .status-RUNNING').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped; the run is kept.').waitFor()
    await page.locator('#runs .status-KILLED').waitFor()
    expect(await page.locator('#runs tbody tr').count()).toBe(2)
  })
})
