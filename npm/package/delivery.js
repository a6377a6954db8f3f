// The last leg to a browser: the events of a stream become WebSocket messages, and messages an answer again.
// What they know is in the WebAssembly module.
import { RehearsalError, anyObjectOf, bytesOf, dispose, isObject, jsonOf, objectOf, reading, refuse, textOf } from "./values.js";

/** The members by which a provider's event comes out of an SDK: its JSON in bytes. */
const eventOf = (where, event) => {
  const bytes = reading(where, () => objectOf(where, event).chunk?.bytes);
  return bytes === undefined ? jsonOf(where, event, { bytes: true }) : new TextDecoder().decode(bytesOf(`${where}.chunk.bytes`, bytes).slice());
};

const errorNameOf = (error) => {
  if (typeof error === "string") return textOf("fail: error", error);
  return reading("fail: error", () => textOf("fail: error.name", anyObjectOf("fail: error", error, "an error or its name").name));
};

/** The text of a message, or of the event that brings it. */
const messageOf = (message) =>
  reading("message: message", () => textOf("message: message", isObject(message) && typeof message.data === "string" ? message.data : message));

/** What a stream's events are read by. */
const iteratorOf = (stream) =>
  reading("deliver: stream", () => {
    const events = typeof stream === "string" ? undefined : stream?.[Symbol.asyncIterator] ?? stream?.[Symbol.iterator];
    return typeof events === "function" ? events.call(stream) : refuse("deliver: stream", "the events of an answer, which can be iterated", stream);
  });

/** An event of a stream, looked at where it comes from. */
const eventOfStream = (event) => reading("deliver: stream", () => anyObjectOf("deliver: stream", event, "events that are objects"));

/** A wrapper that gives its memory back at once. */
const holding = (make, what) => {
  let wire = make();
  const free = () => {
    wire?.free();
    wire = undefined;
  };
  const open = () => {
    if (!wire) throw new RehearsalError("freed", what, "this was freed; create another one");
    return wire;
  };
  return { open, free };
};

export function makeDelivery(core) {
  function createDelivery() {
    const { open, free } = holding(() => new core.WireDelivery(), "delivery");
    return {
      push: (event) => open().event(eventOf("push: event", event)),
      fail: (error) => open().fail(errorNameOf(error)),
      end: () => open().finish(),
      free,
      [dispose]: free,
    };
  }

  /** The messages of a stream, as its events arrive; an error of the stream is its last message. */
  async function* deliver(stream) {
    const source = iteratorOf(stream);
    const delivery = createDelivery();
    try {
      let ended = false;
      try {
        while (!ended) {
          let step;
          try {
            step = await source.next();
          } catch (error) {
            // The answer broke off: the browser is told, too.
            yield* delivery.fail(typeof error?.name === "string" ? error : "Error");
            return;
          }
          ended = Boolean(step.done);
          if (!ended) yield* delivery.push(eventOfStream(step.value));
        }
      } finally {
        // Who leaves early leaves no connection open.
        if (!ended) await source.return?.();
      }
      yield* delivery.end();
    } finally {
      delivery.free();
    }
  }

  function createAssembler() {
    const { open, free } = holding(() => new core.WireAssembler(), "assembler");
    let text = "";
    // Only what was added crosses over: a long answer would be copied with each of its messages.
    const read = (json) => {
      const { added, ...rest } = JSON.parse(json);
      text += added;
      return { text, ...rest };
    };
    return {
      message: (message) => read(open().message(messageOf(message))),
      bytes: (bytes) => read(open().bytes(typeof bytes === "string" ? textOfBytes(bytes) : bytesOf("bytes: bytes", bytes))),
      progress: () => read(open().progress()),
      close: () => read(open().close()),
      free,
      [dispose]: free,
    };
  }

  return {
    createDelivery,
    deliver,
    createAssembler,
    socketFrames: (message) => core.socketFrames(textOf("socketFrames: message", message)),
    closeMarkdown: (partial) => core.closeMarkdown(textOf("closeMarkdown: partial", partial)),
  };
}

/** A text is a message, not bytes of a connection. */
const textOfBytes = (text) => refuse("bytes: bytes", "an ArrayBuffer or a view of one (give whole messages to message())", text);
