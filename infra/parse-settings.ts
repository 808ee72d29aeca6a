import type * as z from "zod";
import { RULES } from "./setting-rules.ts";
import { type Settings, settingsSchema } from "./settings.ts";

/** Settings that cannot be deployed. The message has one line for each problem: the setting, the given value, the allowed values. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/**
 * Parses the context of the CDK as settings, and fills in the defaults. Ignores context of the CDK itself (`@aws-cdk/…`, `aws:…`,
 * `cli-telemetry`). Rejects any other name that is not a setting, because a misspelt setting would deploy its default.
 * @throws SettingsError with every problem
 * @example
 * parseSettings({ stage: "prod", accessTokenSeconds: "600" }).accessTokenSeconds; // 600
 */
export const parseSettings = (context: Readonly<Record<string, unknown>>): Settings => {
  const given = Object.fromEntries(Object.entries(context).filter(([name]) => looksLikeSetting(name)));
  const result = settingsSchema.safeParse(given);
  if (!result.success) {
    throw new SettingsError(result.error.issues.flatMap((issue) => describeIssue(issue, given)).join("\n"));
  }
  const settings = {
    ...result.data,
    webDistribution: result.data.webDistribution ?? defaultWebDistribution(result.data),
  };
  // Rules are checked only if every value is valid. Rules about defaults that replace invalid values would confuse.
  const problems = RULES.filter((rule) => !rule.holds(settings)).map(({ name, allowed }) =>
    describeProblem(name, settings[name], allowed(settings)),
  );
  if (problems.length > 0) throw new SettingsError(problems.join("\n"));
  return settings;
};

/** In `prod` the pages need a domain, because CloudFront's own name also accepts TLS 1.0 and 1.1. */
const defaultWebDistribution = ({ stage, domainName }: Pick<Settings, "stage" | "domainName">): "on" | "off" =>
  stage === "prod" && domainName === undefined ? "off" : "on";

/** Settings are plain camel case. Names of the CDK have a colon, a slash, a hyphen or an @. */
const looksLikeSetting = (name: string): boolean => /^[A-Za-z][A-Za-z0-9]*$/.test(name);

const describeIssue = (issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): readonly string[] => {
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(settingsSchema.shape).join(", ");
    return issue.keys.map((name) => `Setting ${name}: there is no such setting, allowed: ${known}`);
  }
  const name = String(issue.path[0]);
  return [describeProblem(name, given[name], issue.message)];
};

const describeProblem = (name: string, given: unknown, allowed: string): string => {
  const shown = (JSON.stringify(given) ?? String(given)).slice(0, 100).toWellFormed();
  return `Setting ${name}: given ${shown}, allowed: ${allowed}`;
};
