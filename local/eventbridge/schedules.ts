import * as z from "zod/mini";
import type { Resolver } from "../cloudformation/intrinsics.ts";
import { parseFunctionName } from "../cloudformation/references.ts";
import type { Assembly } from "../cloudformation/template.ts";
import type { Clock } from "../support/clock.ts";
import { asShape } from "../support/shape.ts";
import { StartError } from "../support/start-error.ts";

/** A function that EventBridge invokes periodically. */
export type ScheduledFunction = { readonly functionName: string; readonly periodSeconds: number };

const Rule = z.looseObject({
  ScheduleExpression: z.optional(z.string()),
  State: z._default(z.string(), "ENABLED"),
  Targets: z._default(z.array(z.looseObject({ Arn: z.string() })), []),
});

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/**
 * Returns the schedules of the template that are enabled.
 * @throws StartError if a schedule is not a `rate(…)`
 */
export const readSchedules = (assembly: Assembly, resolver: Resolver): ScheduledFunction[] =>
  Object.entries(assembly.template.Resources)
    .filter(([, resource]) => resource.Type === "AWS::Events::Rule" && resolver.isDeployed(resource))
    .flatMap(([logicalId, resource]) => {
      const rule = asShape(Rule, resolver.resolve(resource.Properties), logicalId);
      if (rule.ScheduleExpression === undefined || rule.State !== "ENABLED") return [];
      const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(rule.ScheduleExpression) ?? [];
      const periodSeconds = Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
      if (!(periodSeconds > 0)) {
        throw new StartError(`${logicalId} runs on ${rule.ScheduleExpression}, which is not emulated here.`);
      }
      return rule.Targets.map((target) => ({ functionName: parseFunctionName(target.Arn), periodSeconds }));
    });

/** Runs the scheduled functions. */
export type Scheduler = {
  /** Moves the clock forward. Runs the functions that are due in that time, each at its own time. */
  advance(seconds: number): Promise<void>;
  /** Starts no more functions. */
  stop(): void;
};

/** A long move leaves runs out at equal distances, so that the caller does not wait for hundreds of runs. */
const MAX_RUNS_PER_MOVE = 48;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Starts to run the scheduled functions by the given clock. The first run of a function is one period from now. */
export const startScheduler = (
  schedules: readonly ScheduledFunction[],
  clock: Clock,
  run: (functionName: string) => Promise<void>,
): Scheduler => {
  const dues = schedules.map((schedule) => ({ schedule, at: clock.now() + schedule.periodSeconds * 1000 }));
  let timer: NodeJS.Timeout | undefined;

  const earliest = () => dues.reduce((first, due) => (due.at < first.at ? due : first), dues[0] ?? NEVER);

  const runDue = async (stride: number): Promise<void> => {
    for (let due = earliest(); due.at <= clock.now(); due = earliest()) {
      due.at += due.schedule.periodSeconds * 1000 * stride;
      await run(due.schedule.functionName);
    }
  };

  const arm = (): void => {
    clearTimeout(timer);
    const delay = Math.min(MAX_TIMER_MS, Math.max(0, earliest().at - clock.now()));
    timer = setTimeout(() => void runDue(1).then(arm), delay);
  };

  const move = async (seconds: number): Promise<void> => {
    clearTimeout(timer);
    const end = clock.now() + seconds * 1000;
    const runs = schedules.reduce((sum, schedule) => sum + seconds / schedule.periodSeconds, 0);
    const stride = Math.max(1, Math.ceil(runs / MAX_RUNS_PER_MOVE));
    let left = seconds;
    while (earliest().at <= end && left > 0) {
      const step = Math.min(left, Math.max(0, Math.ceil((earliest().at - clock.now()) / 1000)));
      clock.advance(step);
      left -= step;
      await runDue(stride);
    }
    clock.advance(left);
    arm();
  };

  arm();
  return {
    advance: move,
    stop: () => clearTimeout(timer),
  };
};

const NEVER = { at: Number.POSITIVE_INFINITY, schedule: { functionName: "", periodSeconds: 0 } };
