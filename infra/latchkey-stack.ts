import { join } from "node:path";
import { Aws, CfnOutput, Duration, Stack, Stage } from "aws-cdk-lib";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { bundle, type GetBundle } from "./bundle.ts";
import { AlarmTopic } from "./constructs/alarm-topic.ts";
import { LatchkeyAuthorizer } from "./constructs/authorizer.ts";
import { AuthorizerFunctions } from "./constructs/authorizer-functions.ts";
import { KeyRing } from "./constructs/key-ring.ts";
import { KeyRotation } from "./constructs/key-rotation.ts";
import { ServiceAlarms } from "./constructs/service-alarms.ts";
import { ServiceDashboard } from "./constructs/service-dashboard.ts";
import { ServiceFunction } from "./constructs/service-function.ts";
import { ServiceMetrics } from "./constructs/service-metrics.ts";
import { SessionApi } from "./constructs/session-api.ts";
import { Tables } from "./constructs/tables.ts";
import { ApiFirewall } from "./constructs/waf.ts";
import { WebDistribution } from "./constructs/web-distribution.ts";
import { metricsNamespace, toEnvironment } from "./environment.ts";
import { type FunctionSpec, ROTATE_KEYS, ROUTED_FUNCTIONS } from "./functions.ts";
import { readPages } from "./pages.ts";
import { toStatements, toStoreVariables } from "./permissions.ts";
import { type Retention, toRetention } from "./retention.ts";
import type { Settings } from "./settings.ts";

const AUTHORIZER_ENTRY = "functions/authorizer/index.ts";
const RUN_ONCE_ENTRY = "infra/handlers/run-once.ts";
const PUBLISH_PAGES_ENTRY = "infra/handlers/publish-pages.ts";

/**
 * The whole service in one stack. The stack names no account and no region, so the credentials decide where it is deployed.
 *
 * If `webDistribution` is on, `web/build.ts` must have built the pages into `web/` of the app's output folder before.
 * @throws Error if a bundle or a page cannot be read
 */
export class LatchkeyStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings) {
    const retention = toRetention(settings.stage);
    super(scope, id, {
      description: "Latchkey: sessions that can be revoked, retried and rotated",
      terminationProtection: retention.protectData,
    });

    const tables = new Tables(this, "Tables", retention);
    const keyRing = new KeyRing(this, "KeyRing", retention);
    const api = new SessionApi(this, "Api", {
      stageName: settings.stage,
      ...headerSettings(settings),
      requestsPerSecond: requestsPerSecond(settings),
      retention,
    });
    const getBundle = this.bundle(settings);
    const web = settings.webDistribution === "on" ? this.addPages(settings, api, getBundle, retention) : undefined;
    if (settings.waf === "on") {
      new ApiFirewall(this, "Firewall", { stageArn: api.stageArn, originSecret: web?.originSecret });
    }
    const issuer =
      settings.issuer ?? (settings.domainName === undefined ? api.invokeUrl : `https://${settings.domainName}`);
    const environment = toEnvironment(settings, issuer, web?.siteUrl);
    const stores = { tables, keyRing, originSecret: web?.originSecret };

    const authorizers = new AuthorizerFunctions(this, "Authorizer", {
      bundle: getBundle(AUTHORIZER_ENTRY),
      tables,
      environment,
      ownApiId: api.id,
      retention,
    });
    const ownAuthorizer = new LatchkeyAuthorizer(this, "OwnAuthorizer", {
      functionArn: authorizers.byMode[settings.revocationMode].functionArn,
      revocationMode: settings.revocationMode,
    });

    const createFunction = (spec: FunctionSpec) =>
      new ServiceFunction(this, pascalCase(spec.name), {
        bundle: getBundle(toEntry(spec)),
        description: spec.description,
        ...(spec.wholeCpu ? { memorySize: 1769, timeout: Duration.seconds(15) } : {}),
        environment: {
          ...Object.fromEntries(spec.environment.map((name) => [name, environment[name]])),
          ...toStoreVariables(spec, stores),
        },
        statements: toStatements(spec, stores),
        retention,
      });

    for (const spec of ROUTED_FUNCTIONS) api.addRoutes(spec.routes, createFunction(spec), ownAuthorizer);
    api.addPreflights(ROUTED_FUNCTIONS.flatMap((spec) => spec.routes));

    new KeyRotation(this, "KeyRotation", {
      rotateKeys: createFunction(ROTATE_KEYS),
      bundle: getBundle(RUN_ONCE_ENTRY),
      again: {
        SigningAlgorithm: settings.signingAlgorithm,
        KeyRingSecretArn: keyRing.secretArn,
        KeysTable: tables.keys.tableName,
      },
      retention,
    });

    const metrics = new ServiceMetrics(metricsNamespace(settings), { name: api.name, stage: settings.stage });
    const alarms = new ServiceAlarms(this, "Alarms", {
      metrics,
      topic: this.alarmTopic(settings, retention),
      maxFeedStalenessSeconds: settings.maxFeedStalenessSeconds,
      keyRotationSeconds: settings.keyRotationSeconds,
    });
    new ServiceDashboard(this, "Overview", {
      // An account has one list of dashboards for all regions.
      name: `latchkey-${settings.stage}-${Aws.REGION}`,
      metrics,
      alarms: alarms.all,
    });

    this.output({
      ApiUrl: api.invokeUrl,
      Issuer: issuer,
      JwksUri: `${issuer}/.well-known/jwks.json`,
      AuthorizerArn: authorizers.byMode[settings.revocationMode].functionArn,
      AuthorizerStatelessArn: authorizers.byMode.stateless.functionArn,
      AuthorizerFeedArn: authorizers.byMode.feed.functionArn,
      AuthorizerLookupArn: authorizers.byMode.lookup.functionArn,
      UsersTableName: tables.users.tableName,
      SessionsTableName: tables.sessions.tableName,
      ThrottleTableName: tables.throttle.tableName,
      KeysTableName: tables.keys.tableName,
      KeyRingSecretArn: keyRing.secretArn,
      ...(web === undefined ? {} : { SiteUrl: web.siteUrl, DistributionDomainName: web.domainName }),
    });
  }

  private addPages(settings: Settings, api: SessionApi, getBundle: GetBundle, retention: Retention): WebDistribution {
    const { stage, domainName, certificateArn, distributionWebAclArn } = settings;
    return new WebDistribution(this, "Web", {
      api: { domainName: api.domainName, stageName: stage },
      ...headerSettings(settings),
      ...(domainName === undefined || certificateArn === undefined
        ? {}
        : { domain: { name: domainName, certificateArn } }),
      webAclArn: distributionWebAclArn,
      pages: readPages(join(this.outdir(), "web")),
      publisher: getBundle(PUBLISH_PAGES_ENTRY),
      retention,
    });
  }

  private alarmTopic({ alarmTopicArn, alarmEmail }: Settings, retention: Retention): ITopic | undefined {
    if (alarmEmail !== undefined) return new AlarmTopic(this, "AlarmTopic", { email: alarmEmail, retention }).topic;
    return alarmTopicArn === undefined ? undefined : Topic.fromTopicArn(this, "AlarmTopic", alarmTopicArn);
  }

  private bundle({ webDistribution }: Settings): GetBundle {
    const entries = [AUTHORIZER_ENTRY, RUN_ONCE_ENTRY, ...[ROTATE_KEYS, ...ROUTED_FUNCTIONS].map(toEntry)];
    return bundle(webDistribution === "on" ? [...entries, PUBLISH_PAGES_ENTRY] : entries, this.outdir());
  }

  private outdir(): string {
    const outdir = Stage.of(this)?.outdir;
    if (outdir === undefined) throw new Error("LatchkeyStack must be part of an App");
    return outdir;
  }

  private output(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }
}

/** The limits of the routes that compute or write, for all callers together (docs/decisions/0016). */
const requestsPerSecond = (settings: Settings) => ({
  "POST /auth/login": settings.loginsPerSecond,
  "POST /auth/register": settings.registrationsPerSecond,
  "POST /auth/refresh": settings.refreshesPerSecond,
  "POST /auth/password": settings.passwordChangesPerSecond,
});

const headerSettings = ({ allowedOrigins, allowedRequestHeaders, hstsIncludeSubDomains }: Settings) => ({
  allowedOrigins,
  allowedRequestHeaders,
  hstsIncludeSubDomains,
});

const toEntry = (spec: FunctionSpec): string => `functions/${spec.name}/index.ts`;

const pascalCase = (name: string): string =>
  name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
