import { expect, it } from 'vitest'
import type { ImportReport } from '../../../src/import/report.js'
import type { LocalStore } from '../../../src/store/store.js'
import { sorted, storeAsMade } from './as-made.js'
import type { Made } from './as-made.js'

/** A store into which a database of make_mlflow_db.py was imported, with its artifacts. */
export interface Imported {
  readonly store: LocalStore
  readonly report: ImportReport
  readonly made: Made
}

const KINDS = ['experiments', 'runs', 'models', 'loggedModels', 'traces'] as const
type Kind = (typeof KINDS)[number]

/** Tests that all which MLflow has found in a database is in the store, field by field; `imported` is asked once they run. */
export function checkMade(imported: () => Imported): void {
  it.each(KINDS)('comes in whole: %s', async (kind) => {
    const { store, made } = imported()
    const content = await storeAsMade(store)
    expect(sorted<unknown>(content[kind].map((thing) => levelled(kind, thing)))).toEqual(
      sorted<unknown>(made[kind].map((thing) => levelled(kind, thing))),
    )
  })

  it('keeps deleted logged models deleted', async () => {
    const { store, made } = imported()
    const loggedModelIds = [...made.deletedModels]
    const { loggedModels } = await store.findTaken({ loggedModelIds })
    expect(Object.keys(loggedModels)).toEqual(loggedModelIds)
    for (const modelId of loggedModelIds)
      await expect(store.getLoggedModel(modelId)).rejects.toMatchObject({
        errorCode: 'RESOURCE_DOES_NOT_EXIST',
      })
  })

  it('has the traces that runs have made and are linked to', async () => {
    const { store, made } = imported()
    for (const [runId, traceIds] of Object.entries(made.links)) {
      const filter = `attributes.run_id = '${runId}'`
      const { items } = await store.searchTraces({ experimentIds: ['1'], filter })
      expect(items.map(({ traceId }) => traceId).sort()).toEqual([...traceIds].sort())
    }
  })

  it('tells all that was taken, and of each doubt once', () => {
    const { report, made } = imported()
    const { runs, loggedModels, deletedModels, traces, models } = made
    const added = (count: number): unknown => ({ added: count, skipped: 0, replaced: 0 })
    expect(report).toMatchObject({
      experiments: { added: 5, skipped: 1, replaced: 0 },
      runs: added(runs.length),
      loggedModels: added(loggedModels.length + deletedModels.length),
      traces: added(traces.length),
      registeredModels: added(models.length),
      artifacts: [...runs, ...loggedModels, ...traces].flatMap(({ artifacts }) =>
        Object.keys(artifacts),
      ).length,
    })
    const points = runs.flatMap(({ histories }) => Object.values(histories).flat()).length
    // One point is three models'.
    expect(report.points).toBe(points + (loggedModels.length > 0 ? 2 : 0))
    const doubts = report.doubts.map(({ path }) => path.replace(/[0-9a-f]{32}/, 'RUN'))
    expect(doubts.sort()).toEqual(
      [
        'experiments/1/RUN/metrics/odd/key with. -chars',
        ...(loggedModels.length > 0 ? ['experiments/1/RUN/metrics/odd'] : []),
        'experiments/4/artifacts',
        ...made.leftOut,
      ].sort(),
    )
  })
}

/** The bits of 0, and of NaN. */
const [ZERO, NAN] = ['0000000000000000', '7ff8000000000000']

/**
 * Without what tells where this store keeps things, and with lists that have no order in one. MLflow keeps NaN as 0 in the history of a
 * model: what the run says is taken.
 */
function levelled(kind: Kind, thing: object): object {
  if (kind === 'loggedModels') {
    const { metrics, ...model } = thing as { readonly metrics: readonly (readonly string[])[] }
    return { ...model, metrics: metrics.map(levelledPoint) }
  }
  if (kind === 'runs') {
    const { datasets, modelOutputs, ...run } = thing as Readonly<Record<string, readonly unknown[]>>
    return { ...run, datasets: sorted(datasets!), modelOutputs: sorted(modelOutputs!) }
  }
  if (kind !== 'traces') return thing
  const { tags, spans, ...trace } = thing as {
    readonly tags: Readonly<Record<string, string>>
    readonly spans: readonly unknown[]
  }
  const { 'mlflow.artifactLocation': _, 'mlflow.trace.spansLocation': __, ...rest } = tags
  return { ...trace, tags: rest, spans: sorted(spans) }
}

function levelledPoint([key, timestamp, step, value, ...rest]: readonly string[]): unknown {
  const isNan = key === 'odd' && step === '0' && value === ZERO
  return [key, timestamp, step, isNan ? NAN : value, ...rest]
}
