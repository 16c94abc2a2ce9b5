/** One event of a `text/event-stream` (the HTML standard, «Server-sent events»). */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** An event as bytes go out. `data` must be one line, as JSON without indentation is. */
export const formatEvent = ({ event, data }: StreamEvent): string => `event: ${event}\ndata: ${data}\n\n`;

/** More than any event of ours; a server that sends no line ends must not fill the memory of who reads. */
const maxBufferedCharacters = 32 * 1024 * 1024;

/** Reads a stream that comes in pieces, cut anywhere. Comments, ids and retry times are passed over. */
export class EventStreamParser {
  private buffer = "";
  private event = "";
  private data: string[] = [];

  /** Gives the events that end in this piece. Throws where a line has no end. */
  push(piece: string): readonly StreamEvent[] {
    this.buffer += piece;
    if (this.buffer.length > maxBufferedCharacters) throw new Error("the stream has a line that is too long");
    // A carriage return at the end may be half of a line's end.
    const lines = this.buffer.split(/\r\n|\n|\r(?!$)/);
    this.buffer = lines.pop() ?? "";
    return lines.flatMap((line) => this.takeLine(line));
  }

  private takeLine(line: string): readonly StreamEvent[] {
    if (line === "") return this.dispatch();
    const { field = line, value = "" } = /^(?<field>[^:]*)(?:: ?(?<value>.*))?$/s.exec(line)?.groups ?? {};
    if (field === "event") this.event = value;
    if (field === "data") this.data.push(value);
    return [];
  }

  private dispatch(): readonly StreamEvent[] {
    const { event, data } = this;
    this.event = "";
    this.data = [];
    return data.length === 0 ? [] : [{ event: event === "" ? "message" : event, data: data.join("\n") }];
  }
}
