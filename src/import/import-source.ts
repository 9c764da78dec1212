import type { ImportOptions } from './import-options.js'
import { canonicalExperimentId } from '../entities/ids.js'
import { invalid } from '../entities/invalid.js'
import { validateExperimentName, validateSafeInteger, validateText } from '../entities/validate.js'
import type { ImportedExperiment, ImportStore } from '../store/import-store.js'
import { Claims } from './claims.js'
import { cleanTags, holds } from './clean.js'
import { placeExperiment } from './conflicts.js'
import type { ExperimentPlace } from './conflicts.js'
import { importLoggedModels } from './import-logged-models.js'
import { importModels } from './import-models.js'
import { importRuns } from './import-runs.js'
import { importTraces } from './import-traces.js'
import { Importing, refuseAborted } from './importing.js'
import { relinkExperiment, relinkModel } from './relink.js'
import { ImportTally } from './report.js'
import type { ImportReport } from './report.js'
import type { Doubt, ImportSource, SourceExperiment } from './source.js'
import { Stager } from './stager.js'

interface Ready {
  readonly handle: number
  readonly experiment: ImportedExperiment
}

/**
 * Takes in all of the source that `open` gives, once everything was read and checked: each experiment in one step. An
 * error leaves the store as it was; what can be taken only in part is in the report. CANCELLED once `signal` is aborted.
 */
export async function importFrom(
  store: ImportStore,
  open: (doubt: Doubt) => Promise<ImportSource>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const tally = new ImportTally()
  const source = await open(tally.doubt)
  try {
    await takeAll(store, source, tally, options)
  } finally {
    await source.close()
  }
  return tally.report()
}

async function takeAll(
  store: ImportStore,
  source: ImportSource,
  tally: ImportTally,
  options: ImportOptions,
): Promise<void> {
  const claims = new Claims(store, tally, options.onConflict)
  const ready: Ready[] = []
  try {
    refuseAborted(options.signal)
    for await (const from of source.experiments())
      if (isExperiment(from, tally.doubt))
        ready.push(await prepare(store, from, { claims, tally, options }))
    const models = await importModels(claims, source, tally, options)
    refuseAborted(options.signal)
    if (options.dryRun === true) return
    while (ready.length > 0) {
      const { handle, experiment } = ready[0]!
      await store.commitImport(handle, relinkExperiment(experiment, claims.renamed))
      ready.shift()
    }
    for (const model of models)
      await store.importRegisteredModel(relinkModel(model, claims.renamed))
  } finally {
    if (options.dryRun !== true)
      for (const { handle } of ready) await store.abortImport(handle).catch(() => undefined)
  }
}

interface Shared {
  readonly claims: Claims
  readonly tally: ImportTally
  readonly options: ImportOptions
}

async function prepare(
  store: ImportStore,
  from: SourceExperiment,
  { claims, tally, options }: Shared,
): Promise<Ready> {
  const { onConflict = 'skip', dryRun = false } = options
  const place = await placeExperiment(claims, from.experiment, onConflict)
  claims.addExperiment(place)
  const handle = dryRun ? 0 : await store.openImport()
  try {
    const stager = new Stager(dryRun ? null : store, handle, tally)
    const importing = new Importing(claims, stager, tally, options)
    const content = {
      ...(await importRuns(from, importing)),
      ...(await importLoggedModels(from, importing)),
      ...(await importTraces(from, importing)),
    }
    await stager.flush()
    const setsTags = place.exists && onConflict === 'replace'
    tellPlace(from, place, setsTags, tally)
    const tags = cleanTags(from.experiment.tags, `${from.path}/tags`, importing.doubt)
    return { handle, experiment: { ...from.experiment, ...place, ...content, tags, setsTags } }
  } catch (error) {
    if (!dryRun) await store.abortImport(handle).catch(() => undefined)
    throw error
  }
}

function tellPlace(
  { experiment: { experimentId, name } }: SourceExperiment,
  place: ExperimentPlace,
  setsTags: boolean,
  tally: ImportTally,
): void {
  if (place.experimentId !== experimentId) tally.rename(experimentId, place.experimentId)
  if (place.name !== name && !place.exists) tally.rename(name, place.name)
  tally.count(
    'experiments',
    experimentId,
    setsTags ? 'replaced' : place.exists ? 'skipped' : 'added',
  )
}

function isExperiment({ experiment, path }: SourceExperiment, doubt: Doubt): boolean {
  const { experimentId, name, artifactLocation, creationTime, lastUpdateTime } = experiment
  return holds(
    () => {
      if (canonicalExperimentId(experimentId) !== experimentId)
        throw invalid(`Invalid experiment ID '${experimentId}'.`)
      validateExperimentName(name)
      validateText(artifactLocation ?? '', 'artifact_location')
      for (const time of [creationTime, lastUpdateTime])
        if (time !== null) validateSafeInteger(time, 'creation_time')
    },
    path,
    doubt,
  )
}
