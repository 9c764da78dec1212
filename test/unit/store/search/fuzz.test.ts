import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import type { Experiment } from '../../../../src/entities/experiment.js'
import type { Run } from '../../../../src/entities/run.js'
import { TrackletError } from '../../../../src/errors.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { RunQuery } from '../../../../src/store/tracking-store.js'
import {
  mutate,
  randomExperimentFilter,
  randomExperimentOrder,
  randomRunFilter,
  randomRunOrder,
} from '../../../helpers/random-search.js'
import { seededRandom } from '../../../helpers/random.js'
import { seededSurroundings, SearchedStore } from './searched-store.js'

const full = process.env['TRACKLET_FULL'] !== undefined
const numRuns = full ? 10_000 : 600

let searched: SearchedStore
let runs: Run[]
let experiments: Experiment[]

beforeAll(async () => {
  searched = new SearchedStore(
    await openEngine(memoryAdapter(), { surroundings: seededSurroundings(5) }),
    seededRandom(5),
  )
  await searched.fill(2, 40)
  runs = await searched.runs()
  experiments = await searched.experiments()
})

afterAll(() => searched.store.close())

/** Whether a search was answered; one that was refused must say so in MLflow's way, and nothing else. */
async function isAnswered(search: Promise<unknown>): Promise<boolean> {
  try {
    await search
    return true
  } catch (error) {
    if (!(error instanceof TrackletError)) throw error
    expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
    expect(error.message.length).toBeGreaterThan(0)
    return false
  }
}

/** What the grammar is made of, and what an SQL parser takes for something of its own. */
const PIECES = [
  ...[
    'metrics',
    'params.x',
    'tags.`a b`',
    'status',
    'run_id',
    '.',
    ' ',
    ' ',
    '=',
    '!=',
    '>',
    "'x'",
  ],
  ...[
    '"y"',
    '1',
    '1.5',
    '-',
    'AND',
    'IN',
    'NOT',
    'IS',
    'NULL',
    '(',
    ')',
    "('a')",
    'LIKE',
    '`',
    "'",
  ],
  ...[
    '"',
    ';',
    '--',
    '/*',
    '*/',
    '\n',
    'case',
    'end',
    'when',
    'as',
    'x',
    'order by',
    'group',
    'select',
  ],
  ...[
    'from',
    'where',
    'begin',
    'if',
    'for',
    'create',
    '::',
    ':=',
    '[',
    ']',
    '[1]',
    '@',
    '#',
    '$1',
    '?',
  ],
  ...[
    ':x',
    '%s',
    'int',
    'date',
    'varchar(5)',
    'over',
    'asc',
    'desc',
    "N'",
    'e',
    'é',
    '\u00a0',
    '\u2003',
  ],
  ...[
    '\r\n',
    '\0',
    '\\',
    '||',
    '|',
    '&',
    '^',
    '~',
    '!',
    '*',
    ',',
    'count(',
    'end if',
    'with',
    'union',
  ],
  ...[
    'values',
    'true',
    '0x1F',
    '1e',
    'double precision',
    'at time zone',
    'collate',
    'using',
    'set',
    '<<',
  ],
  ...[
    '{',
    '}',
    'run name',
    'foo.bar',
    'interval',
    'between',
    'exists',
    'mean(',
    'metrics.acc',
    'OR',
  ],
]

/** Texts without any form, texts of the grammar's own pieces, and texts of the grammar that were typed wrong. */
function texts(make: (seed: number) => string): fc.Arbitrary<string> {
  const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 })
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.tuple(pieces, fc.constantFrom('', ' ')).map(([all, between]) => all.join(between)),
    fc.integer().map((seed) => mutate(seededRandom(seed), make(seed))),
    fc.integer().map((seed) => make(seed)),
  )
}

const runFilter = (seed: number): string =>
  randomRunFilter(seededRandom(seed), seed % 2 === 0 ? 'mlflow' : 'extended', searched)
const runOrder = (seed: number): string => randomRunOrder(seededRandom(seed))[0] ?? 'start_time'

describe('any text at all as', () => {
  it('a filter of runs finds what the oracle finds, or is refused', async () => {
    let answered = 0
    await fc.assert(
      fc.asyncProperty(texts(runFilter), fc.boolean(), async (filter, extended) => {
        const syntax = extended ? 'extended' : 'mlflow'
        const query: RunQuery = {
          experimentIds: searched.experimentIds,
          filter,
          syntax,
          viewType: 'ALL',
        }
        if (!(await isAnswered(searched.store.searchRuns(query)))) return
        answered++
        await searched.checkRuns(query, runs)
      }),
      { numRuns },
    )
    expect(answered).toBeGreaterThan(numRuns / 20)
  })

  it('an order of runs gives the order of the oracle, or is refused', async () => {
    let answered = 0
    await fc.assert(
      fc.asyncProperty(fc.array(texts(runOrder), { maxLength: 3 }), async (orderBy) => {
        const query: RunQuery = { experimentIds: searched.experimentIds, orderBy }
        if (!(await isAnswered(searched.store.searchRuns(query)))) return
        answered++
        await searched.checkRuns(query, runs)
      }),
      { numRuns },
    )
    expect(answered).toBeGreaterThan(numRuns / 20)
  })

  it('a search of experiments finds what the oracle finds, or is refused', async () => {
    const filters = texts((seed) =>
      randomExperimentFilter(seededRandom(seed), searched.experimentIds),
    )
    const clauses = texts((seed) => randomExperimentOrder(seededRandom(seed))[0] ?? 'name')
    await fc.assert(
      fc.asyncProperty(filters, fc.array(clauses, { maxLength: 2 }), async (filter, orderBy) => {
        const query = { filter, orderBy, viewType: 'ALL' } as const
        if (await isAnswered(searched.store.searchExperiments(query)))
          await searched.checkExperiments(query, experiments)
      }),
      { numRuns },
    )
  })

  it('a page token gives a page, or is refused', async () => {
    const tokens = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.json().map((json) => btoa(encodeURIComponent(json))),
      fc.jsonValue().map((offset) => Buffer.from(JSON.stringify({ offset })).toString('base64')),
    )
    await fc.assert(
      fc.asyncProperty(tokens, async (pageToken) => {
        await isAnswered(searched.store.searchRuns({ experimentIds: ['0'], pageToken }))
        await isAnswered(searched.store.searchExperiments({ pageToken }))
      }),
      { numRuns },
    )
  })

  it('a very long or very deep filter is answered or refused', async () => {
    const { store } = searched
    const deep = `${'('.repeat(20_000)}metrics.acc > 0${')'.repeat(20_000)}`
    const filters = [
      deep,
      'NOT '.repeat(20_000) + 'metrics.acc > 0',
      Array.from({ length: 2_000 }, () => 'metrics.acc > 0').join(' AND '),
      `params.acc LIKE '${'%a'.repeat(2_000)}'`,
      "'".repeat(50_001),
      '`'.repeat(50_001),
      `run_id IN (${Array.from({ length: 20_000 }, (_, i) => `'${i}'`).join(',')})`,
      'a.'.repeat(50_000),
      ' '.repeat(100_000),
      '-- '.repeat(20_000),
      '/*'.repeat(50_000),
    ]
    for (const filter of filters)
      for (const syntax of ['mlflow', 'extended'] as const)
        await isAnswered(store.searchRuns({ experimentIds: ['0'], filter, syntax }))
  })
})
