/** Told of a change. Must neither throw nor wait. */
export type Listener<T> = (news: T) => void;

/**
 * Who wants news of which name. A name takes memory only while somebody watches it, since clients may ask for any name
 * they invent.
 */
export class Watchers<T> {
  private readonly byName = new Map<string, Set<Listener<T>>>();
  private total = 0;

  get count(): number {
    return this.total;
  }

  /** Gives a function that ends the watch; calling it again does nothing. */
  add(name: string, listener: Listener<T>): () => void {
    const listeners = this.byName.get(name) ?? new Set();
    this.byName.set(name, listeners);
    // A function of its own, so that the same listener may watch twice and each watch ends by itself.
    const own: Listener<T> = (news) => listener(news);
    listeners.add(own);
    this.total += 1;
    return () => {
      if (!listeners.delete(own)) return;
      this.total -= 1;
      if (listeners.size === 0 && this.byName.get(name) === listeners) this.byName.delete(name);
    };
  }

  tell(name: string, news: T): void {
    const listeners = this.byName.get(name);
    if (listeners === undefined) return;
    for (const listener of listeners) listener(news);
  }
}
