import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { startEmbeddedEngine } from "../../local/dynamodb-engine.ts";
import { synthesize } from "../../local/synthesize.ts";
import { atEnd } from "../local/support/clean-up.ts";
import { type Service, startService } from "../support/service-process.ts";
import type { Account, Tokens } from "../support/session-api.ts";
import { expectNoRefresh } from "./support/expectations.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DAY = 86_400;
const KEY = "made-by-the-client-1";

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.optional(
        z.looseObject({
          TimeToLiveSpecification: z.optional(z.object({ AttributeName: z.string(), Enabled: z.boolean() })),
        }),
      ),
    }),
  ),
});

type Row = Readonly<Record<string, unknown>>;
type Table = { readonly name: string; readonly timeToLiveAttribute: string; readonly rows: readonly Row[] };

/** What the template says of each table, by the table's logical id. */
const timeToLiveAttributes = async (): Promise<Map<string, string>> => {
  const cacheDirectory = join(ROOT, ".latchkey", "cdk");
  const assembly = await synthesize({ root: ROOT, context: {}, cacheDirectory, onProgress: () => undefined });
  const file = readdirSync(assembly).find((name) => name.endsWith(".template.json")) ?? "";
  const { Resources } = Template.parse(JSON.parse(readFileSync(join(assembly, file), "utf8")));
  const tables = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::DynamoDB::Table");
  return new Map(
    tables.map(([logicalId, { Properties }]) => {
      const specification = Properties?.TimeToLiveSpecification;
      return [logicalId, specification?.Enabled ? specification.AttributeName : "(none)"];
    }),
  );
};

/** Everything that the engine holds, by the construct's name of the table: `Users`, `Sessions` … */
const readTables = async (endpoint: string): Promise<Record<string, Table>> => {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials });
  const documents = DynamoDBDocumentClient.from(client);
  const attributes = await timeToLiveAttributes();
  const { TableNames = [] } = await client.send(new ListTablesCommand());
  const tables: Record<string, Table> = {};
  for (const [logicalId, timeToLiveAttribute] of attributes) {
    const name = TableNames.find((candidate) => candidate.endsWith(logicalId)) ?? logicalId;
    const { Items = [], LastEvaluatedKey } = await documents.send(new ScanCommand({ TableName: name }));
    if (LastEvaluatedKey !== undefined) throw new Error(`${name} is larger than one page`);
    const [, construct = logicalId] = /^Tables([A-Za-z]+?)[0-9A-F]{8}$/.exec(logicalId) ?? [];
    tables[construct] = { name, timeToLiveAttribute, rows: Items };
  }
  client.destroy();
  return tables;
};

let service: Service;
let account: Account;
let now: number;
let tables: Record<string, Table>;
/** By what became of the session. */
let sessions: Record<"live" | "refreshed" | "loggedOut" | "stolen" | "revoked", Tokens>;
let successor: Tokens;

const rowsOf = (table: string): readonly Row[] => tables[table]?.rows ?? [];
const rowOf = (tokens: Tokens): Row => {
  const row = rowsOf("Sessions").find(({ sessionId }) => sessionId === tokens.session_id);
  if (row === undefined) throw new Error("The session has no row");
  return row;
};

beforeAll(async () => {
  const engine = await startEmbeddedEngine(undefined);
  atEnd(engine.stop);
  service = await startService({ dynamoDbEndpoint: engine.url });
  account = await service.newAccount();
  const signIn = () => service.signIn(account);
  sessions = {
    live: await signIn(),
    refreshed: await signIn(),
    loggedOut: await signIn(),
    stolen: await signIn(),
    revoked: await signIn(),
  };
  await service.advance(DAY);
  successor = await service.rotate(sessions.refreshed, KEY);
  await service.logout(sessions.loggedOut.refresh_token);
  await service.rotate(await service.rotate(sessions.stolen));
  await expectNoRefresh(service, sessions.stolen);
  await service.call("DELETE", `/auth/sessions/${sessions.revoked.session_id}`, { bearer: successor.access_token });
  // Counters: of a wrong password, an unknown account and a taken address.
  await service.login({ ...account, password: "not the password at all" });
  await service.login({ email: "nobody@example.com", password: "not the password at all" });
  await service.register(account);
  now = await service.now();
  tables = await readTables(engine.url);
});

describe("the attribute that the template names for TTL", () => {
  it("is carried by every session, live or revoked, in seconds from now (S2)", () => {
    const attribute = tables["Sessions"]?.timeToLiveAttribute ?? "";
    expect(rowsOf("Sessions")).toHaveLength(5);
    for (const row of rowsOf("Sessions")) {
      expect(row[attribute]).toSatisfy(Number.isInteger);
      expect(Number(row[attribute])).toBeGreaterThan(now);
      expect(Number(row[attribute])).toBeLessThanOrEqual(now + 7 * DAY);
    }
  });

  it("moves with the session: seven days after its last refresh (S2)", () => {
    const attribute = tables["Sessions"]?.timeToLiveAttribute ?? "";
    const moved = Number(rowOf(sessions.refreshed)[attribute]) - Number(rowOf(sessions.live)[attribute]);
    expect(Math.round(moved / DAY)).toBe(1);
  });

  it.each(["loggedOut", "stolen", "revoked"] as const)(
    "keeps a revoked session until the last of its tokens has ended: %s (R9, O2)",
    (fate) => {
      const row = rowOf(sessions[fate]);
      expect(Number(row["revokedAt"])).toBeLessThanOrEqual(now);
      const newestTokenEndsAt = Number(row["refreshIssuedAt"]) + 7 * DAY;
      expect(row[tables["Sessions"]?.timeToLiveAttribute ?? ""]).toBe(newestTokenEndsAt);
    },
  );

  it("is carried by every throttle counter, in seconds from now", () => {
    const attribute = tables["Throttle"]?.timeToLiveAttribute ?? "";
    expect(rowsOf("Throttle").length).toBeGreaterThan(0);
    for (const row of rowsOf("Throttle")) {
      expect(row[attribute]).toSatisfy(Number.isInteger);
      // Those of the first day are due, and TTL is days late.
      expect(Number(row[attribute])).toBeGreaterThan(now - DAY - 120);
      expect(Number(row[attribute])).toBeLessThan(now + 60 * DAY);
    }
  });

  it("is carried by no account, no claim to an address and no key", () => {
    const users = rowsOf("Users");
    const claims = users.filter(({ pk }) => String(pk).startsWith("EMAIL#"));
    const accounts = users.filter(({ pk }) => String(pk).startsWith("USER#"));
    expect({ claims: claims.length, accounts: accounts.length, all: users.length }).toEqual({
      claims: 1,
      accounts: 1,
      all: 2,
    });
    expect(rowsOf("Keys")).toHaveLength(1);
    for (const table of ["Users", "Keys"]) {
      const attribute = tables[table]?.timeToLiveAttribute ?? "";
      for (const row of rowsOf(table)) expect(Object.keys(row)).not.toContain(attribute);
    }
  });
});

describe("a dump of all tables", () => {
  it("holds no token, no password, no key of a retry and no private key (S1)", () => {
    const dump = JSON.stringify(tables);
    const held = [...Object.values(sessions), successor];
    const signatures = held.flatMap(({ access_token, refresh_token }) => [
      access_token.split(".")[2] ?? "",
      refresh_token.split(".")[2] ?? "",
    ]);
    for (const secret of [...signatures, account.password, KEY]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(dump).not.toContain(secret);
    }
    // Members of private JWKs (RFC 7518 6.3.2), and a symmetric key.
    for (const member of ["d", "p", "q", "dp", "dq", "qi", "k", "secret", "pepper", "privateJwk"]) {
      expect(dump).not.toContain(`"${member}":`);
    }
  });

  it("holds an address in clear nowhere but with its account (S1)", () => {
    const { Users: _, ...others } = tables;
    expect(JSON.stringify(others)).not.toContain(account.email);
  });
});
