/** Keeps a timer or port from keeping a Node process alive; browsers know no such thing. */
export function unref(handle: unknown): void {
  const maybe = handle as { unref?: () => void }
  maybe.unref?.()
}
