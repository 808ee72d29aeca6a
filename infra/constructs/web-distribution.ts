import { Construct } from "constructs";
import type { Pages } from "../pages.ts";
import type { Retention } from "../retention.ts";
import { Cdn, type CdnProps } from "./cdn.ts";
import { OriginSecret } from "./origin-secret.ts";
import { WebHosting } from "./web-hosting.ts";

/** The properties of `WebDistribution`. */
export type WebDistributionProps = Omit<CdnProps, "bucket" | "pageHeaders" | "originSecret"> & {
  readonly pages: Pages;
  /** The bundle of `infra/handlers/publish-pages.ts`. */
  readonly publisher: string;
  readonly retention: Retention;
};

/** The sign-in and account pages, and the API on the same origin. */
export class WebDistribution extends Construct {
  /** The URL of the pages, without trailing slash. */
  readonly siteUrl: string;
  /** The host name of the CDN. The DNS record of the operator's domain must point there. */
  readonly domainName: string;
  /** The secret that the CDN sends to the functions. */
  readonly originSecret: OriginSecret;

  constructor(scope: Construct, id: string, { pages, publisher, retention, ...cdnProps }: WebDistributionProps) {
    super(scope, id);
    this.originSecret = new OriginSecret(this, "OriginSecret");
    const { bucket } = new WebHosting(this, "Hosting", { pages, bundle: publisher, retention });
    const cdn = new Cdn(this, "Cdn", {
      ...cdnProps,
      bucket,
      pageHeaders: pages.headers,
      originSecret: this.originSecret,
    });
    this.siteUrl = cdn.siteUrl;
    this.domainName = cdn.domainName;
  }
}
