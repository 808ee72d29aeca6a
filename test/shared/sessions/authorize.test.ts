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
  it("lets a cookie's token through only if the request passes the CSRF check of its session (C3)", async () => {
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

  it("cannot be made on a cookie's token without a CSRF check: that does not compile (C3)", async () => {
    // @ts-expect-error `passesCsrfCheck` is missing.
    const credential: Credential = { transport: "cookie", token: ofCookie };
    await expect(decide(credential)).rejects.toThrow(TypeError);
  });

  it("asks for no CSRF check of a bearer's token, nor of a token of the other transport", async () => {
    const passesCsrfCheck = (): boolean => {
      throw new Error("The check was made");
    };
    expect(await decide({ transport: "bearer", token: ofBearer })).toMatchObject({ outcome: "allowed" });
    expect(await decide({ transport: "cookie", token: ofBearer, passesCsrfCheck })).toMatchObject({
      reason: "wrong_transport",
    });
    expect(await decide({ transport: "bearer", token: ofCookie })).toMatchObject({ reason: "wrong_transport" });
  });

  it("names the scope that is missing before the CSRF check", async () => {
    const credential: Credential = { transport: "cookie", token: ofCookie, passesCsrfCheck: () => false };
    expect(await decide(credential, ["orders"])).toMatchObject({ outcome: "insufficient_scope" });
  });
});
