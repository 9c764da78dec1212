import { describe } from 'vitest'
import { serveApp } from '../helpers/browser-app.js'
import { report } from '../helpers/browser-report.js'
import { bundleScript, launchBrowser, runPage, scripts } from '../helpers/browser.js'
import { serve } from '../helpers/static-server.js'

const browser = await launchBrowser()
const app = await serveApp()
const suites = await serve({
  routes: {
    ...scripts({ '/script.js': await bundleScript('test/browser/pages/client.ts', app.directory) }),
    '/': { body: '<!doctype html><title>tests</title><script src="/script.js"></script>' },
  },
})
const outcomes = await runPage(browser, suites.origin)
await suites.close()
await app.close()
await browser.close()

describe('the client in Chromium', () => report(outcomes, 160))
