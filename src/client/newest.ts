import type { ClientReadableStream } from "@grpc/grpc-js";

/**
 * What a stream says, the newest only: who takes a value late gets what holds then, and not what has piled up meanwhile.
 * The stream is read all the time, so that nothing piles up on the way either. Throws the stream's error.
 */
export async function* newestOf<Message>(
  stream: ClientReadableStream<Message>,
  onMessage: () => void,
): AsyncGenerator<Message, void, undefined> {
  let newest: { readonly message: Message } | undefined;
  let end: { readonly error?: Error } | undefined;
  let wake = (): void => {};
  stream.on("data", (message: Message) => {
    newest = { message };
    onMessage();
    wake();
  });
  // Also after the last value was taken, when grpc-js tells that the stream was cancelled.
  stream.on("error", (error: Error) => {
    end ??= { error };
    wake();
  });
  stream.on("end", () => {
    end ??= {};
    wake();
  });
  for (;;) {
    if (newest !== undefined) {
      const { message } = newest;
      newest = undefined;
      yield message;
    } else if (end !== undefined) {
      if (end.error !== undefined) throw end.error;
      return;
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}
