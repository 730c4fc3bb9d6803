// The charts' colours as CSS, from the one list in theme.ts.
import type { APIRoute } from 'astro';
import { TOKENS_CSS } from '../theme.ts';

export const GET: APIRoute = () => new Response(`${TOKENS_CSS}\n`);
