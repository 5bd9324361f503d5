// Keeps the page's own files for the time without a network. What it may keep is written above by the server, with a version
// that changes whenever a file does: `RELEASE`. Anything else goes by unseen.

// Two pages of one origin, such as wallet and desk, leave each other's files alone.
const MINE = `release ${new URL(registration.scope).pathname} `;
const CACHE = MINE + RELEASE.version;

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(RELEASE.files.map((name) => new Request(new URL(name, registration.scope), { cache: "reload" })));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith(MINE) && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  const scope = new URL(registration.scope);
  if (event.request.method !== "GET" || address.origin !== scope.origin) return;
  if (!address.pathname.startsWith(scope.pathname)) return;
  const name = address.pathname.slice(scope.pathname.length);
  const isLater = RELEASE.later.includes(name);
  if (!isLater && !RELEASE.files.includes(name)) return;
  const kept = async () => {
    const cache = await caches.open(CACHE);
    const known = await cache.match(new URL(name, scope));
    if (known) return known;
    const answer = await fetch(event.request);
    if (isLater && answer.ok) await cache.put(new URL(name, scope), answer.clone());
    return answer;
  };
  event.respondWith(kept());
});
