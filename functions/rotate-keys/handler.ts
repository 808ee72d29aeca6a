import * as z from "zod/mini";
import { withinInvocation } from "../../shared/deadline.ts";
import { keyIdSchema } from "../../shared/ids.ts";
import { type ListedKey, listKeys } from "../../shared/keys/key-listing.ts";
import { isEmptyKeyRing } from "../../shared/keys/key-ring.ts";
import { type RotationDependencies, rotateKeys } from "../../shared/keys/rotate-keys.ts";
import type { RotationRequest } from "../../shared/keys/rotation.ts";
import { writeLog } from "../../shared/log/log.ts";
import { keyMetrics } from "../../shared/metrics/key-metrics.ts";
import { metricsPublisher } from "../../shared/metrics/publish-metrics.ts";
import { toRfc3339 } from "../../shared/time.ts";

export type RotateKeysDependencies = Omit<RotationDependencies, "onChange"> & {
  /** CloudWatch's namespace of the metrics that a rotation reports. */
  readonly namespace: string;
};

/** `unknown_key`: there was nothing to withdraw. `keys` is empty before the first rotation. */
export type RotateKeysResult =
  | { readonly outcome: "done"; readonly keys: readonly ListedKey[] }
  | { readonly outcome: "unknown_key" };

/** An operator names an action; the schedule and the deployment send events that name none. */
const request = z.union([
  z.object({ action: z.literal("withdraw"), kid: keyIdSchema }),
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
export const createRotateKeys = ({ namespace, ...dependencies }: RotateKeysDependencies) => {
  const { stores, settings, clock } = dependencies;
  const publish = metricsPublisher(namespace, clock);

  const list = async (): Promise<RotateKeysResult> => {
    const published = await stores.readPublished();
    const { ring } = await stores.readRing();
    return { outcome: "done", keys: isEmptyKeyRing(ring) ? [] : listKeys(ring, published, settings) };
  };

  const rotate = async (asked: RotationRequest, requestId: string): Promise<RotateKeysResult> => {
    const log = (event: "keys_rotated" | "key_changed", fields: object): void =>
      writeLog("info", event, { time: toRfc3339(clock()), ...fields, ...asked, requestId });
    const keys = await rotateKeys({ ...dependencies, onChange: (key) => log("key_changed", { key }) }, asked);
    log("keys_rotated", { outcome: keys === undefined ? "unknown_key" : "done" });
    if (keys === undefined) return { outcome: "unknown_key" };
    publish(keyMetrics(clock() - keys.ring.access.current.createdAt));
    return { outcome: "done", keys: listKeys(keys.ring, keys.published, settings) };
  };

  return async (event: unknown, context: { readonly awsRequestId: string }): Promise<RotateKeysResult> => {
    const parsed = request.safeParse(event ?? {});
    if (!parsed.success) throw new Error('The action must be "list", "rotate", or "withdraw" with the kid of a key');
    const { data } = parsed;
    return withinInvocation(context, () => (data.action === "list" ? list() : rotate(data, context.awsRequestId)));
  };
};
