import { toPythonJson } from './python-json.js'
import { toPythonYaml } from './python-yaml.js'

/**
 * The bytes that MLflow's `log_dict` writes for a value: YAML when the path ends in `.yml` or `.yaml`, JSON with
 * an indent of 2 otherwise. INVALID_PARAMETER_VALUE for JSON of a value that contains itself.
 */
export function dictToBytes(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  const yaml = /[^/]\.ya?ml$/.test(path)
  return new TextEncoder().encode(yaml ? toPythonYaml(value) : toPythonJson(value))
}
