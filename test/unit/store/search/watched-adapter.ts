import type { StorageAdapter } from '../../../../src/adapter.js'

/** An adapter that is `inner`, but for `get`: `around` is told the key and decides when the read goes on. */
export function watchedAdapter(
  inner: StorageAdapter,
  around: (key: string) => Promise<void> | void,
): StorageAdapter {
  const get: StorageAdapter['get'] = async (key, range) => {
    const bytes = await inner.get(key, range)
    await around(key)
    return bytes
  }
  return new Proxy(inner, {
    get(target, property) {
      if (property === 'get') return get
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
