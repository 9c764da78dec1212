import { chance, pick } from '../../../helpers/random-runs.js'
import type { Draft, RouteSpec } from '../call.js'
import type { Family } from '../family.js'
import type { World } from '../world.js'

const SEARCH: RouteSpec = {
  method: 'POST',
  path: 'experiments/search-datasets',
  ajaxOnly: true,
  reads: true,
}

/** Which datasets runs used. */
export const datasets: Family = {
  name: 'datasets',
  weight: 4,
  makers: [[1, searchDatasets]],
  readAll: (world) =>
    world.experiments
      .filter((one) => one !== world.quarantine)
      .map(({ id }) => ({ route: SEARCH, fields: { experiment_ids: [id] }, about: [] })),
}

function searchDatasets(world: World): Draft {
  const { random } = world
  const odd = [[], Array<string>(21).fill('0'), ['abc'], ['999'], undefined]
  const ids = chance(random, 0.2)
    ? pick(random, odd)
    : [...new Set([world.experiment().id, world.experiment().id])]
  const elsewhere = chance(random, 0.05) ? { ...SEARCH, ajaxOnly: false } : SEARCH
  return { route: elsewhere, fields: { experiment_ids: ids }, about: [] }
}
