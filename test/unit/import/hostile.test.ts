import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { TrackletError } from '../../../src/errors.js'
import type { ImportReport } from '../../../src/import/report.js'
import { openEngine } from '../../../src/store/engine.js'
import type { LocalStore } from '../../../src/store/store.js'
import { seededRandom } from '../../helpers/random.js'
import { stateHash } from '../../helpers/state-hash.js'
import { contents, open, zip } from '../zip/read.js'
import { FIXTURES, take, zipOf, type Fixture } from './fixtures.js'
import { MUTATIONS, mutateBytes, pickBy, type Pick, type TreeFiles } from './hostile-mutations.js'

const CASES = process.env['TRACKLET_FULL'] ? 5_000 : 500
/** Milliseconds; all cases take some ten minutes. */
const LONG = { timeout: 3_600_000 }
const FROM = Number(process.env['TRACKLET_SEED'] ?? 1)

/** What operating systems leave in folders: it is passed over without a line. */
const LITTER = /\/(?:\._[^/]*|\.DS_Store|__MACOSX)(?:\/|$)/

/** What only a defect of this package would make of an archive. */
const NEVER = [
  'INTERNAL_ERROR',
  'INVALID_STATE',
  'ABORTED',
  'NOT_IMPLEMENTED',
  'ENDPOINT_NOT_FOUND',
]

const originals = new Map<
  Fixture,
  { zip: Uint8Array<ArrayBuffer>; files: TreeFiles; hash: string }
>()
let target: { store: LocalStore; hash: string }
let folder = ''
let inTemporary: string[] = []

beforeAll(async () => {
  inTemporary = await readdir(tmpdir())
  folder = await mkdtemp(join(tmpdir(), 'tracklet-hostile-'))
  for (const fixture of FIXTURES) {
    const bytes = await zipOf(fixture)
    const files = await contents(await open(bytes))
    const store = await openEngine(memoryAdapter())
    await take(store, fixture)
    originals.set(fixture, { zip: bytes, files, hash: await stateHash(store) })
    await store.close()
  }
  target = await newTarget()
})

afterAll(async () => {
  await target.store.close()
  await rm(folder, { recursive: true, force: true })
})

/** A store that is not empty: its Default is no longer one that an import may replace. */
async function newTarget(): Promise<{ store: LocalStore; hash: string }> {
  const store = await openEngine(memoryAdapter())
  return { store, hash: await stateHash(store) }
}

/** The report, or the code of the error, after which the store is as it was. Any other error fails the test. */
async function outcome(
  input: Uint8Array<ArrayBuffer> | { readonly path: string },
  check: (report: ImportReport) => Promise<void>,
): Promise<string> {
  try {
    const report = await take(target.store, input)
    await check(report)
    await target.store.close()
    target = await newTarget()
    return 'taken'
  } catch (error) {
    if (!(error instanceof TrackletError)) throw error
    expect(NEVER).not.toContain(error.errorCode)
    expect(await stateHash(target.store)).toBe(target.hash)
    expect(error.message.length).toBeLessThan(2_000)
    return error.errorCode
  }
}

const fixtureOf = (seed: number): Fixture => FIXTURES[seed % FIXTURES.length]!

function mutatedTree(fixture: Fixture, pick: Pick): TreeFiles {
  const files = new Map(originals.get(fixture)!.files)
  for (let n = 1 + pick.below(3); n > 0; n--) pick.of(MUTATIONS)!(files, pick)
  return files
}

async function packed(files: TreeFiles): Promise<Uint8Array<ArrayBuffer>> {
  return zip(
    Array.from(files, ([path, bytes]) => (path.endsWith('/') ? { path } : { path, bytes })),
  )
}

/** Folders and files of runs that came in neither whole nor as a line of the report. */
async function unaccounted(files: TreeFiles, report: ImportReport): Promise<string[]> {
  const doubts = new Set(report.doubts.map(({ path }) => path))
  const skipped = new Set(report.skipped.map(({ id }) => id))
  const lost: string[] = []
  for (const path of files.keys()) {
    const [, experiment, runId, kind, ...key] = path.replace(/\/$/, '').split('/')
    if (!path.startsWith('mlruns/') || LITTER.test(path) || isTold(path, doubts)) continue
    if (
      experiment === '.trash' ||
      experiment === 'models' ||
      !isRunFolder(files, experiment, runId)
    )
      continue
    const run = await target.store.getRun(runId!).catch(() => null)
    if (run === null ? !skipped.has(runId!) : !holds(run.data, kind, key.join('/'), path))
      lost.push(path)
  }
  return lost
}

function isTold(path: string, doubts: ReadonlySet<string>): boolean {
  const parts = path.replace(/\/$/, '').split('/')
  return parts.some((_, i) => {
    const above = parts.slice(0, i + 1).join('/')
    return doubts.has(above) || (i < 3 && doubts.has(`${above}/meta.yaml`))
  })
}

function isRunFolder(files: TreeFiles, experiment = '', runId = ''): boolean {
  return files.has(`mlruns/${experiment}/${runId}/meta.yaml`) && /^[0-9a-f]{32}$/.test(runId)
}

function holds(data: object, kind: string | undefined, key: string, path: string): boolean {
  if (path.endsWith('/') || (kind !== 'params' && kind !== 'tags')) return true
  return Object.hasOwn((data as Record<string, object>)[kind]!, key)
}

it(
  `an archive whose bytes were changed is taken as it was, or refused: ${CASES} cases`,
  LONG,
  async () => {
    const outcomes = new Map<string, number>()
    for (let seed = FROM; seed < FROM + CASES; seed++) {
      const { zip: bytes, hash } = originals.get(fixtureOf(seed))!
      const mutated = mutateBytes(bytes, pickBy(seededRandom(seed)))
      const code = await outcome(mutated, async ({ doubts }) => {
        if (doubts.length === 0) expect([seed, await stateHash(target.store)]).toEqual([seed, hash])
      }).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error })
      })
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
    }
    expect(outcomes.get('DATA_LOSS')).toBeGreaterThan(CASES / 4)
    expect(outcomes.get('taken')).toBeGreaterThan(CASES / 50)
  },
)

it(
  `a tree with anything in it is taken with a line for what was not: ${CASES} cases`,
  LONG,
  async () => {
    let taken = 0
    for (let seed = FROM; seed < FROM + CASES; seed++) {
      const files = mutatedTree(fixtureOf(seed), pickBy(seededRandom(seed + 1e6)))
      const code = await outcome(await packed(files), async (report) => {
        expect([seed, await unaccounted(files, report)]).toEqual([seed, []])
        for (const { path, reason } of report.doubts)
          expect([seed, path.length + reason.length < 10_000]).toEqual([seed, true])
      }).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error })
      })
      if (code === 'taken') taken++
    }
    expect(taken).toBeGreaterThan(CASES / 2)
  },
)

describe('on disk', () => {
  it(`nothing is written by an import from a folder: ${CASES / 20} cases`, LONG, async () => {
    for (let seed = FROM; seed < FROM + CASES / 20; seed++) {
      const root = join(folder, String(seed))
      await unpack(root, mutatedTree(fixtureOf(seed), pickBy(seededRandom(seed + 2e6))))
      const before = await everything(folder)
      await outcome({ path: root }, async () => undefined)
      expect(await everything(folder)).toEqual(before)
      await rm(root, { recursive: true })
    }
  })

  it('nothing is left in the temporary folder', async () => {
    const known = new Set([...inTemporary, folder.slice(tmpdir().length + 1)])
    const left = (await readdir(tmpdir())).filter((name) => !known.has(name))
    expect(left.filter((name) => /^tracklet-[0-9a-f]{16}\.zip$/.test(name))).toEqual([])
  })
})

/** Puts files where a disk takes them. */
async function unpack(root: string, files: TreeFiles): Promise<void> {
  await mkdir(root)
  for (const [path, bytes] of files) {
    const place = join(root, path.replaceAll('\0', ''))
    if (!place.startsWith(`${root}/`)) continue
    await mkdir(path.endsWith('/') ? place : dirname(place), { recursive: true }).catch(() => null)
    if (!path.endsWith('/')) await writeFile(place, bytes).catch(() => null)
  }
}

async function everything(root: string): Promise<string[]> {
  return (await readdir(root, { recursive: true })).sort()
}
