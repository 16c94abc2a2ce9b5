/**
 * Calls what the host program gave. What it throws is thrown again where nobody catches it, as if it had been thrown in a
 * timer: neither health nor others that wait for the same news know of it.
 */
export function callHost(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
