import type { KeyId } from "../ids.ts";
import { addSeconds, type EpochSeconds } from "../time.ts";
import type { KeyPolicy } from "./key-policy.ts";
import type { KeySet } from "./key-ring.ts";

type AnyKey = { readonly kid: KeyId; readonly createdAt: EpochSeconds };

/** What is asked of the keys now. */
export type Step<Key> = {
  readonly now: EpochSeconds;
  /** Does not wait for the period, only until `next` is known. */
  readonly rotatesEarly: boolean;
  readonly withdrawn: readonly KeyId[];
  readonly generate: () => Key;
};

/** The keys of a fresh deployment. */
export const newKeySet = <Key>(generate: () => Key): KeySet<Key> => ({
  current: generate(),
  next: [generate()],
  previous: [],
});

/** The keys one step on: the useless and the withdrawn gone, the next promoted if it may sign, another next made. */
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

/** When this `next` is to sign: once it is known and, unless it replaces another algorithm, a period old. */
export const signsFrom = <Key extends AnyKey>(
  key: Key,
  { current }: KeySet<Key>,
  policy: KeyPolicy<Key>,
): EpochSeconds | undefined => {
  const known = policy.knownFrom(key);
  const due = addSeconds(key.createdAt, policy.periodSeconds);
  return known === undefined || known > due || !policy.fits(current) ? known : due;
};

/** A `next` that does not fit has never signed; a `previous` has no token left alive. */
const dropUseless = <Key>(set: KeySet<Key>, policy: KeyPolicy<Key>, { now }: Step<Key>): KeySet<Key> => ({
  ...set,
  next: set.next.filter(policy.fits),
  previous: set.previous.filter(({ retiredAt }) => now < retiredAt + policy.keepSeconds),
});

const withdraw = <Key extends AnyKey>(set: KeySet<Key>, { withdrawn, generate }: Step<Key>): KeySet<Key> => {
  const stays = ({ kid }: AnyKey): boolean => !withdrawn.includes(kid);
  const rest = { ...set, next: set.next.filter(stays), previous: set.previous.filter(stays) };
  if (stays(set.current)) return rest;
  // The oldest `next` is known to the most verifiers, so it is the successor even before its time.
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

/** One `next` a period: where keys rotate faster than they become known, several are on their way at once. */
const refill = <Key extends AnyKey>(
  set: KeySet<Key>,
  { periodSeconds }: KeyPolicy<Key>,
  { now, generate }: Step<Key>,
): KeySet<Key> => {
  const youngest = set.next.at(-1);
  const isRecent = youngest !== undefined && now < youngest.createdAt + periodSeconds;
  return isRecent ? set : { ...set, next: [...set.next, generate()] };
};
