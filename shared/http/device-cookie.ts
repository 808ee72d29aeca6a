import { DEVICE_TOKEN_SECONDS } from "../throttle/device-token.ts";

/** Beside the session's cookies, and kept when they are cleared: it says which device this is, not who is signed in. */
export const DEVICE_COOKIE = "__Host-latchkey-device";

/** The value of `Set-Cookie` by which a browser is known at its next login; as closed to script as the session's. */
export const deviceCookie = (deviceToken: string): string =>
  `${DEVICE_COOKIE}=${deviceToken}; Max-Age=${DEVICE_TOKEN_SECONDS}; Path=/; HttpOnly; Secure; SameSite=Lax`;

/** The device token of a request's `Cookie` headers. One that is there twice is not taken (C6). */
export const readDeviceCookie = (cookieHeaders: readonly string[]): string | undefined => {
  const values = cookieHeaders
    .flatMap((header) => header.split(";"))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${DEVICE_COOKIE}=`))
    .map((pair) => pair.slice(DEVICE_COOKIE.length + 1));
  return values.length === 1 ? values[0] : undefined;
};
