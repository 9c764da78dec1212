import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { ServeOptions, Served, ServerPort } from '../src/cli/server-port.js'
import { TrackletError } from '../src/errors.js'
import type { Role } from '../src/rest/auth.js'
import { startServer } from './node-server.js'
import { hashPassword, makeToken, validateUserName, writeUser } from './node-server-users.js'

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const

/** What `tracklet server` does in Node, over the store of a URI. */
export function nodeServerPort(uri: string): ServerPort {
  return {
    serve: (options, onListening) => serve(uri, options, onListening),
    addUser: async (file, name, role) => {
      validateUserName(name)
      const password = await hashPassword(await readPassword(name))
      return writeUser(file, { name, role, password })
    },
    addTokenUser: (file, name, role) => addTokenUser(file, name, role),
  }
}

/** Until SIGINT or SIGTERM, after which requests under way are finished; a second one ends the process at once. */
async function serve(
  uri: string,
  options: ServeOptions,
  onListening: (served: Served) => Promise<void>,
): Promise<void> {
  const server = await startServer({ ...options, store: uri })
  let asked: () => void
  const ended = new Promise<void>((resolve) => (asked = resolve))
  let signals = 0
  const onSignal = (signal: keyof typeof SIGNALS): void => {
    // What was answered is in the journal, and the hooks of the exit write what is not.
    if (++signals > 1) process.exit(SIGNALS[signal])
    asked()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    await onListening(server)
    await ended
  } finally {
    await server.close()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

async function addTokenUser(
  file: string,
  name: string,
  role: Role,
): Promise<{ replaced: boolean; token: string }> {
  validateUserName(name)
  const { token, hash } = makeToken()
  return { ...(await writeUser(file, { name, role, token: hash })), token }
}

/** From a terminal without showing it, else the first line of what is piped in. */
async function readPassword(name: string): Promise<string> {
  const terminal = process.stdin.isTTY === true
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal })
  if (terminal) process.stderr.write(`Password of ${name}: `)
  try {
    for await (const line of lines) return line
  } finally {
    lines.close()
    process.stdin.destroy()
    if (terminal) process.stderr.write('\n')
  }
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    'Give the password as a line on standard input.',
  )
}
