import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tracker } from '../../../src/client/tracker.js'
import type { ImportReport } from '../../../src/import/report.js'
import type { LocalStore } from '../../../src/store/store.js'
import { stateHash } from '../../helpers/state-hash.js'
import { checkMade } from './check-made.js'
import type { Made } from './as-made.js'
import { openStore } from './make-database.js'

/** Databases that releases of MLflow have written, with what each has read out of its own. */
const VERSIONS = ['2.9.2', '2.14.3', '2.22.0', '3.1.4', '3.6.0', '3.17.2', '3.18.0']
const FOLDER = new URL('../../fixtures/mlflow-db/', import.meta.url)

async function read(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFile(new URL(name, FOLDER)))
}

async function made(version: string): Promise<Made> {
  return JSON.parse(new TextDecoder().decode(await read(`${version}.expected.json`))) as Made
}

describe.each(VERSIONS)('a database of MLflow %s', (version) => {
  let store: LocalStore
  let tracker: Tracker
  let report: ImportReport
  let expected: Made

  beforeAll(async () => {
    expected = await made(version)
    ;({ store, tracker } = await openStore())
    report = await tracker.importFrom(await read(`${version}.zip`))
  })

  afterAll(() => tracker.close())

  checkMade(() => ({ store, report, made: expected }))

  it('adds nothing when it comes again', async () => {
    const before = await stateHash(store)
    const again = await tracker.importFrom(await read(`${version}.zip`))
    expect(await stateHash(store)).toBe(before)
    for (const kind of ['runs', 'loggedModels', 'traces', 'registeredModels'] as const)
      expect(again[kind]).toEqual({ added: 0, skipped: report[kind].added, replaced: 0 })
  })
})
