import type { Template } from "aws-cdk-lib/assertions";
import { expect } from "vitest";

/** `LoginDDE9992A` is `Login`: the name without the hash that the CDK appends. */
export const describeCause = (id: string): string => id.replace(/[0-9A-F]{8}$/, "");

/** What a role or a variable refers to, by name; anything else as JSON. */
export const getTarget = (value: unknown): string => {
  const json = JSON.stringify(value);
  const [, id, suffix = ""] =
    /^\{"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/.exec(json) ??
    /^\{"Fn::Join":\["",\[\{"Fn::GetAtt":\["(\w+)","Arn"\]\},"([^"]+)"\]\]\}$/.exec(json) ??
    [];
  return id === undefined ? json : describeCause(id) + suffix;
};

const asList = <Item>(value: Item | readonly Item[]): readonly Item[] =>
  Array.isArray(value) ? value : [value as Item];

/** What each role may do, as `action on target`; a function's own log left out, as all may write it. */
export const permissionsIn = (template: Template): ReadonlyMap<string, readonly string[]> =>
  new Map(
    Object.entries(template.findResources("AWS::IAM::Role")).map(([id, { Properties }]) => {
      const owner = describeCause(id).replace(/PartsRole$/, "");
      const allowed = asList(Properties.Policies ?? []).flatMap(({ PolicyDocument }) =>
        PolicyDocument.Statement.flatMap(({ Action, Resource, Effect }: Record<string, unknown>) => {
          expect(Effect).toBe("Allow");
          return asList(Action).flatMap((action) =>
            asList(Resource).map((target) => `${action} on ${getTarget(target)}`),
          );
        }),
      );
      return [owner, allowed.filter((line) => !line.endsWith(` on ${owner}PartsLogs`)).sort()];
    }),
  );
