import type { ClientOptions } from "../../client/index.ts";

export type SentRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string | undefined;
};

type Fault = (send: () => Promise<Response>) => Promise<Response>;

/** The way between a client and the service: remembers what was sent, and fails where a test says so. */
export type Network = {
  readonly fetch: NonNullable<ClientOptions["fetch"]>;
  readonly sent: SentRequest[];
  /** The requests for one path. */
  readonly to: (path: string) => readonly SentRequest[];
  /** The next requests for the path meet these faults, one each. */
  readonly spoil: (path: string, ...faults: readonly Fault[]) => void;
};

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

/** The request never gets there. */
export const unreachable: Fault = async () => {
  throw new TypeError("fetch failed");
};

/** The service does what it is asked, and its answer gets lost. */
export const responseLost: Fault = async (send) => {
  await (await send()).arrayBuffer();
  throw new TypeError("terminated");
};

/** Status and headers arrive, the body does not. */
export const cutOff: Fault = async (send) => {
  const { status, headers } = await send();
  const body = new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) });
  return new Response(body, { status, headers });
};

/** Something on the way answers instead. */
export const respondedBy =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Fault =>
  async () =>
    new Response(body, { status, headers });

/** The service's own way to say "later". */
export const busy = (retryAfterSeconds?: number): Fault =>
  respondedBy(
    503,
    JSON.stringify({ error: "temporarily_unavailable", error_description: "Busy.", request_id: "r-1" }),
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) },
  );

/** The answer arrives when the test lets it. */
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

/** What a browser does with the cookies of one host. */
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
