import type { ImportReport } from '../import/report.js'
import { ON_CONFLICT } from '../import/import-options.js'
import type { OnConflict } from '../import/import-options.js'
import type { ZipLimits } from '../zip/zip-tree.js'
import type { Given } from './given.js'
import { reportToDictionary, reportToText } from './import-report.js'
import { printResult } from './print.js'
import { ProgressLine } from './progress-line.js'
import { withTracker, type Context, type Verb } from './verb.js'

/** `tracklet import`: takes in what MLflow has tracked. */
export const importPath: Verb = {
  group: 'import',
  name: 'from',
  isDefault: true,
  summary:
    'Take in an mlruns folder, a zip of one or a database of MLflow; makes the store where there is none.',
  operands: '<path>',
  options: [
    {
      flags: '--on-conflict <how>',
      help: 'what is done about runs and models that are here already',
      choices: ON_CONFLICT,
      fallback: 'skip',
    },
    {
      flags: '--dry-run',
      help: 'read and check everything, tell what would be done, change nothing and make no store',
    },
    {
      flags: '--artifacts <path>',
      help: "where a database's files are (default: mlruns and mlartifacts beside it)",
    },
    { flags: '--max-entries <n>', help: 'of a zip: files and folders taken', count: true },
    { flags: '--max-bytes <n>', help: 'of a zip: bytes taken when unpacked', count: true },
    {
      flags: '--max-ratio <n>',
      help: 'of a zip: how many times its own size it may have when unpacked',
      count: true,
    },
  ],
  examples: [
    'tracklet import ./mlruns --store ./runs',
    'tracklet import backup.zip --on-conflict replace --dry-run',
    'tracklet import mlflow.db --artifacts ./mlartifacts --json | jq .doubts',
  ],
  run: (context, given) =>
    withTracker(
      context,
      async (tracker) => {
        const progress = new ProgressLine(context)
        const dryRun = given.flag('dryRun')
        const [artifacts, signal] = [given.text('artifacts'), context.interruption?.()]
        const work = tracker.importFrom(given.operands[0] ?? '', {
          onConflict: givenConflict(given),
          dryRun,
          limits: givenLimits(given),
          onProgress: (at) => progress.show(at),
          ...(artifacts !== undefined && { artifacts }),
          ...(signal && { signal }),
        })
        await print(context, await work.finally(() => progress.clear()), dryRun)
      },
      { create: !given.flag('dryRun'), orEmpty: given.flag('dryRun') },
    ),
}

function givenConflict(given: Given): OnConflict {
  return ON_CONFLICT.find((name) => name === given.text('onConflict')) ?? 'skip'
}

function givenLimits(given: Given): ZipLimits {
  const names = ['maxEntries', 'maxBytes', 'maxRatio'] as const
  const limits = names.map((name) => [name, given.count(name)] as const)
  return Object.fromEntries(limits.filter(([, limit]) => limit !== undefined)) as ZipLimits
}

async function print(context: Context, report: ImportReport, dryRun: boolean): Promise<void> {
  await printResult(context, reportToDictionary(report, dryRun), reportToText(report, dryRun))
}
