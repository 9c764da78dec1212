import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unzipSync } from 'fflate'
import type { Browser, BrowserContext, Page } from 'playwright'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../helpers/browser.js'
import { serve, type StaticServer } from '../helpers/static-server.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BEST = '#runs tbody tr.best'

let folder: string
let server: StaticServer
let browser: Browser
let context: BrowserContext
let page: Page
/** What no page may have: errors, and requests to anybody but the server of its files. */
const complaints: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-demo-'))
  const outDir = join(folder, 'page')
  const [, launched] = await Promise.all([
    build({
      configFile: join(ROOT, 'demo/vite.config.ts'),
      logLevel: 'error',
      build: { outDir, emptyOutDir: true },
    }),
    launchBrowser(),
  ])
  browser = launched
  server = await serve({ directory: outDir })
  context = await browser.newContext({ colorScheme: 'light', acceptDownloads: true })
  page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`console: ${message.text()} (${message.location().url})`)
  })
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.origin !== server.origin)
      complaints.push(`request: ${request.url()}`)
  })
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  // For who wants to see the pictures: they stay in the system's folder for temporary files.
  const keep = process.env['TRACKLET_KEEP_SCREENSHOTS']
  if (folder && !keep) await rm(folder, { recursive: true, force: true })
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

describe('the page of the demo, built and served as files', () => {
  it('opens with no runs, and says what to press', async () => {
    await page.goto(server.origin)
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
    await shoot('light')
  })

  it('shows the same in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await inkOf(page)).toBeGreaterThan(200)
    await shoot('dark')
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
    await shoot('details')
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

/** Waits until the chart tells that it draws at least so many points; gives how many. */
async function pointsDrawn(on: Page, least: number): Promise<number> {
  const drawn = await on.waitForFunction((wanted) => {
    const note = document.querySelector('#chart-note')?.textContent ?? ''
    const points = Number(/^([\d,]+) of/.exec(note)?.[1]?.replaceAll(',', '') ?? 0)
    return points >= wanted ? points : 0
  }, least)
  return Number(await drawn.jsonValue())
}

/** How many pixels of the chart's canvas have the colour of a line: far from grey. */
async function inkOf(on: Page): Promise<number> {
  const found = await on.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('#chart canvas')
    if (!canvas) return 0
    const { width, height } = canvas
    // A copy: what is read often is drawn in another way.
    const copy = new OffscreenCanvas(width, height).getContext('2d')
    copy?.drawImage(canvas, 0, 0)
    const pixels = copy?.getImageData(0, 0, width, height).data
    let coloured = 0
    for (let at = 0; pixels && at < pixels.length; at += 4) {
      const [r = 0, g = 0, b = 0, a = 0] = pixels.subarray(at, at + 4)
      if (a > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 60) coloured++
    }
    return coloured
  })
  return Number(await found.jsonValue())
}

async function shoot(name: string): Promise<void> {
  const path = join(folder, `${name}.png`)
  await page.screenshot({ path, fullPage: true })
  expect((await stat(path)).size).toBeGreaterThan(10_000)
}
