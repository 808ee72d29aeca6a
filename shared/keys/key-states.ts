import type { KeyId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import type { KeyRing, KeySet } from "./key-ring.ts";

/** The members that access keys and refresh keys have in common. */
export type AnyKey = { readonly kid: KeyId; readonly alg: string; readonly createdAt: EpochSeconds };

/** One key as operators and logs may see it: its id and state, without the key itself. */
export type KeyState = AnyKey & {
  readonly use: "access" | "refresh";
  readonly state: "current" | "next" | "previous";
  readonly retiredAt?: EpochSeconds;
};

/** Lists every key of the ring. The keys that sign come first. */
export const keyStates = ({ access, refresh }: KeyRing): readonly KeyState[] => [
  ...listKeyStates("access", access),
  ...listKeyStates("refresh", refresh),
];

/** Lists the keys of one set: `current`, then `next`, then `previous`. */
export const listKeyStates = (
  use: KeyState["use"],
  { current, next, previous }: KeySet<AnyKey>,
): readonly KeyState[] => {
  const common = ({ kid, alg, createdAt }: AnyKey) => ({ kid, alg, createdAt, use });
  return [
    { ...common(current), state: "current" },
    ...next.map((key) => ({ ...common(key), state: "next" as const })),
    ...previous.map((key) => ({ ...common(key), state: "previous" as const, retiredAt: key.retiredAt })),
  ];
};

/** A change of the state of one key. */
export type KeyChange = Pick<KeyState, "use" | "kid" | "alg"> & {
  readonly from: KeyState["state"] | "none";
  readonly to: KeyState["state"] | "removed";
};

/** Lists the differences between two rings. `before` is undefined if there were no keys yet. */
export const keyChanges = (before: KeyRing | undefined, after: KeyRing): readonly KeyChange[] => {
  const old = before === undefined ? [] : keyStates(before);
  const now = keyStates(after);
  const stateIn = (states: readonly KeyState[], kid: KeyId) => states.find((key) => key.kid === kid)?.state;
  const gone = old.filter(({ kid }) => stateIn(now, kid) === undefined);
  return [...now, ...gone]
    .map(({ use, kid, alg }) => ({
      use,
      kid,
      alg,
      from: stateIn(old, kid) ?? ("none" as const),
      to: stateIn(now, kid) ?? ("removed" as const),
    }))
    .filter(({ from, to }) => from !== to);
};
