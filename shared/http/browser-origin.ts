const WEB_ORIGIN = /^https:\/\/(?!(?:[^/]*\.)localhost(?::\d+)?$)/;
const LOOPBACK_ORIGIN = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/**
 * Whether pages of an allowed origin may use a session in cookies: pages of the web (`https:`), and those of the
 * developer's own machine.
 *
 * Every other allowed origin is that of an app: `capacitor://localhost`, `tauri://localhost`, `http://tauri.localhost`,
 * `chrome-extension://…`. Nobody owns `localhost` or a scheme as one owns a domain, so another app may have the same
 * origin. Apps use bearer tokens.
 */
export const mayUseCookies = (origin: string): boolean => WEB_ORIGIN.test(origin) || LOOPBACK_ORIGIN.test(origin);
