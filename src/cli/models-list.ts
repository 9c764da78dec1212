import type { ModelVersion, RegisteredModel } from '../entities/registered-model.js'
import type { ResultTable } from '../client/result-table.js'
import { timeToCell } from './cell-text.js'
import { findModels, findVersions } from './find-models.js'
import type { Given } from './given.js'
import { listToJson } from './json.js'
import { aliasesToText, modelsToTable, versionsToTable } from './models-csv.js'
import { modelToDictionary, versionToDictionary } from './models-json.js'
import { CSV } from './options.js'
import { printStream, printTable } from './print.js'
import { givenSearch, searchOptions } from './search-options.js'
import { WHOLE, type TextTableColumn } from './table-text.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Context, type Verb } from './verb.js'

/** `tracklet models list`: the models that a search finds. */
export const modelsList: Verb = {
  group: 'models',
  name: 'list',
  alias: 'search',
  summary: 'List registered models: filtered, sorted, as a table, CSV or JSON.',
  options: [...searchOptions("tags.team = 'vision'", 'last_updated_timestamp DESC'), CSV],
  examples: [
    'tracklet models list',
    'tracklet models list --filter "name LIKE \'cnn%\'" --order-by "last_updated_timestamp DESC"',
    'tracklet models list --json | jq -r ".[].name"',
  ],
  run: (context, given) =>
    withTracker(context, ({ client }) => {
      const found = findModels(client, givenSearch(given), given.count('maxResults'))
      return printFound(context, given, found, MODELS)
    }),
}

/** `tracklet models versions`: the versions of a model, or those that a search finds. */
export const modelsVersions: Verb = {
  group: 'models',
  name: 'versions',
  summary: 'List versions of one model, or of all, the last changed first.',
  options: [
    { flags: '-n, --name <name>', help: 'versions of this model alone' },
    ...searchOptions("run_id = '0a5e...d1'", 'version_number DESC'),
    CSV,
  ],
  examples: [
    'tracklet models versions --name cnn',
    'tracklet models versions --name cnn --filter "tags.checked = \'yes\'" --json',
  ],
  run: (context, given) => {
    // A wrong command line is told of before a store is looked for.
    const search = versionSearch(given)
    return withTracker(context, async ({ client }) => {
      const name = given.text('name')
      // A search for a model that is not there finds nothing, and says nothing.
      if (name !== undefined) await client.getRegisteredModel(name)
      const found = findVersions(client, search, given.count('maxResults'))
      await printFound(context, given, found, VERSIONS)
    })
  },
}

/** The three forms of a listing. */
interface Forms<T> {
  readonly toDictionary: (item: T) => unknown
  readonly toTable: (items: readonly T[]) => ResultTable
  readonly toColumns: (items: readonly T[]) => readonly TextTableColumn[]
}

const MODELS: Forms<RegisteredModel> = {
  toDictionary: modelToDictionary,
  toTable: modelsToTable,
  toColumns: modelColumns,
}

const VERSIONS: Forms<ModelVersion> = {
  toDictionary: versionToDictionary,
  toTable: versionsToTable,
  toColumns: versionColumns,
}

async function printFound<T>(
  context: Context,
  given: Given,
  found: AsyncIterable<T>,
  { toDictionary, toTable, toColumns }: Forms<T>,
): Promise<void> {
  if (context.json) return printStream(context, listToJson(dictionaries(found, toDictionary)))
  const items: T[] = []
  for await (const item of found) items.push(item)
  if (given.flag('csv')) return printStream(context, toTable(items).csvStream())
  await printTable(context, toColumns(items))
}

async function* dictionaries<T>(
  found: AsyncIterable<T>,
  toDictionary: (item: T) => unknown,
): AsyncGenerator<unknown, void, undefined> {
  for await (const item of found) yield toDictionary(item)
}

function versionSearch(given: Given): ReturnType<typeof givenSearch> {
  const [search, name] = [givenSearch(given), given.text('name')]
  if (name === undefined) return search
  const quote = name.includes("'") ? '"' : "'"
  if (name.includes(quote) || name.includes('\\'))
    throw new UsageError('This name cannot be searched for: list all versions with --json instead.')
  const own = `name = ${quote}${name}${quote}`
  // What the user wrote comes first, so that an error's place in it stays true.
  return { ...search, filter: search.filter ? `${search.filter} AND ${own}` : own }
}

function modelColumns(models: readonly RegisteredModel[]): TextTableColumn[] {
  return [
    { title: 'Name', cells: models.map(({ name }) => name), rank: 0 },
    {
      title: 'Latest versions',
      cells: models.map(({ latestVersions }) => latestVersions.map(versionAndStage).join(', ')),
    },
    {
      title: 'Aliases',
      cells: models.map(({ aliases }) => aliasesToText(aliases)),
    },
    {
      title: 'Updated',
      cells: models.map(({ lastUpdatedTimestamp }) => timeToCell(lastUpdatedTimestamp)),
      least: WHOLE,
      rank: 2,
    },
    { title: 'Description', cells: models.map(({ description }) => description ?? ''), rank: 3 },
  ]
}

function versionAndStage({ version, currentStage }: ModelVersion): string {
  return currentStage === 'None' ? version : `${version} (${currentStage})`
}

function versionColumns(versions: readonly ModelVersion[]): TextTableColumn[] {
  return [
    { title: 'Name', cells: versions.map(({ name }) => name), rank: 0 },
    { title: 'Version', cells: versions.map(({ version }) => version), align: 'right', rank: 0 },
    { title: 'Stage', cells: versions.map(({ currentStage }) => currentStage), least: WHOLE },
    { title: 'Aliases', cells: versions.map(({ aliases }) => aliases.join(', ')) },
    {
      title: 'Created',
      cells: versions.map(({ creationTimestamp }) => timeToCell(creationTimestamp)),
      least: WHOLE,
      rank: 3,
    },
    { title: 'Run', cells: versions.map(({ runId }) => runId), least: WHOLE, rank: 2 },
    { title: 'Source', cells: versions.map(({ source }) => source), rank: 4 },
  ]
}
