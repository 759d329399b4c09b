/** Of so much the rate is made: long enough to be steady, short enough to follow a line that changes. */
const WINDOW_MS = 12_000;
/** Before that, nothing is said: the first bytes go into buffers. */
const EARLIEST_MS = 1_500;

/** How fast something grows. `at` in milliseconds, from any clock that only goes forward. */
export function createRate() {
  let marks: { at: number; amount: number }[] = [];
  return {
    /** Notes how much there is now. */
    note: (amount: number, at: number): void => {
      marks = [...marks.filter((mark) => at - mark.at <= WINDOW_MS), { at, amount }];
    },
    /** Per second; null while it cannot be said. */
    perSecond: (): number | null => {
      const [first, last] = [marks[0], marks.at(-1)];
      if (!first || !last || last.at - first.at < EARLIEST_MS || last.amount <= first.amount) {
        return null;
      }
      return ((last.amount - first.amount) * 1000) / (last.at - first.at);
    },
    /** Forgets all: what was before a pause says nothing about after it. */
    reset: (): void => {
      marks = [];
    },
  };
}
