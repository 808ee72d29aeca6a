import { createAuthorizer } from "../../../functions/authorizer/handler.ts";
import type { AccessKey } from "../../../shared/keys/key-ring.ts";
import { type AuthorizeDependencies, stateless } from "../../../shared/sessions/authorize.ts";
import { verifyAccessToken } from "../../../shared/tokens/verify-access-token.ts";
import { publishedSet } from "../../support/keys.ts";
import { NOW } from "../../support/time.ts";
import { verifierSettings } from "../../support/tokens.ts";

/** An authorizer that knows this key, stateless and with no scope required unless told otherwise. */
export const anAuthorizer = (key: AccessKey, changes: Partial<AuthorizeDependencies> = {}) =>
  createAuthorizer({
    verify: async (token) => {
      const keys = await publishedSet(key);
      return verifyAccessToken(token, async (kid) => keys.get(kid), verifierSettings, NOW);
    },
    isRevoked: stateless,
    requiredScopes: [],
    trustedOrigins: { issuer: verifierSettings.issuer, allowedOrigins: [] },
    ...changes,
  });

/** What API Gateway makes of an outcome: the status that the client sees, or that it lets the request through. */
export const getOutcome = async (response: Promise<unknown>): Promise<"allowed" | 401 | 403 | 500> => {
  try {
    const value = await response;
    if (typeof value !== "object" || value === null) return 500;
    if ("isAuthorized" in value) return value.isAuthorized === true ? "allowed" : 403;
    const policy = JSON.stringify(value);
    if (policy.includes('"Effect":"Allow"') && !policy.includes('"Effect":"Deny"')) return "allowed";
    return policy.includes('"Effect":"Deny"') ? 403 : 500;
  } catch (error) {
    return error instanceof Error && error.message === "Unauthorized" ? 401 : 500;
  }
};

/** As IAM matches a resource: `*` matches any text, slashes too. */
export const covers = (resource: string, arn: string): boolean =>
  new RegExp(`^${resource.split("*").map(escapeRegExp).join(".*")}$`).test(arn);

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
