/** Deleted things can be restored until they are purged. */
export type LifecycleStage = 'active' | 'deleted'

/** Which lifecycle stages a listing shows. */
export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
