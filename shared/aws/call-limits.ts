import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type Timing, within } from "../deadline.ts";

/** How long a call to AWS may take. A deadline of the invocation (`withinInvocation`) makes each of these shorter. */
export type CallLimits = {
  /** Milliseconds of one attempt, from its start to the last byte of the response. */
  readonly attemptMs: number;
  /** Milliseconds of the whole call: all attempts and the pauses between them. */
  readonly callMs: number;
  readonly maxAttempts: number;
  /** @default the system's timers */
  readonly timing?: Timing;
};

/**
 * The handler of one attempt. `requestTimeout` of the SDK ends with the response headers, so a response whose body stalls
 * would be waited for until Lambda ends the function. Here the deadline covers the body, too: the body is read before the
 * SDK sees the response. Only for operations whose responses are small.
 */
class BoundedHttpHandler extends NodeHttpHandler {
  readonly #limits: CallLimits;

  constructor(limits: CallLimits) {
    // A lost connection attempt leaves time for another one within the same call.
    super({ connectionTimeout: limits.attemptMs / 2 });
    this.#limits = limits;
  }

  override handle(...[request, options]: Parameters<NodeHttpHandler["handle"]>): ReturnType<NodeHttpHandler["handle"]> {
    const { attemptMs, timing } = this.#limits;
    return within(
      attemptMs,
      async (abortSignal) => {
        const { response } = await super.handle(request, { ...options, abortSignal });
        const chunks: Uint8Array[] = [];
        for await (const chunk of response.body) chunks.push(chunk);
        response.body = new Uint8Array(Buffer.concat(chunks));
        return { response };
      },
      timing,
    );
  }
}

/** What a client of the AWS SDK is configured with, so that no attempt takes longer than it may. */
export const boundedAttempts = (limits: CallLimits) => ({
  maxAttempts: limits.maxAttempts,
  requestHandler: new BoundedHttpHandler(limits),
});

type Middleware = <Args, Result>(next: (args: Args) => Promise<Result>) => (args: Args) => Promise<Result>;

type Client = {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { step: "initialize"; priority: "high"; name: string }): void;
  };
};

/**
 * Bounds every call of a client whose configuration has `boundedAttempts`: one place for all call sites. A retry that would
 * come after the deadline is not sent.
 *
 * @throws (each call) DeadlineExceeded, which `isTemporary` recognizes
 */
export const boundedCalls = <Bounded extends Client>(client: Bounded, { callMs, timing }: CallLimits): Bounded => {
  const middleware: Middleware = (next) => (args) => within(callMs, () => next(args), timing);
  client.middlewareStack.add(middleware, { step: "initialize", priority: "high", name: "callDeadline" });
  return client;
};
