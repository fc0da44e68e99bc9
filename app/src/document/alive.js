// Has a page come alive: loads the code of its island, once what the server wrote has been
// painted, so that reading never waits for code.
((scripts, module, parts) => {
  const link = (rel, href) => {
    const element = document.createElement('link');
    Object.assign(element, { rel, href, crossOrigin: 'anonymous' });
    if (rel === 'preload') element.as = 'fetch';
    document.head.append(element);
  };
  // In the background nobody waits for an answer, and a timer may take a second.
  const task = () => document.hidden || new Promise((resolve) => setTimeout(resolve));
  const start = async () => {
    // All at once: by itself each is asked for by the one before.
    for (const href of scripts) link('modulepreload', href);
    for (const href of [module, ...parts]) link('preload', href);
    const code = await import(scripts[0]);
    await code.default({ module_or_path: module });
    // Each step in a task of its own, so that the page answers in between.
    await task();
    code.hydrate();
    for (const island of document.querySelectorAll('leptos-island')) {
      await task();
      await code[island.dataset.component](island);
    }
  };
  // A frame's callbacks run before it is painted, the next task after. Of what is hidden nothing
  // is painted.
  if (document.hidden) start();
  else requestAnimationFrame(() => setTimeout(start));
})
