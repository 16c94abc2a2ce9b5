// What «in time» and «back» mean here. docs/reliability.md gives the same numbers.

/** The kubelet's default for a probe: connect and answer. */
export const probeTimeoutMs = 1000;

/**
 * What may be more after a fault than before it. V8 and malloc keep pages for the next load, so resident memory is not
 * back to the byte; live objects (after garbage collection) are, but for compiled code and its caches.
 */
export const mayGrow = { heapBytes: 4 * 2 ** 20, residentBytes: 128 * 2 ** 20, openFiles: 0, sockets: 0, timers: 2 };
