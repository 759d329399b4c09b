/**
 * What the browser remembers of a session: the account that it is of. The tokens lie in cookies that no script
 * can read; this is only a hint, so that a visitor who never signed in causes no request that must fail, and
 * that every tab learns of it when somebody else signs in.
 */
const KEY = "signed-in";
/** What stands there where the account is not known. */
const SOMEBODY = "yes";
const ended = new EventTarget();

export const session = {
  /** Whether it is worth asking the API who we are. */
  mayExist: (): boolean => Boolean(readLocal(KEY)),
  /** What is remembered. Whoever asks twice and gets another answer is in another session. */
  hint: (): string | null => readLocal(KEY),
  /** Whether it may be of this account, as far as any tab knows. */
  isStill: (account: string): boolean => [null, "", SOMEBODY, account].includes(readLocal(KEY)),
  began: (account: string): void => writeLocal(KEY, account),
  /** The API says whose it is. Tells whoever listens if that is somebody else than it was. */
  isOf: (account: string): void => {
    const known = session.isStill(account);
    if (readLocal(KEY) !== account) {
      writeLocal(KEY, account);
    }
    if (!known) {
      ended.dispatchEvent(new Event("other"));
    }
  },
  /** Forgets it because somebody left; nobody has to be told. */
  left: (): void => writeLocal(KEY, null),
  /** Forgets it and tells whoever listens: the API no longer knows us. */
  over: (): void => {
    writeLocal(KEY, null);
    ended.dispatchEvent(new Event("over"));
  },
  /** Calls back when it has changed without this page's doing, in another tab; returns how to stop that. */
  onOther: (callback: () => void): (() => void) => {
    const heard = ({ key, oldValue, newValue }: StorageEvent) => {
      // Without a key, all has been cleared.
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
