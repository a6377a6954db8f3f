// Keeps the site for the time without network: one cache for each release, filled as a whole or not
// at all. A page goes on with the release it began with; a newer one waits until it is asked for.

const RELEASE = "" /* release */;
const FILES = [] /* files */;

const PREFIX = `rehearsal ${registration.scope} `;
const KEPT = PREFIX + RELEASE;
/** What is beside the site and not of it, such as a team's own figures. */
const BESIDE = `${PREFIX}beside`;

const address = (name) => new URL(name, registration.scope).href;
const KNOWN = new Set(FILES.map(address));

/** A name that carries a hash of its content never has to be asked for twice. */
const isHashed = (name) => /-[0-9a-f]{10,16}\.\w+$/.test(name);

addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(KEPT);
    await cache.addAll(FILES.map((name) => new Request(address(name), { cache: isHashed(name) ? "default" : "no-cache" })));
  };
  event.waitUntil(keep());
});

addEventListener("activate", (event) => {
  const clean = async () => {
    const releases = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== KEPT && name !== BESIDE);
    // Another tab may still show the release before this one.
    await Promise.all(releases.slice(0, -1).map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(clean());
});

addEventListener("message", ({ data }) => {
  if (data === "activate") skipWaiting();
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(registration.scope)) return;
  url.search = "";
  url.hash = "";
  if (url.href === address("index.html")) url.href = registration.scope;
  if (KNOWN.has(url.href)) event.respondWith(kept(request, url.href));
  // What an open page of an earlier release still asks for.
  else if (isHashed(url.pathname)) event.respondWith(caches.match(url.href).then((found) => found ?? fetch(request)));
  else event.respondWith(newest(request, url.href));
});

/** A file of this release. */
async function kept(request, href) {
  const found = await (await caches.open(KEPT)).match(href);
  return found ?? fetch(request);
}

/** A file that may change at any time: from the network, or as it was last seen. */
async function newest(request, href) {
  const cache = await caches.open(BESIDE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(href, response.clone());
    else await cache.delete(href);
    return response;
  } catch (error) {
    const found = await cache.match(href);
    if (found) return found;
    throw error;
  }
}
