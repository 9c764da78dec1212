/** The engine's worker, bundled into one classic script; made by `adapters/build.mjs`. */
export const source: string
