import type { Dataset, DatasetInput } from '../entities/dataset.js'
import { validateDatasetInput } from '../entities/validate.js'
import type { Doubt } from '../import/source.js'
import type { ForeignDatabase } from './foreign-database.js'
import { BadRow, checked, doubting, readRows, readTexts } from './rows.js'
import { TABLES } from './tables.js'

const OF_RUN = `WHERE destination_id = ? AND destination_type = 'RUN' AND source_type = 'DATASET'
  ORDER BY input_uuid`

/** Reads the datasets that runs used, each once. */
export class DatasetReader {
  readonly #db: ForeignDatabase
  readonly #doubt: Doubt
  readonly #known = new Map<string, Dataset | null>()

  constructor(db: ForeignDatabase, doubt: Doubt) {
    this.#db = db
    this.#doubt = doubt
  }

  /** The inputs of a run, which is at `path` in the source. Those that no store could hold are doubted and left out. */
  inputs(runId: string, path: string): DatasetInput[] {
    const inputs: DatasetInput[] = []
    for (const row of readRows(this.#db, 'inputs', TABLES.inputs, OF_RUN, [runId])) {
      const input = doubting(`${path}/inputs`, this.#doubt, () => {
        const dataset = this.#dataset(row.required('source_id'))
        if (dataset === null) throw new BadRow('its dataset is missing')
        const tags = this.#tags(row.required('input_uuid'), `${path}/inputs`)
        return checked(() => validateDatasetInput({ dataset, tags }, inputs.length))
      })
      if (input !== null) inputs.push(input)
    }
    return inputs
  }

  #dataset(id: string): Dataset | null {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const dataset = this.#read(id)
    this.#known.set(id, dataset)
    return dataset
  }

  #read(id: string): Dataset | null {
    const where = 'WHERE dataset_uuid = ? LIMIT 1'
    const [row] = readRows(this.#db, 'datasets', TABLES.datasets, where, [id])
    if (row === undefined) return null
    return doubting(`datasets/${id}`, this.#doubt, () => ({
      name: row.required('name'),
      digest: row.required('digest'),
      sourceType: row.text('dataset_source_type') ?? '',
      source: row.text('dataset_source') ?? '',
      schema: row.text('dataset_schema'),
      profile: row.text('dataset_profile'),
    }))
  }

  #tags(inputId: string, path: string): Record<string, string> {
    const where = 'WHERE input_uuid = ?'
    const rows = readRows(this.#db, 'input_tags', TABLES.input_tags, where, [inputId])
    return readTexts(rows, ['name', 'value'], path, this.#doubt)
  }
}
