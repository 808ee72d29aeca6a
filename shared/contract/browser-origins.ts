const WEB_ORIGIN = /^https:\/\/(?!(?:[^/]*\.)localhost(?::\d+)?$)/;
const LOOPBACK_ORIGIN = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/**
 * Whether pages of an allowed origin may use a session in cookies. Pages of the web (`https:`) and pages on the developer's own
 * machine may.
 *
 * Every other allowed origin belongs to an app: `capacitor://localhost`, `tauri://localhost`, `http://tauri.localhost`,
 * `chrome-extension://…`. A domain has one owner, but `localhost` and a scheme have none, so another app may have the same
 * origin. Apps use bearer tokens.
 */
export const mayUseCookies = (origin: string): boolean => WEB_ORIGIN.test(origin) || LOOPBACK_ORIGIN.test(origin);
