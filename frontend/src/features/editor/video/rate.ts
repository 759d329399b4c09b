/** The window of the rate: long enough to be steady, short enough to follow a changing connection. */
const WINDOW_MS = 12_000;
/** No rate is shown before this time: the first bytes go into buffers. */
const EARLIEST_MS = 1_500;

/** A rate of growth. `at` in milliseconds, from any monotonic clock. */
export function createRate() {
  let marks: { at: number; amount: number }[] = [];
  return {
    /** Records the current amount. */
    note: (amount: number, at: number): void => {
      marks = [...marks.filter((mark) => at - mark.at <= WINDOW_MS), { at, amount }];
    },
    /** Per second; null while unknown. */
    perSecond: (): number | null => {
      const [first, last] = [marks[0], marks.at(-1)];
      if (!first || !last || last.at - first.at < EARLIEST_MS || last.amount <= first.amount) {
        return null;
      }
      return ((last.amount - first.amount) * 1000) / (last.at - first.at);
    },
    /** Resets: values before a pause say nothing about the time after it. */
    reset: (): void => {
      marks = [];
    },
  };
}
