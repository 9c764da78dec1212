import type { Tracker } from '../client/tracker.js'
import { TrackletError } from '../errors.js'
import type { ExportOptions } from '../mlruns/export-options.js'
import type { ExportProgress, ExportReport } from '../mlruns/export-report.js'
import { exportToDictionary, exportToText, skippedToText, type ZipReport } from './export-report.js'
import { oneExperiment } from './find-experiments.js'
import type { Given } from './given.js'
import { printResult, printStream } from './print.js'
import { ProgressLine } from './progress-line.js'
import type { NewOutput } from './terminal.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Context, type Verb } from './verb.js'

/** An export under way. */
interface Exporting {
  readonly tracker: Tracker
  readonly context: Context
  readonly progress: ProgressLine
  readonly options: ExportOptions
}

/** `tracklet export`: writes MLflow's file store. */
export const exportStore: Verb = {
  group: 'export',
  name: 'run',
  isDefault: true,
  summary: "Write experiments and runs as MLflow's file store: an mlruns folder, or a zip of it.",
  options: [
    {
      flags: '-o, --out <path>',
      help: 'a file that ends with .zip, a folder that is new or empty, or - for a zip on standard output',
      required: true,
    },
    {
      flags: '-n, --experiment <name>',
      help: 'only this experiment, by name; may be repeated (default: everything)',
      many: true,
    },
    { flags: '-x, --experiment-id <id>', help: 'the same by id; may be repeated', many: true },
    { flags: '-r, --run-id <id>', help: 'only this run; may be repeated', many: true },
    { flags: '-f, --filter <filter>', help: 'only the active runs that a search finds' },
    {
      flags: '--artifact-root <uri>',
      help: 'where the mlruns folder will be, for its artifact URIs (default: mlruns, which works in its parent)',
    },
    { flags: '--force', help: 'write over a file that is there' },
  ],
  examples: [
    'tracklet export --store ./runs --out backup.zip',
    'tracklet export --out ./for-mlflow/ --artifact-root file:///data/for-mlflow/mlruns',
    'tracklet export -n mnist --filter "metrics.loss < 0.1" --out best.zip',
    'tracklet export --out - | ssh host "cat > backup.zip"',
  ],
  run: async (context, given) => {
    const path = givenPath(context, given)
    checkChoice(given)
    await withTracker(context, async (tracker) => {
      const progress = new ProgressLine(context)
      const signal = context.interruption?.()
      const task = {
        ...{ tracker, context, progress },
        options: {
          ...(await givenPart(tracker, given)),
          onProgress: (at: ExportProgress) => progress.show(at),
          ...(signal && { signal }),
        },
      }
      if (path === '-') return printZip(task)
      await writeOutput(task, { path, force: given.flag('force') })
    })
  },
}

function givenPath({ out, json }: Context, given: Given): string {
  const path = given.required('out')
  if (path === '') throw new UsageError('--out takes a path, or - for standard output.')
  if (path !== '-') return path
  if (json) throw new UsageError('Give either --json or --out -, not both.')
  if (out.columns === null) return path
  throw new UsageError('A terminal shows no zip file: give a path, or pipe the output on.')
}

function checkChoice(given: Given): void {
  const experiments = [...given.texts('experimentId'), ...given.texts('experiment')]
  const isSearch = experiments.length > 0 || given.text('filter') !== undefined
  if (isSearch && given.texts('runId').length > 0)
    throw new UsageError('Give --run-id, or experiments and a --filter, not both.')
}

async function givenPart(tracker: Tracker, given: Given): Promise<ExportOptions> {
  const ids: string[] = []
  for (const id of given.texts('experimentId')) ids.push(await experimentId(tracker, id))
  for (const name of given.texts('experiment'))
    ids.push((await oneExperiment(tracker, { id: undefined, name })).experimentId)
  const runIds = given.texts('runId')
  for (const id of runIds)
    await hinting(tracker.getRun(id), 'runs list --all-experiments --view all')
  const [filter, artifactRoot] = [given.text('filter'), given.text('artifactRoot')]
  return {
    ...(ids.length > 0 && { experimentIds: ids }),
    ...(runIds.length > 0 && { runIds }),
    ...(filter !== undefined && { filter }),
    ...(artifactRoot !== undefined && { artifactRoot }),
  }
}

async function experimentId({ client }: Tracker, id: string): Promise<string> {
  return (await hinting(client.getExperiment(id), 'experiments list --view all')).experimentId
}

/** What is not there is told of with the command that shows what is. */
async function hinting<T>(found: Promise<T>, command: string): Promise<T> {
  try {
    return await found
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode !== 'RESOURCE_DOES_NOT_EXIST')
      throw error
    const message = `${error.message.replace(/\.$/, '')}. \`tracklet ${command}\` shows what there is.`
    throw new TrackletError(error.errorCode, message, { cause: error })
  }
}

/** A zip on standard output: what is left out of it is told of beside it. */
async function printZip({ tracker, context, progress, options }: Exporting): Promise<void> {
  const skipped: string[] = []
  const onReport = (report: ExportReport): void => void skipped.push(...skippedToText(report))
  const zip = tracker.exportZip({ ...options, onReport })
  await printStream(context, zip).finally(() => progress.clear())
  if (skipped.length > 0) await context.err.write(`${skipped.join('\n')}\n`)
}

async function writeOutput(
  task: Exporting,
  { path, force }: { readonly path: string; readonly force: boolean },
): Promise<void> {
  const { tracker, context, progress, options } = task
  if (context.openOutput === undefined) throw new UsageError('Here are no files to write to.')
  const isFolder = !/\.zip$/i.test(path)
  const output = await context.openOutput({ path, force, isFolder })
  try {
    const work = isFolder ? tracker.exportTo(output.temporary, options) : writeZip(task, output)
    const written = await work.finally(() => progress.clear())
    await output.keep()
    const result = exportToDictionary(output.path, written)
    await printResult(context, result, exportToText(output.path, written))
  } catch (error) {
    await output.discard()
    throw error
  }
}

/** What is in the zip, and its size in bytes. */
async function writeZip(
  { tracker, context, options }: Exporting,
  { temporary }: NewOutput,
): Promise<ZipReport> {
  let bytes = 0
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length
      controller.enqueue(chunk)
    },
  })
  const told: ExportReport[] = []
  const onReport = (report: ExportReport): void => void told.push(report)
  const zip = tracker.exportZip({ ...options, onReport })
  await context.writeFile(temporary, zip.pipeThrough(counting))
  return { ...told[0]!, bytes }
}
