const PREFIX = "sansfond-editor-tab-";
const KEY = "editor-tab";
/** How long a tab that is being loaded again waits for its former self to let go of its name. */
const PATIENCE_MS = 400;

/**
 * The name of this tab, which outlives a reload. Two open tabs never have the same, so that each works on
 * its own pictures; a tab that was duplicated gets a new one.
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

/** The name of this tab, the same for all who ask in this page. */
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

/** The names of all tabs that are open, as far as the browser says. */
export async function openTabs(): Promise<Set<string>> {
  const { held = [] } = (await locks()?.query()) ?? {};
  const names = held.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
  return new Set(names);
}

/** Holds the name for as long as the page lives. */
function hold(name: string): Promise<boolean> {
  const manager = locks();
  if (!manager) {
    return Promise.resolve(true);
  }
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
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
