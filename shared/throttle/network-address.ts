import { isIPv4, isIPv6 } from "node:net";

const GROUPS = 8;

/**
 * Returns the part of an IP address that identifies one customer of a network provider: the whole IPv4 address, or the /64 of an
 * IPv6 address. Within its /64 a customer changes addresses at will (RFC 6177, RFC 8981). An IPv4 address in IPv6 form becomes
 * the IPv4 address.
 *
 * @returns the text unchanged, if it is not an IP address
 * @example toNetwork("2001:db8::1") // "2001:db8:0:0::/64"
 */
export const toNetwork = (ip: string): string => {
  const address = ip.split("%")[0] ?? "";
  if (isIPv4(address) || !isIPv6(address)) return address;
  const groups = toGroups(address);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return groups.slice(6).flatMap(toBytes).join(".");
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
};

/** Returns the eight groups of a valid IPv6 address. Expands `::` and a trailing IPv4 part (RFC 4291 2.2). */
const toGroups = (address: string): readonly number[] => {
  const [head = [], tail] = address.split("::").map(toParts);
  if (tail === undefined) return head;
  return [...head, ...Array<number>(GROUPS - head.length - tail.length).fill(0), ...tail];
};

const toParts = (text: string): number[] =>
  text
    .split(":")
    .filter((part) => part !== "")
    .flatMap((part) => (isIPv4(part) ? toPairs(part.split(".").map(Number)) : [Number.parseInt(part, 16)]));

const toPairs = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number[] => [a * 256 + b, c * 256 + d];

const toBytes = (group: number): number[] => [group >> 8, group & 0xff];
