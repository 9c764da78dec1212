import type { ExportReport } from '../mlruns/export-report.js'
import { bytesToText, countToText } from './storage.js'
import { toVisible } from './text-width.js'

/** What is shown one by one of what was left out. */
const SHOWN = 20

/** What is in a zip file, and its size in bytes. */
export interface ZipReport extends ExportReport {
  readonly bytes: number
}

/** An export for a program: what is in it; `bytes` are those of a zip file. */
export function exportToDictionary(path: string, written: ExportReport | ZipReport): unknown {
  return {
    path,
    ...('bytes' in written && { bytes: written.bytes }),
    experiments: written.experiments,
    runs: written.runs,
    logged_models: written.loggedModels,
    traces: written.traces,
    registered_models: written.registeredModels,
    model_versions: written.modelVersions,
    points: written.points,
    artifacts: written.artifacts,
    artifact_bytes: written.artifactBytes,
    skipped: written.skipped,
  }
}

/** The same for people. */
export function exportToText(path: string, written: ExportReport | ZipReport): string {
  const size = 'bytes' in written ? ` (${bytesToText(written.bytes)})` : ''
  const line = `Wrote ${toVisible(path)}${size}: ${countsToText(written)}.`
  return [line, ...skippedToText(written)].join('\n')
}

/** What was left out, in lines; none where that is nothing. */
export function skippedToText({ skipped }: ExportReport): string[] {
  if (skipped.length === 0) return []
  const lines = skipped
    .slice(0, SHOWN)
    .map(({ owner, kind, name, reason }) =>
      toVisible(`  ${[owner, kind, name].filter((part) => part !== '').join(' ')}: ${reason}`),
    )
  const more = skipped.length - SHOWN
  return [
    `Left out, as the format cannot hold it (${countToText(skipped.length)}):`,
    ...lines,
    ...(more > 0 ? [`  and ${countToText(more)} more: --json shows them.`] : []),
  ]
}

/** What is always told, and of the rest what there is. */
function countsToText(written: ExportReport): string {
  const { experiments, runs, points, artifacts, artifactBytes } = written
  const { loggedModels, traces, registeredModels } = written
  return [
    counted(experiments, 'experiment'),
    counted(runs, 'run'),
    counted(points, 'metric point'),
    `${counted(artifacts, 'file')} (${bytesToText(artifactBytes)})`,
    ...(loggedModels > 0 ? [counted(loggedModels, 'logged model')] : []),
    ...(traces > 0 ? [counted(traces, 'trace')] : []),
    ...(registeredModels > 0 ? [counted(registeredModels, 'registered model')] : []),
  ].join(', ')
}

function counted(n: number, noun: string): string {
  return `${countToText(n)} ${noun}${n === 1 ? '' : 's'}`
}
