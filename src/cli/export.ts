import type { Tracker } from '../client/tracker.js'
import type { ExportOptions } from '../mlruns/export-options.js'
import { exportToDictionary, exportToText } from './export-report.js'
import { oneExperiment } from './find-experiments.js'
import type { Given } from './given.js'
import { NAME_FLAGS } from './options.js'
import { printResult, printStream } from './print.js'
import type { NewOutput } from './terminal.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Context, type Verb } from './verb.js'

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
    { flags: NAME_FLAGS, help: 'only this experiment, by name; may be repeated', many: true },
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
      const options = await givenPart(tracker, given)
      if (path === '-') return printStream(context, tracker.exportZip(options))
      await writeOutput(tracker, context, { path, force: given.flag('force') }, options)
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
  const experiments = [...given.texts('experimentId'), ...given.texts('experimentName')]
  const isSearch = experiments.length > 0 || given.text('filter') !== undefined
  if (isSearch && given.texts('runId').length > 0)
    throw new UsageError('Give --run-id, or experiments and a --filter, not both.')
}

async function givenPart(tracker: Tracker, given: Given): Promise<ExportOptions> {
  const ids = [...given.texts('experimentId')]
  for (const name of given.texts('experimentName'))
    ids.push((await oneExperiment(tracker, { id: undefined, name })).experimentId)
  const runIds = given.texts('runId')
  const [filter, artifactRoot] = [given.text('filter'), given.text('artifactRoot')]
  return {
    ...(ids.length > 0 && { experimentIds: ids }),
    ...(runIds.length > 0 && { runIds }),
    ...(filter !== undefined && { filter }),
    ...(artifactRoot !== undefined && { artifactRoot }),
  }
}

async function writeOutput(
  tracker: Tracker,
  context: Context,
  { path, force }: { readonly path: string; readonly force: boolean },
  options: ExportOptions,
): Promise<void> {
  if (context.openOutput === undefined) throw new UsageError('Here are no files to write to.')
  const isFolder = !/\.zip$/i.test(path)
  const output = await context.openOutput({ path, force, isFolder })
  try {
    const written = isFolder
      ? await tracker.exportTo(output.temporary, options)
      : await writeZip(tracker, context, output, options)
    await output.keep()
    const result = exportToDictionary(output.path, written)
    await printResult(context, result, exportToText(output.path, written))
  } catch (error) {
    await output.discard()
    throw error
  }
}

/** Bytes written. */
async function writeZip(
  tracker: Tracker,
  context: Context,
  { temporary }: NewOutput,
  options: ExportOptions,
): Promise<number> {
  let bytes = 0
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length
      controller.enqueue(chunk)
    },
  })
  await context.writeFile(temporary, tracker.exportZip(options).pipeThrough(counting))
  return bytes
}
