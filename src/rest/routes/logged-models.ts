import { route } from '../route.js'
import type { Route } from '../route.js'
import { list, required, text } from '../schema.js'

/**
 * Logged models, of which there are none here. MLflow 3's client looks for those of a run whenever it lists or
 * downloads the run's files, and a 404 would end that.
 */
export const loggedModelRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'logged-models/search',
    needs: { experiment_ids: required(list(text)) },
    async answer() {
      return {}
    },
  }),
]
