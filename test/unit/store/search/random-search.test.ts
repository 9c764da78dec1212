import { describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import type { ViewType } from '../../../../src/entities/lifecycle.js'
import type { SearchSyntax } from '../../../../src/search/grammar/ast.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { RunQuery } from '../../../../src/store/tracking-store.js'
import { chance, pick, several, type Random } from '../../../helpers/random-runs.js'
import {
  randomExperimentFilter,
  randomExperimentOrder,
  randomRunFilter,
  randomRunOrder,
} from '../../../helpers/random-search.js'
import { seededRandom } from '../../../helpers/random.js'
import { seededSurroundings, SearchedStore } from './searched-store.js'

const full = process.env['TRACKLET_FULL'] !== undefined
const SEEDS = Array.from({ length: full ? 60 : 8 }, (_, i) => i + 1)
const ROUNDS = 10
const QUERIES = 12
const VIEWS: readonly ViewType[] = ['ACTIVE_ONLY', 'ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']

describe('a store that is written and searched at random finds what a plain look at every run finds', () => {
  it.each(SEEDS)('seed %i', async (seed) => {
    const random = seededRandom(seed)
    const name = `random-search-${seed}`
    const surroundings = seededSurroundings(seed)
    const open = () => openEngine(memoryAdapter(name), { surroundings })
    const searched = new SearchedStore(await open(), random)
    await searched.fill(seed % 4, pick(random, [0, 1, 20, 70, 200]))
    const asked = several(random, 8, () => runQuery(searched, random))
    for (const key of ['acc', 'loss'])
      for (const name of ['max', 'mean', 'count'])
        asked.push({
          experimentIds: searched.experimentIds,
          filter: `${name}(metrics.${key}) > 1`,
          syntax: 'extended',
        })
    for (let round = 0; round < ROUNDS; round++) {
      if (chance(random, 0.2)) {
        await searched.store.close()
        searched.store = await open()
      }
      await checkRound(searched, random, asked)
      const writes = pick(random, [1, 3, 10, 40])
      for (let i = 0; i < writes; i++) await searched.write()
    }
    await searched.store.close()
    expect(searched.experimentIds.length).toBeGreaterThan(0)
  })
})

/** New queries, and those that were asked in every round before: what a store keeps for them must not grow old. */
async function checkRound(
  searched: SearchedStore,
  random: Random,
  asked: readonly RunQuery[],
): Promise<void> {
  const runs = await searched.runs()
  const experiments = await searched.experiments()
  for (const query of asked) await searched.checkRuns(query, runs)
  for (let i = 0; i < QUERIES; i++) await searched.checkRuns(runQuery(searched, random), runs)
  const filter = randomExperimentFilter(random, searched.experimentIds)
  const orderBy = randomExperimentOrder(random)
  await searched.checkExperiments({ filter, orderBy, ...pageAndView(random) }, experiments)
}

function runQuery(searched: SearchedStore, random: Random): RunQuery {
  const syntax: SearchSyntax = pick(random, ['mlflow', 'extended'])
  return {
    experimentIds: chosen(random, searched.experimentIds),
    syntax,
    filter: randomRunFilter(random, syntax, searched),
    orderBy: withoutTwice(randomRunOrder(random)),
    ...pageAndView(random),
  }
}

function pageAndView(random: Random): { viewType: ViewType; maxResults: number } {
  return { viewType: pick(random, VIEWS), maxResults: pick(random, [1, 2, 3, 7, 50, 1000]) }
}

function chosen(random: Random, ids: readonly string[]): string[] {
  if (chance(random, 0.4)) return [...new Set(ids)]
  return [...new Set([pick(random, ids), ...several(random, 3, () => pick(random, ids))])]
}

/** The clauses whose field stands only once among them, however it is written: twice is refused. */
function withoutTwice(clauses: readonly string[]): string[] {
  const seen = new Set<string>()
  return clauses.filter((clause) => {
    const field = fieldOf(clause)
    return seen.size !== seen.add(field).size
  })
}

function fieldOf(clause: string): string {
  const key = clause.replace(/ (asc|desc)$/i, '').replace(/[`"]/g, '')
  return key
    .replace(/^attributes\./, '')
    .replace(/^(metric|param|tag)s?\./, '$1.')
    .replace(/^created$/, 'start_time')
}
