import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { TrackletError } from '../src/errors.js'
import type { RestHandler } from '../src/rest/handler.js'
import { notThere } from '../src/rest/responses.js'

const FILES = '/static-files'
const INDEX = 'index.html'
/** Names that change with the content, such as `main.c2f5f8d4.js`. */
const HASHED = /\.[\da-f]{8,}\.[^/]*$/
/** As long as MLflow's server says it, 28 days; by the browser alone, because some servers ask for a login. */
const KEPT = 'private, max-age=2419200'

/**
 * Puts MLflow's own pages before a handler: `folder` is `mlflow/server/js/build` of an installed MLflow, whose
 * `index.html` is at `/` and whose files are below `/static-files/`, as its pages ask for them. What is not a plain
 * file within the folder is not there. INVALID_PARAMETER_VALUE for a folder that is no such build.
 */
export async function withMlflowUi(folder: string): Promise<(handler: RestHandler) => RestHandler> {
  const root = await checkBuild(folder)
  const pages = pagesOf(root)
  return (handler) => async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname !== '/' && !pathname.startsWith(`${FILES}/`)) return handler(request)
    if (request.method === 'GET' || request.method === 'HEAD') return pages.fetch(request)
    return notThere(405, { allow: 'GET, HEAD' })
  }
}

function pagesOf(root: string): Hono {
  const pages = new Hono()
  pages.use(async (context, next) => {
    const below = fileBelow(context.req.path)
    if (below === null || !(await isFileWithin(root, below))) return notThere(404)
    await next()
    context.header('cache-control', HASHED.test(below) ? KEPT : 'no-cache')
    return undefined
  })
  pages.get('/', serveStatic({ root, path: INDEX }))
  pages.get(
    `${FILES}/*`,
    serveStatic({ root, rewriteRequestPath: (path) => path.slice(FILES.length) }),
  )
  pages.notFound(() => notThere(404))
  return pages
}

/** No file of a build needs an escape in its address; what has one is after something else. */
function fileBelow(path: string): string | null {
  if (path === '/') return INDEX
  return /[%\\]/.test(path) ? null : path.slice(FILES.length + 1)
}

/** False also for a link that leads out, for folders, and for what would block, such as a pipe. */
async function isFileWithin(root: string, below: string): Promise<boolean> {
  try {
    const target = await realpath(join(root, below))
    return target.startsWith(`${root}${sep}`) && (await stat(target)).isFile()
  } catch {
    return false
  }
}

async function checkBuild(folder: string): Promise<string> {
  try {
    const root = await realpath(folder)
    const index = await readFile(join(root, INDEX), 'utf8')
    if (index.includes('static-files/')) return root
  } catch (error) {
    throw noBuild(folder, `its ${INDEX} cannot be read`, error)
  }
  throw noBuild(folder, `its ${INDEX} is not MLflow's`)
}

function noBuild(folder: string, reason: string, cause?: unknown): TrackletError {
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `'${folder}' is no build of MLflow's UI: ${reason}. Give the folder mlflow/server/js/build among the ` +
      'packages of a Python that has MLflow; `pip show -f mlflow` tells where they are.',
    { cause },
  )
}
