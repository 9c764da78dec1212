import { expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { openEngine } from '../../../src/store/engine.js'
import type { FileInfo } from '../../../src/entities/file-info.js'
import type { LocalStore } from '../../../src/store/store.js'
import { experimentFiles, runFiles, takeTexts, type Files } from './text-tree.js'

const RUN = '5'.repeat(32)

/** A run with these artifacts. */
function artifacts(texts: Files): Files {
  const files = Object.entries(texts).map(([path, text]) => [`artifacts/${path}`, text])
  return { ...experimentFiles('7', 'x'), ...runFiles('7', RUN, Object.fromEntries(files)) }
}

async function contents(store: LocalStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const walk = async (files: readonly FileInfo[]): Promise<void> => {
    for (const { path, isDir } of files) {
      if (isDir) await walk(await store.listArtifacts(RUN, path))
      else {
        const { handle } = await store.openRead(RUN, path)
        found[path] = new TextDecoder().decode((await store.read(handle)) ?? new Uint8Array())
      }
    }
  }
  await walk(await store.listArtifacts(RUN))
  return found
}

it('takes `~` for `#`, which MLflow 2 writes and no URI can tell', async () => {
  const store = await openEngine(memoryAdapter())
  const name = 'images/white#image%step%3%timestamp%1.png'
  const report = await takeTexts(store, artifacts({ [name]: 'png', 'a#b/c.txt': 'in a folder' }))
  expect(report.artifacts).toBe(2)
  expect(report.doubts.map(({ path }) => path)).toEqual(
    ['a#b/c.txt', name].map((path) => `7/${RUN}/artifacts/${path}`),
  )
  expect(await contents(store)).toEqual({
    'images/white~image%step%3%timestamp%1.png': 'png',
    'a~b/c.txt': 'in a folder',
  })
  await store.close()
})

it('keeps what is there of that name', async () => {
  const store = await openEngine(memoryAdapter())
  const texts = {
    ...{ 'a#': '1', 'a~': '2', '#a': '3', '~a/b': '4', '~a~': '5' },
    ...{ 'c~': '6', 'c#/d': '7', 'e#f/../g#': '8' },
  }
  const report = await takeTexts(store, artifacts(texts))
  expect(await contents(store)).toEqual({
    ...{ 'a~': '2', 'a~~': '1', '~a/b': '4', '~a~': '5', '~a~~': '3' },
    ...{ 'c~': '6' },
  })
  expect(report.doubts.map(({ path }) => path.replace(/^.*artifacts\//, '')).sort()).toEqual(
    ['#a', 'a#', 'c#/d', 'e#f/../g#'].sort(),
  )
  await store.close()
})
