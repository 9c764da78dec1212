import { readFileSync } from 'node:fs'

/** The cases of a file that `test/fixtures/artifacts/make.py` measured on the real MLflow. */
export function readCases<T>(name: string): T {
  const url = new URL(`../../fixtures/artifacts/${name}`, import.meta.url)
  return (JSON.parse(readFileSync(url, 'utf8')) as { cases: T }).cases
}
