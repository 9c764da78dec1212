// Logs to the store in argv[2] through the worker thread of the script argv[3], without closing it, and ends as argv[4] says.
import { openTracker } from '../../../adapters/node.js'

const [, , directory = '', worker = '', ending = ''] = process.argv

const tracker = await openTracker(directory, { worker, lockTimeoutMs: 500 })
const run = await tracker.startRun({ name: 'left open' })
for (let step = 0; step < 1_000; step++) run.logMetric('m', step, { step })
run.logParam('last', 'param')

if (ending === 'process.exit') process.exit(0)
if (ending === 'uncaught error') throw new Error('the program fails')
if (ending === 'killed') {
  await tracker.flush()
  process.kill(process.pid, 'SIGKILL')
}
if (ending === 'signal') {
  setInterval(() => undefined, 1_000)
  process.stdout.write('ready\n')
}
