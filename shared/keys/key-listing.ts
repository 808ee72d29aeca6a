import { addSeconds, type EpochSeconds, toRfc3339 } from "../time.ts";
import { accessKeyPolicy, type KeyPolicy, type RotationSettings, refreshKeyPolicy } from "./key-policy.ts";
import type { KeyRing, KeySet } from "./key-ring.ts";
import { signsFrom } from "./key-set.ts";
import { type AnyKey, type KeyState, listKeyStates } from "./key-states.ts";
import { type PublishedKeys, publicSince } from "./public-keys.ts";

/** A key as an operator sees it, without the key itself. Times are RFC 3339 in UTC. */
export type ListedKey = Pick<KeyState, "use" | "kid" | "alg" | "state"> & {
  readonly created_at: string;
  /** Since when the key is public. Only for access keys: refresh keys are never published. */
  readonly published_at: string | undefined;
  /** Only for a next key: the time at which the schedule makes it `current`. */
  readonly signs_from: string | undefined;
  /** Only for a previous key: the time at which its last token has expired. */
  readonly verifies_until: string | undefined;
};

/** Lists every key with what the rotation will do with it. The keys that sign come first. */
export const listKeys = (
  ring: KeyRing,
  published: PublishedKeys | undefined,
  settings: RotationSettings,
): readonly ListedKey[] => [
  ...listSet("access", ring.access, accessKeyPolicy(settings, published), published),
  ...listSet("refresh", ring.refresh, refreshKeyPolicy(settings), undefined),
];

const listSet = <Key extends AnyKey>(
  use: KeyState["use"],
  set: KeySet<Key>,
  policy: KeyPolicy<Key>,
  published: PublishedKeys | undefined,
): readonly ListedKey[] =>
  listKeyStates(use, set).map(({ kid, alg, state, createdAt, retiredAt }) => {
    const next = set.next.find((key) => key.kid === kid);
    return {
      use,
      kid,
      alg,
      state,
      created_at: toRfc3339(createdAt),
      published_at: inRfc3339(publicSince(published, kid)),
      signs_from: inRfc3339(next && signsFrom(next, set, policy)),
      verifies_until: inRfc3339(retiredAt && addSeconds(retiredAt, policy.keepSeconds)),
    };
  });

const inRfc3339 = (time: EpochSeconds | undefined): string | undefined =>
  time === undefined ? undefined : toRfc3339(time);
