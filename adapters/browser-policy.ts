/** What a content security policy must say where WebAssembly is compiled. */
export const WASM_DIRECTIVE = "script-src 'wasm-unsafe-eval'"
