import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { build } from 'vite'
import { launchBrowser } from '../helpers/browser.js'
import { serve } from '../helpers/static-server.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The page of the demo in a browser with an empty profile. */
export interface DemoPage {
  readonly page: Page
  readonly origin: string
  /** What no page may have: errors, and requests to anybody but the server of its files. */
  readonly complaints: string[]
  /** A folder for the test's own files. */
  readonly folder: string
  /** Takes a picture of the whole page; throws where it is next to empty. */
  shoot(name: string): Promise<void>
  close(): Promise<void>
}

/** Builds the page, serves it as files, and opens an empty tab beside it. */
export async function openDemoPage(): Promise<DemoPage> {
  const folder = await mkdtemp(join(tmpdir(), 'tracklet-demo-'))
  const outDir = join(folder, 'page')
  const [, browser] = await Promise.all([
    build({
      configFile: join(ROOT, 'demo/vite.config.ts'),
      logLevel: 'error',
      build: { outDir, emptyOutDir: true },
    }),
    launchBrowser(),
  ])
  const server = await serve({ directory: outDir })
  const context = await browser.newContext({ colorScheme: 'light', acceptDownloads: true })
  const page = await context.newPage()
  return {
    page,
    origin: server.origin,
    complaints: listen(page, server.origin),
    folder,
    shoot: (name) => shoot(page, join(folder, `${name}.png`)),
    close: async () => {
      await browser.close()
      await server.close()
      // For who wants to see the pictures: they stay in the system's folder for temporary files.
      if (!process.env['TRACKLET_KEEP_SCREENSHOTS'])
        await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until the chart tells that it draws at least so many points; gives how many. */
export async function pointsDrawn(page: Page, least: number): Promise<number> {
  const drawn = await page.waitForFunction((wanted) => {
    const note = document.querySelector('#chart-note')?.textContent ?? ''
    const points = Number(/^([\d,]+) of/.exec(note)?.[1]?.replaceAll(',', '') ?? 0)
    return points >= wanted ? points : 0
  }, least)
  return Number(await drawn.jsonValue())
}

/** Waits for it, and tells how many pixels of the chart's canvas have the colour of a line: far from grey. */
export async function inkOf(page: Page): Promise<number> {
  const found = await page.waitForFunction(() => {
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

function listen(page: Page, origin: string): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`console: ${message.text()} (${message.location().url})`)
  })
  page.context().on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.origin !== origin)
      complaints.push(`request: ${request.url()}`)
  })
  return complaints
}

async function shoot(page: Page, path: string): Promise<void> {
  await page.screenshot({ path, fullPage: true })
  if ((await stat(path)).size < 10_000) throw new Error(`There is next to nothing in ${path}.`)
}
