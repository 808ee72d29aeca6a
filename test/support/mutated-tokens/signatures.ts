import { sign } from "node:crypto";
import { getPrivateKey, signerFor, signJws } from "../jws.ts";
import { foreignKeyFor } from "./algorithms.ts";
import type { MutatedToken, Parts } from "./source.ts";

/** Tokens that the key of the service did not sign (T3). */
export const wrongSignatures = (parts: Parts): readonly MutatedToken[] => {
  const { accessKey, claims, header, segments, sign: signAsWe } = parts;
  const [head, payload, signature] = segments;
  const bytes = Buffer.from(signature, "base64url");
  const withSignature = (name: string, changed: Buffer): Unnamed => ({
    name,
    token: `${head}.${payload}.${changed.toString("base64url")}`,
  });
  const [otherHead, otherPayload] = signJws(header, { ...claims, sub: "another-user" }, signAsWe).split(".");
  return [
    { name: "signature stripped", token: `${head}.${payload}.` },
    { name: "signature stripped, no dot", token: `${head}.${payload}` },
    withSignature("signature all zeros", Buffer.alloc(bytes.length)),
    withSignature("signature all ones", Buffer.alloc(bytes.length, 0xff)),
    withSignature("signature of one byte", Buffer.from([0])),
    withSignature("first bit flipped", flipped(bytes, 0, 0x80)),
    withSignature("last bit flipped", flipped(bytes, bytes.length - 1, 1)),
    withSignature("last byte cut off", bytes.subarray(0, -1)),
    withSignature("a zero byte behind", Buffer.concat([bytes, Buffer.alloc(1)])),
    withSignature("a zero byte in front", Buffer.concat([Buffer.alloc(1), bytes])),
    withSignature("signature twice", Buffer.concat([bytes, bytes])),
    { name: "claims of another user under the signature", token: `${otherHead}.${otherPayload}.${signature}` },
    {
      name: "another key under our kid",
      token: signJws(header, claims, signerFor(accessKey.alg, foreignKeyFor(accessKey.alg))),
    },
    ...(accessKey.alg === "ES256" ? ecdsa(parts, withSignature) : []),
  ].map((mutant) => ({ checklist: "T3", ...mutant }));
};

type Unnamed = Omit<MutatedToken, "checklist">;

const flipped = (bytes: Buffer, index: number, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ bit;
  return copy;
};

/** The order of P-256 (FIPS 186-4 D.1.2.3). `r` and `s` must lie between zero and the order. CVE-2022-21449 accepted zeros. */
const ORDER = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const ZERO = Buffer.alloc(32);
const ONE = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);

const ecdsa = (
  { accessKey, segments: [head, payload] }: Parts,
  withSignature: (name: string, bytes: Buffer) => Unnamed,
): readonly Unnamed[] => [
  ...Object.entries({ zero: ZERO, one: ONE, "the order": ORDER }).flatMap(([rName, r]) =>
    Object.entries({ zero: ZERO, one: ONE, "the order": ORDER }).map(([sName, s]) =>
      withSignature(`r ${rName}, s ${sName}`, Buffer.concat([r, s])),
    ),
  ),
  withSignature("signature in DER", sign("sha256", Buffer.from(`${head}.${payload}`), getPrivateKey(accessKey))),
];
