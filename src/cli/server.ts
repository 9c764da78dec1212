import { ROLES, type Role } from '../rest/auth.js'
import { styled } from './style.js'
import { toVisible } from './text-width.js'
import type { Given } from './given.js'
import { toJson } from './json.js'
import { printResult } from './print.js'
import type { ServeOptions, ServerPort } from './server-port.js'
import { UsageError } from './usage-error.js'
import type { Context, Verb } from './verb.js'

/** `tracklet server`: MLflow's protocol over HTTP. Prints `Listening on URL`, or `{"url","port"}`, once it is reachable. */
export const serverStart: Verb = {
  group: 'server',
  name: 'start',
  isDefault: true,
  summary: 'Serve the store to MLflow clients over HTTP; makes the store where there is none.',
  options: [
    { flags: '-h, --host <host>', help: 'address to listen on', fallback: '127.0.0.1' },
    { flags: '-p, --port <port>', help: 'port to listen on; 0 for any', fallback: '5000' },
    {
      flags: '--default-artifact-root <uri>',
      help: 'where the artifact locations of new experiments begin (where files are kept does not follow)',
    },
    {
      flags: '--artifacts-destination <dir>',
      help: 'keep files as plain files in a folder, as MLflow does (default: in the store)',
    },
    { flags: '--no-serve-artifacts', help: 'neither take files nor give them' },
    {
      flags: '--allowed-hosts <hosts>',
      help: 'Host headers to let in, by commas, * for any characters (default: localhost and private addresses)',
    },
    {
      flags: '--cors-allowed-origins <origins>',
      help: 'origins of pages that may use the server, by commas (default: pages of this machine)',
    },
    { flags: '--static-prefix <prefix>', help: 'what every path begins with, such as /mlflow' },
    { flags: '--users <file>', help: 'who may log in; `server add-user` writes it' },
    { flags: '--read-only', help: 'refuse all that would change the store' },
    {
      flags: '--mlflow-ui <dir>',
      help: 'serve MLflow’s own web UI: the folder mlflow/server/js/build of an installed MLflow',
    },
  ],
  examples: [
    'tracklet server --store ./runs --port 5001',
    'tracklet server --store ./runs --artifacts-destination ./mlartifacts',
    'tracklet server --host 0.0.0.0 --users users.jsonl --allowed-hosts tracking.example.com',
  ],
  run: async (context, given) => {
    const options = givenOptions(given)
    const platform = await portOf(context)
    if (!isLoopback(options.host) && options.users === undefined) await warn(context, options.host)
    // One line in either form: programs wait for it.
    await platform.serve(options, ({ url, port }) =>
      context.out.write(
        `${context.json ? JSON.stringify({ url, port }) : `Listening on ${url}`}\n`,
      ),
    )
  },
}

/** `tracklet server add-user`: the password is asked for, or comes as the first line of standard input. */
export const serverAddUser: Verb = {
  group: 'server',
  name: 'add-user',
  summary:
    'Add a user to a file for `server --users`, or change one; a running server must be started anew.',
  operands: '<name>',
  options: [
    { flags: '--users <file>', help: 'the file; made where there is none', required: true },
    {
      flags: '--role <role>',
      help: 'read: look; edit: also log and make; manage: also delete and restore',
      choices: ROLES,
      fallback: 'read',
    },
    { flags: '--token', help: 'make up a token, for MLFLOW_TRACKING_TOKEN, instead of a password' },
  ],
  examples: [
    'tracklet server add-user ada --users users.jsonl --role manage',
    'tracklet server add-user ci --users users.jsonl --role edit --token',
  ],
  run: async (context, given) => {
    const [name = '', file, role] = [given.operands[0], given.required('users'), givenRole(given)]
    const platform = await portOf(context)
    const added = given.flag('token')
      ? await platform.addTokenUser(file, name, role)
      : await platform.addUser(file, name, role)
    const verb = added.replaced ? 'Changed' : 'Added'
    const line = `${verb} user '${toVisible(name)}' with role ${role}.`
    if (!('token' in added)) return printResult(context, { name, role }, line)
    const { token } = added
    await printResult(
      context,
      { name, role, token },
      `${line}\nToken, which is shown only now: ${String(token)}`,
    )
  },
}

function portOf({ openServer }: Context): Promise<ServerPort> {
  if (openServer === undefined) throw new UsageError('Here no server can listen.')
  return openServer()
}

function givenOptions(given: Given): ServeOptions {
  const artifactsDestination = given.text('artifactsDestination')
  const [staticPrefix, artifactRoot, users, mlflowUi] = [
    given.text('staticPrefix'),
    given.text('defaultArtifactRoot'),
    given.text('users'),
    given.text('mlflowUi'),
  ]
  const [allowedHosts, corsAllowedOrigins] = [
    listOf(given.text('allowedHosts')),
    listOf(given.text('corsAllowedOrigins')),
  ]
  return {
    host: given.required('host'),
    port: toPort(given.required('port')),
    readOnly: given.flag('readOnly'),
    ...(staticPrefix !== undefined && { staticPrefix }),
    ...(artifactRoot !== undefined && { artifactRoot }),
    ...(artifactsDestination !== undefined && { artifactsDestination }),
    // The parser has a flag called `--no-x` as `x`, which is true where it is not given.
    serveArtifacts: given.flag('serveArtifacts'),
    ...(users !== undefined && { users }),
    ...(mlflowUi !== undefined && { mlflowUi }),
    ...(allowedHosts !== undefined && { allowedHosts }),
    ...(corsAllowedOrigins !== undefined && { corsAllowedOrigins }),
  }
}

function givenRole(given: Given): Role {
  return ROLES.find((role) => role === given.text('role')) ?? 'read'
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function toPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new UsageError(`'${toVisible(text)}' is no port: give 0 (any that is free) to 65535.`)
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)
}

async function warn({ err, json }: Context, host: string): Promise<void> {
  const message =
    `Everybody who reaches ${toVisible(host)} may read and change the store. ` +
    'Give --users FILE (`tracklet server add-user` writes it), or listen on 127.0.0.1.'
  await err.write(
    json ? `${toJson({ warning: message })}\n` : `${styled(err, 'red', 'warning:')} ${message}\n`,
  )
}
