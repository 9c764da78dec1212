import type { ImportKind, ImportReport, Tracker } from 'tracklet'
import { compareNames } from './run-keys.js'

/** An experiment as the chooser lists it. */
export interface ListedExperiment {
  readonly experimentId: string
  readonly name: string
  readonly isDeleted: boolean
  /** How many runs it has that are not deleted. */
  readonly runs: number
  readonly deletedRuns: number
}

/** Ids may be past what numbers can tell apart. */
const LIST = `
  SELECT CAST(e.experiment_id AS TEXT) AS id, e.name AS name, e.lifecycle_stage AS stage,
    COUNT(CASE WHEN r.lifecycle_stage = 'active' THEN 1 END) AS runs,
    COUNT(CASE WHEN r.lifecycle_stage = 'deleted' THEN 1 END) AS deleted_runs
  FROM experiments e LEFT JOIN runs r ON r.experiment_id = e.experiment_id
  GROUP BY e.experiment_id`

/** Those that are not deleted count first. */
const MOST_RUNS = `
  SELECT CAST(experiment_id AS TEXT) AS id FROM runs
  WHERE run_uuid IN (SELECT value FROM json_each(?)) GROUP BY experiment_id
  ORDER BY COUNT(CASE WHEN lifecycle_stage = 'active' THEN 1 END) DESC, COUNT(*) DESC LIMIT 1`

/** All experiments, by name, with how many runs they have. */
export async function listExperiments(tracker: Tracker): Promise<ListedExperiment[]> {
  const table = await tracker.sql(LIST)
  const rows = table.rows().map((row) => ({
    experimentId: String(row.id),
    name: String(row.name),
    isDeleted: row.stage === 'deleted',
    runs: Number(row.runs),
    deletedRuns: Number(row.deleted_runs),
  }))
  return rows.sort((one, other) => compareNames(one.name, other.name))
}

/** What an import has brought: the experiments that are new or have more runs than before, the most grown first. */
export function grownExperiments(
  before: readonly ListedExperiment[],
  after: readonly ListedExperiment[],
): ListedExperiment[] {
  const old = new Map(before.map((listed) => [listed.experimentId, runsOf(listed)]))
  const growth = (listed: ListedExperiment): number =>
    runsOf(listed) - (old.get(listed.experimentId) ?? -1)
  return after
    .filter((listed) => growth(listed) > 0)
    .sort(
      (one, other) =>
        Number(one.isDeleted) - Number(other.isDeleted) || growth(other) - growth(one),
    )
}

/** The id of the experiment that most of what was skipped is in; null where nothing was that has one. */
export async function skippedExperiment(
  tracker: Tracker,
  report: ImportReport,
): Promise<string | null> {
  const ids = (kind: ImportKind): string[] =>
    report.skipped.filter((one) => one.kind === kind).map(({ id }) => id)
  const table = await tracker.sql(MOST_RUNS, [JSON.stringify(ids('runs'))])
  const [row] = table.rows()
  if (row) return String(row.id)
  const [experiment] = ids('experiments')
  return experiment === undefined ? null : idHere(report, experiment)
}

/** The id here of an experiment of a source. */
export function idHere({ renamed }: ImportReport, experimentId: string): string {
  return Object.hasOwn(renamed, experimentId) ? String(renamed[experimentId]) : experimentId
}

function runsOf({ runs, deletedRuns }: ListedExperiment): number {
  return runs + deletedRuns
}
