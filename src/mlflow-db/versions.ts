import type { Doubt } from '../import/source.js'
import type { ForeignDatabase } from './foreign-database.js'
import type { Schema } from './tables.js'

/**
 * Versions of MLflow's schema from 2.9 to 3.18, the oldest first (mlflow/store/db_migrations/versions). Older ones are
 * known by what they lack.
 */
const KNOWN: ReadonlySet<string> = new Set(
  `acf3f17fdcc7 867495a8f9d4 5b0e9adcef9c 4465047574b1 f5a4f2784254 0584bdc529eb 400f98739977 6953534de441 bda7b8c39065
  cbc13b556ace 770bee3ae1dd a1b2c3d4e5f6 de4033877273 1a0cddfcaa16 534353b11cbc 71994744cf8e 3da73c924c2f bf29a5ff90ea
  1bd49d398cd23 b7c8d9e0f1a2 5d2d30f0abce c9d4e5f6a7b8 2c33131f4dae d3e4f5a6b7c8 d0e1f2a3b4c5 c8d9e0f1a2b3 1b5f0d9ad7c1
  e1f2a3b4c5d6 76601a5f987d c3d6457b6d8a a5b4c3d2e1f0 ae8bbe7743c9 7d34483879f0 da6fb0208061 89d3d66ed43f b7e4c1a90f23
  a8b9c0d1e2f3 c1d2e3f4a5b6 c3d9e7f1a2b4 6f8d9c3b2a1e 1971f2d9a75b 17e22815139b b7e2c1a4d9f3 75868b020152 dc11669786a5
  e7d1f4b2a9c6 8b6ad64cb8f5 f4a9b2c7d1e6`.split(/\s+/),
)

/** Tells of a schema that a release after 3.18 has made: it was read as that of 3.18, which it looks like. */
export function tellVersion(db: ForeignDatabase, schema: Schema, doubt: Doubt): void {
  if (!schema.has('alembic_version', 'version_num')) return
  for (const [version] of db.rows('SELECT version_num FROM alembic_version LIMIT 1')) {
    if (typeof version === 'string' && KNOWN.has(version)) continue
    doubt(
      'alembic_version',
      `Its version '${String(version).slice(0, 40)}' is none of MLflow 2.9 to 3.18: it was read as one of 3.18, and what a newer release keeps in another way was not taken.`,
    )
  }
}
