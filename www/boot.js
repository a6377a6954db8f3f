// Starts the page: its program, and beside it the worker that simulates.
//
// Names and hashes come from the links that the build wrote into the page, so that no script is
// inline and every file is checked against its hash.

const japanese = document.documentElement.lang === "ja";

/** The panel that replaces the page when its program cannot go on. */
function showFailure(title, detail) {
  const panel = document.createElement("div");
  panel.className = "problems error failure";
  panel.setAttribute("role", "alert");
  const heading = document.createElement("h1");
  heading.textContent = title;
  const text = document.createElement("pre");
  text.textContent = detail;
  const button = (label, action) => {
    const element = document.createElement("button");
    element.textContent = label;
    element.addEventListener("click", action);
    return element;
  };
  panel.append(
    heading,
    text,
    button(japanese ? "再読み込み" : "Reload", () => location.reload()),
    button(japanese ? "詳細をコピー" : "Copy details", () => navigator.clipboard?.writeText(`${title}\n${detail}`)),
  );
  document.body.prepend(panel);
  document.querySelector(".skeleton")?.remove();
}

globalThis.rehearsalPanic = (message) =>
  showFailure(japanese ? "内部エラーが発生しました" : "Something went wrong inside Rehearsal", message);

/** A link of the page by its relation: its address and its hash. */
function linked(selector) {
  const link = document.querySelector(selector);
  return { href: link.href, integrity: link.getAttribute("integrity") ?? "" };
}

const fetched = ({ href, integrity }) => fetch(href, integrity ? { integrity } : {});

/** Compiles a program while it arrives; a host that serves wasm under another type is no obstacle. */
async function compiled(link) {
  const response = await fetched(link);
  if (!response.ok) throw new Error(`${link.href}: status ${response.status}`);
  const type = response.headers.get("content-type") ?? "";
  return type.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

// The worker's program runs inside a blob, which is bound by the page's own policy.
const WORKER_START = `
self.rehearsalReply = (numbers, text) => postMessage([numbers, text], [numbers.buffer]);
self.onmessage = async ({ data }) => {
  await wasm_bindgen({ module_or_path: data });
  self.onmessage = ({ data: [numbers, text] }) => wasm_bindgen.answer(numbers, text);
  postMessage("ready");
};`;

/** A file of another program than the page's own: its final name and hash, if the build gave them. */
const programFile = (program, kind, fallback) => {
  const element = document.querySelector(`meta[name="rehearsal-${program}-${kind}"]`);
  return {
    href: new URL(element?.content ?? fallback, document.baseURI).href,
    integrity: element?.dataset.integrity ?? "",
  };
};
const workerParts = Promise.all([
  fetched(programFile("worker", "js", "worker.js")).then((response) => response.text()),
  compiled(programFile("worker", "wasm", "worker_bg.wasm")),
]);
workerParts.catch(() => {});

/** A worker that is ready for its first request. */
globalThis.rehearsalStartWorker = async () => {
  const [glue, module] = await workerParts;
  const address = URL.createObjectURL(new Blob([glue, WORKER_START], { type: "text/javascript" }));
  const worker = new Worker(address);
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(module);
  });
  worker.onmessage = null;
  worker.onerror = null;
  URL.revokeObjectURL(address);
  return worker;
};

/** The text of a stream of bytes; `null` as soon as there are more than allowed. */
async function boundedText(stream, most) {
  const reader = stream.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > most) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** A document for a link: deflate, and base64 in the alphabet of addresses. */
globalThis.rehearsalDeflate = async (text) => {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of new Uint8Array(await new Response(packed).arrayBuffer())) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

/** The document of a link, if it is not longer than allowed. */
globalThis.rehearsalInflate = async (packed, most) => {
  if (packed.length > most) return null;
  const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  return boundedText(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")), most);
};

/** A file that someone else lays beside the page; `null` when it is not there. */
globalThis.rehearsalForeignText = async (name, most) => {
  const response = await fetch(name, { cache: "no-cache" }).catch(() => null);
  // Without network there is none either; some hosts answer 403 for what they do not have.
  if (!response || response.status === 404 || response.status === 403) return null;
  if (!response.ok) throw new Error(`${name}: status ${response.status}`);
  const text = await boundedText(response.body, most);
  if (text === null) throw new Error(`${name}: more than ${most} bytes`);
  return text;
};

/** Shows a view of the second program, which is loaded when it is asked for first. */
let laboratory;
globalThis.rehearsalOpenLab = async (asked) => {
  globalThis.rehearsalLabAsked = asked;
  dispatchEvent(new Event("rehearsal-lab"));
  laboratory ??= (async () => {
    const [glue, module] = await Promise.all([
      import(programFile("laboratory", "js", "laboratory.js").href),
      compiled(programFile("laboratory", "wasm", "laboratory_bg.wasm")),
    ]);
    await glue.default({ module_or_path: module });
  })();
  try {
    await laboratory;
  } catch (error) {
    // The next visit of the view tries again.
    laboratory = undefined;
    showFailure(japanese ? "この画面を読み込めませんでした" : "This view could not be loaded", String(error));
  }
};

try {
  const [glue, module] = await Promise.all([
    import(linked('link[rel="modulepreload"][href*="playground"]').href),
    compiled(linked('link[rel="preload"][as="fetch"][href*="playground"]')),
  ]);
  await glue.default({ module_or_path: module });
} catch (error) {
  showFailure(
    japanese ? "Rehearsal を起動できませんでした" : "Rehearsal could not start",
    `${error}\n\n${navigator.userAgent}\n\n` +
      (japanese
        ? "WebAssembly SIMD に対応したブラウザー (2023年以降) が必要です。"
        : "It needs a browser with WebAssembly SIMD (2023 or later)."),
  );
}
