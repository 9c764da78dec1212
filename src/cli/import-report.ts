import type { ImportCount, ImportKind, ImportReport } from '../import/report.js'
import { bytesToText, countToText } from './storage.js'
import { toVisible } from './text-width.js'

/** Doubts and new names that are shown one by one. */
const SHOWN = 20

const NAMES: Readonly<Record<ImportKind, readonly [one: string, many: string]>> = {
  experiments: ['experiment', 'experiments'],
  runs: ['run', 'runs'],
  loggedModels: ['logged model', 'logged models'],
  traces: ['trace', 'traces'],
  registeredModels: ['registered model', 'registered models'],
}
const KINDS = Object.keys(NAMES) as ImportKind[]

/** An import's report for a program. */
export function reportToDictionary(report: ImportReport, dryRun: boolean): unknown {
  return {
    dry_run: dryRun,
    experiments: report.experiments,
    runs: report.runs,
    logged_models: report.loggedModels,
    traces: report.traces,
    registered_models: report.registeredModels,
    points: report.points,
    artifacts: report.artifacts,
    artifact_bytes: report.artifactBytes,
    skipped: report.skipped,
    renamed: report.renamed,
    doubts: report.doubts,
    more_doubts: report.moreDoubts,
  }
}

/** The same for people: what came in, what was here, what has another name, and what could not be taken. */
export function reportToText(report: ImportReport, dryRun: boolean): string {
  const lines = [dryRun ? 'Would import:' : 'Imported:']
  for (const kind of KINDS) lines.push(...countLine(report[kind], NAMES[kind]))
  const { points, artifacts, artifactBytes } = report
  if (points > 0) lines.push(`  ${counted(points, ['metric point', 'metric points'])}`)
  if (artifacts > 0)
    lines.push(`  ${counted(artifacts, ['file', 'files'])} (${bytesToText(artifactBytes)})`)
  if (lines.length === 1) lines.push('  nothing')
  const renamed = Object.entries(report.renamed).map(([from, to]) => `${from} is ${to} here`)
  lines.push(...listed('Renamed', renamed, renamed.length))
  const doubts = report.doubts.map(({ path, reason }) => `${path}: ${reason}`)
  const all = doubts.length + report.moreDoubts
  lines.push(...listed('Left out, changed or in doubt', doubts, all))
  return lines.join('\n')
}

function countLine(
  { added, skipped, replaced }: ImportCount,
  names: readonly [string, string],
): string[] {
  if (added + skipped + replaced === 0) return []
  const notes = [
    ...(replaced > 0 ? [`${countToText(replaced)} replaced`] : []),
    ...(skipped > 0 ? [`${countToText(skipped)} skipped, as here already`] : []),
  ]
  const rest = notes.length === 0 ? '' : ` (${notes.join(', ')})`
  return [`  ${counted(added, names)}${rest}`]
}

function listed(title: string, items: readonly string[], all: number): string[] {
  if (all === 0) return []
  const shown = items.slice(0, SHOWN).map((item) => `  ${toVisible(item)}`)
  const more = all - shown.length
  const rest = more > 0 ? [`  and ${countToText(more)} more: --json shows them.`] : []
  return [`${title} (${countToText(all)}):`, ...shown, ...rest]
}

function counted(n: number, [one, many]: readonly [string, string]): string {
  return `${countToText(n)} ${n === 1 ? one : many}`
}
