import { describe } from 'vitest'
import { bundleScript, runScript } from '../helpers/browser.js'
import { report } from '../helpers/browser-report.js'

const script = await bundleScript('test/browser/pages/indexeddb.ts')
const outcomes = await runScript(script)

describe('IndexedDB in Chromium', () => report(outcomes, 150))
