import type { DatasetInput } from '../entities/dataset.js'
import type { ModelInput, ModelOutput } from '../entities/logged-model.js'
import type { Metric } from '../entities/metric.js'
import type { Run, RunInfo, RunStatus } from '../entities/run.js'
import { artifactUri } from './evaluate.js'
import type { FrameColumn } from './frame-column.js'
import type { RunFrame } from './frame.js'
import { ROW_ACTIVE } from './frame.js'
import type { FoundRows } from './rank.js'

/** What a frame does not hold itself. */
export interface RunTexts {
  /** The text of a key's id. */
  readonly keyName: (id: number) => string
  /** The datasets of a run that is linked to some, by its internal id. */
  readonly inputs: (run: number) => readonly DatasetInput[]
  /** The logged models of those of some runs that have any, by internal ids. */
  readonly models: (runs: readonly number[]) => ReadonlyMap<number, RunModels>
}

/** The logged models that a run has used and made. */
export interface RunModels {
  readonly modelInputs: readonly ModelInput[]
  readonly modelOutputs: readonly ModelOutput[]
}

interface Draft {
  readonly run: Run
  readonly metrics: Record<string, number>
  readonly params: Record<string, string>
  readonly tags: Record<string, string>
  readonly latest: Metric[]
}

/** Found rows as whole runs, in their order. */
export function rowsToRuns(found: FoundRows, texts: RunTexts): Run[] {
  const drafts: Draft[] = []
  const places = found.frames.map((): Place[] => [])
  const models = texts.models(Array.from(found.rows, (row, i) => frameOf(found, i).runs[row]!))
  for (const [i, row] of found.rows.entries()) {
    const frame = found.frame === null ? 0 : found.frame[i]!
    drafts.push(newDraft(found.frames[frame]!, row, texts, models))
    places[frame]!.push({ row, at: i })
  }
  for (const [f, frame] of found.frames.entries())
    if (places[f]!.length > 0) fill(frame, places[f]!, drafts, texts.keyName)
  return drafts.map(({ run }) => run)
}

interface Place {
  readonly row: number
  /** Which of the drafts it is. */
  readonly at: number
}

function frameOf({ frames, frame }: FoundRows, i: number): RunFrame {
  return frames[frame === null ? 0 : frame[i]!]!
}

function newDraft(
  frame: RunFrame,
  row: number,
  texts: RunTexts,
  models: ReturnType<RunTexts['models']>,
): Draft {
  const draft = { metrics: {}, params: {}, tags: {}, latest: [] as Metric[] }
  const { metrics, params, tags, latest } = draft
  const datasetInputs = frame.links.has(row) ? texts.inputs(frame.runs[row]!) : []
  const { modelInputs = [], modelOutputs = [] } = models.get(frame.runs[row]!) ?? {}
  const run: Run = {
    info: rowToInfo(frame, row),
    data: { metrics, params, tags, latestMetrics: latest },
    inputs: { datasetInputs, modelInputs },
    outputs: { modelOutputs },
  }
  return { ...draft, run }
}

/** The attributes of a row's run. */
function rowToInfo(frame: RunFrame, row: number): RunInfo {
  const endTime = frame.endTimes[row]!
  return {
    runId: frame.runIds[row]!,
    experimentId: frame.experimentId,
    runName: frame.names.get(row) ?? '',
    userId: frame.users.get(row) ?? '',
    status: frame.statuses.get(row) as RunStatus,
    startTime: frame.startTimes[row]!,
    endTime: Number.isNaN(endTime) ? null : endTime,
    artifactUri: artifactUri(frame, row),
    lifecycleStage: frame.states[row] === ROW_ACTIVE ? 'active' : 'deleted',
  }
}

function fill(
  frame: RunFrame,
  places: readonly Place[],
  drafts: readonly Draft[],
  keyName: (id: number) => string,
): void {
  const placeOf = new Map(places.map((place) => [place.row, place]))
  for (const [id, cells] of frame.metrics) {
    const key = keyName(id)
    forEachCell(cells.column, placeOf, (place, slot) => {
      const { step, timestamp, value } = cells.at(place.row, slot, frame.startTimes[place.row]!)
      const { metrics, latest } = drafts[place.at]!
      setOwn(metrics, key, value)
      latest.push({ key, value, timestamp, step })
    })
  }
  for (const kind of ['params', 'tags'] as const)
    for (const [id, { column, codes, texts }] of frame[kind]) {
      const key = keyName(id)
      forEachCell(column, placeOf, ({ at }, slot) =>
        setOwn(drafts[at]![kind], key, texts[codes[slot]!]!),
      )
    }
}

/** Calls `take` for the places that have a cell. A column with fewer cells than places is walked itself. */
function forEachCell(
  column: FrameColumn,
  placeOf: ReadonlyMap<number, Place>,
  take: (place: Place, slot: number) => void,
): void {
  const { rows, count } = column
  if (rows !== null && count < placeOf.size) {
    for (let slot = 0; slot < count; slot++) {
      const place = placeOf.get(rows[slot]!)
      if (place !== undefined) take(place, slot)
    }
    return
  }
  for (const place of placeOf.values()) {
    const slot = column.slot(place.row)
    if (slot >= 0) take(place, slot)
  }
}

function setOwn<T>(record: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') record[key] = value
  else
    Object.defineProperty(record, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
}
