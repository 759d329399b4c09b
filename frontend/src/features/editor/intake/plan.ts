import type { QueryClient } from "@tanstack/react-query";

import { configQuery } from "@/api/get-config";
import { meQuery } from "@/api/get-me";
import { usageQuery } from "@/api/get-usage";
import type { components } from "@/api/schema";

type Config = components["schemas"]["Config"];
type Usage = components["schemas"]["Usage"];

/** Longer than a first response takes. Without a connection, a query waits for one. */
const LONGEST_WAIT_MS = 5000;

/** The account's plan, or the free one for visitors. */
export function planOf(config: Config | undefined, usage: Pick<Usage, "plan"> | undefined) {
  return config?.plans.find(({ name }) => name === usage?.plan) ?? config?.plans[0];
}

/**
 * The plan for files that are added now: they may be added before the page has loaded the limits. Undefined if the
 * service does not respond soon; it checks the limits again when it gets the files.
 */
export async function loadPlan(client: QueryClient): Promise<ReturnType<typeof planOf>> {
  const config = client.ensureQueryData(configQuery);
  const usage = client
    .ensureQueryData(meQuery)
    .then((me) => (me ? client.ensureQueryData(usageQuery) : undefined));
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), LONGEST_WAIT_MS);
  });
  const loaded = Promise.all([config, usage.catch(() => undefined)]);
  const found = await Promise.race([loaded, late]).catch(() => undefined);
  return found && planOf(...found);
}
