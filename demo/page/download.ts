import { h } from './dom.js'

/** Has the browser save a blob under this name. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  h('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Has the browser save a stream of bytes, as a file on disk or as a blob. */
export async function saveStream(
  stream: ReadableStream<Uint8Array>,
  name: string,
  type: string,
): Promise<void> {
  const headers = { 'content-type': type }
  saveBlob(await new Response(stream as ReadableStream<BufferSource>, { headers }).blob(), name)
}
