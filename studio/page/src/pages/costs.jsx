export function CostsPage() { return <div class="page" />; }
