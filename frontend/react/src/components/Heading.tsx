import { useEffect, useRef, type ReactNode } from 'react';

/** The heading of a page. Where `main` has the focus, a page was just gone to: a reader begins at its heading. */
export function Heading({ children }: { children: ReactNode }) {
  const element = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement?.id === 'main') element.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={element} tabIndex={-1}>
      {children}
    </h1>
  );
}
