import type { FoundRows } from '../../search/rank.js'
import type { RunFrame } from '../../search/frame.js'
import type { Catalog } from '../catalog/catalog.js'
import type { Searcher } from './searcher.js'

interface RowOfRun {
  readonly frame: number
  readonly row: number
}

/** Hands the rows of named runs to `take`, in the order of their ids. RESOURCE_DOES_NOT_EXIST where one is not there. */
export async function rowsOfRuns<T>(
  catalog: Catalog,
  searcher: Searcher,
  runIds: readonly string[],
  take: (found: FoundRows) => T,
): Promise<T> {
  const experiments = new Set(runIds.map((runId) => catalog.placeOfRun(runId).experiment))
  return searcher.frames([...experiments], (frames) => {
    // Found again, since a run may have been purged while frames were read.
    const rows = runIds.map((runId) => rowOfRun(catalog, frames, runId))
    return take({
      frames,
      frame: Uint32Array.from(rows, ({ frame }) => frame),
      rows: Uint32Array.from(rows, ({ row }) => row),
    })
  })
}

function rowOfRun(catalog: Catalog, frames: readonly RunFrame[], runId: string): RowOfRun {
  const { run, experiment } = catalog.placeOfRun(runId)
  const frame = frames.findIndex((one) => one.experiment === experiment)
  return { frame, row: frames[frame]!.rowOf(run)! }
}
