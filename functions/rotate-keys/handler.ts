import * as z from "zod/mini";
import { type ListedKey, listKeys } from "../../shared/keys/key-listing.ts";
import { isEmptyKeyRing, keyId } from "../../shared/keys/key-ring.ts";
import { type RotationDependencies, rotateKeys } from "../../shared/keys/rotate-keys.ts";
import type { RotationRequest } from "../../shared/keys/rotation.ts";
import { embedMetrics } from "../../shared/metrics/embedded-metrics.ts";
import { keyMetrics } from "../../shared/metrics/key-metrics.ts";
import { toRfc3339 } from "../../shared/time.ts";

export type RotateKeysDependencies = Omit<RotationDependencies, "onChange"> & {
  /** Takes one line of the log. */
  readonly write: (line: string) => void;
  /** CloudWatch's namespace of the metrics that the line of a rotation carries. */
  readonly namespace: string;
};

/** `unknown_key`: there was nothing to withdraw. `keys` is empty before the first rotation. */
export type RotateKeysResult =
  | { readonly outcome: "done"; readonly keys: readonly ListedKey[] }
  | { readonly outcome: "unknown_key" };

/** An operator names an action; the schedule and the deployment send events that name none. */
const request = z.union([
  z.object({ action: z.literal("withdraw"), kid: keyId }),
  z.object({ action: z.literal("rotate") }),
  z.object({ action: z.literal("list") }),
  z.pipe(
    z.object({ action: z.optional(z.never()) }),
    z.transform(() => ({ action: "maintain" as const })),
  ),
]);

/**
 * Rotates the keys as far as is due, or does what an operator asks: `{"action": "list"}`, `{"action": "rotate"}`,
 * `{"action": "withdraw", "kid": "…"}`. It answers and logs what became of which key, never a key.
 */
export const createRotateKeys = ({ write, namespace, ...dependencies }: RotateKeysDependencies) => {
  const { stores, settings, clock } = dependencies;

  const list = async (): Promise<RotateKeysResult> => {
    const published = await stores.readPublished();
    const { ring } = await stores.readRing();
    return { outcome: "done", keys: isEmptyKeyRing(ring) ? [] : listKeys(ring, published, settings) };
  };

  const rotate = async (asked: RotationRequest, requestId: string): Promise<RotateKeysResult> => {
    const log = (entry: object): void =>
      write(`${JSON.stringify({ time: toRfc3339(clock()), ...entry, ...asked, requestId })}\n`);
    const keys = await rotateKeys(
      { ...dependencies, onChange: (change) => log({ event: "key_changed", key: change }) },
      asked,
    );
    const outcome = keys === undefined ? "unknown_key" : "done";
    const ageSeconds = keys === undefined ? undefined : clock() - keys.ring.access.current.createdAt;
    const metrics = ageSeconds === undefined ? [] : keyMetrics(ageSeconds);
    log(embedMetrics({ event: "keys_rotated", outcome }, metrics, namespace, clock()));
    return keys === undefined
      ? { outcome: "unknown_key" }
      : { outcome: "done", keys: listKeys(keys.ring, keys.published, settings) };
  };

  return async (event: unknown, context: { readonly awsRequestId: string }): Promise<RotateKeysResult> => {
    const parsed = request.safeParse(event ?? {});
    if (!parsed.success) throw new Error('The action must be "list", "rotate", or "withdraw" with the kid of a key');
    return parsed.data.action === "list" ? list() : rotate(parsed.data, context.awsRequestId);
  };
};
