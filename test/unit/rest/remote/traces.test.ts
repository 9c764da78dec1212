import { afterEach, beforeEach, describe } from 'vitest'
import { createTracker, type Tracker } from '../../../../src/index.js'
import { remoteStore } from '../../../../src/rest/remote/remote-store.js'
import { traceTests } from '../../../contract/client/traces.js'
import { Wire } from '../wire.js'

let wire: Wire
let tracker: Tracker

beforeEach(async () => {
  wire = await Wire.open()
  const fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    wire.handler(new Request(input, init))
  tracker = createTracker(remoteStore({ url: 'http://localhost:5000', fetch }))
})
afterEach(async () => {
  await tracker.close()
  await wire.store.close()
})

describe('traces over a remote store of this server', () => traceTests(() => tracker))
