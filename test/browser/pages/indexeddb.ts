import { storageAdapterSuite } from '../../contract/storage-adapter.suite.js'
import { indexedDbAdapter } from '../../../adapters/indexeddb.js'
import { runSuites, type BrowserOutcome } from '../../helpers/browser-vitest.js'
import { hide, indexedDbSuite, rawChange } from './indexeddb.suite.js'

const inPage = typeof document !== 'undefined'

if (inPage) Object.assign(globalThis, { outcomes: runEverywhere() })
else void runHere().then((outcomes) => postMessage(outcomes))

async function runEverywhere(): Promise<BrowserOutcome[]> {
  const here = await runHere()
  const worker = new Worker('/script.js')
  const there = await new Promise<BrowserOutcome[]>((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<BrowserOutcome[]>) => resolve(event.data)
    worker.onerror = (event) => reject(new Error(event.message))
  })
  return [...here, ...there]
}

async function runHere(): Promise<BrowserOutcome[]> {
  const place = inPage ? 'page' : 'worker'
  const withLocks = await runSuites(() => {
    contract(`idb in a ${place}`, stealLock)
    if (inPage) indexedDbSuite()
  })
  const restore = hide(navigator, 'locks')
  const withoutLocks = await runSuites(() =>
    contract(`idb in a ${place} without Web Locks`, dropLease),
  )
  restore()
  return [...withLocks, ...withoutLocks]
}

function contract(title: string, breakLock: (name: string) => Promise<void>): void {
  let count = 0
  storageAdapterSuite(
    title,
    async () => {
      const name = `${title} ${++count}`
      return {
        adapter: () => indexedDbAdapter(name),
        breakLock: () => breakLock(name),
        dispose: () => breakLock(name).then(() => indexedDbAdapter(name).destroy()),
      }
    },
    {
      appendSync: 'IndexedDB is asynchronous',
      breakLock: true,
      namesHolder: 'a browser tells nobody which tab holds a lock',
    },
  )
}

async function stealLock(name: string): Promise<void> {
  await navigator.locks.request(`tracklet:${name}`, { steal: true }, () => undefined)
}

async function dropLease(name: string): Promise<void> {
  await rawChange(name, (store) => store.delete('lease'))
}
