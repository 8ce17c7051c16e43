// What snippets can be had for. Apart from them, so that the help can name the kinds without loading all.

export const frontKinds = ['ihs', 'apache', 'nginx', 'caddy'] as const
export const snippetKinds = [...frontKinds, 'stproxy', 'meetings', 'userinfo', 'ldif'] as const
