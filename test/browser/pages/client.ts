import { openTracker } from '../../../adapters/browser.js'
import { clientSuite } from '../../contract/client.suite.js'
import { runSuites } from '../../helpers/browser-vitest.js'
import { canvasSuite } from './canvas.suite.js'

let count = 0

Object.assign(globalThis, {
  outcomes: runSuites(() => {
    clientSuite('in a worker of a page, in IndexedDB', () => openTracker(`idb:client ${++count}`))
    clientSuite('in a worker of a page, in memory', () => openTracker('memory:'))
    canvasSuite(() => openTracker('memory:'))
  }),
})
