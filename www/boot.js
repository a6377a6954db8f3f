// Starts the page: its program, and beside it the worker that simulates.
//
// Names and hashes come from the links that the build wrote into the page, so that no script is
// inline and every file is checked against its hash.

/** A sentence in the language of the page. */
const says = (english, japanese) => (document.documentElement.lang === "ja" ? japanese : english);

function button(label, action) {
  const element = document.createElement("button");
  element.textContent = label;
  element.addEventListener("click", action);
  return element;
}

/**
 * What cannot go on, why, and what to do about it. A page that is beyond help cannot be used any
 * more; a failure of less can be closed.
 */
function showFailure(title, detail, { advice = "", again, more = [] } = {}) {
  document.querySelector(".failure")?.remove();
  document.querySelector(".skeleton, #first-shown")?.remove();
  const panel = document.createElement("div");
  panel.className = "problems error failure";
  panel.setAttribute("role", "alert");
  const heading = document.createElement("h1");
  heading.tabIndex = -1;
  heading.textContent = title;
  const text = document.createElement("p");
  text.textContent = advice;
  const reason = document.createElement("pre");
  reason.textContent = detail;
  const copy = button(says("Copy details", "詳細をコピー"), async () => {
    try {
      await navigator.clipboard.writeText(`${title}\n${detail}\n${navigator.userAgent}`);
      copy.textContent = says("Copied!", "コピーしました");
    } catch {
      copy.textContent = says("Failed: select the text instead", "失敗しました。文字を選択してください");
    }
  });
  const close = () => panel.remove();
  const ways = again
    ? [button(says("Try again", "再試行"), () => (close(), again())), copy, button(says("Close", "閉じる"), close)]
    : [button(says("Reload", "再読み込み"), () => location.reload()), ...more, copy];
  panel.append(heading, text, reason, ...ways);
  // When the page behind it cannot be used, the panel is what the document is about.
  const frame = document.createElement(again ? "div" : "main");
  frame.append(panel);
  document.body.prepend(frame);
  document.getElementById("app").inert = !again;
  heading.focus();
}

/** Starts again without the link, and without what was stored last: the programs put it aside. */
function startWithout() {
  for (const program of ["first", "later"]) {
    try {
      localStorage.setItem(`rehearsal.without.${program}`, "1");
    } catch {
      // Where nothing can be stored, nothing stored is in the way.
    }
  }
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}

/** One of the programs cannot go on. What it says first says most: what follows follows from it. */
let ended = false;
function panic(message) {
  if (ended) return;
  ended = true;
  showFailure(says("Something went wrong inside Rehearsal", "内部エラーが発生しました"), message, {
    advice: says(
      "Reload to go on. What this browser has saved of your work is still there. If this comes again, start without what was opened or changed last: it is set aside, not deleted.",
      "再読み込みすると続けられます。このブラウザーに保存された作業内容は残っています。繰り返し発生する場合は、最後に開いたものや変更したものを外して起動してください。外したものは削除されず、別に保管されます。",
    ),
    more: [button(says("Start without the last change", "最後の変更を外して起動"), startWithout)],
  });
}
// By this name the tests make the page end.
globalThis.rehearsalPanic = panic;

/** Whether an error comes out of a program itself: a trap, or a stack that is used up. */
const isTrap = (error) =>
  error instanceof WebAssembly.RuntimeError || (error instanceof RangeError && /wasm/.test(error.stack ?? ""));
addEventListener("error", ({ error }) => isTrap(error) && panic(`${error}\n${error.stack ?? ""}`));
addEventListener("unhandledrejection", ({ reason }) => isTrap(reason) && panic(`${reason}\n${reason.stack ?? ""}`));

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

/** What the page shows of the reference scenario before anyone has changed it. */
const firstDay = fetched(programFile("first", "day", "first-day.json")).then((response) => response.json());
firstDay.catch(() => {});
async function readFirstDay() {
  const { numbers, text } = await firstDay;
  return [Float64Array.from(numbers), text];
}

/** Calls back once, at the first sign of a person. */
function onPerson(wake) {
  const signs = ["pointermove", "pointerdown", "keydown", "focusin"];
  const woken = () => {
    for (const sign of signs) removeEventListener(sign, woken, true);
    wake();
  };
  for (const sign of signs) addEventListener(sign, woken, { capture: true, passive: true });
}

/** A worker that is ready for its first request. */
let workerParts;
async function startWorker() {
  workerParts ??= Promise.all([
    fetched(programFile("worker", "js", "worker.js")).then((response) => response.text()),
    compiled(programFile("worker", "wasm", "worker_bg.wasm")),
  ]);
  // What could not be loaded may be there the next time.
  workerParts.catch(() => (workerParts = undefined));
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
}

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
async function deflate(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of new Uint8Array(await new Response(packed).arrayBuffer())) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The document of a link, if it is not longer than allowed. */
async function inflate(packed, most) {
  if (packed.length > most) return null;
  const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  return boundedText(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")), most);
}

/** A file that someone else lays beside the page; `null` when it is not there. */
async function foreignText(name, most) {
  const response = await fetch(name, { cache: "no-cache" }).catch(() => null);
  // Without network there is none either; some hosts answer 403 for what they do not have.
  if (!response || response.status === 404 || response.status === 403) return null;
  if (!response.ok) throw new Error(`${name}: status ${response.status}`);
  const text = await boundedText(response.body, most);
  if (text === null) throw new Error(`${name}: more than ${most} bytes`);
  return text;
}

/** Adds a style sheet of another program; while the page is being worked on it is there already. */
function styled({ href, integrity }) {
  if (!integrity) return;
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", href, integrity });
  document.head.append(link);
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => reject(new Error(`${href}: the style sheet could not be loaded`));
  });
}

/** The program that reads and writes documents: the other programs call its function while they work. */
let documents;
let documentOf = null;
async function loadDocuments() {
  documents ??= (async () => {
    const [glue, module] = await Promise.all([
      import(programFile("documents", "js", "documents.js").href),
      compiled(programFile("documents", "wasm", "documents_bg.wasm")),
    ]);
    await glue.default({ module_or_path: module });
    documentOf = glue.document;
  })();
  // What could not be loaded may be there the next time.
  documents.catch(() => (documents = undefined));
  await documents;
}

/** The program with the later views, which is loaded when it is asked for first. */
let later;
async function loadLater() {
  later ??= (async () => {
    const [glue, module] = await Promise.all([
      import(programFile("laboratory", "js", "laboratory.js").href),
      compiled(programFile("laboratory", "wasm", "laboratory_bg.wasm")),
      styled(programFile("laboratory", "css", "")),
    ]);
    await glue.default({ module_or_path: module });
    glue.begin(hostWith(channel.port2));
  })();
  try {
    await later;
  } catch (error) {
    later = undefined;
    // A program that ended has said so.
    if (ended) return;
    showFailure(says("This view could not be loaded", "この画面を読み込めませんでした"), String(error), { again: loadLater });
  }
}

/** The way between the two programs: it keeps what is sent until it is taken. */
const channel = new MessageChannel();

/** What a program can ask of this page, and its end of the way to the other one. */
const hostWith = (port) => ({
  port,
  panic,
  startWorker,
  firstDay: readFirstDay,
  onPerson,
  deflate,
  inflate,
  foreignText,
  loadDocuments,
  loadLater,
  get document() {
    return documentOf;
  },
});

/** A sentence at the edge of the page, with what can be done about it. */
function showNotice(text, ...ways) {
  document.querySelector(".site-notice")?.remove();
  const notice = document.createElement("div");
  notice.className = "site-notice";
  notice.setAttribute("role", "status");
  document.body.append(notice);
  notice.append(text, ...ways, button(says("Close", "閉じる"), () => notice.remove()));
}

/** Keeps the site for the time without network, and says when there is a newer release of it. */
let keeping;
function keep() {
  const script = document.querySelector('meta[name="rehearsal-service-worker"]')?.content;
  const { serviceWorker } = navigator;
  if (!script || !serviceWorker || keeping) return;
  keeping = true;
  let reload = false;
  serviceWorker.addEventListener("controllerchange", () => reload && location.reload());
  const offer = (newer) =>
    showNotice(
      says("A newer version is ready.", "新しいバージョンがあります。"),
      button(says("Reload", "再読み込み"), () => {
        reload = true;
        newer.postMessage("activate");
      }),
    );
  const watch = (worker, isFirst) =>
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed" && !isFirst) offer(worker);
      if (worker.state === "activated" && isFirst) showNotice(says("Ready to work offline.", "オフラインでも使えるようになりました。"));
    });
  serviceWorker.register(new URL(script, document.baseURI), { updateViaCache: "none" }).then(
    (registration) => {
      // A browser that keeps no workers for this page says nothing.
      if (!registration) return;
      if (registration.waiting && registration.active) offer(registration.waiting);
      const begins = () => watch(registration.installing, !registration.active);
      begins();
      registration.addEventListener("updatefound", begins);
      document.addEventListener("visibilitychange", () => {
        // Without network there is no newer version to be found.
        if (document.visibilityState === "visible") registration.update().catch(() => {});
      });
    },
    // A browser that refuses, or a page without a secure origin: it works as before, online.
    () => {},
  );
}

try {
  const program = Promise.all([
    import(linked('link[rel="modulepreload"][href*="playground"]').href),
    compiled(linked('link[rel="preload"][as="fetch"][href*="playground"]')),
  ]);
  // A browser's first format takes long: better while the program is on its way than when it draws.
  new Intl.NumberFormat(document.documentElement.lang).format(0);
  const [glue, module] = await program;
  await glue.default({ module_or_path: module });
  glue.begin(hostWith(channel.port1));
  // What follows may slow down nothing that a person waits for.
  setTimeout(keep, 3000);
} catch (error) {
  showFailure(says("Rehearsal could not start", "Rehearsal を起動できませんでした"), `${error}`, {
    advice: says(
      "A file is missing or was changed on its way, or this browser is too old: it takes one with WebAssembly SIMD (2023 or later).",
      "ファイルの欠落や改変、または古いブラウザーが原因です。WebAssembly SIMD に対応したブラウザー (2023年以降) が必要です。",
    ),
  });
}
