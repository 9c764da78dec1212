import { EXPERIMENT_ID } from './options.js'
import { printResult, printStream } from './print.js'
import { toVisible } from './text-width.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Verb } from './verb.js'

/** `tracklet experiments csv`: the active runs of an experiment as CSV. */
export const experimentsCsv: Verb = {
  group: 'experiments',
  name: 'csv',
  summary: "Write an experiment's runs as CSV, with the columns of mlflow.search_runs.",
  options: [
    EXPERIMENT_ID,
    { flags: '-o, --filename <file>', help: 'write to a file rather than to standard output' },
  ],
  examples: [
    'tracklet experiments csv --experiment-id 1 --filename runs.csv',
    'tracklet experiments csv -x 1 > runs.csv',
  ],
  run: async (context, given) => {
    const [id, filename] = [given.required('experimentId'), given.text('filename')]
    if (context.json && filename === undefined)
      throw new UsageError('With --json give --filename; or use: tracklet runs list --json')
    await withTracker(context, async (tracker) => {
      await tracker.client.getExperiment(id)
      const table = await tracker.runsTable({ experimentIds: [id] })
      if (filename === undefined) return printStream(context, table.csvStream())
      await context.writeFile(filename, table.csvStream())
      const file = toVisible(filename)
      const line = `Experiment with ID ${id} has been exported as a CSV to file: ${file}.`
      await printResult(context, { experiment_id: id, filename, runs: table.length }, line)
    })
  },
}
