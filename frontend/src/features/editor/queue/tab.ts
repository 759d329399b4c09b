const PREFIX = "sansfond-editor-tab-";
const KEY = "editor-tab";
/** The time that a reloaded page waits until the previous page of the tab releases the name. */
const TIMEOUT_MS = 400;

/**
 * Claims a name for this tab, which stays the same after a reload. Two open tabs never have the same name, so that each
 * processes its own pictures; a duplicated tab gets a new one.
 */
export async function claimTab(): Promise<string> {
  const before = remembered();
  if (before && (await hold(before))) {
    return before;
  }
  const name = crypto.randomUUID();
  remember(name);
  await hold(name);
  return name;
}

let claimed: Promise<string> | undefined;

/** The name of this tab, which is claimed once per page. */
export function thisTab(): Promise<string> {
  claimed ??= claimTab();
  return claimed;
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(name: string): void {
  try {
    sessionStorage.setItem(KEY, name);
  } catch {
    // Storage is turned off: the name lasts as long as the page.
  }
}

/** The names of all open tabs, as far as the browser knows them. */
export async function openTabs(): Promise<Set<string>> {
  const { held = [] } = (await locks()?.query()) ?? {};
  const names = held.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
  return new Set(names);
}

/** Locks the name for the lifetime of the page. False if another tab has locked it. */
function hold(name: string): Promise<boolean> {
  const manager = locks();
  if (!manager) {
    return Promise.resolve(true);
  }
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const forever = () => {
      resolve(true);
      return new Promise<never>(() => undefined);
    };
    manager.request(PREFIX + name, { signal }, forever).catch(() => resolve(false));
  });
}

function locks(): LockManager | undefined {
  return navigator.locks;
}
