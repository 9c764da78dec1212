import { parseArgs } from 'node:util'

/** What the command line can say. */
export interface Options {
  /** Directory of the store. */
  readonly store: string
  /** File that the zip of all runs goes to. */
  readonly out: string
  readonly epochs: number
  /** A tenth of the work, for a first look. */
  readonly quick: boolean
}

/** The help text of `npm start`. */
export const USAGE = `Trains small models on real data and tracks them in a store of files.

  npm start -- [options]

  --store DIR   directory of the store     (default ./.tracklet)
  --out FILE    zip of all runs            (default ./runs.zip)
  --epochs N    passes over the digits     (default 3)
  --quick       2,000 digits and 2 runs, for a first look
  --help        this text`

/** Reads the command line; null when help was asked for. Throws on anything it does not know. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string', default: './.tracklet' },
      out: { type: 'string', default: './runs.zip' },
      epochs: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  const epochs = Number(values.epochs)
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new Error(`--epochs takes a whole number from 1, not "${values.epochs}".`)
  return { store: values.store, out: values.out, epochs, quick: values.quick }
}
