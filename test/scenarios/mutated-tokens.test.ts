import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK } from "jose";
import { beforeAll, expect, it } from "vitest";
import { listen } from "../../local/support/local-server.ts";
import { aFolder } from "../local/support/assembly.ts";
import { atEnd } from "../local/support/clean-up.ts";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { signerFor, signJws } from "../support/jws.ts";
import { toParts } from "../support/mutated-tokens/source.ts";
import { acceptableTokens, fitsInHeader, type MutationSource, mutatedTokens } from "../support/mutated-tokens.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Tokens } from "../support/session-api.ts";
import { expectChallenge, expectError } from "./support/expectations.ts";
import { keyRingIn } from "./support/kept-data.ts";

const describe = describeWithOwnService("signs tokens with the keys of the service");

let service: Service;
let tokens: Tokens;
let source: MutationSource;

beforeAll(async () => {
  const dataDirectory = aFolder();
  service = await startService({ dataDirectory });
  tokens = await service.signIn(await service.newAccount());
  const ring = keyRingIn(dataDirectory);
  source = {
    accessToken: tokens.access_token,
    accessKey: ring.access.current,
    refreshToken: tokens.refresh_token,
    refreshKey: ring.refresh.current,
  };
});

describe("a token made with the service's own key", () => {
  it("is accepted without a mutation, so that mutants are not rejected for their signatures", async () => {
    for (const { name, token } of acceptableTokens(source)) {
      expect(await service.me(token), name).toMatchObject({ status: 200 });
    }
  });
});

describe("a mutated token", () => {
  it.each(["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"] as const)(
    "is rejected by the running service with 401: all of %s",
    async (item) => {
      const mutants = mutatedTokens(source).filter((mutant) => mutant.checklist === item && fitsInHeader(mutant));
      expect(mutants.length).toBeGreaterThan(5);
      for (const { name, token } of mutants) {
        const response = await service.me(token);
        expect({ name, status: response.status }).toEqual({ name, status: 401 });
        expectChallenge(response);
      }
    },
  );

  it("leaves the genuine token valid", async () => {
    expect(await service.me(tokens.access_token)).toMatchObject({ status: 200 });
  });
});

describe("a token that says where its key is", () => {
  it("is rejected, and the service does not fetch the key (T4)", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = { ...(await exportJWK(publicKey)), kid: "theirs", use: "sig", alg: "RS256" };
    let visits = 0;
    const theirs = createServer((_, response) => {
      visits++;
      response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [jwk] }));
    });
    const place = `http://127.0.0.1:${await listen(theirs, 0)}/jwks.json`;
    atEnd(() => theirs.close());

    const { claims } = toParts(source);
    for (const hint of [{ jku: place }, { x5u: place }, { jku: place, jwk }, { kid: place }]) {
      const header = { alg: "RS256", typ: "at+jwt", kid: "theirs", ...hint };
      expectChallenge(await service.me(signJws(header, claims, signerFor("RS256", privateKey))));
    }
    // The service does not fetch the metadata of a foreign issuer either.
    const theirIssuer = { ...claims, iss: place };
    const header = { alg: "RS256", typ: "at+jwt", kid: "theirs" };
    expectChallenge(await service.me(signJws(header, theirIssuer, signerFor("RS256", privateKey))));
    expect(visits).toBe(0);
  });
});

describe("a token in the place of another token (T8)", () => {
  it("is rejected: an access token at refresh, and a refresh token at the authorizer", async () => {
    expectError(await service.refresh(tokens.access_token), 401, "invalid_grant");
    expectChallenge(await service.me(tokens.refresh_token));
  });

  it("revokes nothing: both tokens still work in their own place", async () => {
    expect(await service.me(tokens.access_token)).toMatchObject({ status: 200 });
    expect(await service.refresh(tokens.refresh_token)).toMatchObject({ status: 200 });
  });
});
