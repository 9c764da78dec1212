import { MessageChannel } from 'node:worker_threads'
import { createTracker, openEngine } from '../../src/index.js'
import { connect } from '../../src/worker/connect.js'
import { expose } from '../../src/worker/expose.js'
import { nodeEndpoint } from '../../adapters/node-endpoint.js'
import { memoryAdapter } from '../../adapters/memory.js'
import { clientSuite } from './client.suite.js'

clientSuite('behind a message port', async () => {
  const { port1, port2 } = new MessageChannel()
  expose(await openEngine(memoryAdapter()), nodeEndpoint(port1))
  return createTracker(await connect(nodeEndpoint(port2)))
})
