import type { RestHandler } from './handler.js'
import { respond } from './responses.js'

const PROXIED = /^(\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/)(artifacts|mpu|presigned)(?:\/(.*))?$/s
const WHOLE = /^(?:create|complete|abort)\//

/** The same handler without the artifact proxy, as MLflow's server with `--no-serve-artifacts`: 503 and why. */
export function withoutArtifactProxy(handler: RestHandler): RestHandler {
  return async (request) => {
    const [, root, area, rest] = PROXIED.exec(new URL(request.url).pathname) ?? []
    if (root === undefined || area === undefined) return handler(request)
    await request.body?.cancel()
    const rule = `${root}${area}${ruleBelow(area, rest)}`
    return respond(
      `Endpoint: ${rule} disabled due to the mlflow server running with \`--no-serve-artifacts\`. To enable ` +
        'artifacts server functionality, run `mlflow server` with `--serve-artifacts`',
      { status: 503, type: 'text/html; charset=utf-8' },
    )
  }
}

/** As MLflow's server names the part of a path that may be anything. */
function ruleBelow(area: string, rest: string | undefined): string {
  if (rest === undefined) return ''
  const [action = ''] = area === 'mpu' ? (WHOLE.exec(rest) ?? []) : []
  return `/${action}<path:artifact_path>`
}
