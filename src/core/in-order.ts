/** Hands out news in the order in which they came: also those that come of handing one out, after the others. */
export class InOrder<T> {
  private readonly waiting: T[] = [];
  private isAtIt = false;

  constructor(private readonly tell: (news: T) => void) {}

  add(news: T): void {
    this.waiting.push(news);
  }

  /** To be called when what the news are about is whole. Within `tell` it leaves them to the call that is at it. */
  handOut(): void {
    if (this.isAtIt) return;
    this.isAtIt = true;
    try {
      for (let news = this.waiting.shift(); news !== undefined; news = this.waiting.shift()) this.tell(news);
    } finally {
      this.isAtIt = false;
    }
  }
}
