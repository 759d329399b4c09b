/**
 * What the browser remembers of a session. The tokens lie in cookies that no script can read; this is only
 * a hint, so that a visitor who never signed in causes no request that must fail.
 */
const KEY = "signed-in";
const ended = new EventTarget();

export const session = {
  /** Whether it is worth asking the API who we are. */
  mayExist: (): boolean => readLocal(KEY) === "yes",
  began: (): void => writeLocal(KEY, "yes"),
  /** Forgets it because somebody left; nobody has to be told. */
  left: (): void => writeLocal(KEY, null),
  /** Forgets it and tells whoever listens: the API no longer knows us. */
  over: (): void => {
    writeLocal(KEY, null);
    ended.dispatchEvent(new Event("over"));
  },
  /** Calls back when the session is over; returns how to stop that. */
  onOver: (callback: () => void): (() => void) => {
    ended.addEventListener("over", callback);
    return () => ended.removeEventListener("over", callback);
  },
};

/** A value of local storage; null if there is none or storage is switched off. */
export function readLocal(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Remembers a value, or forgets it. Where storage is switched off, nothing is remembered. */
export function writeLocal(key: string, value: string | null): void {
  try {
    if (value === null) {
      localStorage.removeItem(key);
    } else {
      localStorage.setItem(key, value);
    }
  } catch {
    // Storage is switched off.
  }
}
