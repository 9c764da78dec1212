import type { MessagePort, Worker } from 'node:worker_threads'
import type { Endpoint } from '../src/worker/index.js'

type Listener = (value: unknown) => void

/** A worker thread, or a port to one, as the endpoint that `expose` and `connect` take; its exit is an event too. */
export function nodeEndpoint(port: Worker | MessagePort): Endpoint {
  const listeners: { type: string; given: unknown; inner: Listener }[] = []
  // An error that comes when nobody watches any more must not end the process.
  port.on('error', () => undefined)
  return {
    postMessage: (message: unknown, transfer: Transferable[] = []) =>
      port.postMessage(message, transfer as unknown as Parameters<Worker['postMessage']>[1]),
    addEventListener(type, given) {
      const inner: Listener = (value) => deliver(type, value, given)
      listeners.push({ type, given, inner })
      port.on(type, inner)
    },
    removeEventListener(type, given) {
      const at = listeners.findIndex((known) => known.type === type && known.given === given)
      const [known] = at < 0 ? [] : listeners.splice(at, 1)
      if (known) port.off(type, known.inner)
    },
  }
}

function deliver(type: string, value: unknown, listener: EventListenerOrEventListenerObject): void {
  const message = value instanceof Error ? value.message : undefined
  const event = { type, data: value, message } as unknown as Event
  if (typeof listener === 'function') listener(event)
  else listener.handleEvent(event)
}
