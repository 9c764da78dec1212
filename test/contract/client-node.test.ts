import { createTracker, openEngine, openTracker } from 'tracklet'
import { connect, expose } from 'tracklet/worker'
import { memoryAdapter } from '../../adapters/memory.js'
import { nodeEndpoint } from '../../adapters/node-endpoint.js'
import { clientSuite } from './client.suite.js'

clientSuite('in process, in memory', () => openTracker('memory:'))

clientSuite('behind a message port', async () => {
  const { port1, port2 } = new MessageChannel()
  expose(await openEngine(memoryAdapter()), nodeEndpoint(port1 as never))
  return createTracker(await connect(nodeEndpoint(port2 as never)))
})
