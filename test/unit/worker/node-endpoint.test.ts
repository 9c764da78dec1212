import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { afterEach, expect, it } from 'vitest'
import { nodeEndpoint } from '../../../adapters/node-endpoint.js'
import { connect } from '../../../src/worker/index.js'

const STUB = `
import { parentPort } from 'node:worker_threads'
import { nodeEndpoint } from './adapters/node-endpoint.js'
import { expose } from './src/worker/index.js'
expose({
  read: async (handle) => new Uint8Array(handle),
  getRun: () => new Promise(() => undefined),
  flush: async () => process.exit(3),
  deleteRun: async () => { setTimeout(() => { throw new RangeError('out of bounds') }) ; await new Promise(() => undefined) },
}, nodeEndpoint(parentPort))
`

const workers: Worker[] = []
const { outputFiles } = await build({
  stdin: { contents: STUB, resolveDir: fileURLToPath(new URL('../../..', import.meta.url)) },
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  logLevel: 'error',
})
const code = outputFiles[0]?.text ?? ''

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
})

it('carries calls and bytes to a worker thread and back', async () => {
  const store = await connect(nodeEndpoint(started()))
  expect(await store.read(5)).toEqual(new Uint8Array(5))
})

it('settles what is pending when the thread is terminated, exits or throws', async () => {
  const ways: ((worker: Worker, store: Awaited<ReturnType<typeof connect>>) => unknown)[] = [
    (worker) => worker.terminate(),
    (_worker, store) => store.flush(),
    (_worker, store) => store.deleteRun('r'),
  ]
  for (const end of ways) {
    const worker = started()
    const store = await connect(nodeEndpoint(worker))
    const call = store.getRun('r')
    const ending = Promise.resolve(end(worker, store)).catch((error: unknown) => error)
    await expect(call).rejects.toMatchObject({ errorCode: 'TEMPORARILY_UNAVAILABLE' })
    await ending
  }
})

it('refuses a thread that ends before it answers', async () => {
  const worker = new Worker('process.exit(1)', { eval: true })
  await expect(connect(nodeEndpoint(worker), { timeoutMs: 60_000 })).rejects.toMatchObject({
    errorCode: 'TEMPORARILY_UNAVAILABLE',
  })
})

function started(): Worker {
  const worker = new Worker(code, { eval: true })
  workers.push(worker)
  return worker
}
