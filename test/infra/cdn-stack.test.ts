import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { getTemplate, latchkeyApp } from "./synthesize.ts";

const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1";

const synthesize = (settings: Readonly<Record<string, unknown>>) => {
  const { app, stack } = latchkeyApp(settings);
  afterAll(() => rmSync(app.outdir, { recursive: true }));
  const template = getTemplate(stack);
  const variables = new Map(
    Object.entries(template.findResources("AWS::Lambda::Function")).map(([id, resource]) => [
      id.replace(/[0-9A-F]{8}$/, ""),
      resource["Properties"].Environment?.Variables ?? {},
    ]),
  );
  return { template, variables, outputs: template.toJSON()["Outputs"] };
};

// Bundling and synthesis take seconds: the file looks at two templates.
const dev = synthesize({ allowedOrigins: "https://app.example.com" });
const own = synthesize({ stage: "prod", domainName: "account.example.com", certificateArn: CERTIFICATE, waf: "on" });

const CDN_DOMAIN = { "Fn::GetAtt": [expect.stringMatching(/^WebCdnDistribution/), "DomainName"] };
const SITE = ["https://", CDN_DOMAIN];
const READS_COOKIES = [
  "Login",
  "Refresh",
  "Logout",
  "Csrf",
  "AuthorizerLookup",
  "AuthorizerFeed",
  "AuthorizerStateless",
];

describe("a stack with pages", () => {
  it("gives the exact origin of its pages to the functions that check cookies (C4)", () => {
    for (const name of READS_COOKIES) {
      expect(dev.variables.get(name).ALLOWED_ORIGINS).toEqual({
        "Fn::Join": ["", ["https://app.example.com https://", CDN_DOMAIN]],
      });
      expect(own.variables.get(name).ALLOWED_ORIGINS).toBe("https://account.example.com");
    }
  });

  it("has its domain as issuer, or else the URL of the API (K5)", () => {
    expect(own.outputs.Issuer.Value).toBe("https://account.example.com");
    expect(own.variables.get("Login").ISSUER).toBe("https://account.example.com");
    expect(dev.outputs.Issuer.Value).toEqual(dev.outputs.ApiUrl.Value);
  });

  it("has outputs for the URL of the pages and for the target of the DNS record", () => {
    expect(dev.outputs.SiteUrl.Value).toEqual({ "Fn::Join": ["", SITE] });
    expect(own.outputs.SiteUrl.Value).toBe("https://account.example.com");
    expect(own.outputs.DistributionDomainName.Value).toEqual(CDN_DOMAIN);
  });

  it("lets the functions that read the viewer address read the origin secret, and has its value nowhere (B3)", () => {
    const secret = { Ref: expect.stringMatching(/^WebOriginSecret/) };
    const withSecret = [...dev.variables].filter(([, variables]) => "ORIGIN_SECRET_ID" in variables);
    expect(withSecret.map(([name]) => name).sort()).toEqual([
      "Login",
      "Logout",
      "Password",
      "Refresh",
      "Register",
      "Sessions",
    ]);
    for (const [, variables] of withSecret) expect(variables.ORIGIN_SECRET_ID).toEqual(secret);

    const readers = Object.entries(dev.template.findResources("AWS::IAM::Role")).filter(([, role]) =>
      JSON.stringify(role["Properties"].Policies ?? []).includes("WebOriginSecret"),
    );
    expect(readers.map(([id]) => id.replace(/PartsRole[0-9A-F]{8}$/, "")).sort()).toEqual(
      withSecret.map(([name]) => name).sort(),
    );
    const actions = readers.flatMap(
      ([, role]) => JSON.stringify(role["Properties"]).match(/secretsmanager:\w+/g) ?? [],
    );
    expect(new Set(actions)).toEqual(new Set(["secretsmanager:GetSecretValue"]));
    expect(JSON.stringify([...dev.variables.values()])).not.toContain("{{resolve:");
  });

  it("has roles without wildcards, also for the function that publishes the pages (I2)", () => {
    const roles = Object.values(own.template.findResources("AWS::IAM::Role"));
    expect(JSON.stringify(roles.map((role) => role["Properties"].Policies ?? []))).not.toContain("*");
    own.template.resourceCountIs("AWS::IAM::Policy", 0);
  });

  it("sends requests from the CDN to the stage of the API", () => {
    const [distribution] = Object.values(own.template.findResources("AWS::CloudFront::Distribution"));
    expect(distribution?.["Properties"].DistributionConfig.Origins).toContainEqual(
      expect.objectContaining({
        OriginPath: "/prod",
        DomainName: { "Fn::Join": ["", expect.arrayContaining([".execute-api."])] },
      }),
    );
  });

  it("has the firewall before the stage if the setting is on", () => {
    own.template.resourceCountIs("AWS::WAFv2::WebACLAssociation", 1);
    dev.template.resourceCountIs("AWS::WAFv2::WebACL", 0);
  });
});
