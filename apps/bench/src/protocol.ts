/** What a peer may be asked; see `peers/peer.py`. */
export type Request =
  | { readonly ask: 'load'; readonly folder: string }
  | { readonly ask: 'run'; readonly steps: number }
  | { readonly ask: 'check'; readonly repeats: number; readonly folder: string };

/** What it answers. */
export type Reply =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly message: string };

/** The line that asks. */
export function formatRequest(request: Request): string {
  switch (request.ask) {
    case 'load':
      return `load ${request.folder}\n`;
    case 'run':
      return `run ${request.steps}\n`;
    case 'check':
      return `check ${request.repeats} ${request.folder}\n`;
  }
}

/** Reads a line of a peer; anything that is no reply is an error whose message is the line. */
export function parseReply(line: string): Reply {
  const [, kind, text] = /^(ok|error) (.*)$/.exec(line.trim()) ?? [];
  if (kind !== 'ok' || text === undefined) return { ok: false, message: text ?? `not a reply: ${line.trim()}` };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ok: true, value: value as Record<string, unknown> };
  } catch {
    // Answered below.
  }
  return { ok: false, message: `not a reply: ${line.trim()}` };
}
