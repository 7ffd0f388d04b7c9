export function GraphPage() { return <div class="page" />; }
