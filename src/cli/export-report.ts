import type { ExportReport } from '../mlruns/export-report.js'
import { bytesToText, countToText } from './storage.js'
import { toVisible } from './text-width.js'

/** What is shown one by one of what was left out. */
const SHOWN = 20

/** An export for a program: `bytes` of a zip file, or what is in a folder. */
export function exportToDictionary(path: string, written: ExportReport | number): unknown {
  if (typeof written === 'number') return { path, bytes: written }
  return {
    path,
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
export function exportToText(path: string, written: ExportReport | number): string {
  if (typeof written === 'number') return `Wrote ${toVisible(path)} (${bytesToText(written)}).`
  const { experiments, runs, points, artifacts, artifactBytes, skipped } = written
  const counts = [
    `${countToText(experiments)} experiments`,
    `${countToText(runs)} runs`,
    `${countToText(points)} metric points`,
    `${countToText(artifacts)} files (${bytesToText(artifactBytes)})`,
  ]
  const lines = [`Wrote ${toVisible(path)}: ${counts.join(', ')}.`]
  if (skipped.length === 0) return lines.join('\n')
  lines.push(`Left out, as the format cannot hold it (${countToText(skipped.length)}):`)
  for (const { owner, kind, name, reason } of skipped.slice(0, SHOWN))
    lines.push(
      toVisible(`  ${[owner, kind, name].filter((part) => part !== '').join(' ')}: ${reason}`),
    )
  const more = skipped.length - SHOWN
  if (more > 0) lines.push(`  and ${countToText(more)} more: --json shows them.`)
  return lines.join('\n')
}
