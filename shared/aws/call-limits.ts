import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type Timing, within } from "../deadline.ts";

/** The longest times of a call to AWS. The deadline of the invocation (`withinInvocation`) can make each of them shorter. */
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
 * Sends one attempt. The SDK's `requestTimeout` covers the time until the response headers only. If the body stalled, the SDK
 * would wait until Lambda stops the function. Here the deadline covers the body too: the whole body is read before the SDK sees
 * the response. So this handler is only for operations with small responses.
 */
class BoundedHttpHandler extends NodeHttpHandler {
  readonly #limits: CallLimits;

  constructor(limits: CallLimits) {
    // After a lost connection attempt, time remains for another one within the same call.
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

/** Returns the part of an SDK client's configuration that bounds the number of attempts and the time of each attempt. */
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
 * Bounds the whole time of every call of a client. The client's configuration must contain `boundedAttempts`. A retry is not
 * sent after the deadline. Each call may then throw `DeadlineExceeded`, which `isTemporary` recognizes.
 *
 * @example boundedCalls(new DynamoDBClient(boundedAttempts(limits)), limits)
 */
export const boundedCalls = <Bounded extends Client>(client: Bounded, { callMs, timing }: CallLimits): Bounded => {
  const middleware: Middleware = (next) => (args) => within(callMs, () => next(args), timing);
  client.middlewareStack.add(middleware, { step: "initialize", priority: "high", name: "callDeadline" });
  return client;
};
