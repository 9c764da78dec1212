import {
  validateDatasetInput,
  validateSafeInteger,
  validateStatus,
  validateText,
} from '../entities/validate.js'
import { validateModelInput, validateModelOutput } from '../entities/validate-logged-model.js'
import type { ImportedExperiment, ImportedRun } from '../store/import-store.js'
import { cleanParams, cleanTags, holds, isMetricKey } from './clean.js'
import type { Importing } from './importing.js'
import type { Doubt, SourceExperiment, SourceRun, SourceSeries } from './source.js'

type Runs = Pick<ImportedExperiment, 'runs' | 'replacedRuns'>

/** Takes in the runs of one experiment, one after another, unless they are here and are to be left. */
export async function importRuns(source: SourceExperiment, importing: Importing): Promise<Runs> {
  const runs: ImportedRun[] = []
  const replacedRuns: string[] = []
  for await (const run of importing.claimed('runs', source.runs(), ({ run }) => run.runId)) {
    importing.check()
    const { runId } = run.run
    const path = `${source.path}/${runId}`
    if (!isRun(run.run, path, importing.doubt)) continue
    const place = importing.claims.place('runs', runId, path)
    if (place === null) continue
    if (place.replaces) replacedRuns.push(runId)
    runs.push({ ...(await readRun(run, path, importing)), runId: place.id })
    importing.tally.count('runs', runId, place.replaces ? 'replaced' : 'added')
    importing.progress()
  }
  return { runs, replacedRuns }
}

async function readRun(
  source: SourceRun,
  path: string,
  importing: Importing,
): Promise<ImportedRun> {
  const { run } = source
  const { doubt, stager } = importing
  return {
    ...run,
    metrics: await stager.metrics(goodMetrics(source, `${path}/metrics`, importing)),
    files: await importing.files(source.files(), `${path}/artifacts`),
    params: cleanParams(run.params, `${path}/params`, doubt),
    tags: cleanTags(run.tags, `${path}/tags`, doubt),
    datasetInputs: run.datasetInputs.filter((input, i) =>
      holds(() => validateDatasetInput(input, i), `${path}/inputs`, doubt),
    ),
    modelInputs: (run.modelInputs ?? []).filter((input, i) =>
      holds(() => validateModelInput(input, i), `${path}/inputs`, doubt),
    ),
    modelOutputs: (run.modelOutputs ?? []).filter((output, i) =>
      holds(() => validateModelOutput(output, i), `${path}/outputs`, doubt),
    ),
  }
}

function isRun(run: SourceRun['run'], path: string, doubt: Doubt): boolean {
  return holds(
    () => {
      validateText(run.runName, 'run_name')
      validateText(run.userId, 'user_id')
      validateStatus(run.status)
      validateSafeInteger(run.startTime, 'start_time')
      for (const time of [run.endTime, run.deletedTime])
        if (time !== null) validateSafeInteger(time, 'end_time')
    },
    path,
    doubt,
  )
}

async function* goodMetrics(
  source: SourceRun,
  path: string,
  importing: Importing,
): AsyncGenerator<SourceSeries, void, undefined> {
  let [last, good] = ['', false]
  for await (const stretch of source.metrics()) {
    importing.check()
    if (stretch.key !== last) good = isMetricKey(stretch.key, path, importing.doubt)
    last = stretch.key
    if (good) yield stretch
  }
}
