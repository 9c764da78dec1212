import { describe } from 'vitest'
import { report } from '../helpers/browser-report.js'
import { bundleScript, runScript } from '../helpers/browser.js'

const outcomes = await runScript(await bundleScript('test/browser/pages/worker.ts'), {
  '/worker.js': await bundleScript('test/browser/pages/stub.worker.ts'),
})

describe('the boundary of a worker in Chromium', () => report(outcomes, 9))
