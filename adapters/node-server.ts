import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { TrackletError } from '../src/errors.js'
import { withoutArtifactProxy } from '../src/rest/artifact-disabled.js'
import type { User } from '../src/rest/auth.js'
import type { GuardRules } from '../src/rest/guard.js'
import type { RestHandler } from '../src/rest/handler.js'
import type { Store } from '../src/store/store.js'
import {
  answerRequest,
  errorAnswer,
  secured,
  sendText,
  type AnswerOptions,
  type ServerLimits,
} from './node-server-answer.js'
import { Connections } from './node-server-connections.js'
import { Login } from './node-server-login.js'
import { toLightRequest, toPlatformRequest } from './node-server-request.js'
import { serveStore } from './node-server-store.js'
import { withMlflowUi } from './node-server-ui.js'
import { readUsers } from './node-server-users.js'

export type { Role, User } from '../src/rest/auth.js'
export type { ServerLimits } from './node-server-answer.js'

/** How `startServer` serves. */
export interface StartServer extends GuardRules {
  /** A store that is open, which the server flushes but does not close; or the URI of one, such as `./.tracklet`. */
  readonly store: Store | string
  /** The address to listen on; this machine only (127.0.0.1) by default. */
  readonly host?: string
  /** 5000 by default; 0 takes any that is free. */
  readonly port?: number
  /** What every path begins with, such as `/mlflow`. */
  readonly staticPrefix?: string
  /** Who may log in, or the file that says so. Everybody who reaches the server may do everything where absent. */
  readonly users?: string | readonly User[]
  /** Refuses all that would change the store. */
  readonly readOnly?: boolean
  /** Where the artifact locations of new experiments begin, for a store that is opened; `mlflow-artifacts:`. */
  readonly artifactRoot?: string
  /** Whether a store that is not there is made; true by default. */
  readonly create?: boolean
  /**
   * A folder, by path or `file:` URI, that keeps the files of runs as plain files in MLflow's layout, in place of the
   * store. Clients may then keep files at any path below it.
   */
  readonly artifactsDestination?: string
  /** Whether files are taken and given to clients at all; true by default. */
  readonly serveArtifacts?: boolean
  /** The version of MLflow that the server says it is. */
  readonly mlflowVersion?: string
  /** The folder of MLflow's own pages, `mlflow/server/js/build` among the packages of a Python: they are at `/` then. */
  readonly mlflowUi?: string
  readonly limits?: Partial<ServerLimits>
  /** Takes the lines of the log: deletions, promotions of models, failures. Standard error by default. */
  readonly log?: (line: string) => void
  /** Answers the requests that were let in; MLflow's protocol over the store by default. */
  readonly handler?: (store: Store) => RestHandler
}

/** A server that listens. */
export interface RunningServer {
  /** Such as `http://127.0.0.1:5000`, with the prefix: what goes into MLFLOW_TRACKING_URI. */
  readonly url: string
  readonly port: number
  /** Takes no more requests, finishes those under way, makes the store survive power loss, and lets go of it. */
  close(): Promise<void>
}

const DEFAULT_LIMITS: ServerLimits = {
  maxBodyBytes: 64 * 2 ** 20,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 300_000,
  idleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  closeTimeoutMs: 10_000,
}
/** Long filters travel in addresses. */
const MAX_HEAD_BYTES = 64 * 1024
const SHORTEST_CHECK_MS = 50
const LONGEST_CHECK_MS = 5_000

/**
 * Serves a store by MLflow's REST protocol. Rejects, and lets go of the store, with RESOURCE_CONFLICT for a port that is
 * taken or a store that another holds, and with INVALID_PARAMETER_VALUE for a host or option that cannot be.
 */
export async function startServer(options: StartServer): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 5000, staticPrefix = '', users } = options
  checkAddress(host, port, staticPrefix)
  const list = typeof users === 'string' ? await readUsers(users) : users
  const withUi = options.mlflowUi === undefined ? null : await withMlflowUi(options.mlflowUi)
  const { store, end } = await serveStore(options.store, {
    ...(options.artifactRoot !== undefined && { artifactRoot: options.artifactRoot }),
    ...(options.create !== undefined && { create: options.create }),
    ...(options.artifactsDestination !== undefined && {
      artifactsDestination: options.artifactsDestination,
    }),
  })
  try {
    const handler = await toHandler(store, options)
    const listening = await listen(host, port, {
      handler: withUi === null ? handler : withUi(handler),
      toRequest: options.handler === undefined ? toLightRequest : toPlatformRequest,
      rules: options,
      login: list === undefined ? null : new Login(list),
      readOnly: options.readOnly ?? false,
      prefix: staticPrefix,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      log: options.log ?? ((line) => void process.stderr.write(`${line}\n`)),
    })
    let closed: Promise<void> | undefined
    const close = (): Promise<void> => (closed ??= listening.close().then(end))
    const shown = host.includes(':') ? `[${host}]` : host
    const url = `http://${shown}:${listening.port}${staticPrefix}`
    return { url, port: listening.port, close }
  } catch (error) {
    await end()
    throw error
  }
}

async function listen(
  host: string,
  port: number,
  options: AnswerOptions,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const state = { closing: false }
  const { server, connections } = createHttpServer(options, state)
  try {
    server.listen({ port, host })
    await once(server, 'listening')
  } catch (error) {
    throw listenError(error, host, port)
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      state.closing = true
      const closed = once(server, 'close')
      server.close()
      await connections.finish(options.limits.closeTimeoutMs)
      server.closeAllConnections()
      await closed
    },
  }
}

function createHttpServer(
  options: AnswerOptions,
  state: { readonly closing: boolean },
): { server: Server; connections: Connections } {
  const { limits } = options
  const listener = requestListener(options, state)
  const connections = new Connections(() => {
    if (state.closing) server.closeIdleConnections()
  })
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      // Files may take as long as they take; messages have a limit of their own.
      requestTimeout: 0,
      maxHeaderSize: MAX_HEAD_BYTES,
      // Refused below, with the headers that every answer has.
      requireHostHeader: false,
      connectionsCheckingInterval: checkInterval(limits.headersTimeoutMs),
      noDelay: true,
    },
    (incoming, outgoing) => {
      connections.add({ incoming, outgoing, socket: incoming.socket })
      listener(incoming, outgoing).catch(() => outgoing.destroy())
    },
  )
  // Nothing is expected here that a plain answer would not tell.
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing))
  server.on('clientError', (error, socket) => connections.refuse(error, socket as Socket))
  server.setTimeout(limits.idleTimeoutMs, (socket: Socket) => connections.stalled(socket))
  return { server, connections }
}

function requestListener(
  options: AnswerOptions,
  state: { readonly closing: boolean },
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  const { rules } = options
  return getRequestListener(
    async (request, { incoming, outgoing }) => {
      if (state.closing) return secured(shuttingDown(), request, rules)
      const body = incoming as IncomingMessage
      const address = body.url ?? ''
      const answer = await answerRequest({ request, address, body }, options)
      return sendText(answer, outgoing as ServerResponse) ? RESPONSE_ALREADY_SENT : answer
    },
    {
      // Only what has no valid address comes here: the rest has an answer.
      errorHandler: () => secured(noAddress(), null, rules),
      // Other code in this process has its own Request and Response.
      overrideGlobalObjects: false,
    },
  )
}

function noAddress(): Response {
  return errorAnswer(400, 'BAD_REQUEST', 'The address or the Host of the request is not valid.', {
    connection: 'close',
  })
}

function shuttingDown(): Response {
  return errorAnswer(503, 'TEMPORARILY_UNAVAILABLE', 'The server is shutting down.', {
    connection: 'close',
  })
}

async function toHandler(
  store: Store,
  { handler, mlflowVersion, serveArtifacts = true }: StartServer,
): Promise<RestHandler> {
  if (handler !== undefined) return handler(store)
  const { createRestHandler } = await import('../src/rest/index.js')
  const rest = createRestHandler({ store, ...(mlflowVersion !== undefined && { mlflowVersion }) })
  return serveArtifacts ? rest : withoutArtifactProxy(rest)
}

function checkInterval(headersTimeoutMs: number): number {
  return Math.min(LONGEST_CHECK_MS, Math.max(SHORTEST_CHECK_MS, headersTimeoutMs / 4))
}

function checkAddress(host: string, port: number, prefix: string): void {
  if (host === '') throw invalid('Give a host, such as 127.0.0.1, or 0.0.0.0 for all networks.')
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid(`${port} is no port: give 0 (any that is free) to 65535.`)
  if (prefix !== '' && !/^(\/[\w.~-]+)+$/.test(prefix))
    throw invalid(`'${prefix}' is no prefix: it begins with / and does not end with it.`)
}

function listenError(error: unknown, host: string, port: number): TrackletError {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new TrackletError(
      'RESOURCE_CONFLICT',
      `Port ${port} of ${host} is taken by another program. Give another one (--port), or 0 for any that is free.`,
      { cause: error },
    )
  if (code === 'EACCES')
    return new TrackletError(
      'PERMISSION_DENIED',
      `This user may not listen on port ${port}. Give one from 1024 on (--port).`,
      { cause: error },
    )
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Cannot listen on ${host}, port ${port}: ${message}`,
    { cause: error },
  )
}

function invalid(message: string): TrackletError {
  return new TrackletError('INVALID_PARAMETER_VALUE', message)
}
