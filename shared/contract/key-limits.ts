/** How many retired refresh keys the secret of the keys has room for. A secret holds 64 KB; a refresh key takes 0.15 KB. */
export const MAX_RETIRED_REFRESH_KEYS = 200;

/**
 * How many rotation periods a refresh token may live. The difference is the room for the keys that are kept because an execution
 * environment may use an old copy of the secret, and because clocks differ.
 */
export const MAX_ROTATIONS_PER_REFRESH_TOKEN = MAX_RETIRED_REFRESH_KEYS - 10;
