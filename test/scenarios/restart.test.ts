import { statSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { aFolder } from "../local/support/assembly.ts";
import { describeWithOwnService } from "../support/deployed-stack.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Account, Tokens } from "../support/session-api.ts";
import { expectAlive, expectDead, expectNoRefresh } from "./support/expectations.ts";
import { secretsFile } from "./support/kept-data.ts";

const describe = describeWithOwnService("stops the service");

// The issuer is in every token. A service that starts on another port needs the same issuer.
const settings = { issuer: "https://auth.example.com" };
const KEY = "made-by-the-client-1";

let dataDirectory: string;
let service: Service;
let account: Account;

beforeAll(async () => {
  dataDirectory = aFolder();
  service = await startService({ dataDirectory, settings });
  account = await service.newAccount();
});

const signIn = (): Promise<Tokens> => service.signIn(account);

describe("a service that stops and starts again with its data", () => {
  let lived: Tokens;
  let retried: { readonly tokens: Tokens; readonly lost: Tokens };
  let over: Readonly<Record<string, Tokens>>;

  beforeAll(async () => {
    lived = await signIn();
    const tokens = await signIn();
    retried = { tokens, lost: await service.rotate(tokens, KEY) };

    const loggedOut = await signIn();
    await service.logout(loggedOut.refresh_token);
    const stolen = await signIn();
    const newest = await service.rotate(await service.rotate(stolen));
    await service.refresh(stolen.refresh_token);
    over = { loggedOut, stolen, newest };
  });

  it("stops at Ctrl-C without an error message", async () => {
    expect(await service.stop("SIGINT")).toBe(0);
    expect(service.printed()).not.toMatch(/error|fail/i);
    await expect(fetch(service.url)).rejects.toThrow();
  });

  it("keeps its keys in a file that only the owner can read", () => {
    expect((statSync(secretsFile(dataDirectory)).mode & 0o777).toString(8)).toBe("600");
  });

  it("keeps revoked sessions revoked, whatever revoked them (R9)", async () => {
    service = await startService({ dataDirectory, settings });
    for (const tokens of Object.values(over)) await expectDead(service, tokens);
  });

  it("keeps its accounts and sessions, and returns the same successor to a retry (R5)", async () => {
    const again = await service.rotate(retried.tokens, KEY);
    expect(again.refresh_token).toBe(retried.lost.refresh_token);
    await expectAlive(service, again);
    await expectAlive(service, lived);
    await expectAlive(service, await signIn());
  });

  it("recognizes a token that was rotated away before the stop, with and without its key (R3, R6)", async () => {
    await expectNoRefresh(service, retried.tokens, KEY);
    await expectDead(service, retried.lost);
  });
});

describe("a service that is killed during requests", () => {
  it("starts again and keeps revoked sessions revoked (R9)", async () => {
    const tokens = await signIn();
    const loggedOut = await signIn();
    expect(await service.logout(loggedOut.refresh_token)).toMatchObject({ status: 204 });
    const underWay = Array.from({ length: 8 }, () => service.login(account).catch(() => undefined));
    await service.stop("SIGKILL");
    await Promise.all(underWay);

    service = await startService({ dataDirectory, settings });
    await expectDead(service, loggedOut);
    await expectAlive(service, tokens);
  });
});
