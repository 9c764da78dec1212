import { TrackletError, type ErrorCode } from '../../../src/index.js'

/** The error code that an action ends with, thrown or rejected; what happened instead, else. */
export async function codeOf(action: () => unknown): Promise<ErrorCode | string> {
  return (await errorOf(action)).errorCode
}

/** The error that an action ends with. */
export async function errorOf(
  action: () => unknown,
): Promise<{ errorCode: ErrorCode | string; message: string; cause?: unknown }> {
  try {
    await action()
  } catch (error) {
    if (error instanceof TrackletError) return error
    return { errorCode: `not a TrackletError: ${String(error)}`, message: '' }
  }
  return { errorCode: 'nothing was thrown', message: '' }
}

/** The code of an error thrown at the very call, before anything is awaited. */
export function thrownAtCall(action: () => unknown): ErrorCode | string {
  try {
    action()
  } catch (error) {
    return error instanceof TrackletError
      ? error.errorCode
      : `not a TrackletError: ${String(error)}`
  }
  return 'nothing was thrown'
}

/** A value of another type than the compiler allows, as callers without types give. */
export function untyped<T>(value: unknown): T {
  return value as T
}

/** A stream's bytes as text. */
export async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await bytesOf(stream))
}

/** A stream's bytes; what the stream fails with is thrown as it is, which a browser's Response would hide. */
export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const reader = stream.getReader()
  const chunks: BlobPart[] = []
  for (let next = await reader.read(); !next.done; next = await reader.read())
    chunks.push(next.value as BlobPart)
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
