import { TrackletError } from '../../errors.js'
import { findDeletedLoggedModel, findLoggedModel } from './logged-models/lookup.js'
import { findActiveRun, findRun } from './lookup.js'
import type { CatalogState } from './state.js'

/** What files are looked for: to read or write them, or to read those of a deleted logged model, which only exports do. */
export type FileUse = 'read' | 'write' | 'read deleted'

/**
 * The internal id of what keeps files under an id: a run, a trace, or a logged model (`m-...`), all of one number space.
 * RESOURCE_DOES_NOT_EXIST where there is none; files of a deleted run can be read, but not written.
 */
export function artifactOwner(state: CatalogState, id: string, use: FileUse): number {
  if (use === 'read deleted') return findDeletedLoggedModel(state, id).id
  if (typeof id === 'string' && !isRun(state, id)) {
    // Those of older clients begin with anything.
    const row = state.db.get('SELECT id FROM traces WHERE trace_id = ?', [id])
    if (row !== undefined) return Number(row[0])
    if (id.startsWith('m-')) return findLoggedModel(state, id).id
    if (id.startsWith('tr-'))
      throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${id}' not found.`)
  }
  return (use === 'write' ? findActiveRun : findRun)(state, id).id
}

/** Imported runs keep their ids, whatever these begin with. */
function isRun(state: CatalogState, id: string): boolean {
  return state.db.get('SELECT 1 FROM runs WHERE run_id = ?', [id]) !== undefined
}
