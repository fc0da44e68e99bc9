// The peer of the benchmark: the same board built with React, TanStack Query and TanStack Virtual. It loads
// pages of 50 rows from the JSON API and polls the visible pages once a second.
import { QueryClient, QueryClientProvider, useQueries } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useRef } from 'react';
import { createRoot } from 'react-dom/client';

const PAGE = 50;
const parameters = new URLSearchParams(location.search);
const [api, slug] = [parameters.get('api'), parameters.get('board')];

const page = (number) => ({
  queryKey: ['page', slug, number],
  queryFn: async () => (await fetch(`${api}/api/v1/boards/${slug}/standings?offset=${number * PAGE}&limit=${PAGE}`)).json(),
  refetchInterval: 1_000,
  staleTime: 500,
  placeholderData: (previous) => previous,
});

const Row = memo(({ row, start }) => (
  <div className="row" style={{ transform: `translateY(${start}px)` }}>
    <span>{row?.rank}</span>
    <span className="avatar">{row?.name[0].toUpperCase()}</span>
    <span>{row?.name ?? '…'}</span>
    <span>{row?.score.toLocaleString()}</span>
  </div>
));

function Board() {
  const list = useRef(null);
  const [first] = useQueries({ queries: [page(0)] });
  const total = first.data?.total ?? 0;
  const virtualizer = useVirtualizer({ count: total, getScrollElement: () => list.current, estimateSize: () => 40, overscan: 8 });
  const items = virtualizer.getVirtualItems();
  const numbers = [...new Set(items.map(({ index }) => Math.floor(index / PAGE)))];
  const pages = new Map(useQueries({ queries: numbers.map(page) }).map(({ data }, n) => [numbers[n], data]));
  return (
    <>
      <h1>{slug}</h1>
      <div className="list" ref={list}>
        <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, key, start }) => (
            <Row key={key} row={pages.get(Math.floor(index / PAGE))?.rows[index % PAGE]} start={start} />
          ))}
        </div>
      </div>
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <QueryClientProvider client={new QueryClient()}>
    <Board />
  </QueryClientProvider>,
);
