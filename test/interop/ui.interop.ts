import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { startServer, type RunningServer } from '../../adapters/node-server.js'
import { openEngine } from '../../src/store/engine.js'
import type { Store } from '../../src/store/store.js'
import { uiBuilds } from './ui/builds.js'
import { fillStore, type Filled } from './ui/fill-store.js'
import { launchLocalBrowser, openRoute, watch, type WatchedPage } from './ui/open-page.js'
import { firstRoutes, furtherRoutes, type UiRoute } from './ui/routes.js'
import { WRITES } from './ui/writes.js'

const FULL = Boolean(process.env['TRACKLET_FULL'])
const SHOTS = process.env['TRACKLET_SCREENSHOTS'] ?? join(tmpdir(), 'tracklet-ui')
const PATIENCE_MS = 60_000
const NO_IDS: Filled = { experimentId: '', otherId: '', parent: '', children: [] }

const builds = uiBuilds()

// MLflow's own pages, as its wheel has them, over a store of this project: nothing of MLflow runs behind them.
describe.each(builds)('the pages of MLflow $version', ({ version, folder }) => {
  let store: Store
  let server: RunningServer
  let browser: Browser
  let filled: Filled
  const shots = join(SHOTS, version)

  beforeAll(async () => {
    store = await openEngine(memoryAdapter())
    filled = await fillStore(store)
    server = await startServer({ store, port: 0, mlflowUi: folder, staticPrefix: '/under/prefix' })
    browser = await launchLocalBrowser()
    await mkdir(shots, { recursive: true })
  })
  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  const routesOf = (ids: Filled): readonly UiRoute[] =>
    FULL ? [...firstRoutes(ids), ...furtherRoutes(ids)] : firstRoutes(ids)

  it.each(routesOf(NO_IDS).map(({ name }) => name))('show %s', async (name) => {
    const route = routesOf(filled).find((each) => each.name === name)!
    await inPage(name, (watched) => openRoute(watched, server.url, route))
  })

  // Buttons move from release to release: they are those of the newest.
  const isNewest = version === builds[0]?.version
  it.runIf(FULL && isNewest).each(WRITES)('give $name', async (write) => {
    const name = `write ${write.name}`
    await inPage(name, async ({ page }) => {
      await page.goto(`${server.url}/#${write.hash(filled)}`)
      await write.act(page)
    })
    expect(await write.read(store, filled)).toEqual(write.expected)
  })

  async function inPage(name: string, act: (watched: WatchedPage) => Promise<void>): Promise<void> {
    const page: Page = await browser.newPage({ viewport: { width: 1500, height: 1400 } })
    page.setDefaultTimeout(PATIENCE_MS)
    const watched = watch(page, server.url)
    try {
      await act(watched)
      expect(watched.problems).toEqual([])
    } finally {
      await page.screenshot({ path: join(shots, `${name}.png`) })
      await page.close()
    }
  }
})
