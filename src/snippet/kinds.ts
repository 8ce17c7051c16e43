// The kinds of snippets. In a file of its own, so that the help can name them without loading the snippets.

export const frontKinds = ['ihs', 'apache', 'nginx', 'caddy'] as const
export const snippetKinds = [...frontKinds, 'stproxy', 'meetings', 'userinfo', 'ldif'] as const
