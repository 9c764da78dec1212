import { openTracker } from 'tracklet'
import { clientSuite } from './client.suite.js'

clientSuite('in process, in memory', () => openTracker('memory:', { context: {} }))
