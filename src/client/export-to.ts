import { invalid } from '../entities/invalid.js'
import type { NewFolder } from '../artifacts/file-access.js'
import { checkExportOptions, EXPORT_OPTIONS, type ExportOptions } from '../mlruns/export-options.js'
import type { ExportReport } from '../mlruns/export-report.js'
import { checkKnown } from './known-options.js'
import type { Session } from './session.js'

/** Where an export goes: a path on this machine's disk, or a page's directory that it may write. */
export type ExportTarget = string | FileSystemDirectoryHandle

/** The same files as in the zip, in a folder that is new or empty; the code that writes them is loaded when called. */
export async function exportTo(
  session: Session,
  target: ExportTarget,
  options: ExportOptions = {},
): Promise<ExportReport> {
  session.assertOpen()
  checkKnown('exportTo', options, EXPORT_OPTIONS)
  checkExportOptions(options)
  const { exportFolder } = await import('../mlruns/export-folder.js')
  return exportFolder(session.store, await openTarget(session, target), options)
}

async function openTarget({ files }: Session, target: ExportTarget): Promise<NewFolder> {
  if (typeof target === 'string') {
    if (files?.openNewFolder === undefined)
      throw invalid('Paths cannot be written here: give a directory handle.')
    return files.openNewFolder(target)
  }
  if (typeof target !== 'object' || target === null || !('getDirectoryHandle' in target))
    throw invalid('An export goes to a path, or a directory handle.')
  const { directoryHandleFolder } = await import('../mlruns/directory-handle-folder.js')
  return directoryHandleFolder(target)
}
