/**
 * The browser's record of a session: the account. The tokens are in cookies that no script
 * can read; this is only a hint, so that a visitor who never signed in causes no failing request, and
 * every tab notices when another user signs in.
 */
const KEY = "signed-in";
/** The value while the account is unknown. */
const UNKNOWN_ACCOUNT = "yes";
const events = new EventTarget();

export const session = {
  /** True if a request for the current user can succeed. */
  mayExist: (): boolean => Boolean(readLocal(KEY)),
  /** The stored value. A different value means a different session. */
  hint: (): string | null => readLocal(KEY),
  /** True if the session may belong to this account, as far as any tab knows. */
  mayBelongTo: (account: string): boolean => [null, "", UNKNOWN_ACCOUNT, account].includes(readLocal(KEY)),
  start: (account: string): void => writeLocal(KEY, account),
  /** Stores the account that the API returned. Notifies listeners if it is another account. */
  confirm: (account: string): void => {
    const known = session.mayBelongTo(account);
    if (readLocal(KEY) !== account) {
      writeLocal(KEY, account);
    }
    if (!known) {
      events.dispatchEvent(new Event("account-change"));
    }
  },
  /** Removes the record after a sign-out, without notifying listeners. */
  clear: (): void => writeLocal(KEY, null),
  /** Removes the record and notifies listeners: the API no longer accepts the session. */
  expire: (): void => {
    writeLocal(KEY, null);
    events.dispatchEvent(new Event("expired"));
  },
  /** Calls back when the account has changed, here or in another tab; returns a function that unsubscribes. */
  onAccountChange: (callback: () => void): (() => void) => {
    const listener = ({ key, oldValue, newValue }: StorageEvent) => {
      // Without a key, everything has been cleared.
      if (key === null || (key === KEY && oldValue !== newValue)) {
        callback();
      }
    };
    addEventListener("storage", listener);
    events.addEventListener("account-change", callback);
    return () => {
      removeEventListener("storage", listener);
      events.removeEventListener("account-change", callback);
    };
  },
  /** Calls back when the session is over; returns a function that unsubscribes. */
  onExpired: (callback: () => void): (() => void) => {
    events.addEventListener("expired", callback);
    return () => events.removeEventListener("expired", callback);
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
