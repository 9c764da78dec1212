import { compareCodePoints } from '../../search/code-points.js'
import type { ModelVersions } from '../export-store.js'
import { findDeletedLoggedModel } from './logged-models/lookup.js'
import { readLoggedModel } from './logged-models/model-reader.js'
import type { LoggedModelRecord } from './logged-models/model-reader.js'
import { findExperiment, findRun } from './lookup.js'
import { findModel } from './registry/lookup.js'
import { toModelVersion, versionRows } from './registry/version-reader.js'
import { seriesName, seriesOf } from './series-reader.js'
import type { CatalogState } from './state.js'

/** The series of a run's key that belong to one dataset, '' for none, of whatever logged models. */
export interface SeriesOfDataset {
  readonly datasetName: string
  readonly datasetDigest: string
  readonly series: readonly number[]
}

/** The part of the catalog that only exports read. */
export class CatalogExport {
  readonly #state: CatalogState

  constructor(state: CatalogState) {
    this.#state = state
  }

  /** When a run was deleted, in epoch milliseconds; null where it was not. */
  deletedTime(runId: string): number | null {
    const { id } = findRun(this.#state, runId)
    const row = this.#state.db.get('SELECT deleted_time FROM runs WHERE id = ?', [id])
    return row?.[0] == null ? null : Number(row[0])
  }

  /** A key's series by dataset, in the order of their names, none first. RESOURCE_DOES_NOT_EXIST for an unknown run. */
  seriesByDataset(runId: string, key: string): SeriesOfDataset[] {
    const found = new Map<string, SeriesOfDataset & { readonly series: number[] }>()
    for (const id of seriesOf(this.#state, runId, key, { strict: true })) {
      const { datasetName = '', datasetDigest = '' } = seriesName(this.#state, id) ?? {}
      const name = JSON.stringify([datasetName, datasetDigest])
      const group = found.get(name) ?? { datasetName, datasetDigest, series: [] }
      group.series.push(id)
      found.set(name, group)
    }
    return [...found.values()].sort(
      (a, b) =>
        compareCodePoints(a.datasetName, b.datasetName) ||
        compareCodePoints(a.datasetDigest, b.datasetDigest),
    )
  }

  /** A model's versions, by number. */
  modelVersions(name: string): ModelVersions {
    const { id, lastVersion } = findModel(this.#state, name)
    const rows = versionRows(this.#state, 'm.id = ? ORDER BY v.version', [id])
    const versions = rows.map((row) => toModelVersion(this.#state, row, { aliases: false }))
    return { versions, lastVersion }
  }

  /** The ids of an experiment's deleted logged models, in the order that a search gives the others. */
  deletedModelIds(experimentId: string): string[] {
    const { id } = findExperiment(this.#state, experimentId)
    const sql = `SELECT model_id FROM logged_models WHERE experiment = ? AND deleted_time IS NOT NULL
      ORDER BY creation_time DESC, model_id`
    return this.#state.db.all(sql, [id]).map(([modelId]) => String(modelId))
  }

  /** A deleted logged model, but for its metrics. */
  deletedModel(modelId: string): LoggedModelRecord {
    return readLoggedModel(this.#state, findDeletedLoggedModel(this.#state, modelId).id)
  }
}
