import { rmSync } from "node:fs";
import { Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it, onTestFinished } from "vitest";
import { latchkeyApp } from "./synthesize.ts";

// Each takes half a minute on a busy machine.
describe("the stack violates no rule without a reason", { timeout: 1_800_000 }, () => {
  it.each([
    { stage: "dev", allowedOrigins: "https://a.example,https://b.example" },
    { stage: "prod", issuer: "https://auth.example.com", revocationMode: "feed", alarmEmail: "ops@example.com" },
    {
      stage: "prod",
      domainName: "account.example.com",
      certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1",
      waf: "on",
    },
  ])("of cdk-nag (AwsSolutions) and of CloudFormation's own schemas: %j", (settings) => {
    const { app } = latchkeyApp(settings);
    onTestFinished(() => rmSync(app.outdir, { recursive: true }));
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    // Synthesis throws the report of a violation. The CDK itself adds the schemas of CloudFormation.
    expect(() => app.synth()).not.toThrow();
  });
});
