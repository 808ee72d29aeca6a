import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashPassword } from "../../../shared/passwords/hash-password.ts";
import { verifyPassword } from "../../../shared/passwords/verify-password.ts";
import { BCRYPT_VECTORS } from "./bcrypt-vectors.ts";
import { countingBcrypt } from "./counting-bcrypt.ts";

const secrets = { rootSecret: "0123456789abcdefghijklmnopqrstuv" };
const fast = { cost: 5 };
const PREFIX_LENGTH = "$lk1$0123456789abcdef".length;
const password = "a password that is long enough";

const hash = (text: string, cost = 5) => hashPassword(text, secrets, { cost });
const verify = (text: string, digest: string | null | undefined) => verifyPassword(text, digest, secrets, fast);
const isVerified = async (text: string, digest: string | null | undefined) => (await verify(text, digest)).verified;

describe("an lk1 digest", () => {
  it("verifies only its password, and needs no rehash", async () => {
    const digest = await hash(password);
    expect(await verify(password, digest)).toEqual({ verified: true, needsRehash: false, malformed: false });
    expect(await verify(`${password}!`, digest)).toEqual({ verified: false, needsRehash: false, malformed: false });
  });

  it("has a version, the id of its root secret and a salt of its own (P3)", async () => {
    const [one, other] = [await hash(password), await hash(password)];
    expect(one).toMatch(/^\$lk1\$[0-9a-f]{16}\$2b\$05\$[./A-Za-z0-9]{53}$/);
    expect(one).not.toBe(other);
    expect(one).not.toContain(secrets.rootSecret.slice(0, 8));
  });

  it("has cost 12 by default (P6)", async () => {
    const { bcrypt, count } = countingBcrypt();
    expect(await hashPassword(password, secrets, { bcrypt })).toContain("$2b$12$");
    expect(count.rounds).toBe(4096);
  });

  it("distinguishes two passwords with the same first 72 bytes (P3)", async () => {
    const start = "x".repeat(72);
    expect(await isVerified(`${start}B`, await hash(`${start}A`))).toBe(false);
    expect(await isVerified(start, await hash(`${start}A`))).toBe(false);
  });

  it("is not cut off at a NUL (P3)", async () => {
    expect(await isVerified("one\0two", await hash("one\0three"))).toBe(false);
    expect(await isVerified("one", await hash("one\0one"))).toBe(false);
  });

  it("verifies the same password in NFC and NFD, in every script (P4)", async () => {
    const words = fc.string({ unit: fc.constantFrom("é", "ü", "Å", "한", "ぱ", "ệ", "क़", "a", " "), maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(words, async (word) => {
        expect(await isVerified(word.normalize("NFD"), await hash(word.normalize("NFC"), 4))).toBe(true);
        expect(await isVerified(word.normalize("NFC"), await hash(word.normalize("NFD"), 4))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it("treats all Unicode spaces as the same character (P4)", async () => {
    expect(await isVerified("four\u00a0words\u3000typed anywhere", await hash("four words typed anywhere"))).toBe(true);
  });

  it("distinguishes characters that only look alike", async () => {
    expect(await isVerified("area in m2", await hash("area in m²"))).toBe(false);
    expect(await isVerified(password.toUpperCase(), await hash(password))).toBe(false);
  });

  it("of another root secret is malformed, and does not verify with the id of the present root secret either", async () => {
    const foreign = await hashPassword(password, { rootSecret: "another secret of 32 characters." }, fast);
    expect(await verify(password, foreign)).toEqual({ verified: false, needsRehash: false, malformed: true });
    const ourName = (await hash(password)).slice(0, PREFIX_LENGTH);
    expect(await verify(password, ourName + foreign.slice(PREFIX_LENGTH))).toMatchObject({ verified: false });
  });

  it("is not a digest of the password alone", async () => {
    expect(await isVerified(password, (await hash(password)).slice(PREFIX_LENGTH))).toBe(false);
  });

  it("of every released version still verifies (P3)", async () => {
    // Computed with Python's hmac and libxcrypt.
    const lk1 = "$lk1$08bc97f57f081427$2b$04$LatchkeyLatchkeyLatchukjxF5ID2ZEnVesAwT.R83ryZh78lkB2";
    expect(await isVerified("naïve café crème brûlée", lk1)).toBe(true);
  });

  it("needs a rehash with a lower cost, but not with a higher cost (P6)", async () => {
    expect(await verify(password, await hash(password, 4))).toMatchObject({ verified: true, needsRehash: true });
    expect(await verify(password, await hash(password, 6))).toMatchObject({ verified: true, needsRehash: false });
  });
});

describe("an imported digest", () => {
  it.each(BCRYPT_VECTORS)(
    "$digest ($origin) verifies, and needs a rehash if it checked the whole password (P6, P8)",
    async (vector) => {
      const withPepper = { ...secrets, devisePepper: vector.devisePepper };
      const right = await verifyPassword(vector.password, vector.digest, withPepper, fast);
      const needsRehash = Buffer.byteLength(vector.password) + (vector.devisePepper === undefined ? 1 : 16) <= 72;
      expect(right).toEqual({ verified: true, needsRehash, malformed: false });
      const wrong = await verifyPassword(`x${vector.password}`, vector.digest, withPepper, fast);
      expect(wrong).toEqual({ verified: false, needsRehash: false, malformed: false });
    },
  );

  it("with a Devise pepper does not verify without the pepper, and a digest without a pepper does not verify with it", async () => {
    const made = BCRYPT_VECTORS.find((vector) => vector.devisePepper !== undefined);
    const plain = BCRYPT_VECTORS.find((vector) => vector.password === made?.password && !vector.devisePepper);
    if (made?.devisePepper === undefined || plain === undefined) throw new Error("The vectors have no such pair");
    expect(await isVerified(made.password, made.digest)).toBe(false);
    const peppered = { ...secrets, devisePepper: made.devisePepper };
    expect((await verifyPassword(plain.password, plain.digest, peppered, fast)).verified).toBe(false);
  });

  it("treats an empty Devise pepper as no pepper", async () => {
    const [{ password: typed, digest } = { password: "", digest: "" }] = BCRYPT_VECTORS;
    expect((await verifyPassword(typed, digest, { ...secrets, devisePepper: "" }, fast)).verified).toBe(true);
  });

  it("of an NFC password verifies if it is typed in NFD, and the digest of the NFD form too (P4)", async () => {
    const vector = BCRYPT_VECTORS.find(({ password: text }) => text.startsWith("naïve"));
    expect(await isVerified(vector?.password.normalize("NFD") ?? "", vector?.digest)).toBe(true);
    const { bcrypt } = countingBcrypt();
    const typedInNfd = await bcrypt("crème brûlée".normalize("NFD"), "$2a$04$abcdefghijklmnopqrstuu");
    expect(await isVerified("crème brûlée".normalize("NFD"), typedInNfd)).toBe(true);
  });

  it("does not verify a repeated password with NULs in between", async () => {
    expect(await isVerified("U*U\0U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")).toBe(false);
  });
});

describe("an imported digest is replaced only from a password that it checked whole (P8)", () => {
  const { bcrypt } = countingBcrypt();
  const imported = (text: string, rootSecret = "") => bcrypt(text + rootSecret, "$2a$04$abcdefghijklmnopqrstuu");
  const outcome = async (typed: string, digest: string, devisePepper?: string) => {
    const { verified, needsRehash } = await verifyPassword(typed, digest, { ...secrets, devisePepper }, fast);
    return { verified, needsRehash };
  };
  const REPLACED = { verified: true, needsRehash: true };
  const KEPT = { verified: true, needsRehash: false };
  const WRONG = { verified: false, needsRehash: false };
  const bytes = (length: number) => "0123456789abcdef".repeat(16).slice(0, length);
  const rootSecret = "5f2d1c8e9b7a4063".repeat(8);

  it("without a pepper: up to 71 bytes", async () => {
    expect(await outcome(bytes(71), await imported(bytes(71)))).toEqual(REPLACED);
    expect(await outcome(bytes(72), await imported(bytes(72)))).toEqual(KEPT);
    expect(await outcome(bytes(73), await imported(bytes(73)))).toEqual(KEPT);
    expect(await outcome("é".repeat(36), await imported("é".repeat(36)))).toEqual(KEPT);
  });

  it("not if it is mistyped or cut off after byte 72", async () => {
    const digest = await imported(`${bytes(72)}the end of the true password`);
    for (const typed of [`${bytes(72)}another end`, bytes(72), `${bytes(72)}the end of the true password`]) {
      expect(await outcome(typed, digest), typed).toEqual(KEPT);
    }
    expect(await outcome(bytes(71), digest)).toEqual(WRONG);
  });

  it("with Devise's pepper: up to 56 bytes, of which 16 of the pepper are the end", async () => {
    expect(await outcome(bytes(20), await imported(bytes(20), rootSecret), rootSecret)).toEqual(REPLACED);
    expect(await outcome(bytes(56), await imported(bytes(56), rootSecret), rootSecret)).toEqual(REPLACED);
    expect(await outcome(bytes(57), await imported(bytes(57), rootSecret), rootSecret)).toEqual(KEPT);
    expect(await outcome(bytes(80), await imported(bytes(80), rootSecret), rootSecret)).toEqual(KEPT);
  });

  it("with a pepper of fewer than 16 bytes: up to 71 bytes of both together", async () => {
    const short = rootSecret.slice(0, 15);
    expect(await outcome(bytes(56), await imported(bytes(56), short), short)).toEqual(REPLACED);
    expect(await outcome(bytes(57), await imported(bytes(57), short), short)).toEqual(KEPT);
  });

  it("not if the typed password ends where the pepper begins in the true password", async () => {
    const trueOne = `${bytes(71)}${rootSecret.slice(0, 1)} and more`;
    expect(await outcome(bytes(71), await imported(trueOne, rootSecret), rootSecret)).toEqual(KEPT);
  });

  it("in NFC or in NFD, depending on the digest", async () => {
    const composed = "é".repeat(30);
    const decomposed = composed.normalize("NFD");
    expect(await outcome(decomposed, await imported(composed))).toEqual(REPLACED);
    // 90 bytes: not complete, although the same password in NFC is complete.
    expect(await outcome(decomposed, await imported(decomposed))).toEqual(KEPT);
  });
});

const SALT_AND_HASH = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

/** Digests in a row that no password matches. The password of the well-formed digests is `U*U`. */
const MALFORMED: readonly (readonly [string, string | null | undefined])[] = [
  ["no account", undefined],
  ["null", null],
  ["empty", ""],
  ["a word", "password"],
  ["the broken $2x$", `$2x$05$${SALT_AND_HASH}`],
  ["the old $2$", `$2$05$${SALT_AND_HASH}`],
  ["cost 31", `$2a$31$${SALT_AND_HASH}`],
  ["cost 15", `$2a$15$${SALT_AND_HASH}`],
  ["cost 3", `$2a$03$${SALT_AND_HASH}`],
  ["cost 99", `$2a$99$${SALT_AND_HASH}`],
  ["cut short", `$2a$05$${SALT_AND_HASH.slice(0, -1)}`],
  ["too long", `$2a$05$${SALT_AND_HASH}x`],
  ["a newline behind", `$2a$05$${SALT_AND_HASH}\n`],
  ["a foreign alphabet", `$2a$05$${SALT_AND_HASH.replace("E5", "=é")}`],
  ["a salt with spare bits", `$2a$05$${SALT_AND_HASH.replace("C.E", "CCE")}`],
  ["lk1 without the id of a root secret", `$lk1$$2a$05$${SALT_AND_HASH}`],
  ["lk1 of another root secret", `$lk1$0123456789abcdef$2a$05$${SALT_AND_HASH}`],
  ["a later version", `$lk2$0123456789abcdef$2a$05$${SALT_AND_HASH}`],
  [
    "sha-512 crypt",
    "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
  ],
  ["argon2", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b27Hw"],
];

it.each(MALFORMED)("%s verifies nothing, is reported as malformed and never throws (P6)", async (_, digest) => {
  expect(await verify("U*U", digest)).toEqual({ verified: false, needsRehash: false, malformed: true });
});

it("a digest that is not a string is malformed (P6)", async () => {
  const { digest }: { digest: string } = JSON.parse('{"digest": 42}');
  expect(await verify("U*U", digest)).toEqual({ verified: false, needsRehash: false, malformed: true });
});

describe("the work is that of one hash at the set cost (L2)", () => {
  const countRounds = async (text: string, digest: string | null | undefined) => {
    const { bcrypt, count } = countingBcrypt();
    await verifyPassword(text, digest, secrets, { cost: 7, bcrypt });
    return count.rounds;
  };

  it.each(MALFORMED)("for %s", async (_, digest) => {
    expect(await countRounds("U*U", digest)).toBe(2 ** 7);
  });

  it.each([4, 5, 6, 7])("for an lk1 digest of cost %d, the password right or wrong", async (cost) => {
    const digest = await hash(password, cost);
    expect(await countRounds(password, digest)).toBe(2 ** 7);
    expect(await countRounds("a wrong password", digest)).toBe(2 ** 7);
  });

  it.each(BCRYPT_VECTORS.filter(({ password: text }) => text === text.normalize("NFC")))(
    "for the imported $digest, the password right or wrong",
    async ({ password: text, digest }) => {
      expect(await countRounds(text, digest)).toBe(2 ** 7);
      expect(await countRounds("a wrong password", digest)).toBe(2 ** 7);
    },
  );

  it("and twice that for a password that is not in NFC, with and without an account", async () => {
    const typed = "crème brûlée".normalize("NFD");
    const digests = [...MALFORMED.map(([, digest]) => digest), await hash(typed, 7), await hash(typed, 4)];
    const imported = BCRYPT_VECTORS.map(({ digest }) => digest);
    for (const digest of [...digests, ...imported]) expect(await countRounds(typed, digest)).toBe(2 * 2 ** 7);
  });

  it("which is 12 by default", async () => {
    for (const digest of [undefined, `$2a$31$${SALT_AND_HASH}`, `$2a$05$${SALT_AND_HASH}`, `$2a$12$${SALT_AND_HASH}`]) {
      const { bcrypt, count } = countingBcrypt(async () => "nothing");
      await verifyPassword("U*U", digest, secrets, { bcrypt });
      expect(count.rounds).toBe(4096);
    }
  });
});
