// The service worker: serves visited pages and the site's files while there is no network.
//
// - Files are precached from the list that the build writes (precache.js). Their names contain a
//   hash of their content, so a cached file is never stale.
// - A page is requested from the server first. Its cached copy answers when the server does not.
// - Pages name their reader and are in their language, so all of them are deleted when the reader
//   signs in or out or chooses a language. A page that was requested before is neither cached nor
//   answered from the cache afterwards. The server forbids browsers to store these pages (no-store);
//   this cache is the exception, and only answers without a server.
//
// Queued scores, and pages of boards as they last were, are stored by the page itself.
importScripts('/precache.js');

const { version, files } = self.PRECACHE;
const FILES = `leaderport-files-${version}`;
const PAGES = 'leaderport-pages-2';
const SHELL = ['/offline.html', '/copy.css', '/favicon.svg', '/icon-192.png', '/manifest.webmanifest'];
const MAX_PAGES = 60;
/** Cached pages of the previous version still need its files. */
const MAX_VERSIONS = 2;
/** The time after which a cached page answers instead of a slow server, in milliseconds. */
const TIMEOUT = 5_000;

const isCachedPage = ({ pathname, searchParams }) =>
  (pathname === '/' || ['/boards/', '/players/', '/docs'].some((start) => pathname.startsWith(start)))
  && !searchParams.has('__err');
const changesReader = ({ pathname }) =>
  ['/_fn/sign-', '/_fn/erase', '/_fn/password', '/_fn/rename', '/_fn/language', '/oidc/'].some((start) => pathname.startsWith(start));

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    await (await caches.open(FILES)).addAll([...SHELL, ...files]);
    await cacheOpenPages();
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    const versions = names.filter((name) => name.startsWith('leaderport-files-'));
    const kept = [PAGES, ...versions.slice(-MAX_VERSIONS)];
    await Promise.all(names.filter((name) => !kept.includes(name)).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (changesReader(url)) event.respondWith(changeReader(request));
  else if (request.method !== 'GET') return;
  else if (request.mode === 'navigate') event.respondWith(page(event, url));
  else event.respondWith(file(request));
});

/** Caches the pages that were open before this worker was installed. */
async function cacheOpenPages() {
  for (const { url } of await self.clients.matchAll({ includeUncontrolled: true, type: 'window' })) {
    if (!isCachedPage(new URL(url))) continue;
    // A page that cannot be fetched now is cached with its next visit.
    const reader = readerChanges;
    const response = await fetch(url).catch(() => undefined);
    if (response) await cachePage(url, response, reader);
  }
}

/** The current version's file, else that of an older version, else the server's. */
async function file(request) {
  const current = await (await caches.open(FILES)).match(request, { ignoreVary: true });
  return current ?? (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function page(event, url) {
  const reader = readerChanges;
  const fetched = fetch(event.request);
  // Cached even if the copy answers first, but not for a reader who has signed out since.
  event.waitUntil(fetched.then(async (response) => {
    if (isCachedPage(url)) await cachePage(event.request.url, response.clone(), reader);
  }).catch(() => undefined));
  const cached = await cachedPage(event.request.url);
  const copy = () => (reader === readerChanges ? cached : undefined);
  // The server is down behind a proxy that answers.
  const isDown = ({ status }) => status >= 502 && status <= 504;
  const answered = fetched.then((response) => (isDown(response) && copy()) || response);
  const timeout = new Promise((resolve) => { setTimeout(() => { if (copy()) resolve(copy()); }, TIMEOUT); });
  try {
    return await Promise.race([answered, timeout]);
  } catch {
    return copy() ?? (await caches.match('/offline.html')) ?? Response.error();
  }
}

/** The key of a page: its address with the query, without the fragment. */
function keyOf(address) {
  const url = new URL(address);
  url.hash = '';
  return url.href;
}

/** The key of the same page without the place that the address names. */
function baseKeyOf(address) {
  const url = new URL(keyOf(address));
  for (const name of ['player', 'me', 'page', 'rank', 'find']) url.searchParams.delete(name);
  return url.href;
}

/** A cached page, with a style sheet that makes it say that it is a copy (components/copy_notice.rs). */
async function cachedPage(address) {
  const pages = await caches.open(PAGES);
  const match = (key) => pages.match(key, { ignoreVary: true });
  const cached = (await match(keyOf(address))) ?? (await match(baseKeyOf(address)));
  if (!cached) return undefined;
  const body = new Blob([await cached.blob(), '<link rel="stylesheet" href="/copy.css">']);
  return new Response(body, { status: cached.status, headers: cached.headers });
}

/** Caches a page that was requested after `reader` changes of the reader. */
async function cachePage(address, response, reader) {
  if (!response.ok || response.redirected || response.type !== 'basic') return;
  // The whole body first: an interrupted response does not replace the cached page.
  const whole = new Response(await response.blob(), { status: response.status, headers: response.headers });
  const cache = await caches.open(PAGES);
  if (reader !== readerChanges) return;
  // Deleted first, so that it becomes the newest entry.
  await cache.delete(keyOf(address), { ignoreVary: true });
  await cache.put(keyOf(address), whole);
  if (reader !== readerChanges) return void (await caches.delete(PAGES));
  const pages = await cache.keys();
  const surplus = pages.slice(0, Math.max(0, pages.length - MAX_PAGES));
  await Promise.all(surplus.map((request) => cache.delete(request, { ignoreVary: true })));
}

/** Counts the changes of the reader in this worker's life. */
let readerChanges = 0;

async function changeReader(request) {
  readerChanges += 1;
  const response = await fetch(request);
  readerChanges += 1;
  await Promise.all([caches.delete(PAGES), clearPageCache()]);
  return response;
}

/** Clears the database of the page cache (browser/page_cache.rs). */
function clearPageCache() {
  return new Promise((resolve) => {
    const opening = indexedDB.open('leaderport');
    opening.onerror = resolve;
    // The page creates the database with its stores.
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onsuccess = () => {
      const database = opening.result;
      const stores = [...database.objectStoreNames];
      if (stores.length === 0) return resolve(database.close());
      const change = database.transaction(stores, 'readwrite');
      stores.forEach((store) => change.objectStore(store).clear());
      change.oncomplete = change.onerror = change.onabort = () => resolve(database.close());
    };
  });
}
