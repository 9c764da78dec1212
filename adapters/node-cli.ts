#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { Given } from '../src/cli/given.js'
import { reportUsage, runVerb } from '../src/cli/run-verb.js'
import { Interrupted, OutputClosed, type Platform, type Screen } from '../src/cli/terminal.js'
import type { Verb, VerbOption } from '../src/cli/verb.js'
import { GROUPS, VERBS } from '../src/cli/verbs.js'
import type { Tracker } from '../src/client/tracker.js'
import { TrackletError } from '../src/errors.js'

const ABOUT = [
  'Experiment tracking in a folder, without a server. `tracklet COMMAND --help` has examples.',
  'Exit codes: 0 done, 1 refused by the store, 2 wrong usage, 130 interrupted.',
  'Environment: TRACKLET_URI names the store; MLFLOW_EXPERIMENT_NAME or MLFLOW_EXPERIMENT_ID the experiment whose ' +
    'runs are listed; NO_COLOR turns colour off.',
].join('\n\n')

/** Of a terminal that does not tell. */
const USUAL_WIDTH = 80

/** Options of every command; they may stand anywhere on the line. */
interface Globals {
  readonly store?: string
  readonly json?: boolean
}

const out = screenOf(process.stdout)
const err = screenOf(process.stderr)
// The code is set, not exited with: what was written must reach its reader.
process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let code = 0
  const program = createProgram((result) => {
    code = result
  })
  const json = args.includes('--json')
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help that was asked for, and the version, end the same way.
    if (error.exitCode === 0) return 0
    return reportUsage(usageMessage(error), { err, json }).catch(() => 2)
  }
}

function createProgram(done: (code: number) => void): Command {
  const program = new Command('tracklet')
    .description(ABOUT)
    .version(packageVersion(), '--version', 'print the version')
    .option('--store <dir>', 'the store (default: TRACKLET_URI, else ./.tracklet)')
    .option('--json', 'print JSON, errors too')
    .helpOption('--help', 'print this text')
  quiet(program)
  for (const [group, about] of Object.entries(GROUPS)) {
    const parent = program.command(group).description(about)
    for (const verb of VERBS) if (verb.group === group) addVerb(parent, verb, done)
  }
  return program
}

/** Errors are thrown rather than printed, so that they can be told as JSON. Subcommands made later do the same. */
function quiet(program: Command): void {
  program
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeErr: () => undefined })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
}

function addVerb(parent: Command, verb: Verb, done: (code: number) => void): void {
  const { isDefault = false } = verb
  const command = parent.command(verb.name, { isDefault }).description(verb.summary)
  // What the group's name does alone has its options in the group's help.
  if (isDefault) parent.addHelpText('after', () => `\n${command.helpInformation()}`)
  if (verb.alias !== undefined) command.alias(verb.alias)
  if (verb.operands !== undefined) command.argument(verb.operands)
  for (const option of verb.options) command.addOption(toOption(option))
  const examples = verb.examples.map((line) => `  $ ${line}`).join('\n')
  command.addHelpText('after', `\nExamples:\n${examples}`)
  command.action(async () => {
    const { store, json = false } = command.optsWithGlobals<Globals>()
    const operands = command.args
    const given = new Given(command.opts<Record<string, unknown>>(), operands)
    done(await runVerb(verb, { ...platform(store), json }, given))
  })
}

function toOption({
  flags,
  help,
  many = false,
  required = false,
  choices,
  fallback,
  count = false,
}: VerbOption): Option {
  const option = new Option(flags, help)
  if (required) option.makeOptionMandatory()
  if (choices !== undefined) option.choices(choices)
  if (fallback !== undefined) option.default(fallback)
  if (count) option.argParser(toCount)
  if (many) option.argParser((value, before: string[] | undefined) => [...(before ?? []), value])
  return option
}

function toCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) return count
  throw new InvalidArgumentError('It takes a whole number from 1.')
}

function usageMessage({ code, message }: CommanderError): string {
  // A group of commands was named without a command.
  if (code === 'commander.help') return 'Say what to do: `tracklet --help` lists the commands.'
  return message.replace(/^error: /, '')
}

function platform(uri: string | undefined): Platform {
  return {
    env: process.env,
    out,
    err,
    openTracker: (options) => openStore(uri, options),
    interruption,
    openServer: async () => {
      const [{ defaultUri }, { nodeServerPort }] = await Promise.all([
        import('./node.js'),
        import('./node-server-command.js'),
      ])
      return nodeServerPort(uri ?? defaultUri())
    },
    openFolder: async (options) => {
      const { openFolder } = await import('./node-artifact-directory-folder.js')
      return openFolder(options)
    },
    openOutput: async (options) => (await import('./node-cli-output.js')).openOutput(options),
    writeFile: writeOrRefuse,
  }
}

async function openStore(
  uri: string | undefined,
  { create, orEmpty = false }: Parameters<Platform['openTracker']>[0],
): Promise<Tracker> {
  // Loaded here, so that help and wrong usage need not wait for the engine.
  const { defaultUri, openTracker } = await import('./node.js')
  try {
    return await openTracker(uri, { create })
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode !== 'RESOURCE_DOES_NOT_EXIST')
      throw error
    if (orEmpty) return openTracker('memory:')
    const place = uri ?? defaultUri()
    const path = /^[a-z][a-z0-9+.-]+:/i.test(place) ? place : resolve(place)
    throw new TrackletError(
      error.errorCode,
      `There is no store at ${path}. Name one with --store DIR or TRACKLET_URI; ` +
        '`tracklet experiments create` and `tracklet import` make one.',
      { cause: error },
    )
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const [signal, code] of [
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const abort = (): void => {
      controller.abort(new Interrupted(code))
      // Only now, when all that listen have heard of this one: whoever stands alone ends the process.
      setImmediate(() => process.off(signal, abort))
    }
    process.on(signal, abort)
  }
  return controller.signal
}

async function writeOrRefuse(path: string, content: ReadableStream<Uint8Array>): Promise<void> {
  try {
    await writeFile(path, content)
  } catch (error) {
    // What makes the content fails by its own words.
    if (error instanceof TrackletError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new TrackletError('INVALID_PARAMETER_VALUE', `Cannot write ${path}: ${reason}`, {
      cause: error,
    })
  }
}

function screenOf(stream: NodeJS.WriteStream): Screen {
  // A reader that goes away is told to the writer below, and is no reason to crash.
  stream.on('error', () => undefined)
  const isTerminal = stream.isTTY === true
  return {
    columns: isTerminal ? stream.columns || USUAL_WIDTH : null,
    colour: isTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (!error) resolve()
          else reject(isClosed(error) ? new OutputClosed() : error)
        })
      }),
  }
}

function isClosed(error: Error): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return ['EPIPE', 'EOF', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'].includes(code)
}

/** From the package.json above this file, in the sources as in the built package. */
function packageVersion(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const { name, version } = readPackage(join(at, 'package.json'))
    if (name === 'tracklet' && version !== undefined) return version
    if (dirname(at) === at) return 'unknown'
  }
}

function readPackage(path: string): { readonly name?: string; readonly version?: string } {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string }
  } catch {
    return {}
  }
}
