import { route } from '../route.js'
import type { Route } from '../route.js'

/** What newer clients ask before they move files. */
export const serverInfoRoutes: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'server-info',
    versions: ['3.0'],
    needs: {},
    async answer() {
      return {
        store_type: 'SqlStore',
        workspaces_enabled: false,
        trace_archival_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
        presigned_upload_run_id_supported: false,
        presigned_upload_model_id_supported: false,
        features_enabled: { gateway: false },
      }
    },
  }),
]
