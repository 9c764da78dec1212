import { ResultTable } from '../client/result-table.js'
import type { TableColumn } from '../entities/column-table.js'
import type { ModelVersion, RegisteredModel } from '../entities/registered-model.js'

/** Registered models as a table for spreadsheets, with a column for each tag. */
export function modelsToTable(models: readonly RegisteredModel[]): ResultTable {
  return new ResultTable({
    length: models.length,
    columns: [
      text('name', models, ({ name }) => name),
      text('description', models, ({ description }) => description),
      time('creation_timestamp', models, (model) => model.creationTimestamp),
      time('last_updated_timestamp', models, (model) => model.lastUpdatedTimestamp),
      text('latest_versions', models, (model) =>
        model.latestVersions.map(({ version }) => version).join(' '),
      ),
      text('aliases', models, ({ aliases }) => aliasesToText(aliases)),
      ...tags(models),
    ],
  })
}

/** Versions likewise. */
export function versionsToTable(versions: readonly ModelVersion[]): ResultTable {
  return new ResultTable({
    length: versions.length,
    columns: [
      text('name', versions, ({ name }) => name),
      text('version', versions, ({ version }) => version),
      text('current_stage', versions, ({ currentStage }) => currentStage),
      text('description', versions, ({ description }) => description),
      time('creation_timestamp', versions, (version) => version.creationTimestamp),
      time('last_updated_timestamp', versions, (version) => version.lastUpdatedTimestamp),
      text('run_id', versions, ({ runId }) => runId),
      text('source', versions, ({ source }) => source),
      text('aliases', versions, ({ aliases }) => aliases.join(' ')),
      ...tags(versions),
    ],
  })
}

/** Aliases in a cell: `champion=3 old=1`. */
export function aliasesToText(aliases: RegisteredModel['aliases']): string {
  return Object.entries(aliases)
    .map(([alias, version]) => `${alias}=${version}`)
    .join(' ')
}

function text<T>(
  name: string,
  rows: readonly T[],
  cell: (row: T) => string | null | undefined,
): TableColumn {
  return { kind: 'mixed', name, values: rows.map((row) => cell(row) ?? null) }
}

function time<T>(name: string, rows: readonly T[], cell: (row: T) => number): TableColumn {
  const missing = new Uint8Array(rows.length)
  return { kind: 'time', name, values: Float64Array.from(rows, cell), missing }
}

function tags(rows: readonly { readonly tags: Readonly<Record<string, string>> }[]): TableColumn[] {
  const keys = new Set(rows.flatMap((row) => Object.keys(row.tags)))
  return [...keys].sort().map((key) => text(`tags.${key}`, rows, (row) => row.tags[key]))
}
