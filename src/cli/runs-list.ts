import type { ResultTable } from '../client/result-table.js'
import type { Tracker } from '../client/tracker.js'
import type { SearchRuns } from '../client/search-runs.js'
import type { Experiment } from '../entities/experiment.js'
import { valueToCell } from './cell-text.js'
import { chosenExperiments, givenExperiments } from './find-experiments.js'
import type { Given } from './given.js'
import { listToJson, runToDictionary } from './json.js'
import { givenView, NAME_FLAGS, VIEW } from './options.js'
import { printStream, printTable } from './print.js'
import { givenSearch, searchOptions } from './search-options.js'
import { givenFormat, TABLE_OUTPUT, writeTable } from './table-output.js'
import { LEAST, WHOLE, type TextTableColumn } from './table-text.js'
import { withTracker, type Context, type Verb } from './verb.js'

const PAGE = 1_000
/** Titles of values are cut past this many places, cells past those of their title. */
const TITLE = 30
const VALUES = /^(metrics|params|tags)\.(.*)$/s

/** Which columns stay where there is no room for all: what the search names rather than dates. */
const RANK = { always: 0, asked: 1, fixed: 2, date: 3, metrics: 4, params: 5 } as const

/** What a search of runs is asked, without how many. */
type Search = Omit<SearchRuns, 'maxResults'>

/** `tracklet runs list`: the runs that a search finds. */
export const runsList: Verb = {
  group: 'runs',
  name: 'list',
  alias: 'search',
  summary: 'List the runs of experiments: filtered, sorted, as a table, CSV, Arrow or JSON.',
  options: [
    { flags: NAME_FLAGS, help: 'experiment by name; may be repeated', many: true },
    { flags: '-x, --experiment-id <id>', help: 'experiment by id; may be repeated', many: true },
    { flags: '--all-experiments', help: 'runs of all experiments' },
    VIEW,
    ...searchOptions("metrics.loss < 0.1 and params.model = 'cnn'", 'metrics.accuracy DESC'),
    { flags: '--extended', help: 'the filter may use OR, NOT and parentheses' },
    ...TABLE_OUTPUT,
  ],
  examples: [
    'tracklet runs list --experiment-name mnist --order-by "metrics.accuracy DESC" --max-results 1',
    'tracklet runs list --all-experiments --filter "metrics.loss < 0.1 and params.lr = \'0.01\'"',
    "tracklet runs list -n mnist --extended --filter \"params.lr = '0.1' or tags.team = 'vision'\"",
    'tracklet runs list -n mnist --arrow --filename runs.arrows',
    'tracklet runs list -n mnist --json | jq -r ".[].info.run_id"',
  ],
  run: async (context, given) => {
    // A wrong command line is told of before a store is looked for.
    chosenExperiments(context, given)
    givenFormat(context, given)
    await withTracker(context, (tracker) => listRuns(tracker, context, given))
  },
}

async function listRuns(tracker: Tracker, context: Context, given: Given): Promise<void> {
  const experiments = await givenExperiments(tracker, context, given)
  const search: Search = {
    experimentIds: experiments.map(({ experimentId }) => experimentId),
    viewType: givenView(given),
    ...(given.flag('extended') && { syntax: 'extended' }),
    ...givenSearch(given),
  }
  const limit = given.count('maxResults')
  if (context.json) return printStream(context, listToJson(dictionaries(tracker, search, limit)))
  const table = await tracker.runsTable({ ...search, ...(limit === undefined ? {} : { limit }) })
  // A metric that is NaN is no metric that is missing.
  if (givenFormat(context, given) !== null) return writeTable(context, given, table, { nan: 'nan' })
  const deleted = search.viewType === 'ALL' ? await deletedRuns(tracker, search) : null
  await printTable(context, [
    ...fixedColumns(table, context, deleted),
    ...(experiments.length > 1 ? [experimentColumn(table, experiments)] : []),
    ...valueColumns(table, context, search),
  ])
}

async function* dictionaries(
  tracker: Tracker,
  search: Search,
  limit = Infinity,
): AsyncGenerator<unknown, void, undefined> {
  let left = limit
  for await (const run of tracker.searchRuns({ ...search, maxResults: Math.min(limit, PAGE) })) {
    yield runToDictionary(run)
    if (--left <= 0) return
  }
}

/** A table of runs does not say which ones are deleted. */
async function deletedRuns(tracker: Tracker, search: Search): Promise<ReadonlySet<unknown>> {
  const table = await tracker.runsTable({ ...search, viewType: 'DELETED_ONLY' })
  return new Set(table.values('run_id'))
}

/** Date, name and id as in MLflow's listing, and the status; the stage where there may be two. */
function fixedColumns(
  table: ResultTable,
  { out }: Context,
  deleted: ReadonlySet<unknown> | null,
): TextTableColumn[] {
  const cells = (name: string): string[] =>
    (table.values(name) ?? Array.from({ length: table.length }, () => null)).map((value) =>
      valueToCell(value, out),
    )
  const ids = cells('run_id')
  const stages = ids.map((id) => (deleted?.has(id) ? 'deleted' : 'active'))
  return [
    { title: 'Date', cells: cells('start_time'), least: WHOLE, rank: RANK.date },
    { title: 'Name', cells: cells('tags.mlflow.runName'), rank: RANK.always },
    { title: 'Status', cells: cells('status'), least: WHOLE, rank: RANK.fixed },
    ...(deleted === null
      ? []
      : [{ title: 'Stage', cells: stages, least: WHOLE, rank: RANK.fixed }]),
    { title: 'ID', cells: ids, least: WHOLE, rank: RANK.always },
  ]
}

function experimentColumn(table: ResultTable, experiments: readonly Experiment[]): TextTableColumn {
  const names = new Map<unknown, string>(
    experiments.map(({ experimentId, name }) => [experimentId, name]),
  )
  const ids = table.values('experiment_id') ?? []
  return {
    title: 'Experiment',
    cells: ids.map((id) => names.get(id) ?? String(id)),
    rank: RANK.fixed,
  }
}

/** Metrics, then params; before them what the search itself names, tags too. */
function valueColumns(table: ResultTable, { out }: Context, search: Search): TextTableColumn[] {
  const asked = [search.filter ?? '', ...(search.orderBy ?? [])].join('\n')
  const rankOf = (name: string): number | null => {
    const [, kind, key = ''] = VALUES.exec(name) ?? []
    if (kind === undefined) return null
    if (isNamed(kind, key, asked)) return RANK.asked
    return kind === 'tags' ? null : RANK[kind as 'metrics' | 'params']
  }
  return table.columns
    .flatMap((title) => {
      const rank = rankOf(title)
      return rank === null ? [] : [{ title, rank }]
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ title, rank }) => ({
      title,
      rank,
      least: Math.max(LEAST, Math.min(title.length, TITLE)),
      cells: (table.values(title) ?? []).map((value) => valueToCell(value, out)),
      align: title.startsWith('metrics.') ? 'right' : 'left',
    }))
}

/** Whether a search names a value, as `metrics.acc`, `metric.acc` or with the key in quotes. */
function isNamed(kind: string, key: string, search: string): boolean {
  const literal = key.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  const names = `${kind}|${kind.slice(0, -1)}`
  return new RegExp(`\\b(?:${names})\\.(["\`]?)${literal}\\1(?![\\w./-])`).test(search)
}
