// The service worker: serves visited pages and the site's files while there is no network.
//
// - Files are precached from the list that the build writes (precache.js). Their names contain a
//   hash of their content or a version, so a cached file is never stale.
// - A page is requested from the server first. Its cached copy answers when the server does not, or
//   when not all of the page arrives in time.
// - All other requests go to the network as without a service worker.
// - Pages contain the reader's name, language and look. All of them are deleted when the reader signs
//   in or out, or changes a setting in this browser. The cache of pages is opened before a page is
//   requested: a page that arrives after the deletion goes into the deleted cache, where nothing
//   finds it. Earlier copies do not answer either. The server forbids browsers to store these pages
//   (no-store); this cache is the exception, and only answers without a server.
//
// Queued scores, and pages of boards as they last were, are stored by the page itself.
//
// It also shows the notifications that the server pushes (server/src/push).
importScripts('/precache.js');

const { version, files } = self.PRECACHE;
const FILES = `leaderport-files-${version}`;
const PAGES = 'leaderport-pages-2';
const SHELL = ['/offline.html', '/offline.css', '/copy.css', '/emblems.svg', '/favicon.svg', '/icon-192.png', '/manifest.webmanifest'];
const MAX_PAGES = 60;
/** Cached pages of the previous version still need its files. */
const MAX_VERSIONS = 2;
/** The time in milliseconds within which all of a page must arrive, or else its cached copy answers. */
const TIMEOUT = 5_000;
/** The time in milliseconds after which the offline page answers, if there is no copy and no response. */
const LONG_TIMEOUT = 20_000;

const isCachedPage = ({ pathname, searchParams }) =>
  (pathname === '/' || ['/boards/', '/players/', '/docs'].some((start) => pathname.startsWith(start)))
  && !searchParams.has('__err');
const isSiteFile = ({ pathname }) => ['/pkg/', '/fonts/'].some((start) => pathname.startsWith(start)) || SHELL.includes(pathname);
const changesReader = ({ pathname }) =>
  ['/_fn/sign-', '/_fn/erase', '/_fn/password', '/_fn/rename', '/_fn/settings', '/_fn/presence', '/oidc/'].some((start) => pathname.startsWith(start));

/** The next reader of a shared browser must not see the notifications of a reader who has left. */
const endsNotifications = ({ pathname }) => ['/_fn/sign-out', '/_fn/erase'].some((start) => pathname.startsWith(start));

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
  else if (isSiteFile(url)) event.respondWith(file(request));
});

/** Caches the pages that were open before this worker was installed. */
async function cacheOpenPages() {
  for (const { url } of await self.clients.matchAll({ includeUncontrolled: true, type: 'window' })) {
    if (!isCachedPage(new URL(url))) continue;
    const pages = caches.open(PAGES);
    // A page that cannot be fetched now is cached with its next visit.
    const response = await fetch(url).catch(() => undefined);
    if (response) await cachePage(await pages, url, response);
  }
}

/** The current version's file, else that of an older version, else the server's. */
async function file(request) {
  const current = await (await caches.open(FILES)).match(request, { ignoreVary: true });
  return current ?? (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function page(event, url) {
  const reader = readerChanges;
  const pages = caches.open(PAGES);
  const fetched = fetch(event.request);
  // Cached even if the copy answers first.
  event.waitUntil(fetched.then(async (response) => {
    if (!isCachedPage(url)) return;
    // Cloned at once, before the browser reads the response.
    const body = response.clone();
    await cachePage(await pages, event.request.url, body);
  }).catch(() => undefined));
  const cached = await cachedPage(event.request.url);
  const copy = () => (reader === readerChanges ? cached : undefined);
  // The server is down behind a proxy that answers.
  const isDown = ({ status }) => status >= 502 && status <= 504;
  const answered = fetched.then((response) => {
    if (isDown(response) && copy()) return copy();
    // A page whose body stalls cannot be replaced after it has begun, so it begins when it is whole.
    // Without a copy, the reader sees the page as it arrives.
    return cached && response.body ? whole(response) : response;
  });
  const offline = async () => copy() ?? (await caches.match('/offline.html')) ?? Response.error();
  // A network may also stall, without an error.
  let timer;
  const timeout = new Promise((resolve) => { timer = setTimeout(resolve, cached ? TIMEOUT : LONG_TIMEOUT); });
  try {
    return await Promise.race([answered, timeout.then(offline)]);
  } catch {
    return offline();
  } finally {
    clearTimeout(timer);
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

/** A cached page, with a style sheet that makes it say that it is a copy (components/page/copy_notice.rs). */
async function cachedPage(address) {
  const pages = await caches.open(PAGES);
  const match = (key) => pages.match(key, { ignoreVary: true });
  const cached = (await match(keyOf(address))) ?? (await match(baseKeyOf(address)));
  if (!cached) return undefined;
  const body = new Blob([await cached.blob(), '<link rel="stylesheet" href="/copy.css">']);
  return new Response(body, { status: cached.status, headers: cached.headers });
}

/** The response, when all of its body has arrived. Fails if the body is interrupted. */
async function whole(response) {
  const { status, statusText, headers } = response;
  return new Response(await response.blob(), { status, statusText, headers });
}

/** Stores a page in the cache that was opened before the page was requested. */
async function cachePage(cache, address, response) {
  if (!response.ok || response.redirected || response.type !== 'basic') return;
  // The whole body first: an interrupted response does not replace the cached page.
  const stored = await whole(response);
  // Deleted first, so that it becomes the newest entry.
  await cache.delete(keyOf(address), { ignoreVary: true });
  await cache.put(keyOf(address), stored);
  const pages = await cache.keys();
  const surplus = pages.slice(0, Math.max(0, pages.length - MAX_PAGES));
  await Promise.all(surplus.map((request) => cache.delete(request, { ignoreVary: true })));
}

/** The number of requests that change the reader, counted when they begin and when they end. */
let readerChanges = 0;

async function changeReader(request) {
  readerChanges += 1;
  let isRefused = false;
  try {
    const response = await fetch(request);
    isRefused = response.status >= 400 && response.status < 500;
    return response;
  } finally {
    readerChanges += 1;
    // Also without an answer, because the server may have handled the request.
    const hasEnded = !isRefused && endsNotifications(new URL(request.url));
    const ended = hasEnded ? endNotifications() : undefined;
    await Promise.all([caches.delete(PAGES), clearPageCache(), ended]);
  }
}

/** Clears the database of the page cache (browser/offline/page_cache.rs). */
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

self.addEventListener('push', (event) => {
  const message = readMessage(event.data);
  if (message) event.waitUntil(notify(message));
});

/** The message of the server: { title, body, stop, board, url, id }. */
function readMessage(data) {
  try {
    const message = data.json();
    return typeof message.title === 'string' && isOwnPath(message.url) ? message : undefined;
  } catch {
    return undefined;
  }
}

const isOwnPath = (path) => typeof path === 'string' && new URL(path, location.origin).origin === location.origin;

/** Shows a notification, unless the reader sees the board. */
async function notify({ title, body, stop, board, url, id }) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const isSeen = pages.some((page) =>
    page.visibilityState === 'visible' && new URL(page.url).pathname === `/boards/${board}`);
  if (isSeen) return;
  await self.registration.showNotification(title, {
    body,
    tag: `overtaken-${board}`,
    icon: '/icon-192.png',
    data: { url, id },
    actions: [{ action: 'stop', title: stop }],
  });
}

self.addEventListener('notificationclick', (event) => {
  const { notification, action } = event;
  notification.close();
  const { url, id } = notification.data ?? {};
  if (action === 'stop') event.waitUntil(stopNotifications(id));
  else if (isOwnPath(url)) event.waitUntil(openPage(url));
});

/** Ends the browser's subscription. The push service then tells the server that it has ended. */
async function endNotifications() {
  try {
    const subscription = await self.registration.pushManager.getSubscription();
    await subscription?.unsubscribe();
  } catch {
    // This browser has no notifications.
  }
}

async function stopNotifications(id) {
  await fetch(`/api/v1/push/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** Shows the page in a tab that has it, else in a new tab. */
async function openPage(path) {
  const { href, pathname } = new URL(path, location.origin);
  const pages = await self.clients.matchAll({ type: 'window' });
  const page = pages.find(({ url }) => new URL(url).pathname === pathname);
  await (page ? page.focus() : self.clients.openWindow(href));
}

self.addEventListener('pushsubscriptionchange', (event) => {
  if (event.oldSubscription) event.waitUntil(moveSubscription(event));
});

/** Reports the browser's new endpoint to the server. Some browsers do not subscribe again on their own. */
async function moveSubscription({ oldSubscription, newSubscription }) {
  const { applicationServerKey } = oldSubscription.options;
  const subscription = newSubscription
    ?? (await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }));
  const { endpoint, keys } = subscription.toJSON();
  const body = new URLSearchParams({ old_endpoint: oldSubscription.endpoint, endpoint, ...keys });
  await fetch('/_fn/push-moved', { method: 'POST', body });
}
