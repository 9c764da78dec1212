// Logs to the store in argv[2], without closing it, and ends as argv[3] says.
import { openTracker } from '../../../../adapters/node.js'
import * as mlflow from '../../../../adapters/node-fluent.js'

const [, , directory = '', ending = ''] = process.argv

await endings()[ending]?.()

function endings(): Record<string, () => Promise<void>> {
  return {
    'end of program': () => logSome(),
    'process.exit': async () => {
      await logSome()
      process.exit(0)
    },
    'uncaught error': async () => {
      await logSome()
      throw new Error('the program fails')
    },
    signal: async () => {
      await logSome()
      waitForSignal()
    },
    'signal with a handler': async () => {
      await logSome()
      process.on('SIGTERM', () => process.exit(7))
      waitForSignal()
    },
    fluent: logFluent,
    'fluent process.exit': async () => {
      await logFluent()
      process.exit(0)
    },
    'fluent signal': async () => {
      await logFluent()
      waitForSignal()
    },
  }
}

async function logSome(): Promise<void> {
  const tracker = await openTracker(directory)
  const run = await tracker.startRun({ name: 'left open' })
  for (let step = 0; step < 1_000; step++) run.logMetric('m', step, { step })
  run.logParam('last', 'param')
}

async function logFluent(): Promise<void> {
  mlflow.setTrackingUri(directory)
  await mlflow.setExperiment('fluent')
  mlflow.logParam('p', 1)
  await mlflow.flush()
  for (let step = 0; step < 1_000; step++) mlflow.logMetric('m', step, { step })
}

function waitForSignal(): void {
  setInterval(() => undefined, 1_000)
  process.stdout.write('ready\n')
}
