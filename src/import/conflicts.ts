import { newUuidHex } from '../entities/ids.js'
import type { ImportStore } from '../store/import-store.js'
import type { OnConflict } from './import-options.js'

/** Where an experiment of a source goes. */
export interface ExperimentPlace {
  readonly experimentId: string
  readonly name: string
  /** Whether it is here already. */
  readonly exists: boolean
}

/** Ids of the file store are random and name one experiment anywhere; shorter ones are counted by each database. */
const RANDOM_ID = /^\d{18}$/
const MOST_NAMES = 10_000

/**
 * Where an experiment goes: to the one here of the same random id or the same name; else it is new, under an id of its
 * own where another experiment has the id. With `rename` it is new in any case.
 */
export async function placeExperiment(
  store: Pick<ImportStore, 'findTaken'>,
  { experimentId, name }: { readonly experimentId: string; readonly name: string },
  onConflict: OnConflict,
): Promise<ExperimentPlace> {
  const taken = await store.findTaken({ experimentIds: [experimentId], experimentNames: [name] })
  const nameThere = ownValue(taken.experiments, experimentId)
  const idThere = ownValue(taken.experimentNames, name)
  if (nameThere === undefined && idThere === undefined) return { experimentId, name, exists: false }
  if (onConflict !== 'rename') {
    if (nameThere !== undefined && RANDOM_ID.test(experimentId))
      return { experimentId, name: nameThere, exists: true }
    if (idThere !== undefined) return { experimentId: idThere, name, exists: true }
    return { experimentId: await freeExperimentId(store), name, exists: false }
  }
  return {
    experimentId: nameThere === undefined ? experimentId : await freeExperimentId(store),
    name: idThere === undefined ? name : await freeName(store, 'experimentNames', name),
    exists: false,
  }
}

/** A name that is free: `name (2)`, `name (3)`, ... */
export async function freeName(
  store: Pick<ImportStore, 'findTaken'>,
  kind: 'experimentNames' | 'modelNames',
  name: string,
): Promise<string> {
  for (let n = 2; n < MOST_NAMES; n++) {
    const candidate = `${name} (${n})`
    const taken = await store.findTaken({ [kind]: [candidate] })
    const isTaken =
      kind === 'modelNames'
        ? taken.models.length > 0
        : ownValue(taken.experimentNames, candidate) !== undefined
    if (!isTaken) return candidate
  }
  return `${name} (${newId()})`
}

/** A new id as runs have it. */
export function newId(): string {
  return newUuidHex((n) => crypto.getRandomValues(new Uint8Array(n)))
}

/** As MLflow's file store makes them: 18 digits of a random number. */
async function freeExperimentId(store: Pick<ImportStore, 'findTaken'>): Promise<string> {
  for (;;) {
    const digits = crypto
      .getRandomValues(new Uint8Array(18))
      .reduce((text, n) => text + (n % 10), '')
    const id = digits.replace(/^0/, '1')
    if ((await store.findTaken({ experimentIds: [id] })).experiments[id] === undefined) return id
  }
}

/** Names may be those of what every object has, such as `constructor`. */
function ownValue(values: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined
}
