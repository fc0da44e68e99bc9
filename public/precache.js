// The files that the service worker precaches. A release build replaces this list (.ci/precache).
self.PRECACHE = { version: 'development', files: [] };
