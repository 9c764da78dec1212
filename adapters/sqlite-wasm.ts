import { TrackletError } from '../src/errors.js'

/** SQLite for this page and its workers. */
export interface SqliteWasm {
  readonly bytes: Uint8Array
  /** Null where the page's content security policy forbids to compile it. */
  readonly module: WebAssembly.Module | null
}

let loading: Promise<SqliteWasm> | null = null

/** Loads SQLite's WebAssembly, which travels inside a lazily imported script, and compiles it; once per page. */
export function loadSqliteWasm(): Promise<SqliteWasm> {
  loading ??= load().catch((error: unknown) => {
    loading = null
    throw error
  })
  return loading
}

async function load(): Promise<SqliteWasm> {
  const { deflated } = await import('./chunks/sqlite-wasm.js').catch((error: unknown) => {
    throw new TrackletError(
      'TEMPORARILY_UNAVAILABLE',
      'The script with SQLite could not be loaded; check the network, then open again.',
      { cause: error },
    )
  })
  const bytes = await inflate(base64ToBytes(deflated))
  return { bytes, module: await compile(bytes) }
}

async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module | null> {
  try {
    return await WebAssembly.compile(bytes)
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return null
    throw error
  }
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Uint8Array(await new Response(inflated).arrayBuffer())
}

function base64ToBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}
