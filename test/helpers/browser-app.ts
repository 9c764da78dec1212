import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Page } from 'playwright'
import type * as Tracklet from '../../adapters/browser.js'
import { serve, type Answer, type StaticServer } from './static-server.js'

/** What a page of `serveApp` has as `globalThis.tracklet`. */
export type TrackletModule = typeof Tracklet

/** A plain page that imports the built package, without any bundler. */
export interface App extends StaticServer {
  /** A folder with the browser build. */
  readonly directory: string
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Builds the package for browsers into a folder of its own and serves it. `headers` go with every answer. */
export async function serveApp(
  options: { headers?: Record<string, string>; routes?: Record<string, Answer> } = {},
): Promise<App> {
  const directory = await mkdtemp(join(tmpdir(), 'tracklet-app-'))
  await promisify(execFile)('node', [join(ROOT, 'adapters/build.mjs'), '--out', directory])
  const server = await serveFolder(directory, options)
  return {
    ...server,
    directory,
    close: async () => {
      await server.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** Serves the page over a folder that has the browser build already. */
export function serveFolder(
  directory: string,
  options: { headers?: Record<string, string>; routes?: Record<string, Answer> } = {},
): Promise<StaticServer> {
  return serve({
    directory,
    ...(options.headers && { headers: options.headers }),
    routes: {
      '/': {
        body: '<!doctype html><title>app</title><script type="module" src="/app.js"></script>',
      },
      '/app.js': {
        body: "import * as tracklet from '/tracklet.js'; globalThis.tracklet = tracklet",
        type: 'text/javascript',
      },
      ...options.routes,
    },
  })
}

/** Waits for the module, for pages where it is loaded by a script of theirs. */
export async function appReady(page: Page): Promise<void> {
  await page.waitForFunction(() => 'tracklet' in globalThis)
}
