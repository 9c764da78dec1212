import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'

/** A TypeScript program, bundled so that plain Node starts it at once. */
export interface BundledChild {
  /** The program's path. */
  readonly script: string
  /** Runs it to its end; gives what it printed, as JSON. */
  readonly run: (args: readonly string[], nodeFlags?: readonly string[]) => Promise<unknown>
  readonly remove: () => Promise<void>
}

/** Bundles `source`; it lies beside the checkout's packages, so that it finds them. */
export async function bundleChild(source: URL): Promise<BundledChild> {
  const name = basename(source.pathname, '.ts')
  const script = fileURLToPath(new URL(`../../node_modules/.tracklet-${name}.mjs`, import.meta.url))
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  })
  return {
    script,
    run: async (args, nodeFlags = []) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...nodeFlags,
        script,
        ...args,
      ])
      return JSON.parse(stdout) as unknown
    },
    remove: () => rm(script, { force: true }),
  }
}
