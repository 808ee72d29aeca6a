import type { ClientOptions } from "../../client/index.ts";

/** A request that the client sent. */
export type SentRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string | undefined;
};

type Fault = (send: () => Promise<Response>) => Promise<Response>;

/** The network between a client and the service. It records the requests, and fails where a test says so. */
export type Network = {
  readonly fetch: NonNullable<ClientOptions["fetch"]>;
  readonly sent: SentRequest[];
  /** The recorded requests for one path. */
  readonly to: (path: string) => readonly SentRequest[];
  /** The next requests for the path get these faults, one fault each. */
  readonly spoil: (path: string, ...faults: readonly Fault[]) => void;
};

/** Creates a network that sends the requests by `inner`. */
export const createNetwork = (inner: NonNullable<ClientOptions["fetch"]> = fetch): Network => {
  const sent: SentRequest[] = [];
  const faults = new Map<string, Fault[]>();
  return {
    fetch: (url, init = {}) => {
      const path = new URL(String(url)).pathname;
      const { method = "GET", body } = init;
      sent.push({
        method,
        path,
        headers: new Headers(init.headers),
        body: typeof body === "string" ? body : undefined,
      });
      const send = () => inner(url, init);
      return faults.get(path)?.shift()?.(send) ?? send();
    },
    sent,
    to: (path) => sent.filter((request) => request.path === path),
    spoil: (path, ...next) => faults.set(path, [...(faults.get(path) ?? []), ...next]),
  };
};

/** The request does not reach the service. */
export const unreachable: Fault = async () => {
  throw new TypeError("fetch failed");
};

/** The service handles the request, but the response is lost. */
export const responseLost: Fault = async (send) => {
  await (await send()).arrayBuffer();
  throw new TypeError("terminated");
};

/** Status and headers of the response arrive, but not the body. */
export const cutOff: Fault = async (send) => {
  const { status, headers } = await send();
  const body = new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) });
  return new Response(body, { status, headers });
};

/** A proxy or portal responds instead of the service. */
export const respondedBy =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Fault =>
  async () =>
    new Response(body, { status, headers });

/** The service's own 503. */
export const busy = (retryAfterSeconds?: number): Fault =>
  respondedBy(
    503,
    JSON.stringify({ error: "temporarily_unavailable", error_description: "Busy.", request_id: "r-1" }),
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) },
  );

/** The response arrives when the test calls `release`. */
export const held = () => {
  const released = aSignal();
  const responded = aSignal();
  const fault: Fault = async (send) => {
    const response = await send();
    responded.give();
    await released.given;
    return response;
  };
  return { fault, responded: responded.given, release: released.give };
};

const aSignal = () => {
  let resolveGiven: (() => void) | undefined;
  const given = new Promise<void>((resolve) => {
    resolveGiven = resolve;
  });
  return { given, give: () => resolveGiven?.() };
};

/** Keeps the cookies of one host as a browser does. */
export const createCookieJar = (inner: NonNullable<ClientOptions["fetch"]> = fetch) => {
  const cookies = new Map<string, string>();
  return {
    fetch: async (url: Parameters<typeof fetch>[0], init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      if (init.credentials === "include" && cookies.size > 0) {
        headers.set("Cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
      }
      const response = await inner(url, { ...init, headers });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        if (/Max-Age=0/i.test(cookie)) cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    },
    names: () => [...cookies.keys()],
  };
};
