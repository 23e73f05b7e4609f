// Keeps the page itself, so that it opens without a network. Orders and answers are the page's own business (keep.js).
const CACHE = "field-1";
const PARTS = ["/field/", "/field/page.js", "/field/keep.js", "/field/words.js", "/field/page.css"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(PARTS)));
  skipWaiting();
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
// the newest from the network where there is one, else what is kept
addEventListener("fetch", (event) => {
  if (!PARTS.includes(new URL(event.request.url).pathname)) return;
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.ok) await (await caches.open(CACHE)).put(event.request, answer.clone());
    return answer;
  });
  event.respondWith(fresh.catch(() => caches.match(event.request, { ignoreSearch: true })));
});
