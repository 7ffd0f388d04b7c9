export function ExportersPage() { return <div class="page" />; }
