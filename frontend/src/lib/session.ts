/**
 * The browser's record of a session: the account. The tokens are in cookies that no script
 * can read; this is only a hint, so that a visitor who never signed in causes no failing request, and
 * every tab notices when another user signs in.
 */
const KEY = "signed-in";
/** The value while the account is unknown. */
const SOMEBODY = "yes";
const ended = new EventTarget();

export const session = {
  /** True if a request for the current user can succeed. */
  mayExist: (): boolean => Boolean(readLocal(KEY)),
  /** The stored value. A different value means a different session. */
  hint: (): string | null => readLocal(KEY),
  /** True if the session may belong to this account, as far as any tab knows. */
  isStill: (account: string): boolean => [null, "", SOMEBODY, account].includes(readLocal(KEY)),
  began: (account: string): void => writeLocal(KEY, account),
  /** Stores the account that the API returned. Notifies listeners if it is another account. */
  isOf: (account: string): void => {
    const known = session.isStill(account);
    if (readLocal(KEY) !== account) {
      writeLocal(KEY, account);
    }
    if (!known) {
      ended.dispatchEvent(new Event("other"));
    }
  },
  /** Removes it after a sign-out, without notifying listeners. */
  left: (): void => writeLocal(KEY, null),
  /** Removes it and notifies listeners: the API no longer accepts the session. */
  over: (): void => {
    writeLocal(KEY, null);
    ended.dispatchEvent(new Event("over"));
  },
  /** Calls back when another tab has changed it; returns a function that unsubscribes. */
  onOther: (callback: () => void): (() => void) => {
    const heard = ({ key, oldValue, newValue }: StorageEvent) => {
      // Without a key, everything has been cleared.
      if (key === null || (key === KEY && oldValue !== newValue)) {
        callback();
      }
    };
    addEventListener("storage", heard);
    ended.addEventListener("other", callback);
    return () => {
      removeEventListener("storage", heard);
      ended.removeEventListener("other", callback);
    };
  },
  /** Calls back when the session is over; returns a function that unsubscribes. */
  onOver: (callback: () => void): (() => void) => {
    ended.addEventListener("over", callback);
    return () => ended.removeEventListener("over", callback);
  },
};

/** A value of local storage; null if there is none or storage is turned off. */
export function readLocal(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Stores or removes a value. Does nothing if storage is turned off. */
export function writeLocal(key: string, value: string | null): void {
  try {
    if (value === null) {
      localStorage.removeItem(key);
    } else {
      localStorage.setItem(key, value);
    }
  } catch {
    // Storage is turned off.
  }
}
