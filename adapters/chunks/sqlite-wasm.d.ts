/** SQLite's WebAssembly, raw deflate in base64; made by `adapters/build.mjs`. */
export const deflated: string
