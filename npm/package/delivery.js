// The last leg to a browser: the events of a stream become WebSocket messages, and messages an answer again.
// What they know is in the WebAssembly module.
import { bytesOf, dispose, isObject, jsonOf, objectOf, packed, textOf } from "./values.js";

/** The members by which a provider's event comes out of an SDK: its JSON in bytes. */
const eventOf = (name, event) => {
  const bytes = objectOf(name, event).chunk?.bytes;
  return bytes === undefined ? jsonOf(name, packed(event)) : new TextDecoder().decode(bytesOf(`${name}.chunk.bytes`, bytes));
};

const nameOf = (error) => {
  if (typeof error === "string") return error;
  return textOf("fail: error.name", objectOf("fail: error", error, "an error or its name").name);
};

/** A wrapper that gives its memory back at once. */
const holding = (make, what) => {
  let wire = make();
  const free = () => {
    wire?.free();
    wire = undefined;
  };
  const open = () => {
    if (!wire) throw new Error(`this ${what} was freed; create another one`);
    return wire;
  };
  return { open, free };
};

export function makeDelivery(core) {
  function createDelivery() {
    const { open, free } = holding(() => new core.WireDelivery(), "delivery");
    return {
      push: (event) => open().event(eventOf("push: event", event)),
      fail: (error) => open().fail(nameOf(error)),
      end: () => open().finish(),
      free,
      [dispose]: free,
    };
  }

  /** The messages of a stream, as its events arrive; an error of the stream is its last message. */
  async function* deliver(stream) {
    const events = stream?.[Symbol.asyncIterator] ?? stream?.[Symbol.iterator];
    if (!events || typeof stream === "string") throw new TypeError("deliver: stream: expected the events of an answer, which can be iterated");
    const delivery = createDelivery();
    try {
      const source = events.call(stream);
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
          if (!ended) yield* delivery.push(step.value);
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
      message: (message) => read(open().message(isObject(message) && typeof message.data === "string" ? message.data : textOf("message", message))),
      bytes: (bytes) => read(open().bytes(typeof bytes === "string" ? textOfBytes(bytes) : bytesOf("bytes", bytes))),
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
const textOfBytes = (text) => {
  throw new TypeError(`bytes: expected an ArrayBuffer or a view of one, found a text of ${text.length} characters; give whole messages to message()`);
};
