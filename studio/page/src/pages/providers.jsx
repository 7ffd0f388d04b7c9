export function ProvidersPage() { return <div class="page" />; }
