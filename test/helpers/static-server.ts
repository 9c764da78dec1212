import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

/** What a route answers. */
export interface Answer {
  readonly body: string | Uint8Array
  /** `text/html` by default. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A server on this machine, for one test file. */
export interface StaticServer {
  /** `http://localhost:<port>`: a secure context. */
  readonly origin: string
  close(): Promise<void>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
}

/** Serves fixed answers by path and, beneath them, the files of a directory with the given headers. */
export async function serve(options: {
  readonly routes?: Readonly<Record<string, Answer>>
  readonly directory?: string
  readonly headers?: Readonly<Record<string, string>>
}): Promise<StaticServer> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    void answer(path).then((found) => {
      const { body, type = 'text/html', headers } = found ?? { body: 'not found' }
      response.writeHead(found ? 200 : 404, {
        // Browsers compile WebAssembly while it loads only when its type stands alone.
        'content-type': type === 'application/wasm' ? type : `${type}; charset=utf-8`,
        'cache-control': 'no-store',
        ...options.headers,
        ...headers,
      })
      response.end(body)
    })
  })
  async function answer(path: string): Promise<Answer | null> {
    const route = options.routes?.[path]
    if (route) return route
    return options.directory ? await fromDisk(join(options.directory, normalize(path))) : null
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function fromDisk(path: string): Promise<Answer | null> {
  const info = await stat(path).catch(() => null)
  if (!info) return null
  const file = info.isDirectory() ? join(path, 'index.html') : path
  const body = await readFile(file).catch(() => null)
  return body && { body, type: TYPES[extname(file)] ?? 'application/octet-stream' }
}
