import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
import { readDigits, readPenguins } from './data/read-packages.js'

const root = fileURLToPath(new URL('./page', import.meta.url))
const repository = fileURLToPath(new URL('..', import.meta.url))

/** The page and all that it needs, data included: nothing is fetched from elsewhere. */
export default defineConfig({
  root,
  base: './',
  plugins: [dataFiles()],
  worker: { format: 'es' },
  // Vite finds what the training worker imports only when it starts, and would reload the page then.
  optimizeDeps: {
    include: [
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-layers',
      'uplot',
    ],
  },
  server: { port: 5173, fs: { allow: [repository] } },
  build: { target: 'es2022', outDir: `${repository}/dist/demo`, emptyOutDir: true },
})

/** Serves the data of the npm packages beside the page, and copies them into a build. */
function dataFiles(): Plugin {
  const files: Readonly<Record<string, () => Promise<string | Uint8Array>>> = {
    'data/digits.bin': readDigits,
    'data/penguins.json': async () => JSON.stringify(await readPenguins()),
  }
  return {
    name: 'demo-data',
    configureServer(server) {
      for (const [path, read] of Object.entries(files))
        server.middlewares.use(`/${path}`, (_request, response, next) => {
          read().then((content) => response.end(content), next)
        })
    },
    async generateBundle() {
      for (const [fileName, read] of Object.entries(files))
        this.emitFile({ type: 'asset', fileName, source: await read() })
    },
  }
}
