import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import { bundleChild } from '../helpers/bundled-child.js'
import type { BundledChild } from '../helpers/bundled-child.js'
import { seededRandom } from '../helpers/random.js'

const ROUNDS = process.env['TRACKLET_FULL'] ? 200 : 60

describe('a Node process that is killed while it writes', () => {
  let scratch = ''
  let child: BundledChild

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tracklet-kill-'))
    child = await bundleChild(new URL('./kill-child.ts', import.meta.url))
  })

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true })
    await child.remove()
  })

  it(
    `loses nothing acknowledged in ${ROUNDS} rounds on one store`,
    { timeout: 1_200_000 },
    async () => {
      const random = seededRandom(20_260_101)
      const directory = join(scratch, 'store')
      for (let round = 0; round < ROUNDS; round++) {
        const acknowledged = await killedRound(
          child.script,
          directory,
          round,
          Math.floor(random() * 300),
        )
        const store = await openEngine(filesystemAdapter(directory))
        expect((await store.storage()).recovery.state, `round ${round}`).toMatch(
          /new|clean|replayed|torn-tail/,
        )
        if (acknowledged.runId !== '') await expectKept(store, acknowledged, round)
        // Every second round is left unclosed as well: its checkpoint is the killed process's own.
        if (round % 2 === 0) await store.checkpoint()
        await store.close()
      }
      await expectAllRunsReadable(directory)
    },
  )
})

interface Acknowledged {
  runId: string
  points: number
  params: number
  files: number
}

/** Runs the child, kills it `delay` ms after its first acknowledged write, gives what it had acknowledged. */
function killedRound(
  script: string,
  directory: string,
  round: number,
  delay: number,
): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { runId: '', points: 0, params: 0, files: 0 }
  const child = spawn(process.execPath, [script, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    if (acknowledged.runId === '') setTimeout(() => child.kill('SIGKILL'), delay)
    text += chunk.toString()
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) note(acknowledged, line.split(' '))
  })
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(acknowledged)
      else reject(new Error(`The child ended by itself (${code}): ${errors}`))
    })
  })
}

function note(acknowledged: Acknowledged, [verb, what, number]: readonly string[]): void {
  if (verb === 'run') acknowledged.runId = what ?? ''
  else if (what === 'points' || what === 'params' || what === 'files')
    acknowledged[what] = Number(number)
}

async function expectKept(
  store: LocalStore,
  acknowledged: Acknowledged,
  round: number,
): Promise<void> {
  const { runId } = acknowledged
  const run = await store.getRun(runId)
  const { steps, values } = await store.getMetricColumns({ runId, key: 'loss' })
  expect(steps.length, `points of round ${round}`).toBeGreaterThanOrEqual(acknowledged.points)
  expect(Array.from(steps, Number)).toEqual(Array.from({ length: steps.length }, (_, i) => i))
  expect([...values]).toEqual(Array.from({ length: values.length }, (_, i) => i / 2))
  for (let n = 0; n < acknowledged.params; n++) expect(run.data.params[`p${n}`]).toBe(`value ${n}`)
  for (let n = 0; n < acknowledged.files; n++) {
    expect(await textOf(store, runId, `files/${n}.txt`)).toBe(`file ${n} of round ${round}`)
  }
}

async function textOf(store: LocalStore, runId: string, path: string): Promise<string> {
  const { handle } = await store.openRead(runId, path)
  let text = ''
  for (let part = await store.read(handle); part; part = await store.read(handle)) {
    text += new TextDecoder().decode(part)
  }
  return text
}

async function expectAllRunsReadable(directory: string): Promise<void> {
  const store = await openEngine(filesystemAdapter(directory))
  const { items } = await store.searchRuns({ experimentIds: ['0'], maxResults: 50_000 })
  for (const { info } of items) {
    const { values } = await store.getMetricColumns({ runId: info.runId, key: 'loss' })
    expect([...values]).toEqual(Array.from({ length: values.length }, (_, i) => i / 2))
  }
  await store.close()
}
