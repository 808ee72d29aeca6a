import type { KeyId } from "../ids.ts";
import { addSeconds, type EpochSeconds } from "../time.ts";
import type { KeyPolicy } from "./key-policy.ts";
import type { KeySet } from "./key-ring.ts";

type AnyKey = { readonly kid: KeyId; readonly createdAt: EpochSeconds };

/** The conditions of one step: the time, and what the operator requested. */
export type Step<Key> = {
  readonly now: EpochSeconds;
  /** If true, the next key is promoted as soon as it is known. The step does not wait for the rotation period. */
  readonly rotatesEarly: boolean;
  readonly withdrawn: readonly KeyId[];
  readonly generate: () => Key;
};

/** Creates the keys of a new deployment: one that signs and one next key. */
export const newKeySet = <Key>(generate: () => Key): KeySet<Key> => ({
  current: generate(),
  next: [generate()],
  previous: [],
});

/**
 * Advances a set by one step. Removes keys that no token needs and withdrawn keys, promotes the next key if it may sign, and
 * adds a new next key if one is due.
 */
export const advanceKeySet = <Key extends AnyKey>(
  set: KeySet<Key>,
  policy: KeyPolicy<Key>,
  step: Step<Key>,
): KeySet<Key> => {
  const useful = dropUseless(set, policy, step);
  const trusted = withdraw(useful, step);
  const promoted = promote(trusted, policy, step);
  return refill(promoted, policy, step);
};

/**
 * Computes the time from which a next key signs: when it is known and one rotation period old. A key of a new algorithm does
 * not wait for the period.
 *
 * @returns undefined while the key is not known everywhere
 */
export const signsFrom = <Key extends AnyKey>(
  key: Key,
  { current }: KeySet<Key>,
  policy: KeyPolicy<Key>,
): EpochSeconds | undefined => {
  const known = policy.knownFrom(key);
  const due = addSeconds(key.createdAt, policy.periodSeconds);
  return known === undefined || known > due || !policy.fits(current) ? known : due;
};

/** Removes next keys of another algorithm, which never signed, and previous keys whose last token has expired. */
const dropUseless = <Key>(set: KeySet<Key>, policy: KeyPolicy<Key>, { now }: Step<Key>): KeySet<Key> => ({
  ...set,
  next: set.next.filter(policy.fits),
  previous: set.previous.filter(({ retiredAt }) => now < retiredAt + policy.keepSeconds),
});

const withdraw = <Key extends AnyKey>(set: KeySet<Key>, { withdrawn, generate }: Step<Key>): KeySet<Key> => {
  const stays = ({ kid }: AnyKey): boolean => !withdrawn.includes(kid);
  const rest = { ...set, next: set.next.filter(stays), previous: set.previous.filter(stays) };
  if (stays(set.current)) return rest;
  // Most verifiers know the oldest next key. So that key is the successor, even if it may not sign yet.
  const [successor = generate(), ...next] = rest.next;
  return { ...rest, current: successor, next };
};

const promote = <Key extends AnyKey>(
  set: KeySet<Key>,
  policy: KeyPolicy<Key>,
  { now, rotatesEarly }: Step<Key>,
): KeySet<Key> => {
  const [successor, ...next] = set.next;
  if (successor === undefined) return set;
  const from = rotatesEarly ? policy.knownFrom(successor) : signsFrom(successor, set, policy);
  if (from === undefined || now < from) return set;
  return { current: successor, next, previous: [{ ...set.current, retiredAt: now }, ...set.previous] };
};

/** Adds one next key for each rotation period. If keys rotate faster than they become known, the set holds several next keys. */
const refill = <Key extends AnyKey>(
  set: KeySet<Key>,
  { periodSeconds }: KeyPolicy<Key>,
  { now, generate }: Step<Key>,
): KeySet<Key> => {
  const youngest = set.next.at(-1);
  const isRecent = youngest !== undefined && now < youngest.createdAt + periodSeconds;
  return isRecent ? set : { ...set, next: [...set.next, generate()] };
};
