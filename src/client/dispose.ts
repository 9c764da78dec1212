/**
 * Makes `await using` work on a class's instances, where the platform has the symbol: leaving the block calls
 * `dispose` with the instance.
 */
export function addAsyncDispose<T extends object>(
  prototype: T,
  dispose: (instance: T) => Promise<void>,
): void {
  const symbol = (Symbol as { asyncDispose?: symbol }).asyncDispose
  if (symbol === undefined) return
  Object.defineProperty(prototype, symbol, {
    configurable: true,
    writable: true,
    value(this: T) {
      return dispose(this)
    },
  })
}
