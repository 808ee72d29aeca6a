import { describe, expect, it } from "vitest";
import { authorize, type Credential, stateless } from "../../../shared/sessions/authorize.ts";
import { hashCsrfToken } from "../../../shared/tokens/csrf-token.ts";
import { verifyAccessToken } from "../../../shared/tokens/verify-access-token.ts";
import { anAccessKey, publishedSet } from "../../support/keys.ts";
import { NOW } from "../../support/time.ts";
import { anAccessToken, verifierSettings } from "../../support/tokens.ts";

const key = anAccessKey("EdDSA");
const keys = await publishedSet(key);
const csrfHash = hashCsrfToken("csrf");
const ofCookie = await anAccessToken(key, { subject: { csrfHash } });
const ofBearer = await anAccessToken(key);

const decide = (credential: Credential, requiredScopes: readonly string[] = []) =>
  authorize(
    {
      verify: (token) => verifyAccessToken(token, async (kid) => keys.get(kid), verifierSettings, NOW),
      isRevoked: stateless,
      requiredScopes,
    },
    credential,
  );

describe("the decision on a request", () => {
  it("allows a cookie's token only if the request passes the CSRF check of its session (C3)", async () => {
    const asked: string[] = [];
    const passesCsrfCheck = (hash: string) => {
      asked.push(hash);
      return asked.length > 1;
    };
    const credential: Credential = { transport: "cookie", token: ofCookie, passesCsrfCheck };
    expect(await decide(credential)).toMatchObject({ outcome: "csrf_failed" });
    expect(await decide(credential)).toMatchObject({ outcome: "allowed" });
    expect(asked).toEqual([csrfHash, csrfHash]);
  });

  it("on a cookie's token does not compile without a CSRF check (C3)", async () => {
    // @ts-expect-error `passesCsrfCheck` is missing.
    const credential: Credential = { transport: "cookie", token: ofCookie };
    await expect(decide(credential)).rejects.toThrow(TypeError);
  });

  it("makes no CSRF check for a bearer's token, nor for a token of the other transport (C3)", async () => {
    const passesCsrfCheck = (): boolean => {
      throw new Error("The check was made");
    };
    expect(await decide({ transport: "bearer", token: ofBearer })).toMatchObject({ outcome: "allowed" });
    expect(await decide({ transport: "cookie", token: ofBearer, passesCsrfCheck })).toMatchObject({
      reason: "wrong_transport",
    });
    expect(await decide({ transport: "bearer", token: ofCookie })).toMatchObject({ reason: "wrong_transport" });
  });

  it("rejects a missing scope before the CSRF check", async () => {
    const credential: Credential = { transport: "cookie", token: ofCookie, passesCsrfCheck: () => false };
    expect(await decide(credential, ["orders"])).toMatchObject({ outcome: "insufficient_scope" });
  });
});
