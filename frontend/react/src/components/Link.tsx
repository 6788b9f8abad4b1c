import type { AnchorHTMLAttributes } from 'react';
import { useHref, useLinkClickHandler, useLocation } from 'react-router';

interface Props extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  to: string;
}

/** A link within the app. The router's own brings prefetching for server-rendered apps along: 4 kB for nothing here. */
export function Link({ to, ...rest }: Props) {
  const href = useHref(to);
  const follow = useLinkClickHandler<HTMLAnchorElement>(to);
  return <a {...rest} href={href} onClick={follow} />;
}

/** A link that says whether its page, or one below it, is the one that is shown. */
export function PageLink({ to, ...rest }: Props) {
  const { pathname } = useLocation();
  const here = pathname === to || pathname.startsWith(`${to}/`);
  return <Link to={to} aria-current={here ? 'page' : undefined} {...rest} />;
}
