/** A user has at most this many roles. */
export const MAX_ROLES = 20;

const ROLE = /^[A-Za-z0-9:._-]{1,64}$/;

/**
 * Whether roles may be written to a user's row and copied into an access token: at most 20 roles, each with 1 to 64 characters
 * of `[A-Za-z0-9:._-]`. These bounds keep the access token below the size limit of a cookie.
 *
 * @example areValidRoles(["admin", "orders:read"]) // true
 */
export const areValidRoles = (roles: readonly string[]): boolean =>
  roles.length <= MAX_ROLES && roles.every((role) => ROLE.test(role));
