import type { Experiment } from '../entities/experiment.js'
import { ResultTable } from '../client/result-table.js'
import type { TableColumn } from '../entities/column-table.js'
import { textColumn } from '../tables/text-column.js'
import { searchExperiments } from './find-experiments.js'
import { experimentToDictionary, listToJson } from './json.js'
import { givenView, VIEW } from './options.js'
import { printStream, printTable } from './print.js'
import { givenSearch, searchOptions } from './search-options.js'
import { givenFormat, TABLE_OUTPUT, writeTable } from './table-output.js'
import { WHOLE, type TextTableColumn } from './table-text.js'
import { withTracker, type Verb } from './verb.js'

/** `tracklet experiments search`: the experiments that a search finds. */
export const experimentsSearch: Verb = {
  group: 'experiments',
  name: 'search',
  alias: 'list',
  summary: 'List experiments: filtered, sorted, as a table, CSV, Arrow or JSON.',
  options: [VIEW, ...searchOptions("name LIKE 'mnist%'", 'last_update_time DESC'), ...TABLE_OUTPUT],
  examples: [
    'tracklet experiments search --view all',
    'tracklet experiments search --filter "tags.team = \'vision\'" --order-by "name ASC" --json',
  ],
  run: async (context, given) => {
    const format = givenFormat(context, given)
    await withTracker(context, async (tracker) => {
      const viewType = givenView(given)
      const query = { viewType, ...givenSearch(given) }
      const found = searchExperiments(tracker, query, given.count('maxResults'))
      if (context.json) return printStream(context, listToJson(dictionaries(found)))
      const experiments: Experiment[] = []
      for await (const experiment of found) experiments.push(experiment)
      if (format !== null) return writeTable(context, given, toTable(experiments))
      return printTable(context, toColumns(experiments, viewType !== 'ACTIVE_ONLY'))
    })
  },
}

async function* dictionaries(
  experiments: AsyncIterable<Experiment>,
): AsyncGenerator<unknown, void, undefined> {
  for await (const experiment of experiments) yield experimentToDictionary(experiment)
}

/** MLflow's columns; the stage where not all are active. */
function toColumns(experiments: readonly Experiment[], withStage: boolean): TextTableColumn[] {
  const stages = experiments.map(({ lifecycleStage }) => lifecycleStage)
  return [
    {
      title: 'Experiment Id',
      cells: experiments.map(({ experimentId }) => experimentId),
      least: WHOLE,
      rank: 0,
    },
    { title: 'Name', cells: experiments.map(({ name }) => name), rank: 0 },
    ...(withStage ? [{ title: 'Stage', cells: stages, least: WHOLE }] : []),
    {
      title: 'Artifact Location',
      cells: experiments.map(({ artifactLocation }) => artifactLocation),
    },
  ]
}

function toTable(experiments: readonly Experiment[]): ResultTable {
  const text = (name: string, cell: (of: Experiment) => string | null): TableColumn =>
    textColumn(name, experiments.map(cell))
  const time = (name: string, cell: (of: Experiment) => number | null): TableColumn => ({
    kind: 'time',
    name,
    values: Float64Array.from(experiments, (experiment) => cell(experiment) ?? NaN),
    missing: Uint8Array.from(experiments, (experiment) => (cell(experiment) === null ? 1 : 0)),
  })
  const keys = new Set(experiments.flatMap(({ tags }) => Object.keys(tags)))
  return new ResultTable({
    length: experiments.length,
    columns: [
      text('experiment_id', ({ experimentId }) => experimentId),
      text('name', ({ name }) => name),
      text('artifact_location', ({ artifactLocation }) => artifactLocation),
      text('lifecycle_stage', ({ lifecycleStage }) => lifecycleStage),
      time('creation_time', ({ creationTime }) => creationTime),
      time('last_update_time', ({ lastUpdateTime }) => lastUpdateTime),
      ...[...keys].sort().map((key) => text(`tags.${key}`, ({ tags }) => tags[key] ?? null)),
    ],
  })
}
