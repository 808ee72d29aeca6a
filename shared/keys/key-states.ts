import type { KeyId } from "../ids.ts";
import type { EpochSeconds } from "../time.ts";
import type { KeyRing, KeySet } from "./key-ring.ts";

export type AnyKey = { readonly kid: KeyId; readonly alg: string; readonly createdAt: EpochSeconds };

/** One key as it may be shown and logged: nothing of the key itself. */
export type KeyState = AnyKey & {
  readonly use: "access" | "refresh";
  readonly state: "current" | "next" | "previous";
  readonly retiredAt?: EpochSeconds;
};

/** Every key of the ring, the signers first. */
export const keyStates = ({ access, refresh }: KeyRing): readonly KeyState[] => [
  ...listKeyStates("access", access),
  ...listKeyStates("refresh", refresh),
];

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

/** What became of one key. */
export type KeyChange = Pick<KeyState, "use" | "kid" | "alg"> & {
  readonly from: KeyState["state"] | "none";
  readonly to: KeyState["state"] | "removed";
};

/** What differs between two rings. `before` is undefined where there were no keys yet. */
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
