// Adds up what the suites left in a folder, prints "N passed, N failed" as the last line.
// NAME.status has a suite's exit code; NAME.json, where there is one, vitest's report.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2] ?? '.'
const suites = readdirSync(folder).filter((name) => name.endsWith('.status'))
const counts = suites.map((name) => count(name.replace('.status', '')))
const passed = counts.reduce((sum, suite) => sum + suite.passed, 0)
const failed = counts.reduce((sum, suite) => sum + suite.failed, 0)

for (const { name, passed, failed, skipped } of counts)
  console.log(`${name}: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

function count(name) {
  const ok = readFileSync(join(folder, `${name}.status`), 'utf8').trim() === '0'
  const report = join(folder, `${name}.json`)
  if (!existsSync(report)) return { name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
  const { numPassedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  const failed = testResults.reduce((sum, file) => sum + failures(file), 0)
  const nothing = numPassedTests + failed === 0
  // A suite may fail beside its tests: an error nobody caught, a report with nothing in it.
  const beside = failed === 0 && (!ok || nothing) ? 1 : 0
  return {
    name,
    passed: numPassedTests,
    failed: failed + beside,
    skipped: numPendingTests + numTodoTests,
  }
}

/** A file that could not even be loaded has no tests to fail: it counts as one. */
function failures(file) {
  const failed = file.assertionResults.filter(({ status }) => status === 'failed').length
  return failed === 0 && file.status === 'failed' ? 1 : failed
}
